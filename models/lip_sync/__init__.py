"""Engines that give a speaker new mouth shapes for new speech."""
