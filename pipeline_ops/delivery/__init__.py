"""What viewers reach: a language that they know, streams, a page to watch them, and how it was received."""
