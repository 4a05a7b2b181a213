"""How often one network address may bring a token that opens nothing.

Guessing a token of 256 bits is hopeless at any rate; this keeps the log and the database from those who try.
"""

from __future__ import annotations

from fastapi import Request, status
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from pipeline_ops.delivery.rate_limits import network_of
from pipeline_ops.delivery.studio.problems import StudioProblem

FAILURES = 10
"""Of one address within `MINUTES`: somebody who pastes the wrong thing does so two or three times."""

MINUTES = 5


class FailedAttempts:
    """Counts failures by network address, in memory, each process for itself."""

    def __init__(self) -> None:
        self._item = RateLimitItemPerMinute(FAILURES, MINUTES)
        self._storage = MemoryStorage()
        self._limiter = MovingWindowRateLimiter(self._storage)

    def check(self, request: Request) -> None:
        """Refuse an address with too many failures.

        Raises:
            StudioProblem: 429.
        """
        if not self._limiter.test(self._item, network_of(request)):
            raise StudioProblem(
                status.HTTP_429_TOO_MANY_REQUESTS,
                "too_many_attempts",
                "Too many tokens were refused. Please wait some minutes, then try again.",
                {"Retry-After": str(60 * MINUTES)},
            )

    def count(self, request: Request) -> None:
        """Count a failure."""
        self._limiter.hit(self._item, network_of(request))

    def forget(self) -> None:
        """Begin to count anew."""
        self._storage.reset()
