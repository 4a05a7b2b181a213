"""Finding the voice that sounds like somebody."""
