"""The visible label: a line of text in the viewer's language on a dark ground, in a corner of the picture.

The texts were drawn beforehand (`scripts/draw_labels.py`), so no font is needed and every machine draws the
same pixels.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from pipeline_ops.media.orientation import PixelBox
from pipeline_ops.media.patches import lift_patch, put_patch
from pipeline_ops.safety.label_texts import FALLBACK_LANGUAGE, LABEL_TEXTS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipeline_ops.media.frame import Frame

LABELS = Path(__file__).parent / "data" / "labels.npz"

Place = Literal["top_left", "top_right", "bottom_left", "bottom_right"]

HEIGHT_SHARE = 0.05
"""Of the picture's shorter side, ground included: letters are then as high as those of small subtitles."""

LEAST_HEIGHT_PX = 18  # below it Devanagari and Chinese cannot be read
MARGIN_SHARE = 0.03  # of the shorter side: inside what televisions and players cut off
WIDEST_SHARE = 0.9
PADDING_SHARE = 0.35  # of the label's height, left and right of the text
GROUND_OPACITY = 0.6
"""White text keeps a contrast of 5 to 1 at least over a white picture (WCAG 2.2 asks for 4.5)."""

PQ, HLG = 16, 18
"""Transfer functions by their numbers in ITU-T H.273."""

WHITE = {PQ: 0.58, HLG: 0.75}
"""The signal of a sheet of paper, 203 cd/m2 (ITU-R BT.2408): full signal would dazzle in HDR."""


@dataclass(frozen=True, slots=True)
class VisibleLabel:
    """What is shown, where and for how long.

    Attributes:
        language: Of the text; one that there is no text for gets English.
        place: The corner, of the picture as people see it.
        until_s: When it goes; None keeps it throughout, so that an excerpt bears it too.
    """

    language: str
    place: Place = "top_left"
    until_s: float | None = None


def put_label(frame: Frame, label: VisibleLabel, colour_transfer: int) -> Frame:
    """Return a frame with the label; the frame itself where it is shown no more.

    Args:
        frame: From `read_frames`, or with new mouths.
        label: What to show.
        colour_transfer: The video's transfer function, a number of ITU-T H.273.
    """
    if label.until_s is not None and frame.time_s >= label.until_s:
        return frame
    cover = _cover(label.language, *frame.format.upright_size_px)
    box = label_box(frame.format.upright_size_px, (cover.shape[1], cover.shape[0]), label.place)
    ground = lift_patch(frame, box) * np.float32(1 - GROUND_OPACITY)
    text = cover[..., None]
    pixels = ground * (1 - text) + np.float32(WHITE.get(colour_transfer, 1.0)) * text
    return put_patch(frame, box, pixels, np.ones(cover.shape, np.bool_))


def label_box(picture_px: tuple[int, int], label_px: tuple[int, int], place: Place) -> PixelBox:
    """Return where the label stands; sizes are (width, height), edges even, so that chroma is whole."""
    width_px, height_px = picture_px
    margin = round(MARGIN_SHARE * min(picture_px))
    left = margin if place.endswith("left") else width_px - margin - label_px[0]
    top = margin if place.startswith("top") else height_px - margin - label_px[1]
    return PixelBox(max(0, left) // 2 * 2, max(0, top) // 2 * 2, *label_px)


@functools.cache
def _cover(language: str, width_px: int, height_px: int) -> NDArray[np.float32]:
    """Return how much of each pixel of the label is text, shape (height, width), 0 to 1, of even size."""
    import cv2

    with np.load(LABELS) as drawn:
        text: NDArray[np.uint8] = drawn[language if language in LABEL_TEXTS else FALLBACK_LANGUAGE]
    shorter = min(width_px, height_px)
    high = max(LEAST_HEIGHT_PX, HEIGHT_SHARE * shorter)
    wide = high * text.shape[1] / text.shape[0]
    padding = PADDING_SHARE * high
    scale = min(1.0, WIDEST_SHARE * width_px / (wide + 2 * padding), WIDEST_SHARE * height_px / high)
    size = (max(2, round(wide * scale)), max(2, round(high * scale) // 2 * 2))
    enlarged = size[1] > text.shape[0]
    letters = cv2.resize(text, size, interpolation=cv2.INTER_CUBIC if enlarged else cv2.INTER_AREA)
    side = round(padding * scale)
    even = (side, side + (letters.shape[1] + 2 * side) % 2)
    return np.pad(letters.astype(np.float32) / np.float32(255), ((0, 0), even))
