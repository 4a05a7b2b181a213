"""Rules of cross-origin requests on a real S3 server."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from pipeline_ops.checkpoints.bucket_cors import READING_RANGES, SENDING_PARTS, CrossOriginUse, allow_origin
from pipeline_ops.errors import SettingsError
from tests.pipeline_ops.checkpoints.s3_server import S3Server

STUDIO, WATCH = "https://studio.example", "https://watch.example:8443"


def preflight(s3_server: S3Server, s3_url: str, origin: str, method: str) -> httpx.Headers:
    """What the server tells a browser that asks whether a page may."""
    bucket = s3_url.removeprefix("s3://").partition("/")[0]
    asked = {"Origin": origin, "Access-Control-Request-Method": method}
    return httpx.options(f"{s3_server.endpoint}/{bucket}/media/x", headers=asked).headers


@pytest.mark.e2e
def test_a_page_may_do_what_was_allowed_to_its_origin_and_it_is_allowed_once(
    s3_server: S3Server, s3_url: str
) -> None:
    assert allow_origin(s3_url, "The bucket", STUDIO, SENDING_PARTS)
    assert not allow_origin(s3_url, "The bucket", STUDIO, SENDING_PARTS)
    told = preflight(s3_server, s3_url, STUDIO, "PUT")
    assert (told["access-control-allow-origin"], told["access-control-allow-methods"]) == (STUDIO, "PUT")
    assert "access-control-allow-origin" not in preflight(s3_server, s3_url, "https://other.example", "PUT")


@pytest.mark.e2e
def test_rules_that_were_there_stay(s3_server: S3Server, s3_url: str) -> None:
    other = CrossOriginUse(("DELETE",), ("X-Theirs",))
    for use in (other, SENDING_PARTS, READING_RANGES):
        assert allow_origin(s3_url, "The bucket", WATCH, use)
    for use in (other, SENDING_PARTS, READING_RANGES):
        assert not allow_origin(s3_url, "The bucket", WATCH, use)


@pytest.mark.parametrize(
    "origin", ["studio.example", "https://", "https://studio.example/", "https://studio.example/studio", "*"]
)
def test_what_is_no_origin_is_refused(origin: str) -> None:
    with pytest.raises(SettingsError, match="is no origin"):
        allow_origin("s3://bucket/media", "The bucket", origin, SENDING_PARTS)


def test_a_folder_needs_no_rule_and_that_is_said(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="is a folder"):
        allow_origin(str(tmp_path), "DUBWRIGHT_MEDIA_URL", STUDIO, SENDING_PARTS)
