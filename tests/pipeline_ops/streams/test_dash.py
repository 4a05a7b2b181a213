from __future__ import annotations

from typing import Any

import pytest

from pipeline_ops.streams.dash import presentation_description
from pipeline_ops.streams.storyboard import storyboard_webvtt
from tests.pipeline_ops.streams.making import DURATION_S, asset


def parsed(chosen: str) -> Any:
    from mpegdash.parser import MPEGDASHParser

    return MPEGDASHParser.parse(
        presentation_description(asset(), chosen, lambda file: f"/f/{file.artefact}?a&b")
    )


def sets_of(chosen: str, kind: str) -> list[Any]:
    [period] = parsed(chosen).periods
    return [each for each in period.adaptation_sets if each.content_type == kind]


@pytest.mark.parametrize("chosen", ["en", "es"])
def test_the_chosen_language_comes_first_and_is_main(chosen: str) -> None:
    sounds = sets_of(chosen, "audio")
    assert {each.lang for each in sounds} == {"en", "es", "pt"}
    assert sounds[0].lang == chosen
    roles = {each.lang: [role.value for role in each.roles] for each in sounds}
    assert [language for language, values in roles.items() if "main" in values] == [chosen]
    assert [language for language, values in roles.items() if "dub" in values] == [
        language for language in roles if language != "en"
    ]


def test_a_dub_is_labelled_to_people_and_to_programs() -> None:
    text = presentation_description(asset(), "en", lambda file: file.artefact)
    assert "<Label>Português (AI dub)</Label>" in text
    assert "<Label>English (original)</Label>" in text
    assert text.count('schemeIdUri="urn:dubwright:machine-made"') == 5  # two dubs, three files of subtitles


def test_a_rendition_says_where_its_header_and_its_index_lie() -> None:
    [picture] = sets_of("pt", "video")
    assert [each.id for each in picture.representations] == ["pt-video-360p", "pt-video-720p"]
    [base] = picture.representations[0].segment_bases
    assert (base.index_range, base.initializations[0].range) == ("800-899", "0-799")
    assert picture.representations[0].base_urls[0].base_url_value == "/f/pt-video-360p?a&b"


def test_the_storyboard_is_an_image_track_of_tiles() -> None:
    [images] = sets_of("en", "image")
    [representation] = images.representations
    text = presentation_description(asset(), "en", lambda file: file.artefact)
    assert 'schemeIdUri="http://dashif.org/guidelines/thumbnail_tile" value="5x5"' in text
    assert (representation.width, representation.height) == (800, 450)


def test_the_seek_bars_cues_cover_the_video_and_name_a_tile_each() -> None:
    text = storyboard_webvtt(asset().source.storyboard, DURATION_S, lambda file: f"{file.artefact}.jpg")
    assert text.startswith("WEBVTT\n\n00:00:00.000 --> 00:00:01.000\nsheet.jpg#xywh=0,0,160,90\n")
    assert "00:00:06.000 --> 00:00:07.000\nsheet.jpg#xywh=160,90,160,90\n" in text
    assert text.endswith("00:00:09.000 --> 00:00:09.600\nsheet.jpg#xywh=640,90,160,90\n")
