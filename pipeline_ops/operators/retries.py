"""Which failures Airflow tries again, and when: what the world did, with back-off; what we did, never."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import RetryPolicy
from airflow.sdk.definitions.retry_policy import RetryDecision
from airflow.sdk.exceptions import AirflowTaskTimeout

from pipeline_ops.errors import FaultError

if TYPE_CHECKING:
    from airflow.sdk.definitions.context import Context

MISTAKES: tuple[type[BaseException], ...] = (
    FaultError,
    ArithmeticError,
    AssertionError,
    AttributeError,
    ImportError,
    LookupError,
    NameError,
    NotImplementedError,
    TypeError,
    ValueError,
)
"""Errors of the program or its configuration: the same input gives them again."""

TRIES_OF_A_HUNG_STAGE = 2
"""A stage that ran out of time once may have had bad luck; twice, it hangs."""

RETRY_SETTINGS: dict[str, Any] = {
    "retries": 6,
    "retry_delay": timedelta(seconds=3),
    "retry_exponential_backoff": 2.0,
    "max_retry_delay": timedelta(seconds=30),
}
"""Waits of at least 3, 6, 12, 24, 30 and 30 s (Airflow adds up to as much again to the first): together they
outlast a restart of the storage, and the first is short since a killed process needs no waiting."""


class WorldRetryPolicy(RetryPolicy):
    """Fails at once for a mistake of ours; leaves everything else to the task's retries."""

    def evaluate(
        self,
        exception: BaseException,
        try_number: int,
        max_tries: int,
        context: Context | None = None,
    ) -> RetryDecision:
        """Decide after a failure."""
        if isinstance(exception, MISTAKES):
            return RetryDecision.fail("trying again would change nothing")
        if isinstance(exception, AirflowTaskTimeout) and try_number >= TRIES_OF_A_HUNG_STAGE:
            return RetryDecision.fail(f"it ran out of time {try_number} times")
        return RetryDecision.default()

    def serialize(self) -> dict[str, Any]:
        """Return nothing to remember: the policy has no settings."""
        return {}

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> WorldRetryPolicy:
        """Return the policy."""
        return cls()
