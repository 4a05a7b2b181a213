from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.speech_synthesis.spoken_text import spoken_text

LANGUAGES = ("en", "es", "fr", "hi", "it", "pt")


@pytest.mark.parametrize(
    ("language", "text", "said"),
    [
        ("en", "It costs $5.99.", "It costs 5 dollars 99."),
        ("en", "It costs $1.", "It costs 1 dollar."),
        ("en", "It costs $1.00 or $2.00.", "It costs 1 dollar or 2 dollars."),
        ("en", "$1,000,000 and $2.5", "1,000,000 dollars and 2 dollars 50"),
        ("en", "$5 million, $2.5 million", "5 million dollars, 2.5 million dollars"),
        ("en", "R$ 10,50 or 5 €", "10 reais 50 or 5 euros"),
        ("en", "$5k a month", "5k dollars a month"),
        ("pt", "R$ 1.000,50", "1.000 reais e 50"),
        ("pt", "R$ 5 milhões, US$ 20 mil", "5 milhões de reais, 20 mil dólares"),
        ("es", "5,50 € y US$ 5 millones", "5 euros con 50 y 5 millones de dólares"),
        ("fr", "10 000 € ou 2 millions €", "10 000 euros ou 2 millions de euros"),
        ("it", "5,50 €", "5 euro e 50"),
        ("hi", "₹500", "500 रुपये"),
        ("hi", "₹5 लाख, ₹2 करोड़", "5 लाख रुपये, 2 करोड़ रुपये"),
    ],
)
def test_sums_of_money_are_said_in_the_order_of_speech(language: str, text: str, said: str) -> None:
    assert spoken_text(text, language) == unicodedata.normalize("NFC", said)


@pytest.mark.parametrize(
    ("language", "text", "said"),
    [
        ("en", "at 8:30", "at 8:30"),
        ("en", "at 2:05", "at 2 oh 5"),
        ("en", "at 8:00", "at 8 o'clock"),
        ("en", "from 8:00 a.m. to 5:00 p.m.", "from 8 am to 5 pm."),
        ("pt", "às 8h30, às 15h00", "às 8 e 30, às 15 horas"),
        ("pt", "à 1h, às 2h15", "à uma hora, às duas e 15"),
        ("pt", "às 21h", "às vinte e uma horas"),
        ("fr", "à 8 h 30, à 1h, à 21h", "à 8 heures 30, à une heure, à vingt et une heures"),
        ("es", "a la 1:00, a las 8:30", "a la una, a las 8 y 30"),
        ("it", "alle 8:30", "alle 8 e 30"),
        ("en", "8: that is all", "8: that is all"),
        ("en", "a ratio of 3:2", "a ratio of 3:2"),
    ],
)
def test_times_of_day_are_said_as_people_say_them(language: str, text: str, said: str) -> None:
    assert spoken_text(text, language) == said


@pytest.mark.parametrize(
    ("language", "text", "said"),
    [
        ("en", "in 1985", "in 19 85"),
        ("en", "the 1990s", "the 19 nineties"),
        ("en", "in 2024 and 1905", "in 2024 and 1905"),
        ("en", "$1999", "1999 dollars"),
        ("en", "1250 g of flour", "1250 grams of flour"),
        ("en", "3,1985 or 1985.5", "3,1985 or 1985.5"),
        ("pt", "em 1985", "em 1985"),
    ],
)
def test_years_are_said_in_halves_in_english_and_other_numbers_are_not(
    language: str, text: str, said: str
) -> None:
    assert spoken_text(text, language) == said


@pytest.mark.parametrize(
    ("language", "text", "said"),
    [
        ("en", "3 kg at 20°C, 5km/h", "3 kilograms at 20 degrees Celsius, 5 kilometres an hour"),
        ("pt", "3 kg", "3 quilos"),
        ("es", "3 km", "3 kilómetros"),
        ("fr", "20 °C", "20 degrés Celsius"),
        ("it", "3 kg", "3 chili"),
        ("hi", "3 kg", "3 किलो"),
        ("en", "kg and 5G", "kg and 5G"),
    ],
)
def test_units_are_written_out_after_numbers_alone(language: str, text: str, said: str) -> None:
    assert spoken_text(text, language) == said


@pytest.mark.parametrize(
    ("language", "text", "said"),
    [
        ("en", "e.g. Mr. Smith vs. Dr. Who", "for example Mister Smith versus Doctor Who"),
        ("en", "bread, butter etc.", "bread, butter etcetera."),
        ("en", "No. 5 and #3", "number 5 and number 3"),
        ("en", "in the U.S.A. and the U.S.", "in the USA and the US."),
        ("pt", "O Sr. Silva e a Dra. Lima", "O senhor Silva e a doutora Lima"),
        ("es", "EE. UU. y EE.UU.", "Estados Unidos y Estados Unidos."),
        ("fr", "M. Dupont, n° 3", "monsieur Dupont, numéro 3"),
        ("it", "sig.ra Rossi, sig. Rossi", "signora Rossi, signor Rossi"),
        ("hi", "डॉ. राम", "डॉक्टर राम"),
        ("en", "Drs. and Mrz.", "Drs. and Mrz."),
    ],
)
def test_abbreviations_are_written_out_and_a_last_dot_still_ends_the_sentence(
    language: str, text: str, said: str
) -> None:
    assert spoken_text(text, language) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("it’s ‘so’", "it's 'so'"),
        ("wait... what", "wait… what"),
        ("one - two -- three", "one — two — three"),
        ("well-known", "well-known"),
        ("  a\n\t b\u00a0c  ", "a b c"),
        ("¿Qué? ¡Sí!", "Qué? Sí!"),
        ("नमस्ते।", "नमस्ते."),
        ("good 😀 bread 👩‍🍳", "good bread"),
    ],
)
@pytest.mark.parametrize("language", ["de", "en"])
def test_marks_are_made_uniform_in_every_language(language: str, text: str, said: str) -> None:
    assert spoken_text(text, language) == said


@pytest.mark.parametrize(
    ("language", "text", "said"),
    [
        (
            "en",
            "on 05/13/2023, 13/05/2023 and 2023-05-13",
            "on May 13th, 2023, May 13th, 2023 and May 13th, 2023",
        ),
        ("en", "on May 2", "on May 2nd"),
        ("es", "el 05/12/2023", "el 5 de diciembre de 2023"),
        ("fr", "le 01/12/2023", "le premier décembre 2023"),
        ("it", "il 05/12/2023", "il 5 dicembre 2023"),
        ("pt", "em 05/12/2023", "em 5 de dezembro de 2023"),
        ("hi", "05/12/2023 को", "5 दिसंबर 2023 को"),
        ("pt", "32/13/2023", "32/13/2023"),
    ],
)
def test_dates_are_said_in_words(language: str, text: str, said: str) -> None:
    assert spoken_text(text, language) == said


@pytest.mark.parametrize(
    ("language", "text", "said"),
    [
        ("es", "el 1.º y la 2.ª, el 3.º piso", "el primero y la segunda, el tercer piso"),
        ("pt", "o 1.º lugar, a 2ª vez", "o primeiro lugar, a segunda vez"),
        ("it", "la 3ª volta", "la terza volta"),
        ("fr", "le 1er, la 1re, les 2es", "le premier, la première, les deuxièmes"),
        ("fr", "le XVIIIe siècle", "le dix-huitième siècle"),
        ("en", "Henry VIII, Rocky III, part II", "Henry the eighth, Rocky 3, part 2"),
        ("en", "the part I like, World War I was", "the part I like, World War 1 was"),
        ("it", "parte i ragazzi, parte I", "parte i ragazzi, parte 1"),
        ("en", "Malcolm X, vitamin C", "Malcolm X, vitamin C"),
        ("es", "Felipe VI, Isabel II, Luis XIV", "Felipe sexto, Isabel segunda, Luis 14"),
        ("es", "el siglo XXI", "el siglo 21"),
        ("fr", "Louis XIV, François Ier", "Louis 14, François premier"),
        ("it", "Luigi XIV, il XX secolo", "Luigi quattordicesimo, il ventesimo secolo"),
        ("pt", "Dom Pedro II, século V", "Dom Pedro segundo, século 5"),
        ("en", "MIX, XL, an IV drip and I", "MIX, XL, an IV drip and I"),
    ],
)  # fmt: skip
def test_ordinals_and_roman_numerals_are_said_as_what_they_mean(language: str, text: str, said: str) -> None:
    assert spoken_text(text, language) == said


@pytest.mark.parametrize(
    ("language", "text", "said"),
    [
        ("en", "1/2 cup, 2 1/2 cups, ½ of it", "half a cup, 2 and a half cups, half of it"),
        ("en", "3/4 of it, 1/4 cup", "three quarters of it, a quarter of a cup"),
        ("es", "1/2 taza, 1/2 vaso, 3/4 kilo", "media taza, medio vaso, tres cuartos de kilo"),
        ("pt", "1/2 xícara", "meia xícara"),
        ("it", "1/2 tazza", "mezza tazza"),
        ("en", "24/7, 50/50, 9/10, a 3-0 win", "24 7, 50 50, 9 out of 10, a 3 to 0 win"),
        ("fr", "9/10", "9 sur 10"),
        ("es", "-5 grados", "menos 5 grados"),
        ("fr", "-5 degrés", "moins 5 degrés"),
        ("en", "10-20 people, 2020–2021", "10 to 20 people, 2020 to 2021"),
        ("pt", "Tom & Jerry, 2 + 2 = 4", "Tom e Jerry, 2 mais 2 igual a 4"),
        ("pt", "2 horas, 200 pessoas, 2 dias, 1 hora", "duas horas, duzentas pessoas, 2 dias, uma hora"),
        ("es", "21 días, 31 semanas, 1 vaso, 1 y 2", "veintiún días, treinta y una semanas, un vaso, 1 y 2"),
        ("en", "1 kg, 20 m, 5m views", "1 kilogram, 20 metres, 5m views"),
        ("en", "3 m², 10 lb", "3 square metres, 10 pounds"),
        ("fr", "5 Go", "5 gigaoctets"),
        ("es", "el número 1 mundial", "el número 1 mundial"),
        ("pt", "2 apenas, 2 das regras", "2 apenas, 2 das regras"),
    ],
)  # fmt: skip
def test_fractions_ranges_signs_and_counted_things_are_said(language: str, text: str, said: str) -> None:
    assert spoken_text(text, language) == said


@pytest.mark.parametrize(
    ("language", "text", "said"),
    [
        ("en", "555-1234, 1-800-555-1234", "5 5 5, 1 2 3 4, 1, 8 0 0, 5 5 5, 1 2 3 4"),
        ("fr", "06 12 34 56 78, 1 234 567", "06, 12, 34, 56, 78, 1 234 567"),
        ("pt", "(11) 98765-4321", "1 1, 9 8 7 6 5, 4 3 2 1"),
        ("es", "1.234.567", "1.234.567"),
        ("en", "10 20 30 40, 555 2345", "10 20 30 40, 555 2345"),
        ("en", "https://www.example.com/my_page/", "example dot com slash my page"),
        ("pt", "example.com.br", "example ponto com ponto B R"),
        ("it", "scrivi a me@example.com", "scrivi a me chiocciola example punto com"),
        ("es", "@juan_perez #pan", "arroba juan perez hashtag pan"),
        ("en", "I bake bread.It is good.", "I bake bread.It is good."),
        ("en", "e.g. this.that and 3.5.1", "for example this.that and 3.5.1"),
    ],
)
def test_telephone_numbers_and_addresses_are_spelled(language: str, text: str, said: str) -> None:
    assert spoken_text(text, language) == said


def test_in_an_unknown_language_nothing_is_written_out() -> None:
    assert spoken_text("$5 at 8:30, 3 kg, e.g. Dr. Who", "de") == "$5 at 8:30, 3 kg, e.g. Dr. Who"


@given(st.text(), st.sampled_from(LANGUAGES))
def test_any_text_can_be_said_and_has_no_stray_spaces(text: str, language: str) -> None:
    said = spoken_text(text, language)
    assert said == said.strip()
    assert "  " not in said


words = st.from_regex(r"[a-z]{4,9}", fullmatch=True).filter(lambda word: word not in {"mille"})


@given(st.lists(words, min_size=1), st.sampled_from(LANGUAGES))
def test_plain_words_stay_as_they_are(tokens: list[str], language: str) -> None:
    text = " ".join(tokens)
    assert spoken_text(f"{text}.", language) == f"{text}."


@given(
    st.integers(0, 10**7),
    st.sampled_from(["", "k", ".50", ",99"]),
    st.sampled_from(["$", "US$", "R$", "R$ ", "€", "£", "₹"]),
    st.sampled_from(LANGUAGES),
)
def test_no_sign_of_money_is_left_and_no_word_sticks_to_another(
    number: int, rest: str, sign: str, language: str
) -> None:
    said = spoken_text(f"({sign}{number}{rest})", language)
    assert not set("$€£₹") & set(said)
    amount = said.strip("()").split(" ")[0]
    in_words = language in {"es", "pt"} and number < 1000 and amount.isalpha()  # "un dólar", "duas libras"
    assert in_words or amount == f"{number}{rest if rest == 'k' else ''}"


samples = st.sampled_from(
    ["$5.99", "R$ 10", "5 €", "8:30", "8:00", "8h30", "3 kg", "20 °C", "1985", "1990s", "e.g.", "Dr.", "etc.",
     "U.S.A.", "No. 5", "1/2 cup", "1.º", "2e", "Henry VIII", "05/12/2023", "-5", "10-20", "555-1234",
     "2 horas", "example.com", "@name", "A & B", "20 m", "1 kg", "bread", "लाख", "café", "…", "?"]
)  # fmt: skip


@given(st.lists(samples, max_size=8), st.sampled_from(LANGUAGES))
def test_what_is_written_out_already_is_not_written_out_again(tokens: list[str], language: str) -> None:
    said = spoken_text(", ".join(tokens), language)
    assert spoken_text(said, language) == said


@given(st.lists(samples, max_size=8), st.sampled_from(LANGUAGES))
def test_accents_may_be_composed_or_not(tokens: list[str], language: str) -> None:
    text = " ".join(tokens)
    assert spoken_text(unicodedata.normalize("NFD", text), language) == spoken_text(text, language)
