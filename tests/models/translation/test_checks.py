from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.translation_quality import parallel_sentences
from models.translation.checks import (
    is_faithful_rewording,
    is_untranslated,
    line_flags,
    name_changed,
    names,
    numbers_changed,
    repeats,
    words_beside_names,
)
from models.translation.polarity import is_negated, negation_changed

SENTENCES = parallel_sentences()


@pytest.mark.parametrize(("source", "target"), list(itertools.permutations(SENTENCES, 2)))
def test_good_translations_raise_no_flag(source: str, target: str) -> None:
    flagged = {
        (line, translation): flags
        for line, translation in zip(SENTENCES[source], SENTENCES[target], strict=True)
        if (flags := line_flags(line, translation, source, target))
    }
    assert flagged == {}


def test_another_number_is_flagged() -> None:
    assert line_flags("I have 3 cats.", "Tenho 4 gatos.", "en", "pt") == ("number_changed",)


def test_a_number_that_is_left_out_is_flagged() -> None:
    assert numbers_changed("It costs 300 euros.", "Custa euros.", "en", "pt")


@pytest.mark.parametrize(
    ("source", "target", "languages"),
    [
        ("It costs 3,500 dollars.", "Custa 3.500 dólares.", ("en", "pt")),
        ("It weighs 2.5 kilos.", "Pesa 2,50 quilos.", ("en", "pt")),
        ("She left at 5 pm.", "Ela saiu às 17:00.", ("en", "pt")),
        ("He has two hundred and fifty books.", "Tiene 250 libros.", ("en", "es")),
        ("J'ai quatre-vingt-dix ans.", "I am 90 years old.", ("fr", "en")),
        ("Ho venticinque anni.", "I am twenty-five years old.", ("it", "en")),
        ("One of you has six.", "Uno di voi ne ha sei.", ("en", "it")),
        ("20% of it", "el veinte por ciento", ("en", "es")),
        ("It is my 1st video.", "É meu primeiro vídeo.", ("en", "pt")),
        ("100 000 personnes", "100,000 people", ("fr", "en")),
    ],
)
def test_the_same_number_written_otherwise_is_the_same(
    source: str, target: str, languages: tuple[str, str]
) -> None:
    assert not numbers_changed(source, target, *languages)


@pytest.mark.parametrize(
    ("source", "target", "languages"),
    [
        ("I don't like it.", "Eu gosto.", ("en", "pt")),
        ("Me gusta.", "I do not like it.", ("es", "en")),
        ("Je ne sais pas.", "I know.", ("fr", "en")),
        ("Non lo so.", "I know it.", ("it", "en")),
    ],
)
def test_a_lost_or_added_negation_is_flagged(source: str, target: str, languages: tuple[str, str]) -> None:
    assert negation_changed(source, target, *languages)


@pytest.mark.parametrize(
    ("source", "target", "languages"),
    [
        ("I hardly ever lie.", "Eu minto sempre.", ("en", "pt")),
        ("Rara vez falla.", "It fails.", ("es", "en")),
        ("I know him.", "Je le connais à peine.", ("en", "fr")),
        ("It is safe to eat.", "É perigoso comer.", ("en", "pt")),
        ("That is allowed here.", "Eso está prohibido aquí.", ("en", "es")),
        ("Il a accepté.", "He refused.", ("fr", "en")),
    ],
)
def test_a_denial_without_a_word_of_denial_is_flagged(
    source: str, target: str, languages: tuple[str, str]
) -> None:
    assert negation_changed(source, target, *languages)


@pytest.mark.parametrize(
    ("source", "target", "languages"),
    [
        ("I hardly ever lie.", "Eu quase nunca minto.", ("en", "pt")),
        ("I hardly slept.", "Mal dormi.", ("en", "pt")),
        ("It is not safe.", "É perigoso.", ("en", "pt")),
        ("Don't forget the salt.", "Recuerda la sal.", ("en", "es")),
        ("I disagree.", "Non sono d'accordo.", ("en", "it")),
        ("That's unlikely.", "Es poco probable.", ("en", "es")),
        ("It is less safe.", "É mais perigoso.", ("en", "pt")),
        ("It is not hot, it is cold.", "No hace calor, hace frío.", ("en", "es")),
    ],
)
def test_the_same_said_the_other_way_round_is_no_denial(
    source: str, target: str, languages: tuple[str, str]
) -> None:
    assert not negation_changed(source, target, *languages)


def test_a_tag_question_denies_nothing() -> None:
    assert not is_negated("It works, doesn't it?", "en")
    assert not is_negated("Ça marche, n'est-ce pas ?", "fr")
    assert not is_negated("Ele está no hospital, não é?", "pt")


def test_negation_is_not_judged_in_languages_without_a_list() -> None:
    assert not negation_changed("I don't know.", "Ich weiß.", "en", "de")


def test_names_are_capitalised_words_within_sentences() -> None:
    assert names("Hello, I met Marta in Lisbon. Then we left. On Monday Anna's dog barked.") == (
        "Marta",
        "Lisbon",
        "Anna",
    )


def test_a_lost_name_is_flagged() -> None:
    assert line_flags("I met Marta there.", "Eu conheci alguém lá.", "en", "pt") == ("name_changed",)


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("I live in Lisbon.", "Moro em Lisboa."),
        ("I live in Germany.", "Moro na Alemanha."),
        ("I flew to the United States.", "Voei para os Estados Unidos."),
        ("We moved to London.", "Mudámos para Londres."),
        ("I like Toyota's cars.", "Gosto dos carros da Toyota."),
        ("It is on Toyota's list.", "Está na lista da Toyota's."),
        ("I speak English on Mondays.", "Falo inglês às segundas."),
    ],
)
def test_a_name_in_its_other_form_is_kept(source: str, target: str) -> None:
    assert not name_changed(source, target, "en", "pt")


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("I spoke with Maria.", "Eu falei com o Roberto."),
        ("We flew to Germany.", "Voamos para a Espanha."),
        ("We flew to Germany with Anna.", "Voamos para a Alemanha com Pedro."),
    ],
)
def test_another_name_in_its_place_is_flagged(source: str, target: str) -> None:
    assert name_changed(source, target, "en", "pt")


def test_the_source_repeated_is_untranslated() -> None:
    assert line_flags("I like bread.", "I like bread.", "en", "pt") == ("untranslated",)


@pytest.mark.parametrize("line", ["Marta Silva.", "OK!", "No.", "Chocolate", "Hotel California"])
def test_a_name_or_an_interjection_may_stay_as_it_is(line: str) -> None:
    assert not is_untranslated(line, line)


@pytest.mark.parametrize(
    "target",
    [
        "Eu gosto muito muito muito muito muito de pão.",
        "Eu gosto muito do pão que faço em casa. " * 3,
    ],
)
def test_a_looping_translation_is_flagged(target: str) -> None:
    assert line_flags("I like bread a lot.", target, "en", "pt") == ("repetition",)


def test_a_repetition_of_the_speaker_is_kept() -> None:
    assert "repetition" not in line_flags("no no no no", "não não não não", "es", "pt")


def test_a_rewording_that_changes_a_fact_is_not_faithful() -> None:
    best = "I did not pay 30 euros to Marta."
    assert is_faithful_rewording(best, "I didn't pay Marta 30 euros.", "en")
    assert not is_faithful_rewording(best, "I paid Marta 30 euros.", "en")
    assert not is_faithful_rewording(best, "I did not pay Marta.", "en")
    assert not is_faithful_rewording(best, "I did not pay 30 euros to Anna.", "en")
    assert not is_faithful_rewording(best, "I did not pay 30 euros to Marta?", "en")


@settings(deadline=None)
@given(st.text(max_size=80), st.text(max_size=80))
def test_any_text_can_be_checked(source: str, target: str) -> None:
    assert set(line_flags(source, target, "en", "it")) <= {
        "number_changed",
        "negation_changed",
        "name_changed",
        "untranslated",
        "repetition",
    }


@settings(deadline=None)  # the first call of all compiles the lists of words
@given(st.text(max_size=80))
def test_every_text_is_faithful_to_itself(text: str) -> None:
    assert is_faithful_rewording(text, text, "pt") or repeats(text)


@given(st.integers(min_value=0, max_value=10**9))
def test_a_number_is_found_in_itself_however_grouped(number: int) -> None:
    assert not numbers_changed(f"about {number:,} of them", f"cerca de {number} deles", "en", "pt")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Kanye West partiu alto.", ("partiu", "alto")),
        ("George Bush não se importa.", ("não", "se", "importa")),
        ("Hoje a Maria sorri.", ("Hoje", "a", "sorri")),
        ("Está bem. Vamos!", ("Está", "bem", "Vamos")),
        ("", ()),
    ],
)
def test_words_beside_names_are_those_that_a_recogniser_can_spell(
    text: str, expected: tuple[str, ...]
) -> None:
    assert words_beside_names(text) == expected
