"""Experiments on viewers or requests: who sees what, and what came of it, looked at as often as one likes."""
