"""Lip-sync without downloaded weights: a model of one speaker's mouth, learnt from their own footage.

Kin of Video Rewrite (Bregler, Covell and Slaney, 1997): real mouths of the speaker are chosen for the new
speech and laid into the picture. `engine.py` is the way in.
"""
