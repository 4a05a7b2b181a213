"""The shapes that one mouth takes, as a few numbers.

Principal components of mouth, chin and jaw, in eye distances, and how the skin around them goes along. Faces
are the points of `regions.MOUTH_POINTS`, laid on the speaker's reference face; its nose bridge is the origin.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models.faces.geometry import mouth_measures
from models.faces.points import FIXED_AROUND_MOUTH, MOUTH, POINT_COUNT
from models.lip_sync.personal.regions import MOUTH_POINTS

if TYPE_CHECKING:
    from numpy.typing import NDArray

COMPONENTS = 6
"""They hold over 98 % of the variance of ten speakers' mouths; the next ones are mostly landmarks' noise."""

MOST_FACES = 3000
"""Evenly spaced over the footage; more of them move no component."""

SHAPED = [MOUTH_POINTS.index(point) for point in sorted(set(MOUTH))]
FIXED = [MOUTH_POINTS.index(point) for point in FIXED_AROUND_MOUTH if point in MOUTH_POINTS]


@dataclass(frozen=True, slots=True)
class MouthSpace:
    """One speaker's mouth shapes.

    Attributes:
        reference: Shape (468, 3), the speaker's typical face, eye distances.
        mean: Shape (points, 3), the mean mouth.
        directions: Shape (components, points, 3): how every point moves with each component.
        deviations: Shape (components,): of the speaker's own shapes, largest first.
    """

    reference: NDArray[np.float64]
    mean: NDArray[np.float64]
    directions: NDArray[np.float64]
    deviations: NDArray[np.float64]

    def describe(self, aligned: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return the shapes of faces without pose (frames, points, 3), shape (frames, components)."""
        apart = (aligned[:, SHAPED] - self.mean[SHAPED]).reshape(len(aligned), -1)
        basis = self.directions[:, SHAPED].reshape(len(self.directions), -1)
        described: NDArray[np.float64] = apart @ basis.T
        return described

    def displacements(self, shapes: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return how far points lie from their place in the mean mouth, shape (frames, points, 3).

        Args:
            shapes: Shape (frames, components).
        """
        moved: NDArray[np.float64] = np.einsum("fc,cpd->fpd", shapes, self.directions)
        return moved

    def measures(self, shapes: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return opening, width, height and drop of the jaw of shapes, shape (frames, 4), eye distances."""
        faces = np.zeros((len(shapes), POINT_COUNT, 3))
        faces[:, MOUTH_POINTS] = self.mean + self.displacements(shapes)
        return mouth_measures(faces)


def learn_mouth_space(
    aligned: NDArray[np.floating], reference: NDArray[np.float64], components: int = COMPONENTS
) -> MouthSpace:
    """Find the principal components of faces without pose, shape (frames, points, 3), all finite."""
    aligned = aligned[:: max(len(aligned) // MOST_FACES, 1)].astype(np.float64)
    mean = aligned.mean(axis=0)
    mouths = (aligned[:, SHAPED] - mean[SHAPED]).reshape(len(aligned), -1)
    _, sizes, basis = np.linalg.svd(mouths, full_matrices=False)
    basis = basis[:components]
    # A component's sign is arbitrary: the lower lip goes down along each, so that fits can be compared.
    basis = basis * np.where(basis.reshape(len(basis), -1, 3)[:, :, 1].sum(axis=1) < 0, -1.0, 1.0)[:, None]
    shapes = mouths @ basis.T
    # The other points follow by least squares; those that speech must not move do not.
    others = (aligned - mean).reshape(len(aligned), -1)
    directions = np.linalg.lstsq(shapes, others, rcond=None)[0].reshape(len(basis), len(MOUTH_POINTS), 3)
    directions[:, SHAPED] = basis.reshape(len(basis), -1, 3)
    directions[:, FIXED] = 0.0
    deviations = np.maximum(sizes[: len(basis)] / np.sqrt(len(aligned)), 1e-9)
    return MouthSpace(reference, mean, directions, deviations)
