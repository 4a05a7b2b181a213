"""What keeps a translation from saying, or using, what nobody agreed to."""
