from __future__ import annotations

from pathlib import Path

import pytest

from models.catalog import load_catalog
from models.errors import ModelOutputError
from models.translation.second_opinion import SecondOpinion
from models.weights import WeightsStore

pytestmark = pytest.mark.models


@pytest.fixture(scope="module")
def opinion() -> SecondOpinion:
    """By way of Portuguese, with the embedded profile's student and encoder."""
    catalog, weights = load_catalog(), WeightsStore.from_environment()
    files: dict[str, Path] = {}
    for model_id in ("bergamot-tiny-en-pt", "universal-sentence-encoder-3"):
        weights.pull([catalog.entry(model_id)])
        files |= weights.files(catalog.entry(model_id))
    found = SecondOpinion.load(files)
    assert found is not None
    return found


def test_without_an_encoder_there_is_no_second_opinion() -> None:
    assert SecondOpinion.load({}) is None


def test_it_serves_pairs_that_begin_where_its_student_does(opinion: SecondOpinion) -> None:
    assert opinion.serves("en", "es")
    assert not opinion.serves("fr", "es")
    assert not opinion.serves("en", "pt")
    assert not opinion.serves("en", "hi")


def test_the_other_way_is_taken_where_it_comes_clearly_nearer(opinion: SecondOpinion) -> None:
    asked = []

    def onwards(text: str, source_language: str, target_language: str) -> str:
        asked.append((text, source_language, target_language))
        return "Y te amo."

    assert opinion.better(["And I love you."], ["Y me amo."], "es", onwards) == ["Y te amo."]
    assert asked == [("E eu te amo.", "pt", "es")]


def test_a_translation_that_is_near_is_kept_without_asking(opinion: SecondOpinion) -> None:
    def onwards(text: str, source_language: str, target_language: str) -> str:
        raise AssertionError(text)

    line, kept = "This phone costs 300 euros less.", "Este teléfono cuesta 300 euros menos."
    assert opinion.better([line], [kept], "es", onwards) == [kept]


def test_another_translation_that_is_no_nearer_is_not_taken(opinion: SecondOpinion) -> None:
    assert opinion.better(
        ["My grandmother taught me this."], ["Mi abuela me lo dijo."], "es", lambda *_: "Hace frío."
    ) == ["Mi abuela me lo dijo."]


def test_another_translation_that_changes_a_number_is_not_taken(opinion: SecondOpinion) -> None:
    line, first, second = "Wait 10 minutes, please.", "Diez 10 sillas.", "Espera 20 minutos, por favor."
    assert opinion.better([line], [first], "es", lambda *_: second) == [first]


def test_where_the_other_way_is_closed_the_first_translation_stays(opinion: SecondOpinion) -> None:
    def onwards(text: str, source_language: str, target_language: str) -> str:
        raise ModelOutputError(text)

    assert opinion.better(["And I love you."], ["Y me amo."], "es", onwards) == ["Y me amo."]
