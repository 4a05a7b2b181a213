"""What people's ratings say: pure statistics and designs, no web, no database.

Sources: ITU-T P.910 (Annex E) and P.913 (12.4) for raters, Licht et al. 2022 for XSTS, Bradley and Terry 1952
and Davidson 1970 for preferences. `docs/ratings.md` tells which figure answers which question.
"""
