"""A creator's way through the studio with a real Airflow: sent, asked for, watched, seen, taken down."""

from __future__ import annotations

import time
from pathlib import Path

import httpx
import pytest

from pipeline_ops.catalog.creators import Creator, put_creator
from pipeline_ops.catalog.database import open_catalog
from pipeline_ops.catalog.tokens import create_token
from tests.e2e.deployment import Deployment
from tests.pipeline_ops.catalog.making import NOW
from tests.pipeline_ops.delivery.studio.serving import serving

pytestmark = [pytest.mark.e2e, pytest.mark.models, pytest.mark.timeout(900)]

WATCHED_FOR_S = 500.0
"""Alone, beside other heavy work, a run took over four minutes; after other tests it finds checkpoints."""


def test_a_creator_sends_a_video_watches_it_being_dubbed_and_takes_the_dub_down(
    deployment: Deployment, talk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DUBWRIGHT_AIRFLOW_URL", deployment.address)
    with open_catalog(deployment.platform.settings) as catalog, catalog.writing() as session:
        put_creator(session, Creator("studio-ann", "Ann", consented_at=NOW))
        _, token = create_token(session, "studio-ann", name="test")
    headers = {"Authorization": f"Bearer {token}"}
    with (
        serving(deployment.platform) as (address, _),
        httpx.Client(base_url=f"{address}/api", headers=headers, timeout=60) as client,
    ):
        video = _sent(client, talk.read_bytes())
        asked = client.post(f"videos/{video}/translations", json={"languages": ["pt", "en"]})
        assert asked.status_code == 200, asked.text
        seen = _watched(client, video)
        assert ("transcribe", None) in seen["under_way"] | seen["done"]
        assert ("translate", "pt") in seen["done"]
        languages = {each["language"]: each for each in client.get(f"videos/{video}").json()["languages"]}
        assert (languages["en"]["standing"], languages["en"]["reason_code"]) == ("rejected", "same_language")
        assert languages["pt"]["standing"] == "published"
        (version,) = languages["pt"]["versions"]
        place = f"videos/{video}/translations/{version['run_id']}/pt"
        dub = client.get(f"{place}/video", headers={"Range": "bytes=4-7"})
        assert (dub.status_code, dub.content) == (206, b"ftyp")
        assert client.get(f"{place}/subtitles").text.startswith("WEBVTT")
        assert client.get(f"videos/{video}/original").content == talk.read_bytes()
        decision = {"choice": "take_down", "checkpoint": version["checkpoint"]}
        after = client.post(f"{place}/decision", json=decision).json()
        assert {each["standing"] for each in after["languages"]} == {"rejected", "taken_down"}


def _sent(client: httpx.Client, content: bytes) -> str:
    new = {"file_name": "talk.mp4", "size_bytes": len(content)}
    upload = client.post("uploads", json=new).json()
    assert client.put(f"uploads/{upload['id']}/parts/1", content=content).status_code == 204
    state = client.post(f"uploads/{upload['id']}/completion").json()
    while state["state"] == "checking":
        time.sleep(0.2)
        state = client.get(f"uploads/{upload['id']}").json()
    assert state["state"] == "ready", state
    return str(state["video_id"])


def _watched(client: httpx.Client, video: str) -> dict[str, set[tuple[str, str | None]]]:
    """Follow a run to its end, and return which stages were seen in which state."""
    seen: dict[str, set[tuple[str, str | None]]] = {"under_way": set(), "done": set()}
    deadline = time.monotonic() + WATCHED_FOR_S
    while True:
        (progress,) = client.get(f"videos/{video}/progress").json()
        for stage in progress["stages"]:
            seen.setdefault(stage["word"], set()).add((stage["stage"], stage["language"]))
        if progress["is_over"]:
            return seen
        assert progress["is_known"]
        assert time.monotonic() < deadline, progress
        time.sleep(0.5)
