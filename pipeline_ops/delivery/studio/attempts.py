"""How often one network address may bring a token that opens nothing.

Guessing a token of 256 bits is hopeless at any rate; this keeps the log and the database from those who try.
"""

from __future__ import annotations

import ipaddress

from fastapi import Request, status
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from pipeline_ops.delivery.studio.problems import StudioProblem

FAILURES = 10
"""Of one address within `MINUTES`: somebody who pastes the wrong thing does so two or three times."""

MINUTES = 5

HOME_NETWORK_BITS = 64
"""Of an IPv6 address: what one household has; the rest changes as its devices like."""


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
        if not self._limiter.test(self._item, _network(request)):
            raise StudioProblem(
                status.HTTP_429_TOO_MANY_REQUESTS,
                "too_many_attempts",
                "Too many tokens were refused. Please wait some minutes, then try again.",
                {"Retry-After": str(60 * MINUTES)},
            )

    def count(self, request: Request) -> None:
        """Count a failure."""
        self._limiter.hit(self._item, _network(request))

    def forget(self) -> None:
        """Begin to count anew."""
        self._storage.reset()


def _network(request: Request) -> str:
    host = request.client.host if request.client else ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv4Address):
        return host
    return str(ipaddress.ip_network((int(address), HOME_NETWORK_BITS), strict=False))
