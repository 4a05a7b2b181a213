from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from models.types import Utterance
from pipeline_ops.errors import RejectedInputError
from pipeline_ops.stages.align import FADE_S, Alignment, AlignParameters, align
from pipeline_ops.timing import Placement
from pipeline_ops.voices.takes import Take
from tests.pipeline_ops.stages.sounds import media_lasting, write_mono

RATE_HZ = 24_000
FADE_FRAMES = round(FADE_S * RATE_HZ)


def lines_at(*edges_s: tuple[float, float]) -> tuple[Utterance, ...]:
    return tuple(Utterance(index, "speaker_1", *edge_s, "source") for index, edge_s in enumerate(edges_s))


def takes_of(*spoken: tuple[int, int]) -> tuple[Take, ...]:
    """One take for each (line, frames), one after another in the takes' audio, at natural pace."""
    starts = itertools.accumulate((frames for _, frames in spoken), initial=0)
    return tuple(
        Take(
            take=number,
            index=index,
            text=f"text {number}",
            wording="plain",
            penalty=0.0,
            speaker="ann",
            asked_speed=1.0,
            start_frame=start,
            frame_count=frames,
            duration_s=frames / RATE_HZ,
            natural_duration_s=frames / RATE_HZ,
        )
        for number, ((index, frames), start) in enumerate(zip(spoken, starts, strict=False))
    )


def voice(frames: int) -> np.ndarray:
    return np.random.default_rng(4).uniform(-0.5, 0.5, frames)


def aligned(
    folder: Path,
    lines: tuple[Utterance, ...],
    takes: tuple[Take, ...],
    duration_s: float,
    parameters: AlignParameters | None = None,
) -> tuple[Alignment, np.ndarray, np.ndarray]:
    """Return the alignment, its track, and the takes' audio."""
    samples = voice(sum(take.frame_count for take in takes))
    audio = write_mono(folder / "takes.flac", samples, RATE_HZ)
    result = align(
        utterances=lines,
        takes=takes,
        takes_audio=audio,
        media=media_lasting(duration_s),
        parameters=parameters or AlignParameters(),
        scratch=folder,
    )
    track, rate_hz = soundfile.read(result.speech)
    assert rate_hz == RATE_HZ
    return result, track, samples


def test_a_take_that_fits_is_written_as_it_was_spoken_with_silence_around_it(tmp_path: Path) -> None:
    lines, takes = lines_at((1.0, 3.0)), takes_of((0, 2 * RATE_HZ))
    result, track, samples = aligned(tmp_path, lines, takes, 5.0)
    [place] = result.placements
    assert (place.start_s, place.end_s, place.stretch) == (1.0, 3.0, 1.0)
    said = track[RATE_HZ : 3 * RATE_HZ]
    inside = slice(FADE_FRAMES, -FADE_FRAMES)
    assert np.abs(said[inside] - samples[inside]).max() < 2**-14  # the track has 16 bits
    assert not track[:RATE_HZ].any()
    assert not track[3 * RATE_HZ :].any()


def test_edges_are_faded_against_clicks(tmp_path: Path) -> None:
    _, track, _ = aligned(tmp_path, lines_at((1.0, 3.0)), takes_of((0, 2 * RATE_HZ)), 5.0)
    assert abs(track[RATE_HZ]) < 0.01
    assert abs(track[3 * RATE_HZ - 1]) < 0.01


@pytest.mark.parametrize("duration_s", [5.0, 5.00001, 4.98765])
def test_the_track_is_as_long_as_the_video(tmp_path: Path, duration_s: float) -> None:
    lines, takes = lines_at((0.0, 1.0), (3.9, 4.9)), takes_of((0, 20_000), (1, 20_001))
    _, track, _ = aligned(tmp_path, lines, takes, duration_s)
    assert len(track) == round(duration_s * RATE_HZ)


def test_a_take_that_is_too_long_is_made_to_last_as_long_as_its_place(tmp_path: Path) -> None:
    lines, takes = lines_at((1.0, 3.0)), takes_of((0, round(2.6 * RATE_HZ)))
    result, track, _ = aligned(tmp_path, lines, takes, 3.0)
    [place] = result.placements
    assert place.stretch == pytest.approx(place.speed)
    assert 1.2 < place.speed <= 1.3 + 1e-9
    first, last = round(place.start_s * RATE_HZ), round(place.end_s * RATE_HZ)
    assert not track[:first].any()
    assert not track[last:].any()
    assert np.sqrt(np.mean(track[first:last] ** 2)) > 0.1


@pytest.mark.parametrize("frames", [2 * RATE_HZ - 1, 2 * RATE_HZ])
@pytest.mark.parametrize("start_s", [0.0, 1 / 3])
def test_a_take_at_twice_its_pace_is_within_the_stretchers_limits(
    tmp_path: Path, frames: int, start_s: float
) -> None:
    # The place rounds to a sample less than half of the take.
    lines, takes = lines_at((start_s, start_s + 0.9)), takes_of((0, frames))
    result, track, _ = aligned(tmp_path, lines, takes, start_s + 1.01)
    [place] = result.placements
    assert place.speed == pytest.approx(2.0)
    assert "too_fast" in place.flags
    assert len(track) == round((start_s + 1.01) * RATE_HZ)


def test_of_several_takes_the_one_that_needs_no_stretching_is_chosen_and_its_text_shown(
    tmp_path: Path,
) -> None:
    lines, takes = lines_at((0.5, 2.5)), takes_of((0, 60_000), (0, 2 * RATE_HZ))
    result, _, _ = aligned(tmp_path, lines, takes, 3.0)
    [subtitle] = result.subtitles
    assert subtitle.text == "text 1"
    assert (subtitle.start_s, subtitle.end_s) == (result.placements[0].start_s, result.placements[0].end_s)


def test_subtitles_say_who_speaks(tmp_path: Path) -> None:
    question, answer = lines_at((0.0, 1.0), (1.2, 2.2))
    lines = (question, replace(answer, speaker="speaker_2"))
    result, _, _ = aligned(tmp_path, lines, takes_of((0, RATE_HZ), (1, RATE_HZ)), 3.0)
    assert [line.speaker for line in result.subtitles] == ["speaker_1", "speaker_2"]


def test_what_no_placement_fits_is_rejected(tmp_path: Path) -> None:
    with pytest.raises(RejectedInputError) as caught:
        aligned(tmp_path, lines_at((0.0, 1.0)), takes_of((0, 9 * RATE_HZ)), 1.0)
    assert caught.value.reason_code == "translation_too_long"


def test_a_deployment_moves_the_limits(tmp_path: Path) -> None:
    lines, takes = lines_at((0.0, 2.0)), takes_of((0, round(2.5 * RATE_HZ)))
    usual, _, _ = aligned(tmp_path, lines, takes, 2.05)
    strict, _, _ = aligned(tmp_path, lines, takes, 2.05, AlignParameters(fastest=1.1))
    assert "too_fast" not in usual.placements[0].flags
    assert "too_fast" in strict.placements[0].flags


def test_lines_that_overlap_fail_validation(tmp_path: Path) -> None:
    result, _, _ = aligned(
        tmp_path, lines_at((0.0, 1.0), (1.1, 2.0)), takes_of((0, RATE_HZ), (1, RATE_HZ)), 3.0
    )
    assert [check.passed for check in result.validations()] == [True]
    overlapping = tuple(
        Placement(index, index, start_s, end_s, start_s, end_s, 1.0, 1.0)
        for index, (start_s, end_s) in enumerate([(0.0, 1.0), (0.99, 2.0)])
    )
    [check] = Alignment(overlapping, result.speech, ()).validations()
    assert not check.passed
    assert "(0, 1)" in check.detail


@st.composite
def videos(draw: st.DrawFn) -> tuple[tuple[Utterance, ...], tuple[Take, ...], float]:
    """Lines with a take or two each that need no haste."""
    edges_s, spoken, clock_s = [], [], 0.0
    for index in range(draw(st.integers(1, 4))):
        start_s = clock_s + draw(st.floats(0.05, 1.0))
        end_s = start_s + draw(st.floats(0.5, 2.0))
        edges_s.append((start_s, end_s))
        for share in draw(st.lists(st.floats(0.9, 1.0), min_size=1, max_size=2)):
            spoken.append((index, round((end_s - start_s) * share * RATE_HZ)))
        clock_s = end_s
    return lines_at(*edges_s), takes_of(*spoken), clock_s + draw(st.floats(0.0, 1.0))


@settings(deadline=None, max_examples=15)
@given(videos())
def test_every_line_is_heard_in_its_place_and_nothing_elsewhere(
    tmp_path_factory: pytest.TempPathFactory,
    video: tuple[tuple[Utterance, ...], tuple[Take, ...], float],
) -> None:
    lines, takes, duration_s = video
    result, track, _ = aligned(tmp_path_factory.mktemp("align"), lines, takes, duration_s)
    assert [place.index for place in result.placements] == [line.index for line in lines]
    assert all(check.passed for check in result.validations())
    assert len(track) == round(duration_s * RATE_HZ)
    silent = np.ones(len(track), bool)
    for place in result.placements:
        inside = slice(round(place.start_s * RATE_HZ), round(place.end_s * RATE_HZ))
        silent[inside] = False
        assert np.sqrt(np.mean(track[inside] ** 2)) > 0.1
        assert takes[place.take].index == place.index
    assert not track[silent].any()
