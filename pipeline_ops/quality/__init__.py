"""Measures of what was made, each with its unit, direction, source and noise."""
