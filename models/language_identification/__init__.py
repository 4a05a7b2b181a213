"""Engines that tell which language is spoken."""
