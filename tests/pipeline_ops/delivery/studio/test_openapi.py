"""The studio against what it says of itself, with values that Schemathesis makes up."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.pipeline_ops.catalog.making import facts
from tests.pipeline_ops.delivery.studio.conftest import StudioServer

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


@pytest.fixture
def described(studio: StudioServer) -> Iterator[Any]:
    """The studio's OpenAPI, with the token of a creator who has a video with a dub."""
    video = studio.video()
    studio.record(facts(f"run-{video}", video=video, creator_id="ann", upload_id=video))
    with studio.client("ann") as client:
        upload = client.post("uploads", json={"file_name": "talk.mp4", "size_bytes": 10}).json()["id"]
    schema = schemathesis.openapi.from_url(f"{studio.address}/api/openapi.json")
    known = {"video_id": video, "upload_id": upload, "run_id": f"run-{video}", "language": "pt"}
    yield schema, known, studio.token("ann")


def test_whatever_is_sent_is_answered_as_described(described: Any) -> None:
    schema, known, token = described
    called = set()
    for result in schema.get_all_operations():
        operation = result.ok()
        called.add((operation.method, operation.path))

        @settings(
            max_examples=12,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @__import__("hypothesis").given(case=operation.as_strategy())
        def answers_as_described(case: Any) -> None:
            # Half of what is made up is about things that are there.
            if len(repr(case.body)) % 2:
                case.path_parameters = {**(case.path_parameters or {}), **_only(known, case)}
            case.call_and_validate(checks=CHECKS, headers={"Authorization": f"Bearer {token}"}, timeout=20)

        answers_as_described()
    assert len(called) >= 16


def _only(known: dict[str, str], case: Any) -> dict[str, str]:
    return {name: value for name, value in known.items() if name in (case.path_parameters or {})}
