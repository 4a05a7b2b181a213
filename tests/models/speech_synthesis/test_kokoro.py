from __future__ import annotations

import math
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import signal

from models.errors import FaultError, ModelOutputError, UnsupportedLanguageError
from models.speech_synthesis.kokoro import (
    MODEL_FILE,
    SAMPLE_RATE_HZ,
    STYLE_SHAPE,
    KokoroSynthesizer,
)
from models.types import VoiceDesign
from pipeline_ops.quality.pitch import pitch_of
from pipeline_ops.voices.prosody import semitones_between
from tests.models.embedded import engine

DORA = VoiceDesign.of("pf_dora")
HEART = VoiceDesign.of("af_heart")
SILENT_STYLE = np.zeros(STYLE_SHAPE, np.float32)


@pytest.mark.models
def test_the_same_words_give_the_same_samples() -> None:
    synthesizer = engine("speech_synthesis", "pt")
    first = synthesizer.synthesize("Bom dia a todos.", "pt", DORA, 1.0)
    again = synthesizer.synthesize("Bom dia a todos.", "pt", DORA, 1.0)
    assert np.array_equal(first.samples, again.samples)
    assert 0.5 < first.duration_s < 3
    assert np.abs(first.samples).max() > 0.05


@pytest.mark.models
def test_a_faster_speed_is_faster() -> None:
    synthesizer = engine("speech_synthesis", "en")
    slow, fast = (synthesizer.synthesize("We bake bread at home.", "en", HEART, s) for s in (0.9, 1.3))
    assert fast.duration_s < slow.duration_s


def envelope(samples: np.ndarray) -> np.ndarray:
    """Return how loud a voice is from 400 to 4,500 Hz, 24 values an octave, without its single harmonics."""
    power = signal.welch(samples, SAMPLE_RATE_HZ, nperseg=2048)[1]
    octaves = np.arange(np.log2(400), np.log2(4500), 1 / 24)
    smooth = np.convolve(np.log(power), np.hanning(31) / np.hanning(31).sum(), mode="same")
    return np.interp(2**octaves, np.arange(len(power)) * SAMPLE_RATE_HZ / 2048, smooth)


@pytest.mark.models
@pytest.mark.parametrize("factor", [0.9, 1.1])
def test_formants_move_and_pitch_and_pace_stay(factor: float) -> None:
    text, synthesizer = "We bake bread at home every morning in the winter.", engine("speech_synthesis", "en")
    plain, moved = (
        synthesizer.synthesize(text, "en", replace(HEART, formant_factor=each), 1.0) for each in (1.0, factor)
    )
    assert moved.duration_s == pytest.approx(plain.duration_s, rel=0.06)
    pitches = [pitch_of(clip.samples[0], SAMPLE_RATE_HZ) for clip in (plain, moved)]
    assert all(pitches)
    assert abs(semitones_between(*(pitch.median_hz for pitch in pitches if pitch))) < 0.7
    before, after = envelope(plain.samples[0]), envelope(moved.samples[0])
    shifts = range(-8, 9)
    likeness = [np.corrcoef(np.roll(before, shift)[8:-8], after[8:-8])[0, 1] for shift in shifts]
    assert shifts[int(np.argmax(likeness))] / 24 == pytest.approx(math.log2(factor), abs=0.07)


@pytest.mark.models
@pytest.mark.parametrize("text", ["", "...", "?!"])
def test_nothing_to_say_is_an_error_and_not_silence(text: str) -> None:
    with pytest.raises(ModelOutputError):
        engine("speech_synthesis", "en").synthesize(text, "en", HEART, 1.0)


@pytest.mark.models
def test_a_voice_does_not_speak_a_language_that_is_not_its_own() -> None:
    with pytest.raises(UnsupportedLanguageError):
        engine("speech_synthesis", "en").synthesize("Hallo.", "de", HEART, 1.0)


class Humming:
    """A session that hums for half a second: when sessions are opened is tested here, not how one sounds."""

    def run(self, _outputs: None, inputs: dict[str, Any]) -> list[np.ndarray]:
        hum = np.sin(np.arange(SAMPLE_RATE_HZ // 2, dtype=np.float32) / 20)
        return [hum, np.ones(inputs["tokens"].shape, np.float32)]


def files_in(folder: Path, **contents: bytes) -> dict[str, Path]:
    """A model file that no runtime can open, and one voice."""
    held = {MODEL_FILE: b"no model", "voices/pf_dora.bin": SILENT_STYLE.tobytes(), **contents}
    files = {}
    for name, content in held.items():
        files[name] = folder / name.replace("/", "-")
        files[name].write_bytes(content)
    return files


@pytest.mark.parametrize("arithmetic", ["int8", "float32"])
def test_voices_are_told_without_opening_the_model(tmp_path: Path, arithmetic: str) -> None:
    synthesizer = KokoroSynthesizer.load(files_in(tmp_path), {"arithmetic": arithmetic})
    assert [(voice.id, voice.language, voice.gender) for voice in synthesizer.voices] == [
        ("pf_dora", "pt", "female")
    ]
    with pytest.raises(FaultError, match="pull"):
        synthesizer.synthesize("Bom dia.", "pt", DORA, 1.0)


def test_the_model_is_opened_once_however_many_threads_speak_first() -> None:
    opened = []

    def open_session() -> Humming:
        opened.append(threading.get_ident())
        time.sleep(0.05)  # so that the others come while it is being opened
        return Humming()

    synthesizer = KokoroSynthesizer(open_session, {"pf_dora": SILENT_STYLE})
    assert opened == []
    threads = [
        threading.Thread(target=synthesizer.synthesize, args=("Bom dia.", "pt", DORA, 1.0)) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(opened) == 1


def test_a_model_that_could_not_be_opened_is_tried_again() -> None:
    answers = [FaultError("the disk was away"), Humming()]

    def open_session() -> Humming:
        answer = answers.pop(0)
        if isinstance(answer, FaultError):
            raise answer
        return answer

    synthesizer = KokoroSynthesizer(open_session, {"pf_dora": SILENT_STYLE})
    with pytest.raises(FaultError, match="the disk was away"):
        synthesizer.synthesize("Bom dia.", "pt", DORA, 1.0)
    assert synthesizer.synthesize("Bom dia.", "pt", DORA, 1.0).duration_s == pytest.approx(0.5, abs=0.02)


def test_a_long_text_is_said_in_pieces_with_pauses_between_them() -> None:
    synthesizer = KokoroSynthesizer(Humming, {"pf_dora": SILENT_STYLE})
    clip = synthesizer.synthesize("Bom dia a todos que estão em casa. " * 30, "pt", DORA, 1.0)
    pieces = round(clip.duration_s / 0.9)  # half a second of humming and a sentence's pause of 0.4 s
    assert pieces >= 3
    assert clip.duration_s == pytest.approx(pieces * 0.5 + (pieces - 1) * 0.4, abs=0.05)


@pytest.mark.parametrize(
    ("options", "said"), [({"speed": 2}, "has no option"), ({"arithmetic": "int4"}, "float32 or int8")]
)
def test_an_option_that_it_does_not_have_is_an_error(
    tmp_path: Path, options: dict[str, Any], said: str
) -> None:
    with pytest.raises(FaultError, match=said):
        KokoroSynthesizer.load(files_in(tmp_path), options)


@pytest.mark.parametrize("speed", [0.4, 2.1, math.nan])
def test_a_pace_that_it_cannot_keep_is_an_error(speed: float) -> None:
    synthesizer = KokoroSynthesizer(Humming, {"pf_dora": SILENT_STYLE})
    with pytest.raises(FaultError, match="times its pace"):
        synthesizer.synthesize("Bom dia.", "pt", DORA, speed)


def test_missing_files_are_named(tmp_path: Path) -> None:
    files = files_in(tmp_path)
    with pytest.raises(FaultError, match=MODEL_FILE):
        KokoroSynthesizer.load({"voices/pf_dora.bin": files["voices/pf_dora.bin"]}, {})
    with pytest.raises(FaultError, match="at least one voices"):
        KokoroSynthesizer.load({MODEL_FILE: files[MODEL_FILE]}, {})


@pytest.mark.parametrize(
    "content", [b"", SILENT_STYLE.tobytes()[:-4], np.full(510 * 256, np.nan, "<f4").tobytes()]
)
def test_a_file_that_is_no_voice_is_named(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(FaultError, match="not a Kokoro voice"):
        KokoroSynthesizer.load(files_in(tmp_path, **{"voices/pf_dora.bin": content}), {})
