"""Which tracks show the same person: all footage of somebody teaches one model, and no one else's does.

A mouth that is laid into another person's face is the worst that can happen, worse than lips left alone. So
two tracks are one person's only where the shape of their faces beside the mouth is nearly the same, and never
where both are in the picture at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipeline_ops.faces.records import FaceTrack, TrackReader
from pipeline_ops.quality.face_identity import identity_change

if TYPE_CHECKING:
    from numpy.typing import NDArray

SAME_PERSON_SHAPE = 0.009
"""In eye distances. Of ten people the two most alike differ by 0.011; the same person in two halves of a clip
by 0.003 to 0.010, beyond it where the head is turned otherwise: such footage is then not shared."""

FACES_COMPARED = 60
"""Of a track: its median face settles long before."""


@dataclass(frozen=True, slots=True)
class Person:
    """Tracks of one person, in the order of time."""

    tracks: tuple[FaceTrack, ...]

    @property
    def speaking_s(self) -> float:
        """How long this person is heard."""
        return sum(track.speaking_s for track in self.tracks)


def people_of(tracks: Sequence[FaceTrack], reader: TrackReader) -> tuple[Person, ...]:
    """Group the tracks whose lips can be changed, those who speak most first.

    Args:
        tracks: Of the whole video.
        reader: Their records.
    """
    groups: list[list[FaceTrack]] = []
    faces: list[NDArray[np.float32]] = []
    for track in sorted(tracks, key=lambda each: (-each.speaking_s, each.id)):
        if not track.usable:
            continue
        face = _typical_faces(track, reader)
        home = next(
            (
                number
                for number, group in enumerate(groups)
                if not any(_overlap(track, other) for other in group)
                and identity_change(_alike(faces[number], face), face).shape <= SAME_PERSON_SHAPE
            ),
            None,
        )
        if home is None:
            groups.append([track])
            faces.append(face)
        else:
            groups[home].append(track)
    people = [Person(tuple(sorted(group, key=lambda each: each.first_frame))) for group in groups]
    return tuple(sorted(people, key=lambda person: (-person.speaking_s, person.tracks[0].id)))


def _overlap(one: FaceTrack, other: FaceTrack) -> bool:
    return one.first_frame < other.end_frame and other.first_frame < one.end_frame


def _typical_faces(track: FaceTrack, reader: TrackReader) -> NDArray[np.float32]:
    """Return the landmarks of frames spread over a track, those without a fault where there are any."""
    good = np.flatnonzero(reader.marks(track)["faults"] == 0)
    chosen = good[np.linspace(0, len(good) - 1, min(FACES_COMPARED, len(good))).round().astype(int)]
    return reader.landmarks(track, chosen)


def _alike(one: NDArray[np.float32], other: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return as many faces of `one` as there are of `other`, repeated where they are fewer."""
    return one[np.arange(len(other)) % len(one)]
