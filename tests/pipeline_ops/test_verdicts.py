from __future__ import annotations

import pickle

from pipeline_ops.verdicts import REASONS, rejection


def test_a_rejection_carries_code_and_sentence() -> None:
    error = rejection("too_long", duration_s=4000.0, limit_s=1800.0)
    assert error.reason_code == "too_long"
    assert "4000 s" in str(error)


def test_a_rejection_survives_the_way_between_processes() -> None:
    error = rejection("no_video_track")
    again = pickle.loads(pickle.dumps(error))
    assert (again.reason_code, str(again)) == (error.reason_code, str(error))


def test_sentences_are_for_creators_and_not_for_engineers() -> None:
    for sentence in REASONS.values():
        assert sentence[0].isupper()
        assert sentence.endswith(".")
        assert "error" not in sentence.lower()
