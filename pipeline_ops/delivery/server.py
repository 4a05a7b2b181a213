"""Runs the delivery service with uvicorn."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from pipeline_ops.delivery.app import open_service
from pipeline_ops.delivery.guard import LONGEST_HEADERS_BYTES
from pipeline_ops.platform import Platform

APPLICATION = "pipeline_ops.delivery.app:create_app"

HOW: Mapping[str, Any] = MappingProxyType(
    {
        # h11 refuses headers that never end; the faster parser would keep them all in memory.
        "http": "h11",
        "h11_max_incomplete_event_size": 2 * LONGEST_HEADERS_BYTES,
        # Players ask for a segment every few seconds; a connection that is silent for longer is given up.
        "timeout_keep_alive": 30,
        # How long requests that are being answered have when the service is stopped.
        "timeout_graceful_shutdown": 20,
        "server_header": False,
        # Addresses of viewers are not kept.
        "access_log": False,
        "log_level": "warning",
        "ws": "none",
    }
)
"""How uvicorn serves, wherever it does."""


def run_server(*, host: str, port: int, workers: int, trusted_proxies: str) -> None:
    """Serve until stopped.

    Args:
        host: Where to listen.
        port: The port; 0 takes a free one.
        workers: How many processes.
        trusted_proxies: Addresses, separated by commas, whose `X-Forwarded-For` and `-Proto` count.

    Raises:
        DubwrightError: the service could not start; see `create_app`.
    """
    import uvicorn

    # Said as a sentence here, not as a stack trace of a process that uvicorn starts.
    open_service(Platform.from_environment()).catalog.close()
    uvicorn.run(
        APPLICATION,
        factory=True,
        host=host,
        port=port,
        workers=workers,
        forwarded_allow_ips=trusted_proxies,
        **HOW,
    )
