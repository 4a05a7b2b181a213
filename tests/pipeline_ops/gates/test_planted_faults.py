"""Faults planted into the tables of a real translation; those of sound are benchmarks/planted_faults.py's."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from benchmarks.faults import TABLE_FAULTS, TableFault
from benchmarks.good_results import Tables
from benchmarks.planted_faults import failed, outcomes_of
from models.errors import RejectedInputError
from pipeline_ops.artefacts import from_json
from pipeline_ops.gates.expectations import expected_of
from pipeline_ops.gates.tables import translations_table
from pipeline_ops.graph import GATES, NODES
from pipeline_ops.stages.gate_timing import GatedTiming

GOOD = Path(__file__).with_name("good_result.json")


@pytest.fixture(scope="module")
def good() -> Tables:
    tables: Tables = from_json(Tables, GOOD.read_bytes())
    return tables


@pytest.mark.parametrize("gate", GATES)
def test_a_good_result_passes_without_a_flag(good: Tables, gate: str) -> None:
    assert failed(outcomes_of(good, gate)) == {}


@pytest.mark.parametrize("fault", TABLE_FAULTS, ids=lambda fault: fault.name)
def test_a_planted_fault_is_caught_by_the_expectation_that_should(good: Tables, fault: TableFault) -> None:
    assert fault.caught_by in failed(outcomes_of(fault.plant(good), fault.gate, fault.caught_by))


BEYOND = {
    "the_sound_is_audible": {"finished_lufs": -70.0},
    "the_dub_is_understood": {"letter_error_rate": 0.6},
    "the_dub_means_what_the_original_does": {"sentence_similarity": 0.2},
    "the_language_is_the_target": {"heard_language": "en", "source_probability": 0.9},
    "the_target_language_is_heard": {"target_probability": 0.01},
    "nothing_is_clipped": {"clipped_share": 0.01},
    "peaks_are_kept": {"true_peak_dbtp": 1.0},
    "the_sound_is_in_time": {"sound_offset_s": 0.3},
    "the_background_keeps_its_level": {"background_change_db": 6.0},
    "the_background_is_the_originals": {"background_correlation": 0.1},
    "the_sound_is_as_loud_as_the_source": {"loudness_difference_lu": 6.0},
    "the_voice_is_not_a_strangers": {"voice_likeness": 0.3},
    "the_voice_is_the_one_that_was_chosen": {"voice_likeness_change": -0.3},
    "the_speech_sounds_like_speech": {"speech_quality_change": -1.5},
    "new_lips_move_with_the_sound": {"lip_correlation": 0.0},
    "new_lips_go_with_the_dub": {"lip_gain": -0.1},
    "new_lips_are_in_time": {"lip_offset_s": -0.3},
    "the_picture_is_complete": {"picture_frames_difference": -120},
    "the_file_is_as_long_as_the_source": {"duration_difference_s": -4.0},
    "the_sound_lasts_to_the_end": {"sound_end_difference_s": -4.0},
    "subtitles_are_in_the_file": {"subtitle_tracks": 0},
    "the_picture_moves_where_the_originals_does": {"frozen_share": 0.2},
}


def test_every_figure_beyond_its_limit_is_caught(good: Tables) -> None:
    changes: dict[str, Any] = {name: value for each in BEYOND.values() for name, value in each.items()}
    worst = dataclasses.replace(good, metrics=dataclasses.replace(good.metrics, **changes))
    assert set(failed(outcomes_of(worst, "gate_translation"))) == set(BEYOND)
    assert set(BEYOND) == {each.name for each in expected_of("metrics")}


def test_a_rejection_says_why_and_hands_over_all_outcomes(good: Tables, tmp_path: Path) -> None:
    stage = NODES["gate_timing"].stage
    names = ("utterances", "lines", "takes", "subtitles", "media")
    values = {name: getattr(good, name) for name in names}
    with pytest.raises(RejectedInputError, match="lines are in order") as rejected:
        stage.function(
            **values,
            placements=good.placements[::-1],
            parameters=stage.parameters_type(target_language="pt"),
            scratch=tmp_path,
        )
    assert rejected.value.reason_code == "unfit_timing"
    assert isinstance(rejected.value.evidence, GatedTiming)
    assert rejected.value.evidence.documents.stat().st_size > 1000


def test_a_line_that_policy_leaves_unsaid_is_not_missed(good: Tables, tmp_path: Path) -> None:
    stage = NODES["gate_timing"].stage
    unsaid = dataclasses.replace(good.lines[-1], wordings=())
    result = stage.function(
        utterances=good.utterances,
        lines=(*good.lines[:-1], unsaid),
        takes=good.takes,
        placements=good.placements[:-1],
        subtitles=good.subtitles[:-1],
        media=good.media,
        parameters=stage.parameters_type(target_language="pt"),
        scratch=tmp_path,
    )
    assert all(each.passed for each in result.outcomes)


def test_what_people_worded_is_theirs_to_judge(good: Tables) -> None:
    """Only what a person wrote in the place of a translation is left alone; machines' lines are not."""
    texts = {line.index: "Sim." for line in good.utterances}
    everywhere = translations_table(good.utterances, texts, "en", "pt")
    nowhere = translations_table(good.utterances, texts, "en", "pt", frozenset(texts))
    columns = (
        "length_ratio",
        "number_changed",
        "negation_changed",
        "name_changed",
        "untranslated",
        "repetition",
    )
    assert {row[column] for row in nowhere for column in columns} == {None}
    assert any(row["length_ratio"] is not None for row in everywhere)
