"""The platform: stages, checkpoints, media, and what runs them."""
