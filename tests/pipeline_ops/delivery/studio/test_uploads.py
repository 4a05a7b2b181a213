"""Files sent to a served studio, to a folder and to S3: whole, broken off, wrong, and killed in between."""

from __future__ import annotations

import hashlib
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_ops.catalog.tables import UploadRow
from pipeline_ops.delivery.studio import uploading
from pipeline_ops.media_bucket import open_media_bucket
from tests.pipeline_ops.delivery.studio.conftest import StudioServer

PART = 8 << 20


def begin(client: httpx.Client, content: bytes, **values: Any) -> dict[str, Any]:
    new = {"file_name": "talk.mp4", "size_bytes": len(content), "media_type": "video/mp4", **values}
    answer = client.post("uploads", json=new)
    assert answer.status_code == 201, answer.text
    upload: dict[str, Any] = answer.json()
    return upload


def put(client: httpx.Client, upload: dict[str, Any], content: bytes, *numbers: int) -> None:
    """Send parts to where the studio says."""
    wanted = {"numbers": list(numbers or range(1, upload["part_count"] + 1))}
    places = client.post(f"uploads/{upload['id']}/part-addresses", json=wanted).json()["addresses"]
    for place in places:
        first = (place["number"] - 1) * upload["part_bytes"]
        part = content[first : first + place["size_bytes"]]
        address = place["address"]
        if address.startswith("/"):
            sent = client.put(str(client.base_url.join(address)), content=part)
        else:
            sent = httpx.put(address, content=part)
        assert sent.status_code in {200, 204}, sent.text


def completed(client: httpx.Client, upload: dict[str, Any]) -> dict[str, Any]:
    """Say that all was sent, and wait until it was looked at."""
    answer = client.post(f"uploads/{upload['id']}/completion")
    assert answer.status_code == 202, answer.text
    deadline = time.monotonic() + 30
    while answer.json()["state"] == "checking":
        assert time.monotonic() < deadline
        time.sleep(0.1)
        answer = client.get(f"uploads/{upload['id']}")
    end: dict[str, Any] = answer.json()
    return end


def padded(clip: bytes, size_bytes: int) -> bytes:
    """The clip with a box that players skip after it (ISO/IEC 14496-12, sec. 8.1.2)."""
    free = size_bytes - len(clip)
    return clip + free.to_bytes(4, "big") + b"free" + os.urandom(free - 8)


def files_below(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_a_video_is_sent_checked_and_then_a_video_of_the_creators(
    any_studio: StudioServer, clip: bytes, tmp_path: Path
) -> None:
    content = padded(clip, PART + 1000)
    with any_studio.client("ann") as client:
        upload = begin(client, content, sha256=hashlib.sha256(content).hexdigest())
        assert (upload["state"], upload["part_count"]) == ("open", 2)
        put(client, upload, content)
        before = len(client.get("videos").json())
        end = completed(client, upload)
        assert end["state"] == "ready"
        assert len(client.get("videos").json()) == before + 1
        video = client.get(f"videos/{end['video_id']}").json()
    assert (video["name"], video["size_bytes"]) == ("talk.mp4", len(content))
    with any_studio.catalog.reading() as session:
        address = session.get_one(UploadRow, end["video_id"]).address
    assert address == f"ann/{upload['id']}"
    bucket = open_media_bucket(any_studio.platform.settings.media_url)
    assert bucket.fetch(address, tmp_path).read_bytes() == content


def test_a_file_that_was_broken_off_goes_on_where_it_was(any_studio: StudioServer, clip: bytes) -> None:
    content = padded(clip, PART + 1000)
    with any_studio.client("ann") as client:
        upload = begin(client, content)
        put(client, upload, content, 2)
        early = client.post(f"uploads/{upload['id']}/completion")
        assert (early.status_code, early.json()["code"]) == (409, "parts_missing")
    with any_studio.client("ann") as client:  # another day, another program
        known = client.get(f"uploads/{upload['id']}").json()
        assert [part["number"] for part in known["parts"]] == [2]
        assert known["received_bytes"] == 1000
        put(client, upload, content, 1)
        assert completed(client, upload)["state"] == "ready"
        assert completed(client, upload)["state"] == "ready"  # told again, it stays so


@pytest.mark.parametrize(
    ("content", "sha256", "reason"),
    [
        (b"this is no video" * 100, None, "unreadable_media"),
        (b"", "0" * 64, "damaged_upload"),
    ],
)
def test_what_is_no_video_or_not_what_was_sent_is_rejected_with_a_reason_and_removed(
    any_studio: StudioServer, clip: bytes, content: bytes, sha256: str | None, reason: str
) -> None:
    content = content or clip
    with any_studio.client("ann") as client:
        upload = begin(client, content, sha256=sha256)
        put(client, upload, content)
        end = completed(client, upload)
    assert (end["state"], end["reason_code"], end["video_id"]) == ("rejected", reason, None)
    assert end["message"].startswith(("We could not read", "This file did not arrive"))
    names = {file.name for file in open_media_bucket(any_studio.platform.settings.media_url).files("ann")}
    assert f"ann/{upload['id']}" not in names


def test_names_of_files_lead_nowhere(studio: StudioServer, clip: bytes) -> None:
    with studio.client("ann") as client:
        for name, shown in {
            "../../bob/evil.mp4": "evil.mp4",
            "C:\\clips\\talk.mp4": "talk.mp4",
            "a\u202eb\n.mp4": "ab.mp4",
            "..": "..",
        }.items():
            upload = begin(client, clip, file_name=name)
            assert upload["file_name"] == shown
            client.delete(f"uploads/{upload['id']}")


@given(st.text(max_size=300))
def test_whatever_a_file_is_called_people_can_read_it(name: str) -> None:
    shown = uploading.plain_file_name(name)
    assert shown and shown.isprintable()
    assert "/" not in shown and "\\" not in shown
    assert uploading.plain_file_name(shown) == shown


@pytest.mark.parametrize(
    ("new", "status"),
    [
        ({"size_bytes": 2_000_000_001}, 413),
        ({"media_type": "text/html"}, 415),
        ({"size_bytes": 0}, 422),
        ({"size_bytes": "12"}, 422),
        ({"file_name": ""}, 422),
        ({"file_name": "a\0b"}, 422),
        ({"sha256": "x"}, 422),
        ({"address": "bob/talk.mp4"}, 422),
    ],
)
def test_what_is_not_taken_is_told_before_it_is_sent(
    studio: StudioServer, new: dict[str, Any], status: int
) -> None:
    with studio.client("ann") as client:
        answer = client.post("uploads", json={"file_name": "talk.mp4", "size_bytes": 10, **new})
    assert answer.status_code == status
    assert set(answer.json()) == {"code", "detail"}


def test_a_part_has_exactly_its_size_and_one_that_breaks_off_leaves_nothing(
    studio: StudioServer, clip: bytes
) -> None:
    with studio.client("ann") as client:
        upload = begin(client, clip)
        part = f"uploads/{upload['id']}/parts/1"
        assert client.put(part, content=clip[:-1]).status_code == 400
        assert client.put(part, content=clip + b"x").status_code == 400
        assert client.put(f"uploads/{upload['id']}/parts/2", content=b"x").status_code == 422
        break_off(client, part, clip)
        time.sleep(0.2)
        assert client.get(f"uploads/{upload['id']}").json()["parts"] == []
        folder = studio.platform.settings.media_dir / ".incoming" / upload["id"]
        assert files_below(folder) == []
        assert client.put(part, content=clip).status_code == 204
        client.delete(f"uploads/{upload['id']}")
        assert not folder.exists()
        assert client.put(part, content=clip).json()["code"] == "takes_no_parts"


def break_off(client: httpx.Client, path: str, content: bytes) -> None:
    """Begin to send a part, and hang up in the middle."""
    target = client.base_url.join(path)
    head = (
        f"PUT {urlsplit(str(target)).path} HTTP/1.1\r\nHost: studio\r\n"
        f"Authorization: {client.headers['Authorization']}\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    assert target.port is not None
    with socket.create_connection(("127.0.0.1", target.port)) as connection:
        connection.sendall(head.encode() + content[: len(content) // 2])
        time.sleep(0.2)


def test_one_sends_no_more_files_at_a_time_than_there_is_room_for(
    studio: StudioServer, clip: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploading, "MOST_UNDER_WAY", 1)
    with studio.client("bob") as client:
        upload = begin(client, clip)
        second = client.post("uploads", json={"file_name": "two.mp4", "size_bytes": 10})
        assert (second.status_code, second.json()["code"]) == (409, "too_many_uploads")
        assert client.delete(f"uploads/{upload['id']}").status_code == 204
        client.delete(f"uploads/{begin(client, clip)['id']}")


KILLED_WHILE = """
import sys, time, uvicorn
from pipeline_ops.delivery.studio import inspection
from tests.pipeline_ops.delivery.studio.serving import app

port, read, admitted = sys.argv[1:]
probe, become = inspection.probe_media, inspection.become_upload

def probe_or_wait(path, limits):
    return wait() if read in str(path) else probe(path, limits)

def become_or_wait(session, arrival_id, file, now):
    return wait() if arrival_id == admitted else become(session, arrival_id, file, now)

def wait():
    print("reached", file=sys.stderr, flush=True)
    time.sleep(600)

inspection.probe_media, inspection.become_upload = probe_or_wait, become_or_wait
uvicorn.run(app(), host="127.0.0.1", port=int(port), log_level="critical")
"""


@pytest.mark.e2e
def test_killed_while_a_file_is_read_or_just_moved_the_next_process_goes_on_from_there(
    studio: StudioServer, clip: bytes
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    media = studio.platform.settings.media_dir
    with studio.client("ann") as client:
        read, admitted = begin(client, clip), begin(client, clip)
        for upload in (read, admitted):
            put(client, upload, clip)
        before = len(client.get("videos").json())
        command = [sys.executable, "-c", KILLED_WHILE, str(port), read["id"], admitted["id"]]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
            assert process.stderr is not None
            for upload in (read, admitted):
                other = f"http://127.0.0.1:{port}/studio/api/uploads/{upload['id']}/completion"
                answer = _post_when_up(other, client.headers["Authorization"])
                assert answer.json()["state"] == "checking"
                assert any(line == "reached\n" for line in process.stderr)
            process.send_signal(signal.SIGKILL)
        assert not (media / "ann" / read["id"]).exists()
        assert (media / "ann" / admitted["id"]).exists()
        assert len(client.get("videos").json()) == before
        for upload in (read, admitted):
            assert completed(client, upload)["state"] == "ready"
            assert not (media / ".incoming" / upload["id"]).exists()
            assert (media / "ann" / upload["id"]).read_bytes() == clip
        assert len(client.get("videos").json()) == before + 2


def _post_when_up(address: str, authorization: str) -> httpx.Response:
    deadline = time.monotonic() + 60
    while True:
        try:
            return httpx.post(address, headers={"Authorization": authorization}, timeout=20)
        except httpx.TransportError:
            assert time.monotonic() < deadline
            time.sleep(0.1)


def test_an_upload_that_was_given_up_is_told_so(studio: StudioServer, clip: bytes) -> None:
    with studio.client("ann") as client:
        upload = begin(client, clip)
        client.delete(f"uploads/{upload['id']}")
        answer = client.post(f"uploads/{upload['id']}/completion")
        assert (answer.status_code, answer.json()["code"]) == (409, "given_up")
