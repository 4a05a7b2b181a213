"""Models that need libraries at odds with Dubwright's: each runs in an environment of its own."""
