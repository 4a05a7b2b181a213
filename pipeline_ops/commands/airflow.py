"""`dubwright airflow`: start, stop and look at the Airflow of this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from pipeline_ops.airflow_control import local
from pipeline_ops.airflow_control.client import AirflowClient
from pipeline_ops.airflow_control.processes import is_running
from pipeline_ops.commands.exit_codes import DONE, FAULT
from pipeline_ops.commands.plain_errors import plain_errors
from pipeline_ops.commands.watching import watch_run
from pipeline_ops.platform import Platform
from pipeline_ops.settings import Settings

app = typer.Typer(help="Start, stop and look at the Airflow of this machine.", no_args_is_help=True)

console = Console(stderr=True, highlight=False)


def _say(sentence: str) -> None:
    """Print what goes on, without cutting it to the width of a terminal that there may not be."""
    typer.echo(sentence, err=True)


@app.command("prepare")
def prepare() -> None:
    """Make Airflow's database, unless there is one of this version of Airflow."""
    with plain_errors(console):
        local.prepare(Settings.from_environment(), _say)


@app.command("up")
def up() -> None:
    """Start Airflow in the background, unless it runs, and print its address."""
    with plain_errors(console):
        started = local.up(Settings.from_environment(), _say)
    state = "was running" if started.was_running else f"started in {started.took_s:.0f} s"
    console.print(f"Airflow {state}.", style="dim")
    typer.echo(started.running.address)


@app.command("down")
def down() -> None:
    """Stop the Airflow that `up` started, with all its tasks."""
    with plain_errors(console):
        stopped = local.down(Settings.from_environment(), _say)
    console.print("Stopped." if stopped else "Airflow was not running.")


@app.command("status")
def status() -> None:
    """Print where Airflow answers and which of its services run; exit code 1 where one does not."""
    with plain_errors(console):
        running = local.status(Settings.from_environment())
    if running is None:
        typer.echo("Airflow was not started.")
        raise typer.Exit(FAULT)
    typer.echo(running.address)
    for record in running.services:
        typer.echo(f"{record.name}: {'running' if is_running(record) else 'ended'} (process {record.pid})")
    raise typer.Exit(DONE if running.is_alive else FAULT)


@app.command("watch")
def watch(
    run_id: Annotated[str, typer.Argument(help="The run's id, as `dubwright translate` prints it.")],
    out: Annotated[Path | None, typer.Option(help="Write the results to this folder.")] = None,
) -> None:
    """Show a run until it is over; exit codes as those of `dubwright translate`."""
    with plain_errors(console):
        platform = Platform.from_environment()
        with AirflowClient.from_environment(local.current_address(platform.settings)) as client:
            code = watch_run(client, platform, run_id, out)
    raise typer.Exit(code)
