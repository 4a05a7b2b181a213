"""Who gets in, and what they see: on every route, nothing of anybody else's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from starlette.requests import Request

from pipeline_ops.catalog.tokens import create_token, revoke_token
from pipeline_ops.delivery.studio import attempts, sessions
from pipeline_ops.delivery.studio.problems import StudioProblem
from pipeline_ops.delivery.studio.sessions import COOKIE, Sessions
from tests.pipeline_ops.catalog.making import facts
from tests.pipeline_ops.delivery.studio.conftest import StudioServer

OLD_KEY, NEW_KEY = "a" * 64, "b" * 64


@pytest.fixture
def anns(studio: StudioServer, clip: bytes) -> dict[str, str]:
    """An upload of Ann's that is open, a video, and a dub of it, by the names of path parameters."""
    with studio.client("ann") as client:
        upload = client.post("uploads", json={"file_name": "talk.mp4", "size_bytes": len(clip)}).json()["id"]
    video = studio.video()
    studio.record(facts(f"run-{video}", video=video, creator_id="ann", upload_id=video))
    return {
        "upload_id": upload,
        "number": "1",
        "video_id": video,
        "run_id": f"run-{video}",
        "language": "pt",
        "use": "voice",
    }


BODIES: dict[str, Any] = {
    "part-addresses": {"numbers": [1]},
    "translations": {"languages": ["es"]},
    "decision": {"choice": "take_down", "checkpoint": "label_and_mux/" + "0" * 64},
    "{use}": {"text_version": "none"},
    "revocation": {},
}


def routes(studio: StudioServer) -> list[tuple[str, str]]:
    """Every route of the API, as it describes itself."""
    described = httpx.get(f"{studio.address}/api/openapi.json").json()["paths"]
    return [(method, path) for path, methods in described.items() for method in methods]


def call(client: httpx.Client, method: str, path: str, values: dict[str, str]) -> httpx.Response:
    filled = path.removeprefix("/api/").format(**values)
    content = b"x" if path.endswith("/parts/{number}") else None
    body = BODIES.get(path.rpartition("/")[2])
    return client.request(method, filled, content=content, json=None if content else body)


def test_on_every_route_what_is_somebody_elses_is_not_there(
    studio: StudioServer, anns: dict[str, str]
) -> None:
    named = [(method, path) for method, path in routes(studio) if "{" in path and "{use}" not in path]
    assert len(named) >= 12
    with studio.client("bob") as bob:
        for method, path in named:
            answer = call(bob, method, path, anns)
            assert answer.status_code == 404, (method, path, answer.text)
            nowhere = {**anns, "upload_id": "0" * 32, "video_id": "0" * 32, "run_id": "none"}
            assert call(bob, method, path, nowhere).json() == answer.json(), "the answers tell them apart"
        assert bob.get("uploads").json() == []
        assert anns["video_id"] not in bob.get("videos").text
    with studio.client("ann") as ann:  # nothing was done
        assert ann.get(f"uploads/{anns['upload_id']}").json()["state"] == "open"
        assert ann.get(f"videos/{anns['video_id']}").json()["languages"][0]["standing"] == "published"


def test_one_does_not_reach_somebody_elses_dub_through_a_video_of_ones_own(
    studio: StudioServer, anns: dict[str, str]
) -> None:
    own = {**anns, "video_id": studio.video(creator_id="bob")}
    with studio.client("bob") as bob:
        for method, path in routes(studio):
            if "{run_id}" in path:
                assert call(bob, method, path, own).status_code == 404, path


def test_on_every_route_a_token_is_needed(studio: StudioServer, anns: dict[str, str]) -> None:
    with httpx.Client(base_url=f"{studio.address}/api") as nobody:
        for method, path in routes(studio):
            answer = call(nobody, method, path, anns)
            assert answer.status_code == 401, (method, path)
            assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(
    ("scope", "allowed"),
    [
        ("read", {"/me", "/videos"}),
        ("upload", {"/uploads"}),
        ("decide", set()),
    ],
)
def test_a_token_may_do_what_it_is_for_and_nothing_else(
    studio: StudioServer, scope: str, allowed: set[str]
) -> None:
    with studio.client("ann", scope) as client:
        for path in ("/me", "/videos", "/uploads"):
            expected = 200 if path in allowed else 403
            assert client.get(path.lstrip("/")).status_code == expected, path


def test_a_token_that_is_revoked_or_over_opens_nothing_from_the_next_call_on(studio: StudioServer) -> None:
    with studio.catalog.writing() as session:
        token, text = create_token(session, "ann", name="lost")
        long_ago = datetime.now(UTC) - timedelta(days=2)
        _, over = create_token(session, "ann", name="over", life=timedelta(days=1), now=long_ago)
    with httpx.Client(base_url=f"{studio.address}/api") as client:
        assert client.get("me", headers=bearer(text)).status_code == 200
        with studio.catalog.writing() as session:
            revoke_token(session, token.id)
        for opened in (text, over, "dubwright_nonsense", "x" * 5000):
            answer = client.get("me", headers=bearer(opened))
            assert (answer.status_code, answer.json()["code"]) == (401, "no_such_token")


def test_who_brings_wrong_tokens_again_and_again_has_to_wait_with_a_right_one_too(
    studio: StudioServer,
) -> None:
    right = studio.token("ann")
    try:
        with httpx.Client(base_url=studio.address) as client:
            for _ in range(attempts.FAILURES):
                answer = client.get("api/me", headers=bearer("dubwright_wrong"))
                if answer.status_code == 429:
                    break
            for refused in (
                client.get("api/me", headers=bearer(right)),
                client.post("login", data={"token": right}),
            ):
                assert refused.status_code == 429
                assert int(refused.headers["Retry-After"]) > 0
    finally:
        studio.inside.attempts.forget()
    with httpx.Client(base_url=studio.address) as client:
        assert client.get("api/me", headers=bearer(right)).status_code == 200


@pytest.mark.parametrize(
    ("address", "is_shut_out"),
    [("2001:db8::2", True), ("2001:db8:0:1::1", False), ("192.0.2.1", False)],
)
def test_a_household_counts_as_one_and_its_neighbours_do_not(address: str, is_shut_out: bool) -> None:
    failed = attempts.FailedAttempts()
    for _ in range(attempts.FAILURES):
        failed.check(request_from("2001:db8::1"))
        failed.count(request_from("2001:db8::1"))
    if is_shut_out:
        with pytest.raises(StudioProblem, match="Too many"):
            failed.check(request_from(address))
    else:
        failed.check(request_from(address))


def request_from(host: str) -> Request:
    return Request({"type": "http", "client": (host, 1234), "headers": []})


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@pytest.fixture
def browser(studio: StudioServer) -> Iterator[httpx.Client]:
    """A browser that has logged in as Ann."""
    with httpx.Client(base_url=studio.address, headers={"Sec-Fetch-Site": "same-origin"}) as client:
        answer = client.post("login", data={"token": studio.token("ann")})
        assert answer.status_code == 303
        cookie = answer.headers["Set-Cookie"]
        assert re.search(r"HttpOnly", cookie) and "SameSite=strict" in cookie and "Path=/studio" in cookie
        yield client


def form_value(client: httpx.Client) -> str:
    found = re.search(r'name="form" value="([0-9a-f]+)"', client.get("").text)
    assert found is not None
    return found[1]


def test_a_session_shows_pages_and_changes_things_only_from_its_own_pages(
    studio: StudioServer, browser: httpx.Client, anns: dict[str, str]
) -> None:
    assert "Your videos" in browser.get("").text
    path = f"videos/{anns['video_id']}/languages"
    wish = {"language": "es"}
    assert browser.post(path, data=wish).status_code == 403
    good = {**wish, "form": form_value(browser)}
    foreign = {"Sec-Fetch-Site": "cross-site"}
    assert browser.post(path, data=good, headers=foreign).status_code == 403
    assert (
        browser.post(f"api/videos/{anns['video_id']}/translations", json={"languages": ["es"]}).status_code
        == 403
    )
    assert studio.airflow.runs == {}
    assert browser.post(path, data=good).status_code == 303
    assert len(studio.airflow.runs) == 1


def test_another_sessions_form_is_not_ones_own(studio: StudioServer, browser: httpx.Client) -> None:
    with httpx.Client(base_url=studio.address) as other:
        other.post("login", data={"token": studio.token("bob")})
        value = form_value(other)
    video = studio.video()
    answer = browser.post(f"videos/{video}/languages", data={"language": "es", "form": value})
    assert answer.status_code == 403


def test_a_session_ends_with_its_token_and_with_the_log_out(
    studio: StudioServer, browser: httpx.Client
) -> None:
    assert browser.post("logout", data={"form": form_value(browser)}).headers["Location"] == "/studio/login"
    assert COOKIE not in browser.cookies
    with studio.catalog.writing() as session:
        token, text = create_token(session, "ann", name="lost")
    browser.post("login", data={"token": text})
    assert browser.get("").status_code == 200
    with studio.catalog.writing() as session:
        revoke_token(session, token.id)
    assert browser.get("").headers["Location"] == "/studio/login"


def test_a_wrong_token_is_told_on_the_page_and_repeated_nowhere(studio: StudioServer) -> None:
    answer = httpx.post(f"{studio.address}/login", data={"token": "dubwright_<script>"})
    assert answer.status_code == 401
    assert "opens nothing" in answer.text
    assert "<script>" not in answer.text
    assert "Set-Cookie" not in answer.headers


def test_keys_are_replaced_without_ending_sessions_and_forged_cookies_are_none() -> None:
    old, both, new = Sessions((OLD_KEY,)), Sessions((OLD_KEY, NEW_KEY)), Sessions((NEW_KEY,))
    cookie = old.begin("0123")
    session = both.read(cookie)
    assert session is not None and session.token_id == "0123"
    assert both.is_form_value(session, old.form_value(session))
    assert new.read(cookie) is None
    assert new.read(both.begin("0123")) is not None
    for forged in (cookie[:-1], cookie + "x", "", None, "x" * 5000):
        assert old.read(forged) is None


def test_a_session_is_over_after_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    made = Sessions((OLD_KEY,))
    cookie = made.begin("0123")
    monkeypatch.setattr(sessions, "LIFE", timedelta(seconds=-1))
    assert made.read(cookie) is None


def test_pages_load_nothing_of_others_and_are_shown_in_no_frame(
    studio: StudioServer, browser: httpx.Client
) -> None:
    policy = browser.get("").headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy and "unsafe" not in policy
    assert browser.get("nothing").status_code == 404
    assert browser.get("videos/" + "0" * 32).status_code == 404
    assert "Traceback" not in browser.get("videos/%00").text


def test_what_is_too_long_is_refused(studio: StudioServer) -> None:
    with studio.client("ann") as client:
        assert client.post("uploads", content=b"[" * 100_000).status_code == 413
        assert client.get("me", headers={"X-Long": "x" * 20_000}).status_code == 431
        assert client.get("me", headers={"X-Long": "x" * 200_000}).status_code in {400, 431}
