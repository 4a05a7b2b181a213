"""Faces of a video: found, followed from frame to frame, measured and recorded."""
