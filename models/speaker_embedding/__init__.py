"""Voices as points, so that one person's lie close together and another's further off."""
