"""`dubwright metrics`: the deployment's figures, for Prometheus or for people."""

from __future__ import annotations

import os
from typing import Annotated

import typer
from prometheus_client import CollectorRegistry, generate_latest
from rich.console import Console

from pipeline_ops.commands.plain_errors import plain_errors
from pipeline_ops.monitoring.server import DeploymentCollector, MetricsServer
from pipeline_ops.platform import Platform

app = typer.Typer(help="Show or serve the deployment's figures.", no_args_is_help=True)
complaints = Console(stderr=True, highlight=False)

TOKEN_VARIABLE = "DUBWRIGHT_METRICS_TOKEN"  # noqa: S105  where the token is, not the token

PORT = 9464
"""OpenTelemetry's default port for what Prometheus reads."""


@app.command()
@plain_errors(complaints)
def show() -> None:
    """Print all figures once, as Prometheus reads them."""
    registry = CollectorRegistry()
    registry.register(DeploymentCollector(Platform.from_environment()))
    typer.echo(generate_latest(registry).decode(), nl=False)


@app.command()
@plain_errors(complaints)
def serve(
    host: Annotated[
        str, typer.Option(help="Where to listen; beyond this machine only with a token.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port; 0 takes a free one.")] = PORT,
) -> None:
    """Answer Prometheus at /metrics until stopped; DUBWRIGHT_METRICS_TOKEN is what it must bring."""
    token = os.environ.get(TOKEN_VARIABLE) or None
    with MetricsServer(Platform.from_environment(), host, port, token) as server:
        typer.echo(f"http://{host}:{server.server_port}/metrics", err=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            return
