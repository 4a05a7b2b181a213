"""`dubwright studio`: serves the creators' side by itself, apart from what viewers reach."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

from pipeline_ops.commands.plain_errors import plain_errors
from pipeline_ops.settings import Settings

app = typer.Typer(help="Serve creators.", no_args_is_help=True)
complaints = Console(stderr=True, highlight=False)

PORT = 8091

LONGEST_HEAD_BYTES = 32_768
"""What the server reads of a request before its first byte of content; more is refused."""


@app.callback()
def group() -> None:
    """Serve creators."""


@app.command()
@plain_errors(complaints)
def serve(
    host: Annotated[str, typer.Option(help="Where to listen.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port.")] = PORT,
    trusted_proxies: Annotated[
        str, typer.Option(help="Addresses of proxies whose word on a caller's address and scheme counts.")
    ] = "127.0.0.1",
) -> None:
    """Serve the studio until stopped, at /studio/."""
    import uvicorn
    from fastapi import FastAPI
    from fastapi.responses import RedirectResponse

    from pipeline_ops.delivery.studio.app import create_studio_app

    outer = FastAPI(openapi_url=None)
    studio = create_studio_app()
    outer.add_api_route("/", lambda: RedirectResponse("/studio/"))
    outer.mount("/studio", studio)
    typer.echo(f"http://{host}:{port}/studio/", err=True)
    try:
        uvicorn.run(
            outer,
            host=host,
            port=port,
            http="h11",  # it refuses heads that never end
            h11_max_incomplete_event_size=LONGEST_HEAD_BYTES,
            forwarded_allow_ips=trusted_proxies,
            server_header=False,
            access_log=False,  # addresses of callers are not kept
            log_level="warning",
            ws="none",
            lifespan="off",
        )
    finally:
        studio.state.studio.close()


@app.command("allow-origin")
@plain_errors(complaints)
def allow(
    origin: Annotated[
        str, typer.Argument(metavar="ORIGIN", help="Where the studio is, such as https://studio.example.")
    ],
) -> None:
    """Let the studio's pages send files to the bucket of uploads (CORS); its other rules stay."""
    from pipeline_ops.checkpoints.bucket_cors import SENDING_PARTS, allow_origin

    added = allow_origin(Settings.from_environment().media_url, "DUBWRIGHT_MEDIA_URL", origin, SENDING_PARTS)
    typer.echo(f"Pages of {origin} may send to the bucket{' now' if added else ' already'}.")
