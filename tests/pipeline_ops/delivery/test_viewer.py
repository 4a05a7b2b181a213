from __future__ import annotations

import base64
import json

from hypothesis import given
from hypothesis import strategies as st

from pipeline_ops.delivery.language_choice import NO_SUBTITLES, ORIGINAL
from pipeline_ops.delivery.viewer import LONGEST_COOKIE, REMEMBERED_VIDEOS, Viewer

TALK, OTHER = "1" * 32, "2" * 32
TAGS = st.sampled_from(["en", "es", "pt-BR", "zh-Hant"])


@given(
    st.lists(TAGS, unique=True),
    st.booleans(),
    st.dictionaries(st.sampled_from([TALK, OTHER]), st.one_of(TAGS, st.just(ORIGINAL))),
    st.one_of(st.none(), TAGS, st.just(NO_SUBTITLES)),
)
def test_a_cookie_is_read_as_it_was_written(
    languages: list[str], original_always: bool, choices: dict[str, str], subtitles: str | None
) -> None:
    viewer = Viewer(tuple(languages), original_always, ("en",), tuple(choices.items()), subtitles)
    assert Viewer.from_cookie(viewer.to_cookie()) == viewer


@given(st.one_of(st.text(), st.binary().map(lambda raw: base64.urlsafe_b64encode(raw).decode())))
def test_no_cookie_is_too_odd(value: str) -> None:
    Viewer.from_cookie(value)


def test_what_a_cookie_says_beyond_sense_counts_for_nothing() -> None:
    content = {"languages": ["xx", 7, "es"], "original_always": "yes", "choices": {TALK: 3}, "subtitles": {}}
    cookie = base64.urlsafe_b64encode(json.dumps(content).encode()).decode()
    assert Viewer.from_cookie(cookie) == Viewer(languages=("es",))
    assert Viewer.from_cookie("x" * (LONGEST_COOKIE + 1)) == Viewer()


def test_the_latest_choices_are_kept_and_fit_into_a_cookie() -> None:
    viewer = Viewer()
    for number in range(REMEMBERED_VIDEOS + 5):
        viewer = viewer.choosing(f"{number:032x}", "zh-Hant-TW", original="en")
    assert len(viewer.choices) == REMEMBERED_VIDEOS
    assert viewer.choices[-1][0] == f"{REMEMBERED_VIDEOS + 4:032x}"
    assert len(viewer.to_cookie()) < LONGEST_COOKIE


def test_who_turns_to_the_original_gets_the_originals_of_that_language_until_they_take_a_dub_again() -> None:
    turned = Viewer().choosing(TALK, ORIGINAL, original="en")
    assert turned.wish(OTHER, "es").originals == ("en",)
    assert turned.choosing(OTHER, "es", original="en").originals == ()


def test_the_list_that_a_viewer_set_takes_the_place_of_their_browsers() -> None:
    assert Viewer().wish(TALK, "es").languages == ("es",)
    assert Viewer(languages=("pt",)).wish(TALK, "es").languages == ("pt",)
