"""What speech sounds like, in numbers that hardly depend on who speaks."""
