"""Which way a head looks, against the camera and not against its own usual pose."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

PAIRS = (
    *((33, 263), (133, 362)),  # the eyes' corners
    *((109, 338), (70, 300), (105, 334)),  # forehead and brows
    *((127, 356), (234, 454)),  # temples and ears
    *((129, 358), (98, 327)),  # the wings of the nose
)
"""Points that mirror each other, the viewer's left one first: the lines between them lie across the head."""

FOREHEAD, BELOW_NOSE = 10, 94

PROFILE_TILT_DEG = -12.0
"""How far below the nose lies nearer than the forehead, in a head that is held upright: 12.0 in MediaPipe's
canonical face model, -10 to 13 about it in eleven people who look into a camera."""


def facing_camera(face: NDArray[np.floating]) -> NDArray[np.float64]:
    """Turn a face so that it looks straight into the camera.

    A head is alike on both sides, so that the lines between its halves say where across is; a profile says
    where up is.

    Args:
        face: Shape (468, 3), any unit: x right, y down, z away.

    Returns:
        The same face, turned about the origin, shape (468, 3): a reference for `fit_pose`, whose yaw and
        pitch are then those against the camera.
    """
    points = face.astype(np.float64)
    left, right = np.array(PAIRS).T
    lines = points[right] - points[left]
    across = _unit((lines / np.linalg.norm(lines, axis=1, keepdims=True)).mean(axis=0))
    profile = points[BELOW_NOSE] - points[FOREHEAD]
    down = _unit(profile - across * (profile @ across))
    level = np.stack([across, down, np.cross(across, down)])
    tilt = np.radians(PROFILE_TILT_DEG)
    cosine, sine = np.cos(tilt), np.sin(tilt)
    about_across = np.array([[1.0, 0.0, 0.0], [0.0, cosine, -sine], [0.0, sine, cosine]])
    turned: NDArray[np.float64] = points @ level.T @ about_across.T
    return turned


def _unit(vector: NDArray[np.float64]) -> NDArray[np.float64]:
    return vector / np.linalg.norm(vector)
