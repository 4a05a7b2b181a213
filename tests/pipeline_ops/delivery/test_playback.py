"""Manifests and files, as players ask for them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urljoin

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from mpegdash.parser import MPEGDASHParser

from pipeline_ops.catalog.database import CatalogDatabase
from pipeline_ops.catalog.publishing import publish, withdraw
from pipeline_ops.catalog.tables import TranslationRow
from pipeline_ops.delivery.addresses import file_name
from pipeline_ops.delivery.signing import AddressSigner, read_keys
from tests.pipeline_ops.delivery.making import MadeVideo

HLS, DASH = "master.m3u8", "manifest.mpd"


def _lines(text: str, tag: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith(tag)]


def _sound(client: TestClient, talk: MadeVideo, language: str = "es") -> str:
    """Return the address of a language's sound, as its playlist gives it."""
    playlist = client.get(f"/v/{talk.media_id}/playlists/{language}-audio-96k.m3u8")
    found = re.search(r'URI="([^"]+)"', playlist.text)
    assert found is not None
    return urljoin(str(playlist.request.url), found[1])


@contextmanager
def _withdrawn(catalog: CatalogDatabase, talk: MadeVideo, *languages: str) -> Iterator[None]:
    with catalog.writing() as session:
        for language in languages:
            withdraw(session, session.get_one(TranslationRow, (talk.run_id, language)))
    try:
        yield
    finally:
        with catalog.writing() as session:
            for language in languages:
                publish(session, session.get_one(TranslationRow, (talk.run_id, language)))


@pytest.mark.parametrize(
    ("accept_language", "decision"),
    [
        ("es", ("es; ai-dub", "dub_understood; list=es")),
        ("pt-BR", ("pt; ai-dub", "dub_understood; list=pt-BR")),
        ("en", ("en; original", "original_understood; list=en")),
        ("de", ("en; original", "nothing_understood")),
    ],
)
@pytest.mark.parametrize("manifest", [HLS, DASH])
def test_the_decision_and_its_reason_are_in_the_headers(
    client: TestClient, talk: MadeVideo, manifest: str, accept_language: str, decision: tuple[str, str]
) -> None:
    answer = client.get(f"/v/{talk.media_id}/{manifest}", headers={"Accept-Language": accept_language})
    assert answer.status_code == 200
    headers = answer.headers
    assert (headers["dubwright-language"], headers["dubwright-language-reason"]) == decision
    assert headers["content-language"] == decision[0][:2]
    assert answer.headers["vary"] == "Accept-Language, Cookie"
    assert answer.headers["cache-control"] == "private, no-cache"


def test_the_viewers_language_is_the_default_and_a_dub_is_labelled(
    client: TestClient, talk: MadeVideo
) -> None:
    text = client.get(f"/v/{talk.media_id}/{HLS}", headers={"Accept-Language": "es"}).text
    sounds = _lines(text, "#EXT-X-MEDIA:TYPE=AUDIO")
    assert len(sounds) == 3
    [default] = [line for line in sounds if "DEFAULT=YES" in line]
    assert 'NAME="Español (AI dub)"' in default and "public.machine-generated" in default
    assert [line for line in sounds if 'NAME="English (original)"' in line]
    assert "en-video-180p.m3u8" in text


def test_changed_lips_come_with_a_picture_of_their_own(client: TestClient, talk: MadeVideo) -> None:
    text = client.get(f"/v/{talk.media_id}/{HLS}?language=pt").text
    assert "pt-video-180p.m3u8" in text and "en-video" not in text


def test_a_parser_of_dash_reads_the_manifest(client: TestClient, talk: MadeVideo) -> None:
    answer = client.get(f"/v/{talk.media_id}/{DASH}?language=es")
    presentation = MPEGDASHParser.parse(answer.text)
    sounds = [each for each in presentation.periods[0].adaptation_sets if each.content_type == "audio"]
    assert [each.lang for each in sounds] == ["es", "en", "pt"]
    address = urljoin(str(answer.request.url), sounds[0].representations[0].base_urls[0].base_url_value)
    assert client.get(address, headers={"Range": "bytes=4-7"}).content == b"ftyp"


def test_an_address_that_names_the_language_is_the_same_for_everybody(
    client: TestClient, talk: MadeVideo
) -> None:
    answer = client.get(f"/v/{talk.media_id}/{HLS}?language=es", headers={"Accept-Language": "en"})
    assert answer.headers["dubwright-language"] == "es; ai-dub"
    assert answer.headers["cache-control"] == "public, no-cache"
    assert "vary" not in answer.headers


def test_what_a_cache_has_is_not_sent_again(client: TestClient, talk: MadeVideo) -> None:
    for path in (f"{HLS}?language=es", "playlists/es-audio-96k.m3u8", "storyboard.vtt", "poster.jpg"):
        first = client.get(f"/v/{talk.media_id}/{path}")
        again = client.get(f"/v/{talk.media_id}/{path}", headers={"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == first.headers["etag"]


def test_every_address_of_a_playlist_is_there(client: TestClient, talk: MadeVideo) -> None:
    base = f"/v/{talk.media_id}/{HLS}"
    text = client.get(base).text
    for playlist in {*re.findall(r'URI="([^"]+)"', text), *re.findall(r"^playlists.+$", text, re.MULTILINE)}:
        answer = client.get(urljoin(base, playlist))
        assert answer.status_code == 200
        for file in set(re.findall(r"\.\./files/[^\s\"]+", answer.text)):
            assert client.head(urljoin(str(answer.request.url), file)).status_code == 200


def test_a_file_is_sent_whole_in_part_or_not_at_all(client: TestClient, talk: MadeVideo) -> None:
    address = _sound(client, talk)
    whole = client.get(address)
    assert whole.status_code == 200 and whole.headers["content-type"] == "audio/mp4"
    assert re.fullmatch(r"public, max-age=\d+, immutable", whole.headers["cache-control"])
    part = client.get(address, headers={"Range": "bytes=100-299"})
    assert (part.status_code, part.content) == (206, whole.content[100:300])
    assert part.headers["content-range"] == f"bytes 100-299/{len(whole.content)}"
    last = client.get(address, headers={"Range": "bytes=-5"})
    assert last.content == whole.content[-5:]
    head = client.head(address, headers={"Range": "bytes=100-299"})
    assert (head.status_code, head.content, head.headers["content-length"]) == (206, b"", "200")
    known = client.get(address, headers={"If-None-Match": whole.headers["etag"]})
    assert (known.status_code, known.content) == (304, b"")


def test_a_range_of_another_version_is_answered_with_the_whole(client: TestClient, talk: MadeVideo) -> None:
    address = _sound(client, talk)
    tag = client.head(address).headers["etag"]
    same = client.get(address, headers={"Range": "bytes=0-9", "If-Range": tag})
    other = client.get(address, headers={"Range": "bytes=0-9", "If-Range": '"other"'})
    assert (same.status_code, other.status_code) == (206, 200)


@pytest.mark.parametrize("silly", ["bytes=999999999-", "bytes=-0", "bytes=0-0,2-2", "bytes=" + "0-," * 500])
def test_silly_ranges_are_refused(client: TestClient, talk: MadeVideo, silly: str) -> None:
    answer = client.get(_sound(client, talk), headers={"Range": silly})
    assert answer.status_code == 416
    assert re.fullmatch(r"bytes \*/\d+", answer.headers["content-range"])


def test_forged_and_expired_addresses_are_refused(client: TestClient, talk: MadeVideo) -> None:
    address = _sound(client, talk)
    head, _, name = address.rpartition("/")
    sha256 = name.partition(".")[0]
    signer = AddressSigner(read_keys(talk.platform.settings.home, {}), 3600)
    expired = signer.sign(file_name(talk.media_id, sha256), 0)
    foreign = AddressSigner(("x" * 32,), 3600).sign(file_name(talk.media_id, sha256), 2e9)
    base = head.rpartition("/")[0]
    for token in (expired, foreign, f"9999999999.{'A' * 43}"):
        answer = client.get(f"{base}/{token}/{name}")
        assert answer.status_code == 403
        assert answer.json() == {"detail": "This address does not hold, or not any more."}
    other = _sound(client, talk, "pt").rpartition("/")[2]
    assert client.get(f"{head}/{other}").status_code == 403


def test_a_withdrawn_dub_is_gone_at_once_its_files_too(
    client: TestClient, talk: MadeVideo, catalog: CatalogDatabase
) -> None:
    address, other = _sound(client, talk, "es"), _sound(client, talk, "pt")
    with _withdrawn(catalog, talk, "es"):
        manifest = client.get(f"/v/{talk.media_id}/{HLS}", headers={"Accept-Language": "es"})
        assert manifest.headers["dubwright-language"] == "en; original"
        assert "es-audio" not in manifest.text
        assert client.get(f"/v/{talk.media_id}/playlists/es-audio-96k.m3u8").status_code == 404
        assert client.get(address).status_code == 404
        assert client.get(other).status_code == 200
    assert client.get(address).status_code == 200


def test_the_original_stays_when_all_dubs_are_withdrawn(
    client: TestClient, talk: MadeVideo, catalog: CatalogDatabase
) -> None:
    with _withdrawn(catalog, talk, "es", "pt"):
        answer = client.get(f"/v/{talk.media_id}/{HLS}", headers={"Accept-Language": "es"})
        assert answer.headers["dubwright-language-reason"] == "nothing_dubbed"


def test_a_feed_is_told_the_first_bytes_in_the_likely_language(client: TestClient, talk: MadeVideo) -> None:
    wanted = f"{talk.media_id},{'f' * 32},nonsense,{talk.media_id}"
    answer = client.get(f"/feed?media={wanted}", headers={"Accept-Language": "es"})
    [hint] = answer.json()["videos"]
    assert (hint["language"], hint["is_dub"]) == ("es", True)
    assert hint["hls"] in answer.headers["link"]
    sound = hint["first"][1]
    assert sound["address"] == _sound(client, talk).removeprefix("http://viewers.test")
    fetched = client.get(sound["address"], headers={"Range": f"bytes=0-{sound['last_byte']}"})
    assert fetched.content[4:8] == b"ftyp" and len(fetched.content) == sound["last_byte"] + 1


@pytest.mark.parametrize(
    "path",
    [
        "/v/unknown",
        f"/v/{'f' * 32}",
        f"/v/{'f' * 32}/master.m3u8",
        f"/v/{'F' * 32}/manifest.mpd",
        "/v/..%2f..%2fetc%2fpasswd/master.m3u8",
        "/v/%2e%2e/%2e%2e/etc/passwd",
        "/static/..%2f..%2fapp.py",
        "/players/x/..%2fhls.min.mjs",
        "/v/MEDIA/playlists/..%2fmaster.m3u8",
        "/v/MEDIA/playlists/fr-audio-96k.m3u8",
        "/v/MEDIA/files/1.x/..%2f..%2fdelivery.key",
        "/v/MEDIA/files/9999999999.AAAAAAAAAAAAAAAAAAAAAAAA/blobs",
        "/openapi.json/x",
    ],
)
def test_what_is_not_there_is_404_and_says_nothing(client: TestClient, talk: MadeVideo, path: str) -> None:
    answer = client.get(path.replace("MEDIA", talk.media_id))
    assert answer.status_code == 404
    assert set(answer.json()) == {"detail"} and len(answer.json()["detail"]) < 50


def test_a_page_answers_head_as_it_answers_get(client: TestClient, app: FastAPI, talk: MadeVideo) -> None:
    for path in (f"/v/{talk.media_id}", f"/v/{talk.media_id}/{HLS}", "/viewer", "/health"):
        assert client.head(path).status_code == 200
    assert "head" not in app.openapi()["paths"]["/viewer"]
