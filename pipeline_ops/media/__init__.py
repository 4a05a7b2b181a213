"""Reading and writing media: probing, decoding, loudness, stretching, subtitles, muxing."""
