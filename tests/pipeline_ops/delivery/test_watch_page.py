from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest
from fastapi.testclient import TestClient

from pipeline_ops.delivery.page_texts import all_texts, texts_for
from tests.pipeline_ops.delivery.making import MadeVideo
from tests.pipeline_ops.delivery.watching import page_data


def _leaves(texts: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in texts.items():
        found |= _leaves(value, f"{prefix}{name}.") if isinstance(value, dict) else {f"{prefix}{name}": value}
    return found


@pytest.mark.parametrize("language", sorted(all_texts()))
def test_the_page_says_the_same_things_in_every_language(language: str) -> None:
    english, other = _leaves(all_texts()["en"]), _leaves(all_texts()[language])
    assert list(other) == list(english)
    for name, text in other.items():
        assert isinstance(text, str) and text
        assert sorted(re.findall(r"\{\w+\}", text)) == sorted(re.findall(r"\{\w+\}", english[name])), name


def test_the_page_speaks_a_language_that_its_reader_knows() -> None:
    assert texts_for(("pt-PT", "en"))[0] == "pt"
    assert texts_for(("ja", "de-AT"))[0] == "de"
    assert texts_for(("ja",))[0] == "en"


def test_a_dub_is_labelled_and_the_original_is_offered(client: TestClient, talk: MadeVideo) -> None:
    page = client.get(f"/v/{talk.media_id}", headers={"Accept-Language": "es-MX"})
    assert page.headers["dubwright-language"] == "es; ai-dub"
    assert '<html lang="es">' in page.text
    assert '<p class="ai-label" id="ai-label">Traducido por IA</p>' in page.text
    assert "Escuchas español, traducido por IA del inglés." in page.text
    assert "Español (México) es uno de tus idiomas y el del original no." in page.text
    data = page_data(client, talk, "es")
    assert [(each["track"], each["kind"]) for each in data["tracks"]] == [
        ("original", "original"),
        ("es", "doblaje por IA"),
        ("pt", "doblaje por IA"),
    ]


def test_an_original_is_not_labelled(client: TestClient, talk: MadeVideo) -> None:
    page = client.get(f"/v/{talk.media_id}", headers={"Accept-Language": "en"})
    assert '<p class="ai-label" id="ai-label" hidden>' in page.text
    assert "You hear the original, English." in page.text


def test_nothing_on_the_page_runs_or_loads_but_our_own_files(client: TestClient, talk: MadeVideo) -> None:
    page = client.get(f"/v/{talk.media_id}", headers={"Accept-Language": "es"})
    policy = page.headers["content-security-policy"]
    assert "script-src 'self';" in policy and "unsafe" not in policy and "default-src 'none'" in policy
    assert page.headers["cache-control"] == "no-store"
    assert not re.search(r"\son\w+=|style=|javascript:", page.text)
    addresses = re.findall(r'(?:src|href|poster)="([^"]+)"', page.text)
    assert addresses and all(each.startswith("/") for each in addresses)
    for address in addresses:
        assert client.head(address).status_code == 200


def test_the_pages_own_files_are_kept_for_ever(client: TestClient, talk: MadeVideo) -> None:
    data = page_data(client, talk, "es")
    for name in ("hls.min.mjs", "shaka-player.js"):
        answer = client.head(f"{data['players']}/{name}")
        assert answer.headers["content-type"].startswith("text/javascript")
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"


def test_the_next_videos_of_a_feed_are_fetched_ahead(client: TestClient, talk: MadeVideo) -> None:
    following = f"{'a' * 32},nonsense,{talk.media_id}"
    page = client.get(f"/v/{talk.media_id}?next={following}")
    assert f'"feed": "/feed?media={"a" * 32}"' in page.text


def test_who_opens_what_is_not_there_reads_so_in_their_language(client: TestClient) -> None:
    headers = {"Accept": "text/html", "Accept-Language": "de"}
    page = client.get(f"/v/{'f' * 32}", headers=headers)
    assert page.status_code == 404
    assert "Dieses Video gibt es nicht." in page.text
