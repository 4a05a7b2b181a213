from __future__ import annotations

import pytest

from models.errors import UnsupportedLanguageError
from models.languages import normalise_language
from models.seamless.languages import SEAMLESS_CODES, SPEAKERS, iso_code, seamless_code


@pytest.mark.parametrize(("language", "code"), [("pt", "por"), ("zh", "cmn"), ("ar", "arb"), ("sw", "swh")])
def test_languages_are_written_both_ways(language: str, code: str) -> None:
    assert seamless_code(language) == code
    assert iso_code(code) == language


def test_every_language_is_written_as_the_catalog_writes_it_and_has_one_code() -> None:
    assert {normalise_language(language) for language in SEAMLESS_CODES} == set(SEAMLESS_CODES)
    assert len(set(SEAMLESS_CODES.values())) == len(SEAMLESS_CODES)


def test_every_language_that_is_spoken_is_also_written_and_has_speakers_of_its_own() -> None:
    assert set(SPEAKERS) <= set(SEAMLESS_CODES.values())
    speakers = [speaker for group in SPEAKERS.values() for speaker in group]
    assert sorted(speakers) == list(range(75))


def test_a_language_that_it_does_not_know_is_an_error() -> None:
    with pytest.raises(UnsupportedLanguageError, match="'tlh'"):
        seamless_code("tlh")
    assert iso_code("ceb") is None
