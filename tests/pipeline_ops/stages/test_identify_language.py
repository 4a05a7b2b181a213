from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.types import LanguageIdentification, TimeSpan
from pipeline_ops.errors import RejectedInputError
from pipeline_ops.media.audio_blocks import read_spans
from pipeline_ops.stages.identify_language import (
    WINDOW_S,
    LanguageParameters,
    identify_language,
    spread_windows,
)
from tests.models.embedded import CLIP, engine
from tests.pipeline_ops.stages.sounds import decoded, write_mono

RATE_HZ = 16_000
PARAMETERS = LanguageParameters()


class Listening:
    """Remembers the windows that it was handed, and is as sure as it is told to be."""

    sample_rate_hz = RATE_HZ

    def __init__(self, probability: float) -> None:
        self.answer = LanguageIdentification("pt", probability, (("es", 0.1),))
        self.windows: list[np.ndarray] = []

    def identify_language(self, windows: Sequence[np.ndarray]) -> LanguageIdentification:
        self.windows = list(windows)
        return self.answer


def ramp(folder: Path, duration_s: float) -> Path:
    """A sound whose samples tell when they are: `time_s / 100`."""
    times_s = np.arange(round(duration_s * RATE_HZ)) / RATE_HZ
    return write_mono(folder / "analysis.flac", times_s / 100, RATE_HZ)


def spans(*edges_s: tuple[float, float]) -> tuple[TimeSpan, ...]:
    return tuple(TimeSpan(*edge_s) for edge_s in edges_s)


def test_the_model_hears_speech_and_no_silence(tmp_path: Path) -> None:
    model = Listening(0.9)
    result = identify_language(
        analysis=ramp(tmp_path, 10.0),
        regions=spans((1.0, 2.0), (5.0, 8.0)),
        model=model,
        parameters=PARAMETERS,
    )
    assert result.language == model.answer
    [window] = model.windows
    heard_s = window * 100
    assert len(window) == 4 * RATE_HZ
    assert (heard_s[0], heard_s[RATE_HZ - 1]) == pytest.approx((1.0, 2.0), abs=1e-3)
    assert (heard_s[RATE_HZ], heard_s[-1]) == pytest.approx((5.0, 8.0), abs=1e-3)


def test_windows_are_spread_over_a_long_video(tmp_path: Path) -> None:
    model = Listening(0.9)
    identify_language(
        analysis=ramp(tmp_path, 99.0),
        regions=spans((0.0, 45.0), (50.0, 95.0)),
        model=model,
        parameters=LanguageParameters(windows=2),
    )
    assert [len(window) / RATE_HZ for window in model.windows] == [30.0, 30.0]
    assert [float(window[0]) * 100 for window in model.windows] == pytest.approx([0.0, 50.0], abs=1e-3)


@pytest.mark.parametrize(("probability", "rejected"), [(0.19, True), (0.2, False)])
def test_a_language_that_is_not_sure_enough_is_rejected(
    tmp_path: Path, probability: float, rejected: bool
) -> None:
    arguments = {
        "analysis": ramp(tmp_path, 3.0),
        "regions": spans((0.0, 3.0)),
        "model": Listening(probability),
        "parameters": PARAMETERS,
    }
    if not rejected:
        assert identify_language(**arguments).language.language == "pt"
        return
    with pytest.raises(RejectedInputError) as caught:
        identify_language(**arguments)
    assert caught.value.reason_code == "uncertain_language"


@pytest.mark.models
def test_the_demo_clip_is_english(tmp_path: Path) -> None:
    result = identify_language(
        analysis=decoded(CLIP, tmp_path / "analysis.flac", RATE_HZ, 1),
        regions=spans((0.5, 3.3), (3.9, 6.9)),
        model=engine("language_identification"),
        parameters=PARAMETERS,
    )
    assert result.language.language == "en"
    assert result.language.probability > 0.8


def test_half_a_minute_of_speech_is_one_window_however_it_is_scattered() -> None:
    regions = spans((0.0, 10.0), (100.0, 110.0), (500.0, 510.0))
    assert spread_windows(regions, 5) == (regions,)


@st.composite
def regions_of_speech(draw: st.DrawFn) -> tuple[TimeSpan, ...]:
    """At least one region, in samples of 16 kHz or in steps of the detector's 512."""
    step = draw(st.sampled_from([1, 512]))
    edges = draw(st.lists(st.integers(1, 120 * RATE_HZ // step), min_size=2, max_size=20))
    times_s = [step * total / RATE_HZ for total in itertools.accumulate(edges)]
    return spans(*zip(times_s[::2], times_s[1::2], strict=False))


@settings(deadline=None)
@given(regions_of_speech(), st.integers(1, 8))
def test_windows_hold_speech_alone_in_order_and_at_most_half_a_minute_each(
    regions: tuple[TimeSpan, ...], count: int
) -> None:
    windows = spread_windows(regions, count)
    assert 1 <= len(windows) <= count
    assert all(sum(span.duration_s for span in window) <= WINDOW_S + 1e-6 for window in windows)
    chosen = list(itertools.chain.from_iterable(windows))
    for before, after in itertools.pairwise(chosen):
        assert before.end_s <= after.start_s
    for span in chosen:
        assert span.duration_s > 0
        assert any(region.start_s <= span.start_s and span.end_s <= region.end_s for region in regions)


@settings(deadline=None)
@given(regions_of_speech(), st.integers(1, 8))
def test_all_speech_is_heard_where_the_windows_hold_it(regions: tuple[TimeSpan, ...], count: int) -> None:
    total_s = sum(region.duration_s for region in regions)
    windows = spread_windows(regions, count)
    heard_s = sum(span.duration_s for window in windows for span in window)
    # Rounding to whole windows leaves out at most half of one in all.
    assert heard_s == pytest.approx(min(total_s, len(windows) * WINDOW_S), abs=1e-6)
    assert heard_s >= min(total_s - WINDOW_S / 2, count * WINDOW_S) - 1e-6


@settings(deadline=None, max_examples=30)
@given(regions_of_speech(), st.integers(1, 8))
def test_windows_can_be_read_from_a_file(
    tmp_path_factory: pytest.TempPathFactory, regions: tuple[TimeSpan, ...], count: int
) -> None:
    path = write_mono(tmp_path_factory.mktemp("sound") / "a.flac", np.zeros(100), RATE_HZ)
    chosen = [span for window in spread_windows(regions, count) for span in window]
    assert len(list(read_spans(path, chosen, sample_rate_hz=RATE_HZ))) == len(chosen)
