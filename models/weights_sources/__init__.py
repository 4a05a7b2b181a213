"""The places that a model's files come from, one module a kind."""
