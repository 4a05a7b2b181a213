"""Engines that part speech from everything else."""
