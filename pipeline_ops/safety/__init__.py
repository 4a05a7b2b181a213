"""What keeps a translation from saying what nobody agreed to, and says of it that, and how, it was made."""
