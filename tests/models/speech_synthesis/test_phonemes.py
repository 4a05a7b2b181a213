from __future__ import annotations

import logging
import re
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.speech_synthesis.phonemes import (
    ESPEAK_VOICES,
    PUNCTUATION,
    SYMBOLS,
    kokoro_symbols,
    phonemes_of,
    split_phonemes,
    token_ids,
)

SENTENCES = {
    "en-us": "Hello everyone, welcome back! It's 3.5 km (about two miles) — isn't it? Thirty judges.",
    "en-gb": "There, hear the poor boy go; he chose a bottle of water.",
    "es": "¿Qué tal? Mañana llueve en Zaragoza, y el niño corre rápido.",
    "fr": "Bonjour à tous ! Un bon vin blanc, s'il vous plaît : c'est l'œuvre d'un grand chef.",
    "hi": "नमस्ते, आप कैसे हैं? मैं ठीक हूँ। घर में पाँच लोग हैं।",
    "it": "Buongiorno a tutti, oggi facciamo gli gnocchi. Perché no?",
    "pt": "Bom dia a todos! Não há pão, mas amanhã haverá: três quilos de coração.",
}


@pytest.mark.parametrize("accent", ESPEAK_VOICES)
def test_every_accent_is_written_in_symbols_that_kokoro_knows(
    accent: str, caplog: pytest.LogCaptureFixture
) -> None:
    phonemes = phonemes_of(SENTENCES[accent], accent)
    assert set(phonemes) <= set(SYMBOLS)
    with caplog.at_level(logging.WARNING):
        assert len(token_ids(phonemes)) == len(phonemes) > 20
    assert caplog.text == ""


@pytest.mark.parametrize(
    ("accent", "text", "phonemes"),
    [
        ("en-us", "hello", "həlˈO"),
        ("en-us", "day", "dˈA"),
        ("en-us", "judge", "ʤˈʌʤ"),
        ("en-us", "water", "wˈɔTəɹ"),
        ("en-us", "button", "bˈʌtᵊn"),
        ("en-gb", "there", "ðˈɛː"),
        ("pt", "noite", "nˈoɪʧy"),
        ("it", "pizza", "pˈiʦːa"),
        ("fr", "bonjour", "bɔ̃ʒˈuʁ"),
    ],
)
def test_words_are_spelt_as_kokoro_was_trained_on_them(accent: str, text: str, phonemes: str) -> None:
    assert phonemes_of(text, accent) == phonemes


@pytest.mark.parametrize(
    ("text", "marks"),
    [
        ("Hello, world!", ",!"),
        ("Well... what?", "…?"),
        ('He said: "stop" (now); go.', ':""();.'),
        ("«Oui», dit-il — non.", "“”,—."),
        ("It is 3.5 or 3,5 at 8:30", ""),
        ("See example.com, please.", ",."),
    ],
)
def test_marks_are_kept_and_numbers_are_none(text: str, marks: str) -> None:
    assert "".join(symbol for symbol in phonemes_of(text, "en-us") if symbol in PUNCTUATION) == marks


def test_french_spaces_before_marks_go() -> None:
    assert " " not in phonemes_of("Oui !", "fr")
    assert phonemes_of("Oui ! Non ?", "fr") == f"{phonemes_of('Oui!', 'fr')} {phonemes_of('Non?', 'fr')}"


@pytest.mark.parametrize("text", ["", "   ", "..."])
def test_nothing_to_say_gives_marks_alone(text: str) -> None:
    assert set(phonemes_of(text, "en-us")) <= set(PUNCTUATION)


def test_a_foreign_word_leaves_no_trace_of_the_switch() -> None:
    # espeak-ng writes "(en)software(pt)".
    phonemes = phonemes_of("O software do computador.", "pt")
    assert "(" not in phonemes
    assert ")" not in phonemes


@pytest.mark.parametrize(
    ("accent", "espeak", "kokoro"),
    [
        ("en-us", "(en)hˈa\u0361ɪ(fr)", "hˈI"),
        ("en-us", "bˈʌʔn\u0329", "bˈʌtᵊn"),
        ("en-us", "bˈɜː\u0279d", "bˈɜɹd"),
        ("en-us", "lˈɪɾəl", "lˈɪTəl"),
        ("pt", "t\u0361ʃˈaʊ", "ʧˈaʊ"),
        ("pt", "a-b", "ab"),
    ],
)
def test_spellings_of_espeak_have_one_of_kokoro(accent: str, espeak: str, kokoro: str) -> None:
    assert kokoro_symbols(espeak, accent) == kokoro


def test_accents_may_take_turns_in_many_threads() -> None:
    alone = {accent: phonemes_of(text, accent) for accent, text in SENTENCES.items()}
    found: dict[tuple[str, int], str] = {}

    def say(accent: str, number: int) -> None:
        found[accent, number] = phonemes_of(SENTENCES[accent], accent)

    threads = [threading.Thread(target=say, args=(a, n)) for n in range(3) for a in SENTENCES]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(phonemes == alone[accent] for (accent, _), phonemes in found.items())
    assert len(found) == 3 * len(SENTENCES)


def test_symbols_are_the_models_own() -> None:
    assert len(SYMBOLS) == len(set(SYMBOLS.values())) == 114
    assert min(SYMBOLS.values()) > 0  # 0 starts and ends every sequence
    assert max(SYMBOLS.values()) < 178
    assert set(PUNCTUATION) <= set(SYMBOLS)


def test_symbols_that_the_model_does_not_know_are_told_and_left_out(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert token_ids("a☃b☃") == (SYMBOLS["a"], SYMBOLS["b"])
    assert "'☃' x2" in caplog.text


def test_pieces_are_cut_at_the_strongest_mark() -> None:
    assert split_phonemes("one two. three, four five", 16) == ("one two.", "three, four five")
    assert split_phonemes("one; two, three four", 12) == ("one; two,", "three four")
    assert split_phonemes("one; two, three four", 16) == ("one;", "two, three four")
    assert split_phonemes("one two three", 8) == ("one two", "three")
    assert split_phonemes("abcdefghij", 4) == ("abcd", "efgh", "ij")


def test_sentences_that_fit_together_stay_together() -> None:
    assert split_phonemes("one. two. three. four.", 11) == ("one. two.", "three.", "four.")


phoneme_texts = st.text(st.sampled_from("abɹəˈː .,;:!?—…()“”"), max_size=120)


@given(phoneme_texts, st.integers(1, 40))
def test_no_symbol_is_lost_and_no_piece_is_too_long(phonemes: str, limit: int) -> None:
    pieces = split_phonemes(phonemes, limit)
    assert re.sub(r"\s", "", "".join(pieces)) == re.sub(r"\s", "", phonemes)
    assert all(0 < len(piece) <= limit for piece in pieces)
    assert all(piece == piece.strip() for piece in pieces)
