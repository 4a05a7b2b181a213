"""Which points of the mesh steer the drawing of a mouth. Numbering: see `models/faces/points.py`."""

from __future__ import annotations

from models.faces.points import CHIN, JAW, LIPS, OUTER_LIPS

NOSE_BASE = (2, 97, 326, 98, 327, 94)
CHEEKS = (205, 425, 203, 423, 207, 427, 187, 411)

NEXT_TO_LIPS = (
    *(164, 167, 165, 92, 186, 57, 43, 106, 182, 83),
    *(18, 313, 406, 335, 273, 287, 410, 322, 391, 393),
)
"""The ring around the lips, from below the nose over the viewer's left."""

AROUND_MOUTH = (206, 216, 212, 202, 204, 194, 201, 200, 421, 418, 424, 422, 432, 436, 426)
"""The next ring: the folds from nose to mouth, and the skin below."""

SIDES_OF_CHIN = (214, 210, 211, 135, 169, 170, 434, 430, 431, 364, 394, 395)


def _once(*groups: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(sorted({point for group in groups for point in group}))


MOUTH_POINTS = _once(LIPS, NEXT_TO_LIPS, AROUND_MOUTH, CHIN, JAW, SIDES_OF_CHIN, NOSE_BASE, CHEEKS)
"""They lay a real mouth into another frame: lips and all the skin that is drawn with them."""

OWN_POINTS = _once(OUTER_LIPS, NEXT_TO_LIPS, AROUND_MOUTH, CHIN, JAW, SIDES_OF_CHIN, NOSE_BASE, CHEEKS)
"""They move a frame's own jaw and cheeks. The opening is left out: it lies under the new mouth."""

EDGE = (2, 97, 326, 206, 426, 207, 427, 214, 434, 210, 430, 211, 431, 32, 262, 140, 369, 171, 396, 175)
"""The edge of the new mouth: beside the nose's base, over the folds of the cheeks, above the jaw's edge."""
