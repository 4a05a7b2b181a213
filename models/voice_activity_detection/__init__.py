"""Engines that find where somebody speaks."""
