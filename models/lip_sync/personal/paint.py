"""Draws one frame: the frame's own jaw is moved, and a real mouth is laid over it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from models.faces.geometry import Pose
from models.lip_sync.personal.compose import blend, cell_px, match_tones, mouth_mask, tones
from models.lip_sync.personal.regions import EDGE, MOUTH_POINTS, OWN_POINTS
from models.lip_sync.personal.warp import Window, sample, shift_field, window_around
from models.types import FacePart, FacePatch

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.lip_sync.personal.decide import Decisions
    from models.lip_sync.personal.library import Library
    from models.lip_sync.personal.speaker import Speaker
    from models.types import FaceFrame

MARGIN = 0.22
"""Of the eyes' distance, around mouth and jaw: over which what is moved comes to rest."""

MOUTH_SMOOTHING = 1e-5
OWN_SMOOTHING = 1e-4
"""Of the splines: lips keep their landmarks closely, a jaw bends gently."""

STILL_PX = 0.08
"""What would move by less stays as it is, and all other shifts shrink by as much: no eye sees it, and most of
the neck and background keep their very bits."""

NOSE_CLEARANCE = 0.015
"""Of the eyes' distance below the base of the nose: no pixel above it changes."""

UNDER_NOSE = 0.07
"""Of the eyes' distance, below that: over which the skin above the lips crosses to the new mouth's."""

_OWN = [MOUTH_POINTS.index(point) for point in OWN_POINTS]
_EDGE = [MOUTH_POINTS.index(point) for point in EDGE]
_NOSE_BASE = MOUTH_POINTS.index(2)
_CHIN = MOUTH_POINTS.index(152)
_FRAME_NODES = 6


class PersonalLipPlan:
    """New mouths for one video, drawn frame by frame; see `models.base.LipPlan`."""

    part: ClassVar[FacePart] = "below_eyes"

    def __init__(self, speaker: Speaker, library: Library, decisions: Decisions) -> None:
        self._speaker, self._library, self._decisions = speaker, library, decisions

    @property
    def decisions(self) -> Decisions:
        """What is drawn in each frame."""
        return self._decisions

    def render(self, frame: FaceFrame) -> FacePatch | None:
        """Draw the mouth of one frame; None where the frame stays as it is."""
        made, number = self._decisions, frame.index
        pose = made.poses[number]
        if made.strength[number] <= 0 or pose is None:
            return None
        offset = self._speaker.anchor.offset(frame, pose)
        own = self._places(pose, number, made.own_shapes[number], offset)
        wanted = self._places(pose, number, made.shapes[number], offset)
        height, width = frame.pixels.shape[:2]
        there = Window(frame.left_px, frame.top_px, width, height)
        window = window_around(np.concatenate([own, wanted]), MARGIN / pose.scale).within(there)
        if window.width_px < _FRAME_NODES or window.height_px < _FRAME_NODES:
            return None
        eye_distance = 1.0 / pose.scale
        drawn, changed = self._draw(frame, window, own, wanted, eye_distance)
        return _placed(frame, window, drawn, changed)

    def _places(
        self, pose: Pose, number: int, shape: NDArray[np.float64], offset: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return where the points of a mouth lie in a frame, shape (points, 2), pixels."""
        face = self._decisions.bases[number] + self._speaker.space.displacements(shape[None])[0]
        places: NDArray[np.float64] = pose.to_frame(face + np.array([*offset, 0.0]))[:, :2]
        return places

    def _draw(
        self,
        frame: FaceFrame,
        window: Window,
        own: NDArray[np.float64],
        wanted: NDArray[np.float64],
        eye_distance: float,
    ) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Return a window's new pixels, and which of them are new."""
        import cv2

        made, number = self._decisions, frame.index
        strength = float(made.strength[number])
        rest = _rest(window, wanted, eye_distance)
        # While the mouth is on its way, the frame's own lips take part.
        parts = _OWN if strength >= 1.0 else list(range(len(MOUTH_POINTS)))
        border = _border(window)
        shifts = shift_field(
            np.concatenate([own[parts], border]),
            np.concatenate([wanted[parts], border]),
            window,
            OWN_SMOOTHING,
        )
        distance = cv2.magnitude(shifts[..., 0], shifts[..., 1])
        moved = rest * distance > STILL_PX
        shifts *= np.where(moved, rest - STILL_PX / np.maximum(distance, STILL_PX), 0.0)[..., None]
        beneath = sample(frame.pixels, frame.left_px, frame.top_px, window, shifts)
        mask = mouth_mask(wanted[_EDGE], window, eye_distance) * rest
        inner, place = _part_with(mask, window)
        if inner.width_px and inner.height_px:
            own_skin, share = beneath[place], mask[place]
            over = self._mouth(int(made.mouths[number]), inner, wanted)
            over = self._near_a_jump(number, over, inner, wanted, eye_distance)
            over = match_tones(over, own_skin, share, eye_distance)
            beneath[place] = blend(over, own_skin, share * _smoothstep(strength), eye_distance)
        return beneath, moved | (mask > 0)

    def _mouth(self, mouth: int, window: Window, wanted: NDArray[np.float64]) -> NDArray[np.float32]:
        """Lay a real mouth into a window."""
        shifts = shift_field(self._speaker.points[mouth], wanted, window, MOUTH_SMOOTHING)
        return sample(self._library.picture(mouth), 0, 0, window, shifts)

    def _near_a_jump(
        self,
        number: int,
        over: NDArray[np.float32],
        window: Window,
        wanted: NDArray[np.float64],
        eye_distance: float,
    ) -> NDArray[np.float32]:
        """Mix in the tones of the mouth beyond the nearest jump."""
        other, share = int(self._decisions.others[number]), float(self._decisions.other_shares[number])
        if other < 0 or share <= 0:
            return over
        difference = self._mouth(other, window, wanted) - over
        return over + share * tones(difference, cell_px(eye_distance))


def _part_with(mask: NDArray[np.float32], window: Window) -> tuple[Window, tuple[slice, slice]]:
    """Return the smallest part of a window that holds all of a mask, and where it lies in the window."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return Window(window.left_px, window.top_px, 0, 0), (slice(0, 0), slice(0, 0))
    top, bottom, left, right = int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1
    part = Window(window.left_px + left, window.top_px + top, right - left, bottom - top)
    return part, (slice(top, bottom), slice(left, right))


def _smoothstep(share: float) -> float:
    return share * share * (3.0 - 2.0 * share)


def _border(window: Window) -> NDArray[np.float64]:
    """Return points along a window's edge, which stay where they are."""
    x = np.linspace(window.left_px, window.right_px - 1, _FRAME_NODES)
    y = np.linspace(window.top_px, window.bottom_px - 1, _FRAME_NODES)
    sides = [(column, row) for column in x for row in (y[0], y[-1])]
    sides += [(column, row) for row in y[1:-1] for column in (x[0], x[-1])]
    return np.array(sides)


def _rest(window: Window, wanted: NDArray[np.float64], eye_distance: float) -> NDArray[np.float32]:
    """Return how freely each pixel may change: 0 at the window's edge and level with the nose, 1 inside."""
    rows = np.arange(window.height_px, dtype=np.float32)
    columns = np.arange(window.width_px, dtype=np.float32)
    reach = 0.7 * MARGIN * eye_distance
    from_sides = np.minimum(columns, window.width_px - 1 - columns) / reach
    from_ends = np.minimum(rows, window.height_px - 1 - rows) / reach
    base, down = wanted[_NOSE_BASE], wanted[_CHIN] - wanted[_NOSE_BASE]
    down = down / max(float(np.linalg.norm(down)), 1e-6)
    below = (rows + (window.top_px - base[1])) * down[1]
    below = below[:, None] + ((columns + (window.left_px - base[0])) * down[0])[None, :]
    below = (below / eye_distance - NOSE_CLEARANCE) / UNDER_NOSE
    free = np.minimum(np.minimum(from_ends[:, None], from_sides[None, :]), below)
    free = np.clip(free, 0.0, 1.0)
    smooth: NDArray[np.float32] = (free * free * (3.0 - 2.0 * free)).astype(np.float32)
    return smooth


def _placed(
    frame: FaceFrame, window: Window, drawn: NDArray[np.float32], changed: NDArray[np.bool_]
) -> FacePatch:
    """Put a window's pixels into the frame's part."""
    pixels, marks = frame.pixels.copy(), np.zeros(frame.pixels.shape[:2], bool)
    top, left = window.top_px - frame.top_px, window.left_px - frame.left_px
    place = (slice(top, top + window.height_px), slice(left, left + window.width_px))
    pixels[place] = drawn
    marks[place] = changed
    return FacePatch(pixels, marks)
