"""Cuts the same mouth out of an original and a rendered frame, so that both can be compared as pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from models.faces.geometry import fit_pose, reference_face
from models.faces.points import LIPS
from pipeline_ops.quality.mouth_picture import FEWEST_FRAMES, flicker_ratio, sharpness_ratio

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.faces.geometry import Pose

HALF_WIDTH, HALF_HEIGHT = 0.42, 0.34
"""Of the eyes' distance, around the middle of the lips: an open mouth with its corners and the lower lip."""

STEADY_WIDTH_PX = 96
"""Freed of the head's movement, mouths are compared over time at this width: flicker is not finer."""

MOST_NATIVE = 150
"""Of mouths at their own size, so many are kept, evenly spaced: their median moves by under a hundredth."""


class MouthLooks:
    """Gathers pictures of one mouth while frames pass by."""

    def __init__(self, landmarks: NDArray[np.float32]) -> None:
        """Take the original's landmarks, shape (frames, 468, 3), pixels; at least one frame holds a face."""
        seen = landmarks[np.isfinite(landmarks[:, 0, 0])]
        self._reference = reference_face(seen[:: 1 + len(seen) // 200])
        self._middle = self._reference[list(LIPS)].mean(axis=0)
        self._landmarks = landmarks
        self._every = 1 + len(seen) // MOST_NATIVE
        self._native: tuple[list[NDArray[np.uint8]], list[NDArray[np.uint8]]] = ([], [])
        height = round(STEADY_WIDTH_PX * HALF_HEIGHT / HALF_WIDTH)
        self._size = STEADY_WIDTH_PX, height
        self._steady: tuple[list[NDArray[np.float32]], list[NDArray[np.float32]]] = ([], [])

    def look(self, number: int, original: NDArray[np.uint8], rendered: NDArray[np.uint8]) -> None:
        """Keep what a frame's two pictures, shape (height, width, 3), show; they must come in order."""
        face = self._landmarks[number]
        if not np.isfinite(face[0, 0]):
            self.skip()
            return
        pose = fit_pose(face, self._reference)
        for side, picture in enumerate((original, rendered)):
            self._steady[side].append(self._steadied(picture, pose))
            if number % self._every == 0:
                self._native[side].append(self._cut_out(picture, pose))

    def skip(self) -> None:
        """Say that a frame was not changed: nothing is compared across it."""
        for side in self._steady:
            side.append(np.full(self._size[::-1], np.nan, np.float32))

    def sharpness(self) -> float | None:
        """Return how sharp rendered mouths are, in parts of the original's; None where none was seen."""
        own, drawn = self._native
        return sharpness_ratio(drawn, own) if drawn else None

    def flicker(self) -> float | None:
        """Return how restless the rendered mouth is, in parts of the original's; None if seen briefly."""
        own, drawn = (np.stack(side) if side else np.zeros((0, 1, 1)) for side in self._steady)
        whole = np.isfinite(own[:, 0, 0])
        in_a_row = np.convolve(whole, np.ones(FEWEST_FRAMES), mode="valid") if len(whole) else np.zeros(0)
        return flicker_ratio(drawn, own) if (in_a_row >= FEWEST_FRAMES).any() else None

    def _steadied(self, picture: NDArray[np.uint8], pose: Pose) -> NDArray[np.float32]:
        """Return a mouth as if the head did not move, grey, shape (height, width)."""
        import cv2

        width, height = self._size
        corners = self._middle + np.array(
            [[-HALF_WIDTH, -HALF_HEIGHT, 0], [HALF_WIDTH, -HALF_HEIGHT, 0], [-HALF_WIDTH, HALF_HEIGHT, 0]]
        )
        there = pose.to_frame(corners)[:, :2].astype(np.float32)
        here = np.array([[0, 0], [width - 1, 0], [0, height - 1]], np.float32)
        turned = cv2.warpAffine(
            picture, cv2.getAffineTransform(there, here), (width, height), flags=cv2.INTER_AREA
        )
        grey: NDArray[np.float32] = turned.mean(axis=2, dtype=np.float32)
        return grey

    def _cut_out(self, picture: NDArray[np.uint8], pose: Pose) -> NDArray[np.uint8]:
        """Return a mouth at its own size, shape (height, width, 3)."""
        x, y = pose.to_frame(self._middle[None])[0, :2]
        half_width, half_height = HALF_WIDTH / pose.scale, HALF_HEIGHT / pose.scale
        top, bottom = np.clip([round(y - half_height), round(y + half_height)], 0, picture.shape[0])
        left, right = np.clip([round(x - half_width), round(x + half_width)], 0, picture.shape[1])
        return picture[top:bottom, left:right].copy()
