"""Engines that say a line of text."""
