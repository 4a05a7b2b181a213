"""How often one network address may do something: counted in memory, by each process, never written down."""

from __future__ import annotations

import ipaddress

from fastapi import HTTPException, Request, status
from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

HOME_NETWORK_BITS = 64
"""Of an IPv6 address: what one household has; the rest changes as its devices like."""


class RateLimit:
    """Lets each network address through so often.

    Args:
        item: How often.
    """

    def __init__(self, item: RateLimitItem) -> None:
        self._item = item
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    @classmethod
    def per_minute(cls, times: int) -> RateLimit:
        """Return a limit of so many times a minute."""
        return cls(RateLimitItemPerMinute(times))

    @classmethod
    def per_hour(cls, times: int) -> RateLimit:
        """Return a limit of so many times an hour."""
        return cls(RateLimitItemPerHour(times))

    def check(self, request: Request) -> None:
        """Count a request.

        Raises:
            HTTPException: 429, it is one too many.
        """
        if not self._limiter.hit(self._item, network_of(request)):
            raise HTTPException(
                status.HTTP_429_TOO_MANY_REQUESTS,
                "That was too often; try again later.",
                headers={"Retry-After": str(self._item.get_expiry())},
            )


def network_of(request: Request) -> str:
    """Return whom a request is counted for: an IPv4 address or the IPv6 network of a household."""
    host = request.client.host if request.client else ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if address.version == 4:  # noqa: PLR2004  IPv4
        return host
    return str(ipaddress.ip_network((int(address), HOME_NETWORK_BITS), strict=False))
