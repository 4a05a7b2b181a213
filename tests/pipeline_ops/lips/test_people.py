"""Which tracks show the same person."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from models.faces.points import POINT_COUNT
from pipeline_ops.faces.records import RECORD, FaceTrack, TrackReader, open_tracks, write_records
from pipeline_ops.lips.people import people_of
from tests.pipeline_ops.lips.painting import track_of

FRAMES = 40


def face(person: int) -> np.ndarray:
    """The shape of one person's face, alike in outline to all others, 200 pixels wide."""
    common = np.random.default_rng(0).normal(0.0, 60.0, (POINT_COUNT, 3))
    return common + np.random.default_rng(100 + person).normal(0.0, 4.0, (POINT_COUNT, 3))


def recorded(folder: Path, *people: int) -> tuple[list[FaceTrack], TrackReader]:
    """Write one track a person, each in a shot of its own, each speaking longer than the next."""
    tracks, blocks = [], []
    for number, person in enumerate(people):
        moves = np.random.default_rng(number).normal(0.0, 30.0, (FRAMES, 1, 3))
        block = np.zeros(FRAMES, RECORD)
        block["frame"] = FRAMES * number + np.arange(FRAMES)
        block["landmarks"] = (1.0 + 0.2 * number) * face(person) + moves + 400.0
        blocks.append(block)
        tracks.append(
            replace(
                track_of(FRAMES),
                id=number,
                shot=number,
                first_frame=FRAMES * number,
                end_frame=FRAMES * (number + 1),
                first_record=FRAMES * number,
                speaking_s=10.0 - number,
            )
        )
    path = folder / "faces.npy"
    write_records(path, blocks, FRAMES * len(people))
    return tracks, open_tracks(path, np.arange(FRAMES * len(people)) / 25.0)


def ids(tracks: list[FaceTrack], reader: TrackReader) -> list[list[int]]:
    return [[track.id for track in person.tracks] for person in people_of(tracks, reader)]


def test_one_person_in_several_shots_is_one_person(tmp_path: Path) -> None:
    assert ids(*recorded(tmp_path, 1, 2, 1, 2)) == [[0, 2], [1, 3]]


def test_two_faces_in_the_picture_at_once_are_two_people_however_alike(tmp_path: Path) -> None:
    tracks, reader = recorded(tmp_path, 1, 1)
    tracks[1] = replace(tracks[1], first_frame=10, end_frame=30)
    assert ids(tracks, reader) == [[0], [1]]


def test_whoever_speaks_most_comes_first(tmp_path: Path) -> None:
    tracks, reader = recorded(tmp_path, 1, 2, 2)
    assert ids(tracks, reader) == [[1, 2], [0]]


def test_a_face_that_is_left_alone_is_nobody(tmp_path: Path) -> None:
    tracks, reader = recorded(tmp_path, 1, 2)
    tracks[0] = replace(tracks[0], reasons=("does_not_speak",))
    assert ids(tracks, reader) == [[1]]
