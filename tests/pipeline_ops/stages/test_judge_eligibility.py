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


def test_a_language_that_is_only_guessed_is_called_uncertain_not_unsupported() -> None:
    guessed = LanguageIdentification("fr", 0.7, mean_log_probability=-1.2)
    with pytest.raises(RejectedInputError) as caught:
        judge_eligibility(language=guessed, parameters=EligibilityParameters(("pt",), PAIRS))
    assert caught.value.reason_code == "uncertain_language"


def test_a_guess_that_is_served_goes_on_to_be_heard() -> None:
    guessed = LanguageIdentification("en", 0.4, mean_log_probability=-1.2)
    result = judge_eligibility(language=guessed, parameters=EligibilityParameters(("pt",), PAIRS))
    assert result.verdicts[0].eligible
