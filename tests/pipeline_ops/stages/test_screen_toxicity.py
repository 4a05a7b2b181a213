"""Nothing that adds an insult, flips a denial, repeats or dreams is published without a person."""

from __future__ import annotations

import pytest

from models.base import ToxicityDetector
from models.types import LanguageIdentification, Wording
from pipeline_ops.errors import RejectedInputError
from pipeline_ops.stages.screen_toxicity import (
    ScreenedLines,
    ScreenParameters,
    reason_to_hold,
    screen_toxicity,
)
from pipeline_ops.stages.translate import TranslatedLine
from tests.models.embedded import engine

ENGLISH, PORTUGUESE = LanguageIdentification("en", 0.99), LanguageIdentification("pt", 0.99)


def screened(
    source: str,
    *wordings: str,
    flags: tuple[str, ...] = (),
    parameters: ScreenParameters = ScreenParameters("pt"),  # noqa: B008  frozen
    language: LanguageIdentification = ENGLISH,
    detector: ToxicityDetector | None = None,
) -> ScreenedLines:
    line = TranslatedLine(0, source, tuple(map(Wording, wordings)), flags)
    return screen_toxicity(lines=(line,), language=language, detector=detector, parameters=parameters)


def test_lines_that_say_what_was_said_pass_unchanged() -> None:
    result = screened("I do not agree.", "Eu não concordo.", "Não concordo.")
    assert result.findings == ()
    assert [each.text for each in result.lines[0].wordings] == ["Eu não concordo.", "Não concordo."]
    assert reason_to_hold(result.findings) is None


@pytest.mark.parametrize(
    ("source", "wording", "problem"),
    [
        ("You did well.", "Vai-te foder.", "added_toxicity"),
        ("You did well.", "You did well, bitch.", "added_toxicity"),
        ("I do not agree.", "Eu concordo.", "negation_changed"),
        ("I agree.", "Eu não concordo.", "negation_changed"),
        ("We never sell your data.", "Nós vendemos seus dados.", "negation_changed"),
        ("Thank you.", "Obrigado por assistir, " * 4, "repetition"),
        ("Yes.", "Sim, e hoje vamos ver como fazer uma receita deliciosa em casa.", "hallucination"),
    ],
)
def test_a_line_that_cannot_be_worded_otherwise_holds_the_translation(
    source: str, wording: str, problem: str
) -> None:
    result = screened(source, wording)
    [finding] = result.findings
    assert problem in finding.problems
    assert (finding.action, finding.text) == ("held", wording)
    assert problem in result.lines[0].flags
    reason = reason_to_hold(result.findings)
    assert reason is not None
    assert problem in reason


def test_a_sound_wording_takes_the_place_of_one_that_insults() -> None:
    result = screened("You did well.", "Você é um merda.", "Você foi bem.")
    assert result.lines[0].wordings == (Wording("Você foi bem."),)
    [finding] = result.findings
    assert (finding.action, finding.words) == ("reworded", ("merda",))
    assert reason_to_hold(result.findings) is None


def test_a_wording_that_insults_is_left_to_nobodys_choice() -> None:
    result = screened("You did well.", "Você foi bem.", "Você é um merda.")
    assert [each.text for each in result.lines[0].wordings] == ["Você foi bem."]


def test_policy_may_refuse_instead_of_holding() -> None:
    with pytest.raises(RejectedInputError) as refused:
        screened("You did well.", "Vai-te foder.", parameters=ScreenParameters("pt", policy="reject"))
    assert refused.value.reason_code == "added_toxicity"


DROPPING = ScreenParameters("pt", policy="drop")


def test_policy_may_leave_the_line_unsaid_and_say_the_rest() -> None:
    good = [TranslatedLine(index, "Hello.", (Wording("Olá."),), ()) for index in range(4)]
    bad = TranslatedLine(4, "You did well.", (Wording("Vai-te foder."),), ("name_changed",))
    result = screen_toxicity(lines=(*good, bad), language=ENGLISH, detector=None, parameters=DROPPING)
    assert result.lines[:4] == tuple(good)
    assert result.lines[4].wordings == ()
    assert result.lines[4].flags == ("name_changed", "added_toxicity", "dropped")
    [finding] = result.findings
    assert (finding.action, finding.text) == ("dropped", "Vai-te foder.")
    assert reason_to_hold(result.findings) is None


def test_a_translation_of_which_too_little_would_be_left_is_not_made() -> None:
    with pytest.raises(RejectedInputError) as refused:
        screened("You did well.", "Vai-te foder.", parameters=DROPPING)
    assert refused.value.reason_code == "added_toxicity"


def test_a_line_that_can_be_worded_otherwise_is_not_dropped() -> None:
    result = screened("You did well.", "Você é um merda.", "Você foi bem.", parameters=DROPPING)
    assert result.lines[0].wordings == (Wording("Você foi bem."),)


def test_numbers_count_where_the_policy_says_so() -> None:
    strict = ScreenParameters("pt", hold_for=("number_changed",))
    assert screened("I have 15 apples.", "Tenho 50 maçãs.").findings == ()
    [finding] = screened("I have 15 apples.", "Tenho 50 maçãs.", parameters=strict).findings
    assert finding.problems == ("number_changed",)


def test_a_persons_own_wording_is_theirs_but_for_insults() -> None:
    assert screened("I agree.", "Eu não concordo.", flags=("edited",)).findings == ()
    [finding] = screened("I agree.", "Concordo, seu merda.", flags=("edited",)).findings
    assert finding.problems == ("added_toxicity",)


@pytest.mark.models
def test_the_classifier_finds_what_no_list_holds_and_is_silent_on_plain_talk() -> None:
    detector = engine("toxicity_detection", "en")
    assert detector.insult_probabilities([]) == []
    english = ScreenParameters("en")
    plain = "My grandmother taught me this recipe when I was a child."
    assert screened("Receita da avó.", plain, language=PORTUGUESE, parameters=english, detector=detector)
    [finding] = screened(
        "Você foi bem.", "You are an idiot.", language=PORTUGUESE, parameters=english, detector=detector
    ).findings
    assert finding.problems == ("added_toxicity",)
    unhurt = screened("Bom dia a todos.", "Good morning all.", language=PORTUGUESE, parameters=english)
    assert unhurt.findings == ()
