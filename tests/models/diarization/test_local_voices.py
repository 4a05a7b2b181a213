from __future__ import annotations

import itertools

import numpy as np
import pytest
import soundfile

from models.diarization.local_voices import (
    MOMENT_S,
    MOMENTS_A_STEP,
    LocalVoice,
    hear_voices,
    moment_start_s,
)
from models.diarization.segmentation_network import (
    MOMENTS,
    POWERSET,
    STEP_FRAMES,
    WINDOW_FRAMES,
    SegmentationNetwork,
)
from models.speaker_embedding.campplus import CamPlusPlusEncoder
from models.types import TimeSpan
from tests.models.embedded import model
from tests.pipeline_ops.media.clips import shared_clip

pytestmark = pytest.mark.models

MOMENTS_ONLY = [TimeSpan(at_s, at_s + 0.1) for at_s in range(60)]
"""Somebody speaks in every window, but too briefly for a voice to be heard: that takes time."""


class OneSpeaker(SegmentationNetwork):
    """Takes everybody for the same speaker, and notes what it heard."""

    def __init__(self) -> None:
        self.heard: list[np.ndarray] = []

    def __call__(self, samples: np.ndarray) -> np.ndarray:
        self.heard.append(samples)
        return np.eye(len(POWERSET), dtype=np.float32)[np.full(MOMENTS, 1)]


@pytest.fixture(scope="module")
def encoder() -> CamPlusPlusEncoder:
    loaded: CamPlusPlusEncoder = model("campplus-zh-en")
    return loaded


def read(*names: str) -> np.ndarray:
    parts = [soundfile.read(shared_clip(f"speech/{name}.wav"), dtype="float32")[0] for name in names]
    return np.concatenate(parts)


def regions_of(*names: str) -> list[TimeSpan]:
    """Where each recording is spoken, two tenths of a second at either end left out."""
    edges_s = np.cumsum([0, *(len(read(name)) for name in names)]) / 16_000
    return [TimeSpan(start_s + 0.2, end_s - 0.2) for start_s, end_s in itertools.pairwise(edges_s)]


def heard(
    samples: np.ndarray, regions: list[TimeSpan], encoder: CamPlusPlusEncoder, blocks: int = 1
) -> tuple[list[LocalVoice], list[np.ndarray]]:
    network = OneSpeaker()
    voices = list(hear_voices(np.array_split(samples, blocks), regions, network, encoder, 0.5))
    return voices, network.heard


def test_two_people_whom_the_segmentation_takes_for_one_are_parted(encoder: CamPlusPlusEncoder) -> None:
    names = ("speechbrain_spk1_snt1", "speechbrain_spk2_snt1", "speechbrain_spk1_snt2")
    voices, _ = heard(read(*names), regions_of(*names), encoder)
    first, second = voices
    assert first.voice @ second.voice < 0.3
    assert not (first.active & second.active).any()
    middle_s = (regions_of(*names)[1].start_s + regions_of(*names)[1].end_s) / 2
    moment = round(middle_s / MOMENT_S)
    assert [bool(each.active[moment]) for each in voices] == [False, True]


def test_one_person_with_pauses_is_not_parted(encoder: CamPlusPlusEncoder) -> None:
    names = ("speechbrain_spk1_snt1", "speechbrain_spk1_snt2", "speechbrain_spk1_snt3")
    voices, _ = heard(read(*names), regions_of(*names), encoder)
    assert [voice.window for voice in voices] == sorted({voice.window for voice in voices})


def test_windows_overlap_and_cover_the_whole_sound_whatever_the_blocks(encoder: CamPlusPlusEncoder) -> None:
    samples = np.random.default_rng(0).normal(0.0, 0.01, 17 * 16_000).astype(np.float32)
    _, windows = heard(samples, MOMENTS_ONLY, encoder)
    _, in_pieces = heard(samples, MOMENTS_ONLY, encoder, blocks=23)
    step = MOMENTS_A_STEP * STEP_FRAMES
    assert len(windows) == len(in_pieces) == 3
    for number, (window, same) in enumerate(zip(windows, in_pieces, strict=True)):
        expected = samples[number * step : number * step + WINDOW_FRAMES]
        assert np.array_equal(window[: len(expected)], expected)
        assert not window[len(expected) :].any()
        assert np.array_equal(window, same)


def test_a_sound_of_one_window_is_heard_once(encoder: CamPlusPlusEncoder) -> None:
    assert len(heard(np.ones(WINDOW_FRAMES, np.float32), MOMENTS_ONLY, encoder)[1]) == 1
    assert len(heard(np.ones(100, np.float32), MOMENTS_ONLY, encoder)[1]) == 1


def test_windows_in_which_nobody_speaks_are_not_looked_at(encoder: CamPlusPlusEncoder) -> None:
    _, windows = heard(np.ones(40 * 16_000, np.float32), [TimeSpan(31.0, 32.0)], encoder)
    assert len(windows) == 2


def test_moments_are_told_in_seconds_of_the_sound() -> None:
    assert moment_start_s(0) == 0.0
    assert moment_start_s(MOMENTS_A_STEP) == pytest.approx(4.995 + 0.0225)
