from __future__ import annotations

from datetime import timedelta

import pytest
from airflow.sdk.definitions.retry_policy import RetryAction
from airflow.sdk.exceptions import AirflowTaskTimeout

from pipeline_ops.errors import (
    DamagedArtefactError,
    MediaToolError,
    ProcessKilledError,
    SettingsError,
    StageOutputError,
    StorageUnavailableError,
    WeightsDigestError,
    WeightsUnavailableError,
)
from pipeline_ops.operators.retries import RETRY_SETTINGS, WorldRetryPolicy

LONGEST_OUTAGE = timedelta(seconds=60)


def _decision(error: BaseException, try_number: int = 1) -> RetryAction:
    return WorldRetryPolicy().evaluate(error, try_number, max_tries=6).action


@pytest.mark.parametrize(
    "error",
    [
        StorageUnavailableError("the store is gone"),
        WeightsUnavailableError("no network"),
        DamagedArtefactError("probe/abc", "media", "another digest"),
        ProcessKilledError("killed"),
        OSError("disk full"),
        MemoryError(),
        AirflowTaskTimeout("too long"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_the_world_did_is_left_to_the_retries(error: BaseException) -> None:
    assert _decision(error) is RetryAction.DEFAULT


@pytest.mark.parametrize(
    "error",
    [
        SettingsError("no such stage"),
        StageOutputError("silence"),
        MediaToolError("bad argument"),
        WeightsDigestError("other bytes"),
        KeyError("a mistake"),
        TypeError("another"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_we_did_fails_at_once(error: BaseException) -> None:
    assert _decision(error) is RetryAction.FAIL


def test_a_stage_that_hangs_twice_is_not_tried_a_third_time() -> None:
    assert _decision(AirflowTaskTimeout("too long"), try_number=2) is RetryAction.FAIL


def test_the_retries_outlast_an_outage_of_a_minute() -> None:
    waits = [
        min(
            RETRY_SETTINGS["retry_delay"] * RETRY_SETTINGS["retry_exponential_backoff"] ** number,
            RETRY_SETTINGS["max_retry_delay"],
        )
        for number in range(RETRY_SETTINGS["retries"])
    ]
    assert waits == sorted(waits)
    assert sum(waits, timedelta()) > LONGEST_OUTAGE
