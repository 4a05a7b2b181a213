"""Who is judged is left out of what was learnt."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from models.faces.talking_speakers import load_speakers, save_speakers
from models.lip_sync.personal.other_speakers import DATA as ENGINE_DATA
from pipeline_ops.quality.lip_sync_model import DATA, LipSyncModel, model_without, solve
from tests.pipeline_ops.quality.talking_faces import moments, talking_face

LARGEST_DATA_BYTES = 2_000_000


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three speakers, of whom the second is seen in two videos."""
    path = tmp_path_factory.mktemp("speakers") / "speakers.npz"
    several = [
        moments(talking_face(1), "a" * 64),
        moments(talking_face(2), "b" * 64, "c" * 64),
        moments(talking_face(3), "d" * 64),
    ]
    save_speakers(several, path)
    return path


def same(one: LipSyncModel, other: LipSyncModel) -> bool:
    return np.array_equal(one.from_sound, other.from_sound) and np.array_equal(
        one.from_mouth, other.from_mouth
    )


@pytest.mark.parametrize("digest", ["b" * 64, "c" * 64])
def test_a_speaker_is_left_out_by_the_digest_of_any_of_their_videos(data: Path, digest: str) -> None:
    first, _, third = load_speakers(data)
    assert same(model_without(digest, data), solve([first, third]))


@pytest.mark.parametrize("digest", [None, "e" * 64])
def test_a_stranger_is_judged_by_all_training_speakers(data: Path, digest: str | None) -> None:
    assert same(model_without(digest, data), solve(load_speakers(data)))


def test_what_is_left_out_leaves_no_trace(data: Path, tmp_path: Path) -> None:
    first, _, third = load_speakers(data)
    other = moments(talking_face(9), "b" * 64)
    save_speakers([first, other, third], tmp_path / "other.npz")
    assert same(model_without("b" * 64, data), model_without("b" * 64, tmp_path / "other.npz"))


def test_the_shipped_data_are_small_and_name_every_video_once() -> None:
    speakers = load_speakers(DATA)
    digests = [digest for speaker in speakers for digest in speaker.digests]
    assert len(digests) == len(set(digests))
    assert all(len(digest) == 64 for digest in digests)
    assert len(speakers) >= 5
    assert DATA.stat().st_size < LARGEST_DATA_BYTES


def test_whoever_taught_the_lip_sync_engine_is_no_judge_of_it() -> None:
    judges, teachers = (
        {digest for speaker in load_speakers(path) for digest in speaker.digests}
        for path in (DATA, ENGINE_DATA)
    )
    assert judges
    assert teachers
    assert not judges & teachers
