from __future__ import annotations

import pytest

from models.types import LanguageIdentification
from pipeline_ops.errors import RejectedInputError
from pipeline_ops.stages.judge_eligibility import EligibilityParameters, judge_eligibility

PAIRS = (("en", "es"), ("en", "pt"), ("pt", "en"))


def judge(source: str, *targets: str) -> dict[str, str]:
    result = judge_eligibility(
        language=LanguageIdentification(source, 0.9), parameters=EligibilityParameters(targets, PAIRS)
    )
    return {verdict.language: verdict.reason_code for verdict in result.verdicts}


def test_a_served_pair_is_eligible() -> None:
    assert judge("en", "pt") == {"pt": ""}


def test_one_language_that_cannot_be_served_leaves_the_others() -> None:
    assert judge("en", "pt", "en", "de") == {
        "pt": "",
        "en": "same_language",
        "de": "unsupported_language_pair",
    }


@pytest.mark.parametrize(
    ("source", "target", "reason_code"),
    [
        ("ru", "pt", "unsupported_source_language"),
        ("en", "en", "same_language"),
        ("en", "de", "unsupported_language_pair"),
    ],
)
def test_a_video_that_no_target_serves_is_rejected(source: str, target: str, reason_code: str) -> None:
    with pytest.raises(RejectedInputError) as caught:
        judge(source, target)
    assert caught.value.reason_code == reason_code


def test_the_sentence_names_the_languages_in_plain_words() -> None:
    with pytest.raises(RejectedInputError, match="from English to German"):
        judge("en", "de")
