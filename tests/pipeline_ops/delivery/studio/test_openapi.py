"""The studio against what it says of itself: Schemathesis makes up requests, good and malformed."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import Case
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from tests.pipeline_ops.catalog.making import facts
from tests.pipeline_ops.delivery.studio import serving
from tests.pipeline_ops.delivery.studio.airflow_server import AirflowServer
from tests.pipeline_ops.delivery.studio.conftest import StudioServer

EXAMPLES = 5
"""Of each operation and mode; some 30 operations and modes are tried in all."""


@dataclass(frozen=True)
class Described:
    """The studio's OpenAPI, and things that are there: of a creator, whose token is given."""

    schema: schemathesis.BaseSchema
    known: dict[str, str]
    token: str


@pytest.fixture
def studio(served: StudioServer, airflow: AirflowServer) -> Iterator[StudioServer]:
    """The same studio by itself: what leads to no route is then answered by it too."""
    with serving.serving(served.platform, is_mounted=False) as (address, inside):
        yield dataclasses.replace(served, address=address, inside=inside)


@pytest.fixture
def described(studio: StudioServer) -> Described:
    video = studio.video()
    studio.record(facts(f"run-{video}", video=video, creator_id="ann", upload_id=video))
    with studio.client("ann") as client:
        new = {"file_name": "talk.mp4", "size_bytes": 10}
        upload = client.post("uploads", json=new).json()["id"]
    schema = schemathesis.openapi.from_url(f"{studio.address}/api/openapi.json")
    known = {
        "video_id": video,
        "upload_id": upload,
        "run_id": f"run-{video}",
        "language": "pt",
        "use": "lips",
    }
    return Described(schema, known, studio.token("ann"))


@pytest.mark.parametrize("mode", list(GenerationMode))
def test_whatever_is_sent_is_answered_as_described(described: Described, mode: GenerationMode) -> None:
    operations = [found.ok() for found in described.schema.get_all_operations()]
    assert len(operations) == 20
    answered: set[int] = set()
    for operation in operations:
        if mode is GenerationMode.NEGATIVE and operation.label in {
            "GET /api/me",
            "GET /api/uploads",
            "GET /api/consents",
        }:
            continue  # they take nothing that could be wrong

        @given(operation.as_strategy(generation_mode=mode))
        @settings(
            max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck)
        )
        def check(case: Case) -> None:
            if mode is GenerationMode.POSITIVE:
                for name in case.path_parameters.keys() & described.known.keys():
                    case.path_parameters[name] = described.known[name]
            answer = case.call_and_validate(
                headers={"Authorization": f"Bearer {described.token}"},
                excluded_checks=[positive_data_acceptance],  # it knows nothing of 413 and 415
            )
            if mode is GenerationMode.POSITIVE and not case.path.endswith("/translations"):
                assert answer.status_code != 422, answer.text  # there, a tag may name no language
            answered.add(answer.status_code)

        check()
    expected = {200, 201, 202, 204, 409} if mode is GenerationMode.POSITIVE else {404, 422}
    assert answered & expected


def test_the_description_names_no_page_and_no_inside(studio: StudioServer) -> None:
    text = httpx.get(f"{studio.address}/api/openapi.json").text
    assert "/login" not in text
    assert str(studio.platform.settings.home) not in text
