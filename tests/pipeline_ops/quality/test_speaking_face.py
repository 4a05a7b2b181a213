"""Who of the faces in a picture is heard."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.types import SpeechEncoding, TimeSpan
from pipeline_ops.quality.speaking_face import (
    LEAST_ACTIVITY,
    LONGEST_PIECE_S,
    PAUSE_S,
    WINDOW_S,
    Evidence,
    lip_activity,
    speaker_of,
    speech_pieces,
    weigh,
    window_of,
)
from tests.pipeline_ops.faces.made_faces import face_at

STILL = Evidence(0.01, 0.5)
SAID = SpeechEncoding(np.random.default_rng(0).normal(0, 1, (300, 64)).astype(np.float32))
NOTHING = SpeechEncoding(np.zeros((0, 64), np.float32))


def moving(agreement: float | None) -> Evidence:
    return Evidence(0.2, agreement)


def film(openings: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    faces = np.stack([face_at(100, 100, opening=opening) for opening in openings])
    return faces, 0.04 * np.arange(len(openings))


@st.composite
def disjoint_spans(draw: st.DrawFn) -> list[TimeSpan]:
    steps = draw(st.lists(st.tuples(st.floats(0.05, 3), st.floats(0.1, 15)), max_size=8))
    edges = np.cumsum([length for pair in steps for length in pair])
    return [TimeSpan(float(start), float(end)) for start, end in edges.reshape(-1, 2)]


@given(regions=disjoint_spans(), edges_s=st.lists(st.floats(0, 60), max_size=5).map(sorted))
def test_pieces_are_short_cover_all_speech_and_reach_over_no_cut(
    regions: list[TimeSpan], edges_s: list[float]
) -> None:
    pieces = speech_pieces(regions, edges_s)
    assert all(0 < piece.duration_s <= LONGEST_PIECE_S + 1e-9 for piece in pieces)
    assert all(later.start_s >= earlier.end_s for earlier, later in itertools.pairwise(pieces))
    assert not any(piece.start_s < edge_s < piece.end_s for piece in pieces for edge_s in edges_s)
    covered_s = sum(piece.duration_s for piece in pieces)
    speech_s = sum(region.duration_s for region in regions)
    assert speech_s - 1e-6 <= covered_s <= speech_s + PAUSE_S * len(regions)


@given(
    start_s=st.floats(0, 50), length_s=st.floats(0.1, 4), before_s=st.floats(0, 9), after_s=st.floats(0, 9)
)
def test_a_window_holds_its_piece_and_is_wide_where_there_is_room(
    start_s: float, length_s: float, before_s: float, after_s: float
) -> None:
    piece = TimeSpan(start_s, start_s + length_s)
    within = TimeSpan(start_s - before_s, piece.end_s + after_s)
    window = window_of(piece, within)
    assert within.start_s <= window.start_s <= piece.start_s
    assert piece.end_s <= window.end_s <= within.end_s
    assert window.duration_s >= min(WINDOW_S, within.duration_s) - 1e-9


@pytest.mark.parametrize(
    ("evidence", "usual", "speaker"),
    [
        ({4: moving(0.45)}, 0.4, 4),
        ({4: moving(0.15)}, 0.55, 4),
        ({4: moving(0.15)}, 0.14, None),
        ({4: moving(None)}, None, 4),
        ({4: STILL}, 0.4, None),
        ({1: moving(0.4), 2: STILL}, None, 1),
        ({1: moving(0.1), 2: STILL}, None, None),
        ({1: moving(None), 2: STILL}, None, 1),
        ({1: moving(0.4), 2: moving(None)}, None, None),
        ({1: moving(0.4), 2: moving(0.15)}, None, 1),
        ({1: moving(0.4), 2: moving(0.35)}, None, None),
        ({1: moving(0.1), 2: moving(-0.1)}, None, None),
        ({1: moving(None), 2: moving(None)}, None, None),
        ({1: STILL, 2: STILL}, None, None),
    ],
    ids=[
        "alone and in time",
        "alone, in time with all but this piece",
        "alone, in time with nothing: a voice over it",
        "alone and seen briefly",
        "alone and still: a voice over it",
        "one still",
        "one still, the other chewing",
        "one still, the other seen briefly",
        "one in time, the other seen briefly",
        "one clearly better",
        "both as well",
        "neither",
        "both seen briefly",
        "both still",
    ],
)
def test_the_speaker_moves_in_time_and_clearly_better_than_others(
    evidence: dict[int, Evidence], usual: float | None, speaker: int | None
) -> None:
    assert speaker_of(evidence, usual) == speaker


@given(
    evidence=st.dictionaries(
        st.integers(0, 9),
        st.builds(Evidence, st.floats(0, 1), st.none() | st.floats(-1, 1)),
        min_size=2,
        max_size=4,
    )
)
def test_of_several_nobody_still_or_out_of_time_is_called_the_speaker(evidence: dict[int, Evidence]) -> None:
    speaker = speaker_of(evidence, None)
    if speaker is None:
        return
    moving = [one for one in evidence.values() if one.activity >= LEAST_ACTIVITY]
    assert evidence[speaker] in moving
    if len(moving) > 1:
        assert evidence[speaker].agreement == max(one.agreement or -1.0 for one in moving)
        assert all(one.agreement is not None for one in moving)


def test_lips_that_tremble_are_still_and_lips_that_speak_are_not() -> None:
    times = np.arange(100)
    trembling = np.random.default_rng(0).normal(0, 0.001, 100)
    speaking = 0.05 * (1 + np.sin(2 * np.pi * 4 * 0.04 * times))
    assert lip_activity(*film(trembling)) < LEAST_ACTIVITY
    assert lip_activity(*film(speaking)) > 4 * LEAST_ACTIVITY


def test_activity_is_the_same_near_and_far_and_at_any_frame_rate() -> None:
    def measured(rate_hz: float, size_px: float) -> float:
        times_s = np.arange(0, 4, 1 / rate_hz)
        openings = 0.05 * (1 + np.sin(2 * np.pi * 2 * times_s))
        faces = [face_at(0, 0, size_px=size_px, opening=opening) for opening in openings]
        return lip_activity(np.stack(faces), times_s)

    assert measured(30, 400) == pytest.approx(measured(25, 80), rel=0.1)


def test_a_face_that_is_not_seen_gives_no_evidence() -> None:
    faces, times_s = film(np.zeros(100))
    assert weigh(faces, times_s, np.zeros(100, dtype=bool), SAID) is None


def test_a_face_that_is_seen_for_a_second_may_move_but_agrees_with_nothing() -> None:
    faces, times_s = film(0.05 * (1 + np.sin(np.arange(25))))
    found = weigh(faces, times_s, np.ones(25, dtype=bool), SAID)
    assert found is not None
    assert found.agreement is None
    assert found.activity > LEAST_ACTIVITY


def test_lips_agree_with_no_sound_where_there_is_none() -> None:
    faces, times_s = film(0.05 * (1 + np.sin(np.arange(100))))
    found = weigh(faces, times_s, np.ones(100, dtype=bool), NOTHING)
    assert found is not None
    assert found.agreement is None
