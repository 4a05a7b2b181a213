"""A model takes another's place in what is published: planned, tried on a few, judged, and taken back."""
