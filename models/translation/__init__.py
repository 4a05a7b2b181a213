"""Translators, one module an engine, and what they share: checks of meaning and rewordings."""
