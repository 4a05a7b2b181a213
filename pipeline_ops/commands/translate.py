"""`dubwright translate`: ask Airflow for a translation."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from pipeline_ops.airflow_control.client import AirflowClient
from pipeline_ops.airflow_control.local import DAG_ID, current_address
from pipeline_ops.airflow_control.watch import run_address
from pipeline_ops.commands.exit_codes import DONE
from pipeline_ops.commands.plain_errors import plain_errors
from pipeline_ops.commands.run import check_source_file, parse_models
from pipeline_ops.commands.watching import watch_run
from pipeline_ops.commands.wishes import (
    NOBODY_AGREED,
    ConsentStatement,
    GlossaryFile,
    SourceSubtitles,
    TargetSubtitles,
    Wishes,
)
from pipeline_ops.platform import Platform
from pipeline_ops.request import parse_languages
from pipeline_ops.runner import ingest

console = Console(stderr=True, highlight=False)


def translate(
    video: Annotated[Path, typer.Argument(help="The video to translate.", show_default=False)],
    to: Annotated[str, typer.Option(help="Target languages, separated by commas: pt,es.")],
    profile: Annotated[str | None, typer.Option(help="Which models to use; see `dubwright models`.")] = None,
    model: Annotated[
        list[str] | None,
        typer.Option(help="Ask for a model by name: --model translation=bergamot-tiny-en-pt. Repeatable."),
    ] = None,
    *,
    creator: Annotated[
        str | None, typer.Option(help="Whose video it is: an id of `dubwright creators list`.")
    ] = None,
    glossary: GlossaryFile = None,
    source_subtitles: SourceSubtitles = None,
    target_subtitles: TargetSubtitles = None,
    consent: ConsentStatement = None,
    watch: Annotated[bool, typer.Option("--watch", help="Show the run until it is over.")] = False,
    out: Annotated[
        Path | None, typer.Option(help="Write the results to this folder; watches the run too.")
    ] = None,
) -> None:
    """Send VIDEO to Airflow as one run of translate_video, and print the run's id.

    Exit codes: 0 sent (or, watched, done), 3 rejected with a reason, 1 something went wrong, 2 wrong usage.
    """
    if creator is None and consent is None:
        console.print(NOBODY_AGREED, soft_wrap=True)
    with plain_errors(console):
        platform = Platform.from_environment()
        with AirflowClient.from_environment(current_address(platform.settings)) as client:
            run_id = send(
                client,
                platform,
                video,
                to=to,
                profile=profile,
                models=parse_models(model),
                creator=creator,
                wishes=Wishes(glossary, source_subtitles, tuple(target_subtitles or ()), consent),
            )
            typer.echo(run_id)
            code = DONE
            if watch or out is not None:
                code = watch_run(client, platform, run_id, out)
            else:
                console.print(f"See {run_address(client.address, run_id)}", soft_wrap=True)
                console.print(f"Watch it with: dubwright airflow watch {run_id}", soft_wrap=True)
    raise typer.Exit(code)


def send(
    client: AirflowClient,
    platform: Platform,
    video: Path,
    *,
    to: str,
    profile: str | None,
    models: dict[str, str],
    creator: str | None = None,
    wishes: Wishes | None = None,
) -> str:
    """Ingest a video and start a run for it; return the run's id.

    Raises:
        DubwrightError: there is no such video, or the request makes no sense.
    """
    languages = parse_languages(to)
    check_source_file(video)
    source = ingest(video, platform)
    run_id = f"translate-{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"
    conf = {
        "video": str(source),
        "target_languages": list(languages),
        "profile": profile or platform.settings.profile,
        "models": models,
        "creator": creator,
        **(wishes or Wishes()).params(platform, languages),
    }
    return client.trigger(DAG_ID, run_id, conf).run_id
