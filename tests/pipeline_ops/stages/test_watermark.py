from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from models.types import TimeSpan
from pipeline_ops.media.loudness import LoudnessMeter
from pipeline_ops.stages.watermark import WatermarkedSpeech, WatermarkFacts, watermark
from tests.models.embedded import engine, sound

pytestmark = pytest.mark.models

RATE_HZ = 24_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("watermark")
    samples = np.pad(sound(RATE_HZ, 1)[0, : 9 * RATE_HZ + 77], (2 * RATE_HZ, 0))
    soundfile.write(made / "plain.flac", samples, RATE_HZ, subtype="PCM_16")
    return made


@pytest.fixture(scope="module")
def result(folder: Path) -> WatermarkedSpeech:
    return watermark(speech=folder / "plain.flac", model=engine("watermarking"), scratch=folder)


def test_the_mark_is_heard_in_what_was_marked(result: WatermarkedSpeech) -> None:
    assert result.facts.marked_s > 6
    assert result.facts.payload_bits == 0
    assert all(check.passed for check in result.validations())


def test_length_rate_silence_and_loudness_stay(folder: Path, result: WatermarkedSpeech) -> None:
    plain, rate_hz = soundfile.read(folder / "plain.flac")
    marked, marked_rate_hz = soundfile.read(result.speech)
    assert (len(marked), marked_rate_hz) == (len(plain), rate_hz)
    assert np.abs(marked[:RATE_HZ]).max() < 1e-4
    spans = [TimeSpan(2.0, 11.0)]
    before, after = (
        LoudnessMeter.of_file(path).integrated_lufs(spans) for path in (folder / "plain.flac", result.speech)
    )
    assert after == pytest.approx(before, abs=1.0)


def test_the_same_speech_gives_the_same_bytes(
    folder: Path, result: WatermarkedSpeech, tmp_path: Path
) -> None:
    again = watermark(speech=folder / "plain.flac", model=engine("watermarking"), scratch=tmp_path)
    assert again.speech.read_bytes() == result.speech.read_bytes()


def test_a_mark_that_is_not_heard_fails_the_stage_unless_there_is_next_to_no_speech() -> None:
    unheard = WatermarkFacts(marked_s=0.0, heard_s=30.0, strongest=0.2, payload_bits=0)
    brief = WatermarkFacts(marked_s=0.0, heard_s=1.0, strongest=0.2, payload_bits=0)
    checks = [WatermarkedSpeech(Path("x"), facts).validations()[0].passed for facts in (unheard, brief)]
    assert checks == [False, True]
