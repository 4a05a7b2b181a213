"""Gates between stages: what is expected of the tables that stages make, checked by Great Expectations."""
