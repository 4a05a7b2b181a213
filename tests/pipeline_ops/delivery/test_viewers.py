"""What viewers tell the service, and what it makes of that."""

from __future__ import annotations

import hashlib
import time
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

from pipeline_ops.catalog.database import CatalogDatabase
from pipeline_ops.catalog.playback_tables import PlaybackRow
from pipeline_ops.catalog.reports import reports
from pipeline_ops.delivery.guard import LONGEST_BODY_BYTES
from tests.pipeline_ops.delivery.making import MadeVideo
from tests.pipeline_ops.delivery.watching import page_data


def _heard(client: TestClient, talk: MadeVideo, accept_language: str = "es") -> tuple[str, str]:
    answer = client.get(f"/v/{talk.media_id}/master.m3u8", headers={"Accept-Language": accept_language})
    reason = answer.headers["dubwright-language-reason"].partition(";")[0]
    return answer.headers["content-language"], reason


def _choose(client: TestClient, talk: MadeVideo, **choice: str) -> httpx.Response:
    return client.post(f"/v/{talk.media_id}/choice", json=choice)


def test_a_choice_by_hand_is_kept_for_the_next_visit(client: TestClient, talk: MadeVideo) -> None:
    answer = _choose(client, talk, language="pt")
    assert answer.status_code == 204
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=lax" in cookie and "Secure" not in cookie
    assert _heard(client, talk) == ("pt", "chosen_before")
    _choose(client, talk, language="original")
    assert _heard(client, talk) == ("en", "chosen_before")


def test_the_cookie_is_for_encrypted_lines_alone_where_the_page_came_by_one(
    client: TestClient, talk: MadeVideo
) -> None:
    answer = client.post(f"https://viewers.test/v/{talk.media_id}/choice", json={"language": "pt"})
    assert "Secure" in answer.headers["set-cookie"]
    assert answer.headers["strict-transport-security"] == "max-age=31536000"


def test_what_the_video_does_not_have_cannot_be_chosen(client: TestClient, talk: MadeVideo) -> None:
    assert _choose(client, talk, language="fr", subtitles="fr").status_code == 204
    assert _heard(client, talk) == ("es", "dub_understood")


def test_subtitles_stay_as_they_were_chosen(client: TestClient, talk: MadeVideo) -> None:
    _choose(client, talk, subtitles="pt")
    assert page_data(client, talk, "es")["subtitles_shown"] == "pt"
    _choose(client, talk, subtitles="off")
    assert page_data(client, talk, "es")["subtitles_shown"] is None


def test_the_list_that_a_viewer_sets_counts_instead_of_their_browsers(
    client: TestClient, talk: MadeVideo
) -> None:
    settings = {"languages": ["pt-br", "PT-BR", "qq", "fr"], "original_always": False}
    assert client.put("/viewer", json=settings).status_code == 204
    state = client.get("/viewer", headers={"Accept-Language": "de,en;q=0.5"}).json()
    assert state["languages"] == ["pt-BR", "fr"]
    assert state["browser_languages"] == ["de", "en"]
    assert _heard(client, talk, "en") == ("pt", "dub_understood")
    client.put("/viewer", json={"languages": [], "original_always": True})
    assert _heard(client, talk, "es") == ("en", "original_always")


@pytest.mark.parametrize(
    "settings",
    [{"languages": ["klingonese"]}, {"languages": ["en"] * 21}, {"languages": "en"}, {"more": 1}, [], 7],
)
def test_settings_that_make_no_sense_are_refused(client: TestClient, settings: Any) -> None:
    answer = client.put("/viewer", json=settings)
    assert answer.status_code == 422
    assert all(set(problem) == {"loc", "msg", "type"} for problem in answer.json()["detail"])


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://elsewhere.test"},
        {"Origin": "null"},
    ],
)
def test_another_sites_page_changes_nothing(
    client: TestClient, talk: MadeVideo, headers: dict[str, str]
) -> None:
    for method, path in (("PUT", "/viewer"), *(("POST", f"/v/{talk.media_id}/{each}") for each in POSTED)):
        assert client.request(method, path, json={}, headers=headers).status_code == 403


POSTED = ("choice", "playbacks", "reports")


def test_playback_reaches_the_catalog_with_the_run_that_the_viewer_got(
    client: TestClient, talk: MadeVideo, catalog: CatalogDatabase
) -> None:
    view = page_data(client, talk, "es")["view"]
    watched = {"started": True, "stalls": 1, "stalled_s": 0.25, "watched_s": 6.5}
    totals = [
        {"track": "es", "given": True, **watched},
        {"track": "original", "chosen": True},
        {"track": "fr", "given": True},
    ]
    answer = client.post(f"/v/{talk.media_id}/playbacks", json={"view": view, "tracks": totals})
    assert answer.status_code == 204
    view_id = view.partition(".")[0]
    deadline = time.monotonic() + 10
    while True:
        with catalog.reading() as session:
            rows = session.query(PlaybackRow).filter_by(view_id=view_id).order_by(PlaybackRow.track).all()
        if rows or time.monotonic() > deadline:
            break
        time.sleep(0.1)
    assert [(row.track, row.run_id, row.given, row.chosen, row.started, row.watched_s) for row in rows] == [
        ("es", talk.run_id, True, False, True, 6.5),
        ("original", None, False, True, False, 0.0),
    ]


def test_nobody_watches_longer_than_the_page_is_open(client: TestClient, talk: MadeVideo) -> None:
    view = page_data(client, talk, "es")["view"]
    body = {"view": view, "tracks": [{"track": "es", "watched_s": 3600}]}
    assert client.post(f"/v/{talk.media_id}/playbacks", json=body).status_code == 403


@pytest.mark.parametrize("path", ["playbacks", "reports"])
def test_what_comes_from_no_page_of_ours_is_refused(client: TestClient, talk: MadeVideo, path: str) -> None:
    forged = f"{'5' * 32}.9999999999.{'A' * 43}"
    bodies = {
        "playbacks": {"view": forged, "tracks": [{"track": "es"}]},
        "reports": {"view": forged, "language": "es", "reason": "other"},
    }
    assert client.post(f"/v/{talk.media_id}/{path}", json=bodies[path]).status_code == 403


@pytest.mark.parametrize(
    "track", [{"watched_s": -1}, {"watched_s": "NaN"}, {"stalls": 1.5}, {"track": "../x"}, {"who": "me"}]
)
def test_totals_that_make_no_sense_are_refused(
    client: TestClient, talk: MadeVideo, track: dict[str, Any]
) -> None:
    view = page_data(client, talk, "es")["view"]
    body = {"view": view, "tracks": [{"track": "es", **track}]}
    assert client.post(f"/v/{talk.media_id}/playbacks", json=body).status_code == 422


def test_a_complaint_is_written_down_for_a_reviewer(
    client: TestClient, talk: MadeVideo, catalog: CatalogDatabase
) -> None:
    view = page_data(client, talk, "es")["view"]
    report = {"view": view, "language": "es", "reason": "wrong_meaning", "at_s": 2.5, "text": "No dice eso."}
    assert client.post(f"/v/{talk.media_id}/reports", json=report).status_code == 204
    with catalog.reading() as session:
        reporter = hashlib.sha256(view[:32].encode()).hexdigest()
        [row] = [each for each in reports(session, media_id=talk.media_id) if each.reporter == reporter]
        assert (row.run_id, row.language, row.reason, row.at_s) == (talk.run_id, "es", "wrong_meaning", 2.5)
        assert row.text == "No dice eso."
    beyond = {**report, "at_s": 1e9}
    assert client.post(f"/v/{talk.media_id}/reports", json=beyond).status_code == 422
    original = {**report, "language": "en"}
    assert client.post(f"/v/{talk.media_id}/reports", json=original).status_code == 404


def test_who_complains_too_often_is_asked_to_wait(client: TestClient, talk: MadeVideo) -> None:
    answers = [client.post(f"/v/{talk.media_id}/reports", json={}) for _ in range(12)]
    assert answers[-1].status_code == 429
    assert answers[-1].headers["retry-after"] == "3600"


def test_what_is_too_long_is_refused_unread(client: TestClient, talk: MadeVideo) -> None:
    path = f"/v/{talk.media_id}/choice"
    assert client.post(path, content=b"x" * (LONGEST_BODY_BYTES + 1)).status_code == 413
    chunks = (b"x" * 1000 for _ in range(20))
    assert client.post(path, content=chunks).status_code == 413
    assert client.get("/viewer", headers={"Cookie": "a=" + "b" * 20_000}).status_code == 431
