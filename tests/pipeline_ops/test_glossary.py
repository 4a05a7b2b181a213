from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.types import GlossaryTerm
from pipeline_ops.errors import SettingsError
from pipeline_ops.glossary import merged, parse_glossary, read_glossary, terms_for, write_glossary


def test_languages_are_normalised_and_null_keeps_a_word() -> None:
    written = {"pt-BR": {" live  stream ": "live"}, "*": {"GoPro": None}}
    assert parse_glossary(written) == {"pt": {"live stream": "live"}, "*": {"GoPro": "GoPro"}}


@pytest.mark.parametrize(
    "value",
    [
        [], "pt", {"pt": "stream"}, {"pt": ["stream"]}, {"pt": {"": "live"}}, {"pt": {"stream": " "}},
        {"pt": {"stream": 3}}, {"pt": {"stream": "x" * 101}}, {"no such language": {"a": "b"}},
        {"pt": {"a\x00b": "c"}}, {"pt": {str(number): "a" for number in range(2001)}},
    ],
)  # fmt: skip
def test_what_is_no_glossary_is_refused(value: Any) -> None:
    with pytest.raises(SettingsError):
        parse_glossary(value)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[" * 100_000])
def test_what_is_no_json_is_refused(content: bytes) -> None:
    with pytest.raises(SettingsError):
        read_glossary(content)


def test_a_languages_own_terms_count_over_those_of_every_language() -> None:
    glossary = {"*": {"stream": "stream", "GoPro": "GoPro"}, "pt": {"stream": "live"}, "es": {"day": "día"}}
    assert terms_for(glossary, "pt") == (GlossaryTerm("GoPro", "GoPro"), GlossaryTerm("stream", "live"))


def test_of_two_glossaries_the_upper_one_counts() -> None:
    below, above = {"pt": {"stream": "live", "day": "dia"}}, {"pt": {"stream": "fluxo"}, "es": {"a": "b"}}
    assert merged(below, above) == {"pt": {"stream": "fluxo", "day": "dia"}, "es": {"a": "b"}}


words = st.text(st.characters(categories=["L", "N", "P"]), min_size=1, max_size=20)


@given(st.dictionaries(st.sampled_from(["pt", "es", "*"]), st.dictionaries(words, words, min_size=1)))
def test_what_is_written_reads_back(glossary: dict[str, dict[str, str]]) -> None:
    assert read_glossary(write_glossary(glossary)) == glossary
