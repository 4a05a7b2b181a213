from __future__ import annotations

from pathlib import Path

import pytest

from models.seamless.tokens import TextTokens
from tests.models.seamless.tiny_checkpoint import SENTENCES

pytestmark = pytest.mark.models

LINES = [line for lines in SENTENCES.values() for line in lines]


@pytest.fixture(scope="module")
def tokens(tiny_seamless: dict[str, Path]) -> TextTokens:
    return TextTokens.load(tiny_seamless["sentencepiece.bpe.model"])


def test_text_comes_back_as_it_was(tokens: TextTokens) -> None:
    for line in LINES:
        assert tokens.decode(tokens.encode(line)) == line


def test_numbers_are_those_of_transformers_own_tokenizer(
    tokens: TextTokens, tiny_seamless: dict[str, Path]
) -> None:
    from transformers import SeamlessM4TTokenizer

    folder = tiny_seamless["config.json"].parent
    reference = SeamlessM4TTokenizer.from_pretrained(folder, src_lang="eng", tgt_lang="por")
    for line in LINES:
        assert tokens.encode(line) == reference(line, add_special_tokens=False)["input_ids"]


def test_letters_that_it_does_not_know_are_one_unknown(tokens: TextTokens) -> None:
    assert 1 in tokens.encode("猫")


def test_control_symbols_and_languages_say_nothing(tokens: TextTokens) -> None:
    numbers = tokens.encode(LINES[0])
    assert tokens.decode([3, 10_000, *numbers, 3, 0, 0]) == LINES[0]
