"""Watermarks: signs in sound that only a machine hears."""
