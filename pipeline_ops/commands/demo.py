"""`dubwright demo`: start Airflow, translate one video, show all of it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from pipeline_ops.airflow_control.client import AirflowClient
from pipeline_ops.airflow_control.local import up
from pipeline_ops.commands.plain_errors import plain_errors
from pipeline_ops.commands.run import check_source_file
from pipeline_ops.commands.translate import send
from pipeline_ops.commands.watching import watch_run
from pipeline_ops.commands.wishes import NOBODY_AGREED, ConsentStatement, Wishes
from pipeline_ops.platform import Platform

console = Console(stderr=True, highlight=False)


def demo(
    video: Annotated[Path, typer.Argument(help="The video to translate.", show_default=False)],
    to: Annotated[str, typer.Option(help="Target languages, separated by commas: pt,es.")] = "pt",
    profile: Annotated[str | None, typer.Option(help="Which models to use; see `dubwright models`.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="The folder for the results; below DUBWRIGHT_HOME otherwise.")
    ] = None,
    consent: ConsentStatement = None,
) -> None:
    """Start Airflow unless it runs, send VIDEO to it, show every stage, and say where the result lies.

    Exit codes: 0 done, 3 rejected with a reason, 1 something went wrong, 2 wrong usage.
    """
    if consent is None:
        console.print(NOBODY_AGREED, soft_wrap=True)
    with plain_errors(console):
        check_source_file(video)
        platform = Platform.from_environment()
        running = up(platform.settings, lambda sentence: typer.echo(sentence, err=True)).running
        folder = out or platform.settings.home / "output" / _plain(video.stem)
        with AirflowClient.from_environment(running.address) as client:
            run_id = send(
                client, platform, video, to=to, profile=profile, models={}, wishes=Wishes(consent=consent)
            )
            code = watch_run(client, platform, run_id, folder)
    raise typer.Exit(code)


def _plain(name: str) -> str:
    """Return a file's name as a folder's: letters, digits, `_` and `-`."""
    return re.sub(r"[^\w-]+", "_", name)[:80] or "video"
