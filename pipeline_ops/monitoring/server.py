"""Answers Prometheus: one address, figures only, to whoever has the token."""

from __future__ import annotations

import hmac
import ipaddress
import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from pipeline_ops.catalog.database import open_catalog
from pipeline_ops.errors import DubwrightError, SettingsError
from pipeline_ops.monitoring.gauges import families
from pipeline_ops.monitoring.measure import read_catalog, read_housekeeping
from pipeline_ops.platform import Platform

log = logging.getLogger(__name__)

SHORTEST_TOKEN = 16
"""Characters: what nobody guesses, and what no half-filled settings file holds."""

PATIENCE_S = 10
"""How long somebody may take to say what they want."""


class DeploymentCollector(Collector):
    """Reads all figures anew each time it is asked."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield the figures of this moment.

        Raises:
            CatalogUnavailableError: the catalog does not answer.
            StorageUnavailableError: the store does not answer.
        """
        with open_catalog(self._platform.settings) as catalog, catalog.reading() as session:
            readings = [*read_catalog(session, datetime.now(UTC))]
        readings += read_housekeeping(self._platform.store.storage)
        yield from families(readings)

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Yield the figures' names, so that registering asks nobody."""
        return families(())


class MetricsServer(ThreadingHTTPServer):
    """Serves `/metrics`, and `/health` to say that it is there.

    Args:
        platform: The deployment.
        host: The address to listen at.
        port: The port; 0 takes a free one.
        token: What callers must bring as a bearer token; none is needed at a loopback address.

    Raises:
        SettingsError: others could reach it, and there is no token or a short one.
    """

    daemon_threads = True

    def __init__(self, platform: Platform, host: str, port: int, token: str | None) -> None:
        if token is not None and len(token) < SHORTEST_TOKEN:
            message = f"DUBWRIGHT_METRICS_TOKEN should have {SHORTEST_TOKEN} characters or more."
            raise SettingsError(message)
        if token is None and not _is_loopback(host):
            message = (
                f"Others can reach {host}: set DUBWRIGHT_METRICS_TOKEN, or listen at 127.0.0.1 (--host)."
            )
            raise SettingsError(message)
        self.registry = CollectorRegistry()
        self.registry.register(DeploymentCollector(platform))
        self.token = token
        super().__init__((host, port), _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: MetricsServer
    timeout = PATIENCE_S
    server_version = "Dubwright"
    sys_version = ""

    def do_GET(self) -> None:
        if self.path == "/health":
            self._answer(HTTPStatus.OK, b"ok\n")
        elif self.path != "/metrics":
            self._answer(HTTPStatus.NOT_FOUND, b"There is /metrics.\n")
        elif not self._is_allowed():
            self._answer(HTTPStatus.UNAUTHORIZED, b"Bring the token.\n", **{"WWW-Authenticate": "Bearer"})
        else:
            self._answer_figures()

    def log_message(self, text: str, *values: object) -> None:
        log.debug(text, *values)

    def _is_allowed(self) -> bool:
        if self.server.token is None:
            return True
        expected = f"Bearer {self.server.token}".encode()
        return hmac.compare_digest(self.headers.get("Authorization", "").encode(), expected)

    def _answer_figures(self) -> None:
        try:
            content = generate_latest(self.server.registry)
        except DubwrightError as error:  # its text names addresses, which are nobody's business here
            log.error("The figures cannot be read: %s", error)
            self._answer(HTTPStatus.SERVICE_UNAVAILABLE, b"The figures cannot be read now.\n")
        else:
            self._answer(HTTPStatus.OK, content, **{"Content-Type": CONTENT_TYPE_LATEST})

    def _answer(self, status: HTTPStatus, content: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "text/plain; charset=utf-8", **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
