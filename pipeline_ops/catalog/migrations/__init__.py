"""Alembic's folder: how the schema changed, step by step."""
