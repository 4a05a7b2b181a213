from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline_ops.delivery.language_choice import (
    LONGEST_ACCEPT_LANGUAGE,
    NO_SUBTITLES,
    ORIGINAL,
    Offer,
    Wish,
    choose,
    is_understood,
    parse_accept_language,
    spoken_distance,
    standard_tag,
)

TALK = Offer("en", dubs=("es", "pt"), subtitles=("en", "es", "pt"))
TAGS = st.sampled_from(["en", "es", "pt", "pt-BR", "pt-PT", "de", "zh-Hant", "zh", "fr-CA", "und"])


@pytest.mark.parametrize(
    ("accept_language", "language", "reason"),
    [
        ("es", "es", "dub_understood"),
        ("es-419,es;q=0.9", "es", "dub_understood"),
        ("pt-BR,pt;q=0.9", "pt", "dub_understood"),
        ("pt-PT", "pt", "dub_understood"),
        ("en", "en", "original_understood"),
        ("es,en-GB;q=0.1", "en", "original_understood"),
        ("de", "en", "nothing_understood"),
        ("ca", "en", "nothing_understood"),
        ("fr,pt;q=0.8,es;q=0.9", "es", "dub_understood"),
        ("", "en", "nothing_understood"),
    ],
)
def test_a_viewer_hears_a_dub_they_know_and_never_one_of_an_original_they_know(
    accept_language: str, language: str, reason: str
) -> None:
    choice = choose(TALK, Wish(parse_accept_language(accept_language)))
    assert (choice.language, choice.reason, choice.is_dub) == (language, reason, language != "en")


@pytest.mark.parametrize(
    ("known", "spoken"),
    [
        ("pt-BR", "pt-PT"),
        ("zh-Hant", "zh"),
        ("zh-TW", "zh-Hans"),
        ("sr-Latn", "sr"),
        ("no", "nb"),
        ("gsw", "de"),
    ],
)
def test_region_and_script_do_not_keep_a_viewer_from_a_language(known: str, spoken: str) -> None:
    assert is_understood((known,), spoken) == known


@pytest.mark.parametrize(
    ("known", "spoken"), [("yue", "zh"), ("ca", "es"), ("uk", "ru"), ("af", "nl"), ("nb", "da")]
)
def test_a_related_language_is_not_a_known_one(known: str, spoken: str) -> None:
    assert is_understood((known,), spoken) is None


def test_of_two_regions_the_viewer_gets_their_own() -> None:
    offer = Offer("en", dubs=("pt-BR", "pt-PT"))
    assert choose(offer, Wish(("pt-PT",))).language == "pt-PT"
    assert choose(offer, Wish(("pt-AO",))).language == "pt-PT"


def test_subtitles_are_read_so_their_script_counts() -> None:
    offer = Offer("en", subtitles=("zh-Hans", "zh-Hant"))
    assert choose(offer, Wish(("zh-TW",))).subtitles == "zh-Hant"
    assert choose(Offer("en", subtitles=("zh-Hans",)), Wish(("zh-TW",))).subtitles is None


def test_subtitles_begin_only_where_what_is_heard_is_not_known() -> None:
    offer = Offer("en", dubs=("es",), subtitles=("en", "es", "pt"))
    assert choose(offer, Wish(("pt",))).subtitles == "pt"
    assert choose(offer, Wish(("es",))).subtitles is None
    assert choose(offer, Wish(("es",), chosen=ORIGINAL)).subtitles == "es"
    assert choose(offer, Wish(("pt",), subtitles=NO_SUBTITLES)).subtitles is None
    assert choose(offer, Wish(("es",), subtitles="es")).subtitles == "es"


@pytest.mark.parametrize("chosen", ["pt", ORIGINAL])
def test_what_was_chosen_by_hand_counts_for_more_than_any_list(chosen: str) -> None:
    choice = choose(TALK, Wish(("es",), original_always=True, chosen=chosen))
    assert (choice.reason, choice.is_dub) == ("chosen_before", chosen == "pt")


def test_a_choice_that_is_not_published_any_more_counts_for_nothing() -> None:
    assert choose(TALK, Wish(("es",), chosen="fr")).language == "es"
    assert choose(TALK, Wish(("es",)), asked="fr").language == "es"


def test_an_address_may_ask_for_any_language_and_for_the_original() -> None:
    assert choose(TALK, Wish(("en",)), asked="pt").language == "pt"
    assert choose(TALK, Wish(("es",), chosen="es"), asked=ORIGINAL).language == "en"


def test_who_wants_no_dub_or_turned_from_one_gets_the_original() -> None:
    assert choose(TALK, Wish(("es",), original_always=True)).reason == "original_always"
    assert choose(TALK, Wish(("es",), originals=("en-US",))).reason == "original_preferred"


def test_an_original_in_a_language_that_nobody_named_is_understood_by_nobody() -> None:
    assert choose(Offer("und", dubs=("es",)), Wish(("es",))).language == "es"


@given(TAGS, st.lists(TAGS, unique=True), st.lists(TAGS, max_size=6))
def test_no_list_leads_to_a_dub_of_a_language_on_it(original: str, dubs: list[str], known: list[str]) -> None:
    offer = Offer(original, tuple(dub for dub in dubs if dub not in (original, "und")))
    languages = tuple(tag for tag in known if tag != "und")
    choice = choose(offer, Wish(languages))
    assert choice.language in (original, *offer.dubs)
    if choice.is_dub:
        assert is_understood(languages, original) is None
        assert is_understood(languages, choice.language) is not None


def test_a_header_is_read_by_weight_and_what_is_no_language_is_left_out() -> None:
    header = "de-de;q=0.5, pt_BR, fr;q=0, *;q=0.9, xx, es;q=2, it;q=nan, 💥, nl;v=1"
    assert parse_accept_language(header) == ("pt-BR", "de-DE")


@given(st.one_of(st.text(), st.from_regex(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){1,4}", fullmatch=True)))
@example("se-rzj-r8i")
def test_no_header_is_too_odd(header: str) -> None:
    assert all(standard_tag(tag) == tag for tag in parse_accept_language(header))


def test_a_header_is_not_read_to_its_end_where_that_is_far() -> None:
    assert parse_accept_language("," * LONGEST_ACCEPT_LANGUAGE + "es") == ()


@given(TAGS, TAGS)
def test_a_language_is_nearest_to_itself(one: str, other: str) -> None:
    assert spoken_distance(one, one) == 0 <= spoken_distance(one, other)
