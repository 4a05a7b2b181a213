"""Changing the lips of a video: which frames, drawn by several processes, and something to look at."""
