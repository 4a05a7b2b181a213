"""Engines that tell how good speech sounds."""
