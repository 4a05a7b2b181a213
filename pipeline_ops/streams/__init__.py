"""Adaptive streams: what a video's renditions are, and the manifests that lead players to them."""
