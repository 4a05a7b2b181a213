"""What is said is written down for the stages that hold lips against it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from pipeline_ops.stages.encode_dub import encode_dub
from pipeline_ops.stages.encode_speech import encode_speech


class Meter:
    """Hears how loud each fiftieth of a second is."""

    sample_rate_hz = 16_000
    width = 2

    def encode(self, blocks: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
        for block in blocks:
            levels = np.abs(block[: len(block) // 320 * 320]).reshape(-1, 320).max(axis=1)
            yield np.stack([levels, 1.0 - levels], axis=1).astype(np.float32)


@pytest.mark.parametrize("stage", [encode_speech, encode_dub])
def test_moments_are_stored_in_order_in_half_precision(stage: object, tmp_path: Path) -> None:
    assert callable(stage)
    samples = np.repeat([0.0, 0.5, 0.0], 16_000)
    soundfile.write(tmp_path / "speech.flac", np.stack([samples, samples], axis=1), 16_000)
    stored = np.load(stage(speech=tmp_path / "speech.flac", model=Meter(), scratch=tmp_path).encoding)
    assert stored.dtype == np.float16
    assert stored.shape == (150, 2)
    np.testing.assert_allclose(stored[[25, 75, 125], 0], [0.0, 0.5, 0.0], atol=0.01)
