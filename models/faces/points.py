"""Names for points of the MediaPipe face mesh (468 points; its canonical face model gives the numbers).

Source of the numbering: `mediapipe/modules/face_geometry/data/canonical_face_model_uv_visualization.png`.
Left and right are the viewer's.
"""

from __future__ import annotations

POINT_COUNT = 468

LEFT_EYE_OUTER = 33
LEFT_EYE_INNER = 133
RIGHT_EYE_INNER = 362
RIGHT_EYE_OUTER = 263
NOSE_BRIDGE = 6
NOSE_TIP = 4
CHIN_TIP = 152
MOUTH_LEFT = 61
MOUTH_RIGHT = 291
UPPER_LIP_TOP = 0
UPPER_LIP_INNER = 13
LOWER_LIP_INNER = 14
LOWER_LIP_BOTTOM = 17

OUTER_LIPS = (61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291, 375, 321, 405, 314, 17, 84, 181, 91, 146)
"""The outer edge of the lips, around from the left corner over the upper lip."""

INNER_LIPS = (78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308, 324, 318, 402, 317, 14, 87, 178, 88, 95)
"""The edge of the opening, around from the left corner over the upper lip."""

LIPS = OUTER_LIPS + INNER_LIPS

JAW = (172, 136, 150, 149, 176, 148, 152, 377, 400, 378, 379, 365, 397)
"""The contour of the face below the mouth, left to right."""

CHIN = (200, 199, 175, 18, 83, 313, 201, 421, 208, 428, 32, 262, 140, 369, 171, 396)
"""The skin between lower lip and jaw."""

MOUTH = LIPS + JAW + CHIN
"""Everything that speech moves."""

STABLE = (
    *(LEFT_EYE_OUTER, LEFT_EYE_INNER, RIGHT_EYE_INNER, RIGHT_EYE_OUTER),
    *(168, 6, 197, 195, 5, 4, 1, 19, 94),  # the ridge of the nose, down to below its tip
    *(10, 109, 338),  # the top of the forehead
    *(127, 356, 234, 454),  # temples and ears
    *(129, 358, 98, 327),  # the wings of the nose
    *(70, 300, 105, 334),  # the brows
)
"""What speech hardly moves: the head's pose is taken from these."""

FIXED_AROUND_MOUTH = (
    *(1, 2, 4, 5, 6, 195, 197, 98, 327, 129, 358),  # nose
    *(205, 425, 50, 280, 36, 266),  # cheeks
    *(93, 323, 132, 361, 234, 454),  # the contour beside the ears
)
"""Points that must stay where they are when a mouth is given a new shape."""
