"""How files come into the media bucket in parts: interrupted, resumed, there only once they are checked."""
