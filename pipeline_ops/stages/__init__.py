"""One module a stage, each a verb, each a plain function of typed values."""
