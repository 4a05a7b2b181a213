"""Measurements of speed, memory and quality: `make bench` prints what `docs/measurements.md` states."""
