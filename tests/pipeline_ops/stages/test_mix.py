from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from models.types import TimeSpan, Utterance, Word
from pipeline_ops.media.loudness import measure_file
from pipeline_ops.stages.mix import LOUDNESS_TOLERANCE_LU, MOST_LIFT_DB, Mix, mix
from pipeline_ops.timing import Placement

RATE_HZ = 48_000
DUB_RATE_HZ = 24_000
LENGTH_S = 12.0


def babble(seed: int, length_s: float, rate_hz: int, level: float) -> np.ndarray:
    """Noise with the slow swell of syllables."""
    time_s = np.arange(round(length_s * rate_hz)) / rate_hz
    swell = 0.6 + 0.4 * np.sin(2 * np.pi * 4 * time_s)
    return level * swell * np.random.default_rng(seed).normal(0, 1, len(time_s))


def placed(samples: np.ndarray, start_s: float, rate_hz: int) -> np.ndarray:
    track = np.zeros(round(LENGTH_S * rate_hz))
    first = round(start_s * rate_hz)
    track[first : first + len(samples)] = samples
    return track


def make_mix(
    folder: Path,
    *,
    channels: int = 2,
    voice_level: float = 0.05,
    dub_level: float = 0.2,
    music_level: float = 0.01,
) -> Mix:
    voice = placed(babble(1, 5.0, RATE_HZ, voice_level), 1.0, RATE_HZ)
    music = babble(2, LENGTH_S, RATE_HZ, music_level)
    dub = placed(babble(3, 4.8, DUB_RATE_HZ, dub_level), 1.1, DUB_RATE_HZ)
    stereo = np.ones(channels)[None, :]
    for name, samples in {"voice": voice, "music": music, "both": voice + music}.items():
        soundfile.write(folder / f"{name}.flac", samples[:, None] * stereo, RATE_HZ, subtype="PCM_24")
    soundfile.write(folder / "dub_speech.flac", dub, DUB_RATE_HZ)
    scratch = folder / "scratch"
    scratch.mkdir()
    word = Word("word", 1.0, 6.0, 0.9)
    return mix(
        original=folder / "both.flac",
        original_speech=folder / "voice.flac",
        background=folder / "music.flac",
        dub_speech=folder / "dub_speech.flac",
        placements=(Placement(0, 0, 1.1, 5.9, 1.0, 6.0, 1.0, 1.0),),
        utterances=(Utterance(0, "speaker_1", 1.0, 6.0, "word", (word,)),),
        regions=(TimeSpan(1.0, 6.0),),
        scratch=scratch,
    )


def test_the_dub_is_as_long_and_as_wide_as_the_original(tmp_path: Path) -> None:
    result = make_mix(tmp_path)
    with soundfile.SoundFile(result.dub) as sound:
        assert (sound.frames, sound.channels, sound.samplerate) == (round(LENGTH_S * RATE_HZ), 2, RATE_HZ)


@pytest.mark.parametrize("channels", [1, 2])
def test_the_dub_is_as_loud_as_the_original(tmp_path: Path, channels: int) -> None:
    result = make_mix(tmp_path, channels=channels)
    original = measure_file(tmp_path / "both.flac").integrated_lufs
    assert measure_file(result.dub).integrated_lufs == pytest.approx(original, abs=0.5)
    assert all(check.passed for check in result.validations())


def test_a_line_well_over_its_background_is_not_lifted(tmp_path: Path) -> None:
    assert make_mix(tmp_path).facts.line_lifts_db == (0.0,)


def test_a_line_that_its_background_would_drown_is_lifted_out_of_it(tmp_path: Path) -> None:
    result = make_mix(tmp_path, voice_level=0.03, music_level=0.025)
    (gain_db,), (lift_db,) = result.facts.line_gains_db, result.facts.line_lifts_db
    assert 0.5 < lift_db <= MOST_LIFT_DB
    assert gain_db == pytest.approx(result.facts.speech_gain_db + lift_db, abs=0.02)
    assert all(check.passed for check in result.validations())


def test_a_lift_never_makes_the_dub_noticeably_louder_than_the_original(tmp_path: Path) -> None:
    result = make_mix(tmp_path, voice_level=0.05, music_level=0.05)
    (lift_db,) = result.facts.line_lifts_db
    assert 0 < lift_db < MOST_LIFT_DB
    original = measure_file(tmp_path / "both.flac").integrated_lufs
    assert measure_file(result.dub).integrated_lufs - original <= LOUDNESS_TOLERANCE_LU


def test_where_nobody_speaks_the_original_is_untouched(tmp_path: Path) -> None:
    result = make_mix(tmp_path)
    original, _ = soundfile.read(tmp_path / "both.flac")
    dub, _ = soundfile.read(result.dub)
    pause = slice(round(6.5 * RATE_HZ), None)
    assert np.abs(dub[pause] - original[pause]).max() < 1e-5


def test_the_original_voice_is_gone_where_it_spoke(tmp_path: Path) -> None:
    result = make_mix(tmp_path)
    dub, _ = soundfile.read(result.dub)
    voice, _ = soundfile.read(tmp_path / "voice.flac")
    line = slice(round(1.0 * RATE_HZ), round(6.0 * RATE_HZ))
    projection = np.sum(dub[line] * voice[line]) / np.sum(voice[line] ** 2)
    assert abs(projection) < 0.02


def test_peaks_are_held_down_where_the_original_was_too_loud(tmp_path: Path) -> None:
    result = make_mix(tmp_path, voice_level=0.45, dub_level=0.05)
    assert result.facts.limited
    assert measure_file(result.dub).true_peak_dbtp <= -1.0
