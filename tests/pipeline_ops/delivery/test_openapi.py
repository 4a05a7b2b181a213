"""Schemathesis holds the service against its own description, with odd and malformed requests."""

from __future__ import annotations

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import Case
from schemathesis.generation import GenerationMode

from tests.pipeline_ops.delivery.making import MadeVideo

OPERATIONS = [
    "GET /v/{media}",
    "GET /v/{media}/master.m3u8",
    "GET /v/{media}/manifest.mpd",
    "GET /v/{media}/playlists/{rendition}.m3u8",
    "GET /v/{media}/storyboard.vtt",
    "GET /v/{media}/files/{token}/{name}",
    "GET /v/{media}/poster.jpg",
    "GET /feed",
    "GET /viewer",
    "PUT /viewer",
    "POST /v/{media}/choice",
    "POST /v/{media}/playbacks",
    "POST /v/{media}/reports",
]


@pytest.fixture(scope="module")
def schema(server_address: str) -> schemathesis.BaseSchema:
    return schemathesis.openapi.from_url(f"{server_address}/openapi.json")


def test_every_operation_is_tried(schema: schemathesis.BaseSchema) -> None:
    assert sorted(found.ok().label for found in schema.get_all_operations()) == sorted(OPERATIONS)


@pytest.mark.parametrize("mode", list(GenerationMode))
@pytest.mark.parametrize("label", OPERATIONS)
def test_answers_are_as_described(
    schema: schemathesis.BaseSchema, talk: MadeVideo, label: str, mode: GenerationMode
) -> None:
    method, path = label.split()
    if label == "GET /viewer" and mode is GenerationMode.NEGATIVE:
        pytest.skip("it takes nothing that could be wrong")

    @given(schema[path][method].as_strategy(generation_mode=mode))
    @settings(max_examples=5, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    def check(case: Case) -> None:
        if mode is GenerationMode.POSITIVE and "media" in case.path_parameters:
            case.path_parameters["media"] = talk.media_id
        case.call_and_validate()

    check()
