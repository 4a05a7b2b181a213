from __future__ import annotations

import re

import pytest

from pipeline_ops.streams.hls import multivariant_playlist, playlist_of, starting_renditions
from tests.pipeline_ops.streams.making import asset, source


def attributes(line: str) -> dict[str, str]:
    pairs = re.findall(r'([A-Z-]+)=("[^"]*"|[^,]*)', line.partition(":")[2])
    return {name: value.strip('"') for name, value in pairs}


def tags(playlist: str, name: str) -> list[dict[str, str]]:
    return [attributes(line) for line in playlist.splitlines() if line.startswith(f"#{name}:")]


def variants(playlist: str) -> list[tuple[dict[str, str], str]]:
    lines = playlist.splitlines()
    return [
        (attributes(line), lines[number + 1])
        for number, line in enumerate(lines)
        if line.startswith("#EXT-X-STREAM-INF")
    ]


def multivariant(chosen: str) -> str:
    return multivariant_playlist(asset(), chosen, lambda rendition: f"{rendition}.m3u8?key=1")


def test_every_group_of_sound_has_every_language_and_one_default() -> None:
    sounds = [each for each in tags(multivariant("es"), "EXT-X-MEDIA") if each["TYPE"] == "AUDIO"]
    for group in ("audio-1", "audio-2"):
        members = [each for each in sounds if each["GROUP-ID"] == group]
        assert [each["LANGUAGE"] for each in members] == ["en", "es", "pt"]
        assert [each["LANGUAGE"] for each in members if each["DEFAULT"] == "YES"] == ["es"]


def test_a_dub_is_labelled_as_what_ai_made_and_the_original_as_original() -> None:
    sounds = {
        each["LANGUAGE"]: each
        for each in tags(multivariant("en"), "EXT-X-MEDIA")
        if each["TYPE"] == "AUDIO" and each["GROUP-ID"] == "audio-1"
    }
    assert sounds["en"]["NAME"] == "English (original)"
    assert "CHARACTERISTICS" not in sounds["en"]
    assert sounds["es"]["NAME"] == "Español (AI dub)"
    assert sounds["es"]["CHARACTERISTICS"] == "public.machine-generated"


def test_subtitles_of_every_language_are_offered_and_none_is_forced_on_anybody() -> None:
    texts = [each for each in tags(multivariant("en"), "EXT-X-MEDIA") if each["TYPE"] == "SUBTITLES"]
    assert [each["LANGUAGE"] for each in texts] == ["en", "es", "pt"]
    assert {(each["DEFAULT"], each["FORCED"]) for each in texts} == {("NO", "NO")}


@pytest.mark.parametrize(("chosen", "picture"), [("en", "en"), ("es", "en"), ("pt", "pt")])
def test_the_picture_is_the_languages_own_where_lips_were_changed_else_the_sources(
    chosen: str, picture: str
) -> None:
    addresses = {address for _, address in variants(multivariant(chosen))}
    assert addresses == {f"{picture}-video-{height}p.m3u8?key=1" for height in (360, 720)}


def test_a_variant_states_the_bits_of_picture_and_sound_together() -> None:
    stated = {variant["RESOLUTION"]: variant for variant, _ in variants(multivariant("en"))}
    small, large = stated["640x360"], stated["1280x720"]
    assert (small["AUDIO"], large["AUDIO"]) == ("audio-1", "audio-2")
    assert int(large["BANDWIDTH"]) == pytest.approx(1_628_000, rel=0.001)
    assert large["CODECS"] == "avc1.64001f,mp4a.40.2"
    assert (large["FRAME-RATE"], large["VIDEO-RANGE"]) == ("29.970", "SDR")
    assert int(small["AVERAGE-BANDWIDTH"]) <= int(small["BANDWIDTH"])


@pytest.mark.parametrize("chosen", ["en", "es", "pt"])
def test_a_player_begins_with_what_the_playlist_names_first(chosen: str) -> None:
    picture, sound = starting_renditions(asset(), chosen)
    [(first, address), *_] = variants(multivariant(chosen))
    assert address == f"{picture.rendition_id}.m3u8?key=1"
    [named] = [
        each
        for each in tags(multivariant(chosen), "EXT-X-MEDIA")
        if each["TYPE"] == "AUDIO" and each["GROUP-ID"] == first["AUDIO"] and each["DEFAULT"] == "YES"
    ]
    assert named["URI"] == f"{sound.rendition_id}.m3u8?key=1"


def test_a_media_playlist_names_consecutive_byte_ranges_of_one_file() -> None:
    playlist = playlist_of(asset(), "pt-video-720p", lambda file: f"/files/{file.sha256}")
    ranges = [
        tuple(map(int, found))
        for found in re.findall(r"#EXT-X-BYTERANGE:(\d+)@(\d+)", playlist, re.MULTILINE)
    ]
    durations = [float(found) for found in re.findall(r"#EXTINF:([\d.]+),", playlist)]
    assert durations == [3.84, 3.84, 1.92]
    assert [start for _, start in ranges[1:]] == [start + size for size, start in ranges[:-1]]
    assert '#EXT-X-MAP:URI="/files/' in playlist
    assert "#EXT-X-TARGETDURATION:4\n" in playlist
    assert playlist.endswith("#EXT-X-ENDLIST\n")


def test_subtitles_have_a_playlist_of_one_segment() -> None:
    playlist = playlist_of(asset(), "es-subtitles", lambda file: file.artefact)
    assert "#EXTINF:9.600000,\nes.vtt\n#EXT-X-ENDLIST\n" in playlist


def test_what_an_asset_does_not_have_is_refused_by_name() -> None:
    with pytest.raises(KeyError, match="no fr in this asset"):
        multivariant("fr")
    with pytest.raises(KeyError, match="no rendition 'fr-audio'"):
        playlist_of(asset(), "fr-audio", lambda file: file.artefact)


def test_an_original_without_dubs_is_an_asset_too() -> None:
    from pipeline_ops.streams.description import Asset

    playlist = multivariant_playlist(Asset(source()), "en", lambda rendition: rendition)
    assert [each["LANGUAGE"] for each in tags(playlist, "EXT-X-MEDIA")] == ["en", "en", "en"]
