from __future__ import annotations

from collections.abc import Sequence

import pytest

from models.types import GlossaryTerm, LanguageIdentification, Utterance, Wording
from pipeline_ops.artefacts import from_json, to_json
from pipeline_ops.errors import StageOutputError
from pipeline_ops.stages.match_subtitles import GivenLine
from pipeline_ops.stages.translate import TranslatedLine, TranslateParameters, Translation, translate
from tests.models.translation.lines_support import utterances

ENGLISH = LanguageIdentification("en", 0.99)
PORTUGUESE = TranslateParameters("pt")


class PhraseBook:
    """A translator that looks lines up: what the stage does with answers is tested here, not a model."""

    pairs = frozenset({("en", "pt")})

    def __init__(self, answers: dict[str, tuple[Wording, ...]], extra: int = 0) -> None:
        self.answers = answers
        self.extra = extra

    def translate(
        self,
        utterances: Sequence[Utterance],
        source_language: str,
        target_language: str,
        glossary: Sequence[GlossaryTerm] = (),
    ) -> list[tuple[Wording, ...]]:
        lines = [self.answers.get(utterance.text, ()) for utterance in utterances]
        return [*lines, *[(Wording("mais"),)] * self.extra]


def translated(
    answers: dict[str, tuple[Wording, ...]],
    extra: int = 0,
    terms: tuple[GlossaryTerm, ...] = (),
    given: tuple[GivenLine, ...] = (),
) -> tuple[TranslatedLine, ...]:
    return translate(
        utterances=tuple(utterances(*answers)),
        language=ENGLISH,
        terms=terms,
        given=given,
        model=PhraseBook(answers, extra),
        parameters=PORTUGUESE,
    ).lines


def test_lines_keep_their_index_their_source_and_their_wordings() -> None:
    wordings = (Wording("Eu sei."), Wording("Sei.", "shorter", 0.05))
    assert translated({"I know.": wordings, "Yes.": (Wording("Sim."),)}) == (
        TranslatedLine(0, "I know.", wordings, ()),
        TranslatedLine(1, "Yes.", (Wording("Sim."),), ()),
    )


def test_what_looks_wrong_is_flagged_on_its_line() -> None:
    lines = translated(
        {
            "I have 3 cats.": (Wording("Tenho 4 gatos."),),
            "I do not know.": (Wording("Eu sei."),),
            "I like bread.": (Wording("I like bread."),),
            "Good morning.": (Wording("Bom dia."),),
        }
    )
    assert [line.flags for line in lines] == [
        ("number_changed",),
        ("negation_changed",),
        ("untranslated",),
        (),
    ]


def test_what_the_creator_gave_is_said_as_given_and_the_rest_is_translated() -> None:
    answers = {"Yes.": (), "No.": (Wording("Não."),)}
    lines = translated(answers, given=(GivenLine(0, "Pois é."),))
    assert [(line.wordings, line.flags) for line in lines] == [
        ((Wording("Pois é."),), ("given",)),
        ((Wording("Não."),), ()),
    ]


def test_a_term_that_was_lost_is_flagged() -> None:
    terms = (GlossaryTerm("stream", "live"),)
    [line] = translated({"The stream is on.": (Wording("O fluxo está ligado."),)}, terms=terms)
    assert line.flags == ("glossary_missed",)


def test_a_wording_that_loses_a_term_which_the_best_one_keeps_is_left_out() -> None:
    terms = (GlossaryTerm("stream", "live"),)
    wordings = (
        Wording("A live está ligada."),
        Wording("Está ligada.", "shorter"),
        Wording("A live já está ligada.", "longer"),
    )
    [line] = translated({"The stream is on.": wordings}, terms=terms)
    assert line.wordings == (wordings[0], wordings[2]) and line.flags == ()


def test_another_number_of_lines_is_an_error() -> None:
    with pytest.raises(StageOutputError, match="2 lines for 1"):
        translated({"Yes.": (Wording("Sim."),)}, extra=1)


@pytest.mark.parametrize("wordings", [(), (Wording(" "),)])
def test_a_line_without_text_is_an_error(wordings: tuple[Wording, ...]) -> None:
    with pytest.raises(StageOutputError, match="line 0"):
        translated({"Yes.": wordings})


def test_no_utterances_give_no_lines() -> None:
    assert translated({}) == ()


def test_the_artefact_reads_back_as_it_was_written() -> None:
    lines = translated({"I know.": (Wording("Eu sei."), Wording("Sei.", "shorter", 0.05))})
    annotation = translate.output_types["lines"]
    assert from_json(annotation, to_json(annotation, lines)) == lines
    assert set(translate.output_types) == {"lines"} and translate.result_type is Translation


def test_a_wording_that_flips_a_denial_gives_way_to_one_that_does_not() -> None:
    flipped, kept = Wording("Eu concordo."), Wording("Eu não concordo.", "longer", 0.1)
    [line] = translated({"I do not agree.": (flipped, kept)})
    assert line.wordings == (Wording("Eu não concordo."),)
    assert line.flags == ()


def test_a_line_whose_every_wording_insults_is_asked_for_once_more() -> None:
    asked_again = {"You did well": (Wording("Você foi bem"),)}
    lines = translated({"You did well.": (Wording("Vai-te foder."),), **asked_again})
    assert lines[0].wordings == (Wording("Você foi bem"),)


def test_where_nothing_sound_is_found_the_best_wording_stays_with_its_flags() -> None:
    [line] = translated({"I do not agree.": (Wording("Eu concordo."),)})
    assert (line.wordings, line.flags) == ((Wording("Eu concordo."),), ("negation_changed",))
