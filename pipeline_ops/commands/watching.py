"""Shows a run in the terminal while it works, and sums it up when it is over."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import typer
from rich.console import Console
from rich.live import Live
from rich.table import Table

from pipeline_ops.airflow_control.client import AirflowClient
from pipeline_ops.airflow_control.watch import Progress, RunWatcher, StageProgress, run_address
from pipeline_ops.commands.exit_codes import DONE, FAULT
from pipeline_ops.commands.run import exit_code, print_summary
from pipeline_ops.export import export
from pipeline_ops.platform import Platform

STYLES = {
    "made": "green",
    "reused": "cyan",
    "rejected": "yellow",
    "running": "bold",
    "failed": "red",
    "upstream_failed": "red",
}

console = Console(stderr=True, highlight=False)


def watch_run(client: AirflowClient, platform: Platform, run_id: str, out: Path | None) -> int:
    """Show a run until it is over, write its results to `out`, and return the exit code.

    Ctrl-C stops the watching, not the run.
    """
    watcher = RunWatcher(client, platform, run_id)
    address = run_address(client.address, run_id)
    console.print(f"Watching {address}", soft_wrap=True)
    try:
        _show(watcher.follow())
    except KeyboardInterrupt:
        again = f"dubwright airflow watch {run_id}" + (f" --out {out}" if out else "")
        console.print(f"\nThe run goes on. Look again with: {again}", soft_wrap=True)
        return DONE
    return _sum_up(watcher, platform, address, out)


def _show(moments: Iterator[Progress]) -> None:
    """Show a live table in a terminal, and a line for each change elsewhere."""
    if console.is_terminal:
        with Live(console=console, refresh_per_second=4) as live:
            for progress in moments:
                live.update(_table(progress))
        return
    known: dict[tuple[str, str | None], str] = {}
    for progress in moments:
        for stage in progress.stages:
            place = (stage.stage, stage.language)
            if known.get(place) != stage.state and stage.seconds is not None:
                typer.echo(_line(stage), err=True)
            known[place] = stage.state


def _table(progress: Progress) -> Table:
    table = Table("stage", "language", "", "seconds", "", box=None, header_style="bold")
    for stage in progress.stages:
        seconds = "" if stage.seconds is None else f"{stage.seconds:.1f}"
        style = STYLES.get(stage.state, "dim")
        table.add_row(
            stage.stage, stage.language or "", f"[{style}]{stage.state}[/{style}]", seconds, stage.detail
        )
    return table


def _line(stage: StageProgress) -> str:
    name = stage.stage if stage.language is None else f"{stage.stage} ({stage.language})"
    seconds = f", {stage.seconds:.1f} s" if stage.seconds and stage.state != "running" else ""
    return f"  {name}: {stage.state}{seconds}{f': {stage.detail}' if stage.detail else ''}"


def _sum_up(watcher: RunWatcher, platform: Platform, address: str, out: Path | None) -> int:
    end = watcher.end()
    if end.report is None:
        for error in end.errors or ("the run ended without a report",):
            console.print(error, style="red", markup=False, soft_wrap=True)
        console.print(f"The run: {address}", soft_wrap=True)
        return FAULT
    print_summary(end.report)
    if out is not None:
        for video in export(end.report, out, platform):
            typer.echo(f"{video}")
        console.print(f"The report: {out / 'report.json'}", soft_wrap=True)
    console.print(f"The run in Airflow: {address}", soft_wrap=True)
    return exit_code(end.report)
