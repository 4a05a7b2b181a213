from __future__ import annotations

import pytest

from models.base import Translator
from models.catalog import load_catalog
from models.errors import UnsupportedLanguageError
from models.profile import load_profile
from models.registry import resolve
from models.translation.pivot import PivotTranslator
from models.weights import WeightsStore
from tests.models.translation.lines_support import utterances

pytestmark = pytest.mark.models


@pytest.fixture(scope="module")
def there_and_back(tmp_path_factory: pytest.TempPathFactory) -> PivotTranslator:
    """English to Portuguese and back: the one pivot that the embedded profile has without a download."""
    weights, catalog = WeightsStore(tmp_path_factory.mktemp("weights")), load_catalog()
    profile = load_profile("embedded", catalog)
    first, second = (
        resolve(
            catalog, profile, "translation", source_language=source, target_language=target, weights=weights
        ).load()
        for source, target in (("en", "pt"), ("pt", "en"))
    )
    return _SameLanguagePivot(first, second, pivot_language="pt")


class _SameLanguagePivot(PivotTranslator):
    """A pivot that may come back to where it started, which tells whether meaning survives."""

    def __init__(self, first: Translator, second: Translator, *, pivot_language: str) -> None:
        super().__init__(first, second, pivot_language=pivot_language)
        self.returns_home = self.pairs == frozenset()
        self.pairs = frozenset({("en", "en")})


def test_pairs_are_composed_and_no_language_is_translated_into_itself(
    there_and_back: PivotTranslator,
) -> None:
    assert isinstance(there_and_back, Translator)
    assert there_and_back.returns_home  # type: ignore[attr-defined]


def test_the_text_in_between_is_kept(there_and_back: PivotTranslator) -> None:
    [line] = there_and_back.translate_lines(utterances("I live in a small house."), "en", "en")
    assert line.pivot_text == "Eu moro em uma pequena casa."
    assert line.wordings[0].text == "I live in a small house."


def test_every_line_comes_back_in_its_place(there_and_back: PivotTranslator) -> None:
    lines = there_and_back.translate(utterances("Five dogs.", "Two cats.", "Three birds."), "en", "en")
    assert [wordings[0].text for wordings in lines] == ["Five dogs.", "Two cats.", "Three birds."]


def test_a_pair_that_the_two_do_not_compose_is_an_error(there_and_back: PivotTranslator) -> None:
    with pytest.raises(UnsupportedLanguageError):
        there_and_back.translate(utterances("Bonjour."), "fr", "en")
