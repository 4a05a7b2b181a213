"""Two versions of one thing compared, pair by pair: which is better, and whether that can be told at all."""
