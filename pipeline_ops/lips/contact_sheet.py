"""Something to look at: close-ups of the original mouth above the rendered one, side by side in time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from models.faces.points import CHIN_TIP, MOUTH_LEFT, MOUTH_RIGHT, NOSE_TIP

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.types import FaceFrame

CELL_PX = 256
"""Side of a close-up: a mouth at twice the size that a phone shows it."""

COLUMNS = 6
REACH = 1.15
"""Half of a close-up's side, in widths of the mouth: nose and chin are in it, where seams would be."""

CAPTION_PX = 22
JPEG_QUALITY = 92


@dataclass(frozen=True, slots=True)
class CloseUp:
    """One moment: the mouth before and after, R'G'B', uint8, shape (256, 256, 3)."""

    time_s: float
    before: NDArray[np.uint8]
    after: NDArray[np.uint8]


def moments_of(drawn: Sequence[int], count: int) -> tuple[int, ...]:
    """Return up to `count` of the drawn frames, spread evenly."""
    if len(drawn) <= count:
        return tuple(drawn)
    return tuple(drawn[round(position)] for position in np.linspace(0, len(drawn) - 1, count))


def close_up(face: FaceFrame, landmarks: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Return the mouth's surroundings as R'G'B', shape (256, 256, 3).

    Args:
        face: The part of a frame that shows the face.
        landmarks: Of the original frame, so that before and after show the same part, in pixels of the frame.
    """
    import cv2

    centre = (landmarks[NOSE_TIP, :2] + landmarks[CHIN_TIP, :2]) / 2 - (face.left_px, face.top_px)
    half = REACH * float(np.linalg.norm(landmarks[MOUTH_LEFT, :2] - landmarks[MOUTH_RIGHT, :2]))
    scale = CELL_PX / (2 * half)
    matrix = np.array(
        [[scale, 0, CELL_PX / 2 - scale * centre[0]], [0, scale, CELL_PX / 2 - scale * centre[1]]]
    )
    # Cubic, so that enlarged close-ups show the pixels' own sharpness.
    enlarged = cv2.warpAffine(
        face.pixels, matrix, (CELL_PX, CELL_PX), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    close: NDArray[np.uint8] = np.clip(np.rint(enlarged * 255.0), 0, 255).astype(np.uint8)
    return close


def write_contact_sheet(close_ups: Sequence[CloseUp], path: Path) -> None:
    """Write the sheet as JPEG: pairs of rows, original above rendered, with their times.

    Args:
        close_ups: At least one.
        path: Where it goes.
    """
    import cv2

    rows = [_row(close_ups[first : first + COLUMNS]) for first in range(0, len(close_ups), COLUMNS)]
    widest = max(row.shape[1] for row in rows)
    padded = [np.pad(row, ((0, 0), (0, widest - row.shape[1]), (0, 0))) for row in rows]
    cv2.imwrite(str(path), np.vstack(padded)[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])


def _row(close_ups: Sequence[CloseUp]) -> NDArray[np.uint8]:
    import cv2

    cells = []
    for shot in close_ups:
        caption = np.zeros((CAPTION_PX, CELL_PX, 3), np.uint8)
        cv2.putText(
            caption,
            f"{shot.time_s:.2f} s",
            (6, 16),
            cv2.FONT_HERSHEY_SIMPLEX,
            0.5,
            (255, 255, 255),
            1,
            cv2.LINE_AA,
        )
        cells.append(np.vstack([caption, shot.before, shot.after]))
    return np.hstack(cells)
