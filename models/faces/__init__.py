"""What engines and measures share about faces: points, geometry, and the sound that moves them."""
