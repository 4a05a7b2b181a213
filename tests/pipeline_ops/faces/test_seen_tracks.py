"""Each face in each shot is measured on its own, and jumps are found wherever the file is cut into blocks."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from pipeline_ops.faces.records import Fault, Shot
from pipeline_ops.faces.seen_tracks import find_jumps, measure_tracks
from pipeline_ops.faces.sightings import BLOCK_RECORDS, SightingFile
from pipeline_ops.quality.face_visibility import SAMPLED
from tests.pipeline_ops.faces.made_faces import SIZE_PX, face_at

GREY = np.full((len(SAMPLED), 3), 128, np.uint8)
Places = Callable[[int], tuple[float, float]]


@pytest.fixture
def sightings(tmp_path: Path) -> Iterator[SightingFile]:
    with SightingFile(tmp_path / "seen", len(SAMPLED)) as opened:
        yield opened


def film(sightings: SightingFile, frames: list[int], places: dict[int, Places]) -> None:
    for frame in frames:
        for face, place in places.items():
            landmarks = face_at(*place(frame), seed=face)
            sightings.write(frame=frame, face=face, presence=1.0, landmarks=landmarks, colours=GREY)
    sightings.finish()


@pytest.mark.parametrize("jump", [40, BLOCK_RECORDS // 2, BLOCK_RECORDS, BLOCK_RECORDS + 1])
def test_a_jump_is_found_at_its_frame_even_where_a_block_ends(sightings: SightingFile, jump: int) -> None:
    still: Places = lambda frame: (700.0, 300.0)  # noqa: E731
    film(sightings, list(range(300)), {0: lambda frame: (300.0 + 40.0 * (frame >= jump), 300.0), 1: still})
    assert set(find_jumps(sightings)) == {jump}


def test_a_face_that_moved_on_while_it_was_lost_did_not_jump(sightings: SightingFile) -> None:
    frames = [*range(20), *range(30, 60)]
    film(sightings, frames, {0: lambda frame: (300.0 + 40.0 * (frame >= 30), 300.0)})
    assert list(find_jumps(sightings)) == []


def test_a_face_seen_once_neither_jumps_nor_breaks_anything(sightings: SightingFile) -> None:
    film(sightings, [4], {0: lambda frame: (300.0, 300.0)})
    assert list(find_jumps(sightings)) == []
    (track,) = measure_tracks(sightings, [Shot(0, 9, 0.0, 0.36)], 0.04 * np.arange(9), (640, 480))
    assert (track.first_frame, track.end_frame) == (4, 5)


def test_each_face_has_a_track_in_each_shot_in_which_it_is_seen(sightings: SightingFile) -> None:
    film(sightings, list(range(5, 30)), {0: lambda frame: (300.0, 300.0), 1: lambda frame: (5.0, 200.0)})
    shots = [Shot(0, 12, 0.0, 0.48), Shot(12, 20, 0.48, 0.8), Shot(20, 40, 0.8, 1.6)]
    tracks = measure_tracks(sightings, shots, 0.04 * np.arange(40), (640, 480))
    assert [(track.face, track.shot, track.first_frame, track.end_frame) for track in tracks] == [
        (0, 0, 5, 12),
        (1, 0, 5, 12),
        (0, 1, 12, 20),
        (1, 1, 12, 20),
        (0, 2, 20, 30),
        (1, 2, 20, 30),
    ]
    inside, outside = tracks[:2]
    assert inside.size_px == pytest.approx(SIZE_PX, rel=0.05)
    assert inside.eye_distance_px == pytest.approx(SIZE_PX / 2)
    assert not (inside.faults & Fault.OUTSIDE).any()
    assert (outside.faults & Fault.OUTSIDE).all()


def test_measuring_a_longer_track_holds_hardly_more_of_it_in_memory(sightings: SightingFile) -> None:
    film(sightings, list(range(1500)), {0: lambda frame: (300.0, 300.0)})

    def peak_bytes(frames: int) -> int:
        tracemalloc.start()
        measure_tracks(sightings, [Shot(0, frames, 0.0, 60.0)], 0.04 * np.arange(1500), (640, 480))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    landmarks_bytes = face_at(0, 0).nbytes
    assert peak_bytes(1500) - peak_bytes(500) < 0.3 * 1000 * landmarks_bytes
