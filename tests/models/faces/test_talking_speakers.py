"""What is kept of speakers comes back, and who is looked at is left out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from models.faces.talking_speakers import load_speakers, save_speakers, speakers_without
from tests.pipeline_ops.quality.talking_faces import moments, talking_face


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


@pytest.mark.parametrize("digest", ["b" * 64, "c" * 64])
def test_a_speaker_is_left_out_by_any_of_their_videos(data: Path, digest: str) -> None:
    assert [sorted(each.digests) for each in speakers_without(digest, data)] == [["a" * 64], ["d" * 64]]


def test_nobody_is_left_out_for_a_stranger(data: Path) -> None:
    assert len(speakers_without(None, data)) == len(speakers_without("e" * 64, data)) == 3


def test_speakers_come_back_as_they_were_stored_to_single_precision(data: Path) -> None:
    stored, made = load_speakers(data)[1], moments(talking_face(2), "b" * 64, "c" * 64)
    assert stored.digests == made.digests
    assert stored.frames == made.frames
    np.testing.assert_allclose(stored.sound, made.sound, rtol=1e-6, atol=1e-3)
    np.testing.assert_allclose(stored.joint, made.joint, rtol=1e-6, atol=1e-3)
    np.testing.assert_allclose(stored.mouth, made.mouth, rtol=1e-6, atol=1e-3)


def test_the_same_speakers_give_the_same_bytes(data: Path, tmp_path: Path) -> None:
    save_speakers(load_speakers(data), tmp_path / "again.npz")
    assert (tmp_path / "again.npz").read_bytes() == data.read_bytes()
