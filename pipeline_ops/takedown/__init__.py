"""Deletes a translation, or all that there is of a creator, for good: see docs/trust.md."""
