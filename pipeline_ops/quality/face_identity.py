"""Is it still the same person after the lips were changed?

Without weights of a face recogniser, two things are compared that make a face that face and that speech does
not change: the shape of all that is not lips, chin or jaw, and the colour of the skin beside the mouth.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models.faces.geometry import fit_pose, reference_face
from models.faces.points import LEFT_EYE_OUTER, MOUTH, POINT_COUNT, RIGHT_EYE_OUTER

if TYPE_CHECKING:
    from numpy.typing import NDArray

LARGEST_SHAPE_CHANGE = 0.006
"""In eye distances, root mean square over the points. Six clips encoded again and found again changed by
0.001 to 0.0023; the two most alike of ten different people differ by 0.011."""

LARGEST_COLOUR_CHANGE = 3.0
"""CIE 1976; from about 2.3 on, two patches side by side are told apart (Mahy et al., 1994)."""

_BESIDE_MOUTH = [point for point in range(POINT_COUNT) if point not in MOUTH]


@dataclass(frozen=True, slots=True)
class IdentityChange:
    """How much a face changed.

    Attributes:
        shape: Root mean square shift of the points beside lips, chin and jaw, in eye distances.
        colour: CIE 1976 difference of the skin's mean colour; None where it was not measured.
    """

    shape: float
    colour: float | None

    @property
    def same_person(self) -> bool:
        """Whether both are within what encoding alone does."""
        return self.shape <= LARGEST_SHAPE_CHANGE and (self.colour or 0.0) <= LARGEST_COLOUR_CHANGE


def identity_change(
    before: NDArray[np.floating], after: NDArray[np.floating], colour: float | None = None
) -> IdentityChange:
    """Compare a face before and after.

    Args:
        before: Landmarks, shape (frames, 468, 3); NaN where there is no face.
        after: The same frames, found again in the changed picture.
        colour: From `colour_change`.
    """
    both = np.isfinite(before[:, 0, 0]) & np.isfinite(after[:, 0, 0])
    if not both.any():
        return IdentityChange(float("inf"), colour)
    one, other = reference_face(before[both]), reference_face(after[both])
    laid = fit_pose(other, one).to_reference(other)
    apart = laid[_BESIDE_MOUTH, :2] - one[_BESIDE_MOUTH, :2]
    distance = float(np.linalg.norm(one[LEFT_EYE_OUTER] - one[RIGHT_EYE_OUTER]))
    shape = float(np.sqrt(np.mean(np.sum(apart**2, axis=1)))) / distance
    return IdentityChange(round(shape, 5), None if colour is None else round(colour, 3))


def colour_change(before: NDArray[np.uint8], after: NDArray[np.uint8]) -> float:
    """Return the difference of the mean colours of two pictures of the same skin, CIE 1976.

    Args:
        before: R'G'B' of sRGB, shape (height, width, 3).
        after: The same.
    """
    import cv2

    def mean_lab(picture: NDArray[np.uint8]) -> NDArray[np.float64]:
        lab = cv2.cvtColor(picture.astype(np.float32) / 255.0, cv2.COLOR_RGB2LAB)
        mean: NDArray[np.float64] = lab.reshape(-1, 3).mean(axis=0, dtype=np.float64)
        return mean

    return float(np.linalg.norm(mean_lab(before) - mean_lab(after)))
