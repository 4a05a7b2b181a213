"""What is known of one speaker, as it is written to a file and read back."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from models.lip_sync.personal.anchor import Anchor
from models.lip_sync.personal.choose_mouths import Mouths
from models.lip_sync.personal.library import Library, write_library
from models.lip_sync.personal.mouth_space import MouthSpace
from models.lip_sync.personal.sound_to_shape import SoundToShape

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Closing:
    """How this speaker's lips close, and how they rest.

    Attributes:
        slopes: Shape (components,), how the opening grows with each component of a shape.
        direction: Shape (components,), the usual way to open by one eye distance.
        closed: The opening, eye distances, at which the lips touch.
        rest: The opening, eye distances, at which they rest in a pause; `closed` at least.
        deviation: Of the speaker's openings, eye distances.
        mean: The opening of the mean shape, eye distances.
    """

    slopes: NDArray[np.float64]
    direction: NDArray[np.float64]
    closed: float
    rest: float
    deviation: float
    mean: float

    def openings(self, shapes: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return how far lips are apart beyond closed, in deviations, 0 at least; shape (frames,)."""
        open_by = self.mean + shapes @ self.slopes - self.closed
        apart: NDArray[np.float64] = np.maximum(open_by, 0.0) / self.deviation
        return apart

    def close(self, shapes: NDArray[np.float64], share: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return shapes with their lips closed by a share of the way, shape (frames, components).

        Args:
            shapes: Shape (frames, components).
            share: Shape (frames,), 0 leaves a shape alone, 1 closes it.
        """
        return self._narrowed(shapes, share, self.closed)

    def rest_in(self, shapes: NDArray[np.float64], share: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return shapes that open no wider than in a pause, by a share of the way.

        Args:
            shapes: Shape (frames, components), as is what is returned.
            share: Shape (frames,), 0 leaves a shape alone.
        """
        return self._narrowed(shapes, share, self.rest)

    def _narrowed(
        self, shapes: NDArray[np.float64], share: NDArray[np.float64], opening: float
    ) -> NDArray[np.float64]:
        open_by = np.maximum(self.mean + shapes @ self.slopes - opening, 0.0)
        narrowed: NDArray[np.float64] = shapes - (share * open_by)[:, None] * self.direction
        return narrowed


CLOSED_QUANTILE = 0.04
"""The openings of closed lips lie about this quantile of a talk: every talker says p, b and m, and pauses."""


USUAL_REST = 0.35
"""In deviations below the mean opening: where lips rest in pauses, of three talkers 0.3, 0.4 and 0.4. Closed
they are at 1.0 to 1.4: people who are about to go on do not press their lips together."""

FEWEST_AT_REST = 10
"""Frames of pauses, 0.4 s at 25 a second; of fewer a median says little, and the usual rest is taken."""


def learn_closing(space: MouthSpace, shapes: NDArray[np.float64], silent: NDArray[np.bool_]) -> Closing:
    """Find how opening depends on a speaker's shapes (frames, components), and where it is closed.

    Args:
        space: Of the shapes.
        shapes: Shape (frames, components).
        silent: Shape (frames,): whether nothing is said.
    """
    openings = space.measures(shapes)[:, 0]
    centred = shapes - shapes.mean(axis=0)
    slopes = np.linalg.lstsq(centred, openings - openings.mean(), rcond=None)[0]
    # Of all changes that open by as much, the one that is likeliest in this mouth.
    usual = space.deviations**2 * slopes
    closed = float(np.quantile(openings, CLOSED_QUANTILE))
    resting = openings[silent]
    rest = (
        np.median(resting)
        if len(resting) >= FEWEST_AT_REST
        else openings.mean() - USUAL_REST * openings.std()
    )
    return Closing(
        slopes=slopes,
        direction=usual / max(float(slopes @ usual), 1e-12),
        closed=closed,
        rest=max(float(rest), closed),
        deviation=max(float(openings.std()), 1e-6),
        mean=float(openings.mean() - shapes.mean(axis=0) @ slopes),
    )


@dataclass(frozen=True, slots=True)
class Speaker:
    """One speaker's mouth: its shapes, what sound makes of them, and real pictures of it.

    Attributes:
        space: The shapes.
        closing: How the lips close.
        sound_to_shape: The regression.
        anchor: The typical look of the base of the nose.
        mouths: What is known of each picture.
        points: Shape (mouths, points, 2), where `regions.MOUTH_POINTS` lie in each picture, pixels.
        scales: Shape (mouths,), eye distances a pixel of each picture.
        frame_s: The time between frames of the pictures' footage.
    """

    space: MouthSpace
    closing: Closing
    sound_to_shape: SoundToShape
    anchor: Anchor
    mouths: Mouths
    points: NDArray[np.float64]
    scales: NDArray[np.float64]
    frame_s: float


_PARTS: dict[str, type[Any]] = {
    "space": MouthSpace,
    "closing": Closing,
    "sound_to_shape": SoundToShape,
    "anchor": Anchor,
    "mouths": Mouths,
}


def write_speaker(path: Path, speaker: Speaker, pictures: Sequence[bytes]) -> None:
    """Write a speaker and their mouths' pictures (PNG)."""
    arrays = {
        "points": speaker.points,
        "scales": speaker.scales,
        "frame_s": np.array(speaker.frame_s),
    }
    for part, kind in _PARTS.items():
        for field in fields(kind):
            arrays[f"{part}.{field.name}"] = np.asarray(getattr(getattr(speaker, part), field.name))
    write_library(path, arrays, pictures)


def read_speaker(path: Path) -> tuple[Speaker, Library]:
    """Read what `write_speaker` wrote; pictures are decoded as they are asked for.

    Raises:
        ModelOutputError: the file is damaged, or of another version of this code.
    """
    library = Library(path)

    def part(name: str, kind: type[Any]) -> Any:
        values = {field.name: library.arrays[f"{name}.{field.name}"] for field in fields(kind)}
        return kind(**{key: value.item() if value.ndim == 0 else value for key, value in values.items()})

    parts = {name: part(name, kind) for name, kind in _PARTS.items()}
    speaker = Speaker(
        **parts,
        points=library.arrays["points"],
        scales=library.arrays["scales"],
        frame_s=float(library.arrays["frame_s"]),
    )
    return speaker, library
