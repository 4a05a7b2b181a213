from __future__ import annotations

import pytest

from models.translation.plurals import head_to_plural, plural_of


@pytest.mark.parametrize(
    ("language", "word", "plural"),
    [
        ("en", "stream", "streams"), ("en", "batch", "batches"), ("en", "story", "stories"),
        ("es", "vídeo", "vídeos"), ("es", "altavoz", "altavoces"), ("es", "canal", "canales"),
        ("fr", "bateau", "bateaux"), ("fr", "canal", "canaux"), ("fr", "bras", "bras"),
        ("it", "canale", "canali"), ("it", "amica", "amiche"), ("it", "bolla", "bolle"), ("it", "bar", "bar"),
        ("pt", "bolha", "bolhas"), ("pt", "ação", "ações"), ("pt", "canal", "canais"), ("pt", "som", "sons"),
        ("pt", "luz", "luzes"), ("pt", "papel", "papéis"),
        ("hi", "चैनल", "चैनल"),
    ],
)  # fmt: skip
def test_regular_plurals(language: str, word: str, plural: str) -> None:
    assert plural_of(word, language) == plural


def test_the_head_of_a_phrase_is_where_the_language_has_it() -> None:
    assert head_to_plural("video channel", "en") == "video channels"
    assert head_to_plural("caixa de som", "pt") == "caixas de som"
