"""Creators agree and take it back, over HTTP, and what follows from it."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from pipeline_ops.catalog.audit import entries
from pipeline_ops.catalog.consents import agreed_uses, consents
from pipeline_ops.catalog.creators import Creator, put_creator
from pipeline_ops.catalog.tables import TranslationRow
from pipeline_ops.delivery.studio.consent_texts import OUR_TEXTS, read_consent_texts
from pipeline_ops.errors import SettingsError
from tests.pipeline_ops.catalog.making import NOW, facts
from tests.pipeline_ops.delivery.studio.conftest import StudioServer

SHIPPED = {
    "dub": "2026-11+1858b62713bf727c",
    "voice": "2026-11+bde8e8534ced6055",
    "lips": "2026-11+57aef9047e1ecb9b",
}
"""Somebody may have agreed to these by now: another wording needs another version beside them."""


@pytest.fixture
def newcomer(studio: StudioServer, request: pytest.FixtureRequest) -> str:
    """A creator of whom nothing is recorded."""
    creator_id = re.sub(r"[^a-z0-9]+", "-", request.node.name.lower())[-60:].strip("-")
    with studio.catalog.writing() as session:
        put_creator(session, Creator(creator_id, "Newcomer"))
    return creator_id


def standings(client: httpx.Client) -> dict[str, dict[str, Any]]:
    answer = client.get("consents")
    assert answer.status_code == 200, answer.text
    return {each["use"]: each for each in answer.json()}


def agree(client: httpx.Client, *uses: str) -> None:
    for use in uses:
        version = standings(client)[use]["text"]["version"]
        answer = client.put(f"consents/{use}", json={"text_version": version})
        assert answer.status_code == 200, answer.text


def test_who_could_not_ask_for_anything_agrees_and_then_can(studio: StudioServer, newcomer: str) -> None:
    video = studio.video(creator_id=newcomer)
    wish = {"languages": ["pt"]}
    with studio.client(newcomer) as client:
        refused = client.post(f"videos/{video}/translations", json=wish)
        assert (refused.status_code, refused.json()["code"]) == (409, "consent_missing")
        assert list(standings(client)) == ["dub", "voice", "lips"]
        agree(client, "dub")
        assert client.post(f"videos/{video}/translations", json=wish).json()["languages"] == ["pt"]


def test_what_was_agreed_to_is_recorded_with_the_text_and_in_the_audit_log(
    studio: StudioServer, newcomer: str
) -> None:
    with studio.client(newcomer) as client:
        agree(client, "dub", "voice", "voice")
        said = standings(client)
    assert [use for use, each in said.items() if each["counts"]] == ["dub", "voice"]
    version = said["voice"]["text"]["version"]
    assert (said["voice"]["agreed_version"], len(said["voice"]["past"])) == (version, 1)
    with studio.catalog.reading() as session:
        assert agreed_uses(session, newcomer) == {"dub", "voice"}
        assert {row.given_by for row in consents(session, newcomer)} == {newcomer}
        logged = entries(session, subject=f"creator {newcomer}")
    assert [(row.who, row.what, row.details["use"]) for row in logged] == [
        (newcomer, "consent_given", "dub"),
        (newcomer, "consent_given", "voice"),
    ]
    assert logged[1].details["text_version"] == version


def test_what_is_taken_back_is_taken_from_viewers_at_once(studio: StudioServer, newcomer: str) -> None:
    video = studio.video(creator_id=newcomer)
    run = facts(f"run-{video}", video=video, creator_id=newcomer, upload_id=video)
    made = tuple(dataclasses.replace(each, uses=("voice",)) for each in run.translations)
    with studio.client(newcomer) as client:
        agree(client, "dub", "voice")
        studio.record(dataclasses.replace(run, translations=made))
        assert standings(client)["voice"]["shown"] == 1
        answer = client.post("consents/voice/revocation", json={"why": "I changed my mind"}).json()
        again = client.post("consents/voice/revocation", json={}).json()
        assert (answer["agreed_at"], answer["shown"]) == (None, 0)
        assert again == answer
        assert standings(client)["dub"]["counts"]
    with studio.catalog.reading() as session:
        assert session.get_one(TranslationRow, (f"run-{video}", "pt")).state == "withdrawn"
        [revoked] = [row for row in entries(session) if row.what == "consent_revoked" and row.who == newcomer]
    assert (revoked.why, revoked.details) == ("I changed my mind", {"use": "voice"})


def test_a_voice_counts_for_nothing_before_being_dubbed_is_agreed_to(
    studio: StudioServer, newcomer: str
) -> None:
    with studio.client(newcomer) as client:
        agree(client, "voice")
        said = standings(client)["voice"]
        assert said["agreed_at"] is not None and not said["counts"]


def test_nobody_agrees_to_a_text_that_is_not_the_present_one(studio: StudioServer, newcomer: str) -> None:
    with studio.client(newcomer) as client:
        answer = client.put("consents/dub", json={"text_version": "2020-01+0123456789abcdef"})
        assert (answer.status_code, answer.json()["code"]) == (409, "text_changed")
        assert client.put("consents/soul", json={"text_version": "1"}).status_code == 404
        assert not any(each["agreed_at"] for each in standings(client).values())


def test_a_token_that_may_not_decide_agrees_to_nothing(studio: StudioServer, newcomer: str) -> None:
    with studio.client(newcomer, "read", "upload") as client:
        version = standings(client)["dub"]["text"]["version"]
        assert client.put("consents/dub", json={"text_version": version}).status_code == 403
        assert client.post("consents/dub/revocation", json={}).status_code == 403


def test_who_agreed_before_texts_were_kept_still_agrees_and_may_take_it_back(
    studio: StudioServer, newcomer: str
) -> None:
    with studio.catalog.writing() as session:
        put_creator(session, Creator(newcomer, "Newcomer", consented_at=NOW))
    with studio.client(newcomer) as client:
        said = standings(client)["dub"]
        assert (said["counts"], said["agreed_version"], said["past"]) == (True, None, [])
        assert client.post("consents/dub/revocation", json={}).json()["agreed_at"] is None


def test_a_page_of_another_site_makes_nobody_agree(studio: StudioServer, newcomer: str) -> None:
    with httpx.Client(base_url=studio.address, headers={"Sec-Fetch-Site": "same-origin"}) as browser:
        browser.post("login", data={"token": studio.token(newcomer)})
        text = browser.get("consent").text
        version = re.search(r'name="text-dub" value="([^"]+)"', text)
        form = re.search(r'name="form" value="([0-9a-f]+)"', text)
        assert version is not None and form is not None
        ticked = {"use": "dub", "text-dub": version[1]}
        assert browser.post("consent", data=ticked).status_code == 403
        good = {**ticked, "form": form[1]}
        foreign = {"Sec-Fetch-Site": "cross-site"}
        assert browser.post("consent", data=good, headers=foreign).status_code == 403
        assert browser.post("consent/revocations", data={"use": "dub"}).status_code == 403
        assert browser.post("consent", data={"form": form[1]}).status_code == 422
        assert browser.post("consent", data=good).headers["Location"] == "/studio/consent"
        odd = {**good, "video": "//elsewhere.example"}
        assert browser.post("consent", data=odd).headers["Location"] == "/studio/consent"
        assert browser.post("consent/revocations", data={"use": "x", "form": form[1]}).status_code == 422


def test_texts_that_somebody_may_have_agreed_to_are_as_they_were() -> None:
    current = read_consent_texts().current
    assert {use: text.version for use, text in current.items()} == SHIPPED


def test_a_deployment_has_texts_of_its_own_and_another_wording_is_another_version(tmp_path: Path) -> None:
    own = tmp_path / "texts.yaml"
    own.write_text(OUR_TEXTS.read_text(encoding="utf-8").replace("Being dubbed", "Dubs"), encoding="utf-8")
    texts = read_consent_texts(own).current
    assert texts["dub"].title == "Dubs"
    assert texts["dub"].version != SHIPPED["dub"]
    assert texts["voice"].version == SHIPPED["voice"]


@pytest.mark.parametrize(
    "content", ["current: [", "current: '1'\nversions: {}", "current: '1'\nversions: {'1': {dub: {}}}"]
)
def test_texts_that_make_no_sense_are_named(tmp_path: Path, content: str) -> None:
    file = tmp_path / "texts.yaml"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(SettingsError, match=str(file)):
        read_consent_texts(file)
