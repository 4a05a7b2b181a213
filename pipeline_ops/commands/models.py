"""`dubwright models`: what the catalog holds, what is on this machine, which languages it makes."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table

from models.catalog import Catalog, Measurement, ModelEntry, load_catalog
from models.describe import describable, describe
from models.errors import DubwrightError, FaultError
from models.profile import Profile, load_profile
from models.registry import served_pairs
from models.weights import Transfer, WeightsStore
from pipeline_ops.settings import Settings

app = typer.Typer(help="List, fetch and check the models.", no_args_is_help=True)

ProfileOption = Annotated[
    str | None,
    typer.Option("--profile", help="A profile's name or YAML file; the deployment's default otherwise."),
]

PIPE_COLUMNS = 200
MOST_PAIRS_NAMED = 16

EXIT_WORLD = 1
"""Something outside failed, or a file is damaged: worth trying again."""
EXIT_FAULT = 2
"""The request or the configuration is wrong."""


def _console() -> Console:
    """Return a console on the present standard output; what goes into a pipe is not cut to 80 columns."""
    console = Console()
    return console if console.is_terminal else Console(width=PIPE_COLUMNS, soft_wrap=True)


@contextlib.contextmanager
def _plain_errors() -> Iterator[None]:
    """End with a sentence and an exit code instead of a stack trace."""
    try:
        yield
    except DubwrightError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(EXIT_FAULT if isinstance(error, FaultError) else EXIT_WORLD) from error


def _profile(name: str | None, catalog: Catalog) -> Profile:
    return load_profile(name or Settings.from_environment().profile, catalog)


def _megabytes(size_bytes: int) -> str:
    return f"{size_bytes / 1e6:,.0f} MB"


@app.command("list")
def list_models() -> None:
    """Show every model of the catalog, and whether it is on this machine."""
    with _plain_errors():
        catalog, weights = load_catalog(), WeightsStore.from_environment()
        table = Table(box=None, header_style="bold", pad_edge=False)
        for heading in ("model", "capability", "licence"):
            table.add_column(heading, overflow="fold")
        table.add_column("size", justify="right", overflow="fold")
        for heading in ("present", "opt-in"):
            table.add_column(heading, overflow="fold")
        for entry in catalog.models:
            non_commercial = " (non-commercial)" if entry.licence.non_commercial else ""
            table.add_row(
                entry.id,
                entry.capability,
                entry.licence.spdx + non_commercial,
                _megabytes(entry.size_bytes),
                "yes" if weights.is_present(entry) else "no",
                "yes" if entry.opt_in else "",
            )
        console = _console()
        console.print(table)
        console.print(f"\nWeights folder: {weights.folder}", highlight=False)


@app.command()
def pull(
    ids: Annotated[
        list[str] | None, typer.Argument(help="Models to fetch; all of a profile if none.")
    ] = None,
    profile: ProfileOption = None,
) -> None:
    """Fetch models by id, or those of a profile that are not opt-in; each file is verified."""
    console = _console()
    with _plain_errors():
        catalog = load_catalog()
        if ids:
            entries, skipped = [catalog.entry(model_id) for model_id in ids], []
        else:
            chosen = _profile(profile, catalog).all_entries
            entries = [entry for entry in chosen if not entry.opt_in]
            skipped = [entry for entry in chosen if entry.opt_in]
        with _progress(console) as report:
            failures = _pull_all(WeightsStore.from_environment(report=report), entries, console)
    for entry in skipped:
        console.print(
            f"{entry.id}: opt-in, left out ({_megabytes(entry.size_bytes)}, {entry.licence.spdx});"
            f" fetch it with `dubwright models pull {entry.id}`",
            highlight=False,
        )
    for message in failures:
        typer.echo(message, err=True)
    if failures:
        raise typer.Exit(EXIT_WORLD)


def _pull_all(weights: WeightsStore, entries: list[ModelEntry], console: Console) -> list[str]:
    """Fetch each model, say what came, and return what went wrong; one failure does not stop the rest."""
    failures = []
    with weights.pulling() as pulling:
        for entry in entries:
            try:
                fetched = pulling.fetch(entry)
            except DubwrightError as error:
                failures.append(str(error))
                console.print(f"{entry.id}: failed", highlight=False)
                continue
            if fetched:
                sources = ", ".join(dict.fromkeys(file.source for file in fetched))
                size = _megabytes(sum(file.size_bytes for file in fetched))
                summary = f"{len(fetched)} files, {size}, from {sources}"
            else:
                summary = f"present, {_megabytes(entry.size_bytes)}"
            console.print(f"{entry.id}: {summary}", highlight=False)
    return failures


@contextlib.contextmanager
def _progress(console: Console) -> Iterator[_ProgressBars]:
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        yield _ProgressBars(progress)


class _ProgressBars:
    """Shows the file that is on its way as one bar."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task: TaskID | None = None
        self._file = ""

    def __call__(self, transfer: Transfer) -> None:
        if self._task is None or self._file != transfer.file_name:
            if self._task is not None:
                self._progress.remove_task(self._task)
            self._task, self._file = self._progress.add_task(""), transfer.file_name
        self._progress.update(
            self._task,
            description=f"{transfer.file_name} ({transfer.source})",
            completed=transfer.done_bytes,
            total=transfer.total_bytes or None,
        )


@app.command("describe")
def describe_files(
    name: Annotated[str, typer.Argument(help=f"What the files are: {', '.join(describable())}.")],
    folder: Annotated[Path, typer.Argument(help="Where they lie, under their publisher's names.")],
    revision: Annotated[
        str | None, typer.Option(help="The publisher's revision that they are of, in full.")
    ] = None,
    option: Annotated[
        list[str] | None, typer.Option(help="For the engine, as device=cuda; may be given several times.")
    ] = None,
) -> None:
    """Print catalog entries, with digests, for files that you fetched; for DUBWRIGHT_CATALOG."""
    with _plain_errors():
        typer.echo(describe(name, folder, revision=revision, options=_options(option or [])), nl=False)


def _options(given: list[str]) -> dict[str, Any]:
    options = {}
    for each in given:
        name, equals, value = each.partition("=")
        if not equals:
            message = f"--option {each} is not of the form name=value"
            raise FaultError(message)
        options[name] = yaml.safe_load(value)
    return options


@app.command()
def verify() -> None:
    """Hash every file on this machine again; damaged ones are set aside and named."""
    with _plain_errors():
        checks = WeightsStore.from_environment().verify(load_catalog().models)
    console = _console()
    damaged = [check for check in checks if check.problem]
    for check in damaged:
        typer.echo(f"DAMAGED {check.name} of {', '.join(check.model_ids)}: {check.problem}", err=True)
    console.print(f"{len(checks) - len(damaged)} of {len(checks)} files are sound.", highlight=False)
    if damaged:
        ids = " ".join(dict.fromkeys(check.model_ids[0] for check in damaged))
        typer.echo(f"Get them again with `dubwright models pull {ids}`.", err=True)
        raise typer.Exit(EXIT_WORLD)


@app.command()
def languages(profile: ProfileOption = None) -> None:
    """Show which language pairs a profile really serves, by which models, and how well each was measured."""
    console = _console()
    with _plain_errors():
        catalog, weights = load_catalog(), WeightsStore.from_environment()
        chosen = _profile(profile, catalog)
        served = served_pairs(catalog, chosen, weights)
        console.print(f"Profile {chosen.name}: {chosen.description}\n", highlight=False)
        table = Table(box=None, header_style="bold", pad_edge=False)
        for heading in ("from", "to", "recognition", "translation", "synthesis"):
            table.add_column(heading, overflow="fold")
        for (source, target), ids in served.items():
            table.add_row(source, target, *ids)
        console.print(table)
        _print_measurements(catalog, served, console)
        _print_what_to_pull(catalog, chosen, weights, console)


def _print_measurements(catalog: Catalog, served: dict[tuple[str, str], list[str]], console: Console) -> None:
    """Print the catalog's figures of every model that serves a pair."""
    used = dict.fromkeys(part for ids in served.values() for name in ids for part in name.split(">"))
    console.print("\nMeasured:")
    for model_id in used:
        measured = catalog.entry(model_id).measured
        if not measured:
            console.print(f"  {model_id}: not measured", highlight=False)
        for figure in measured:
            console.print(f"  {model_id}: {_figure(figure)}", highlight=False)


def _figure(figure: Measurement) -> str:
    where = figure.language or figure.pair
    return (
        f"{figure.metric.replace('_', ' ')} {figure.value:g}"
        f"{f' for {where}' if where else ''} on {figure.dataset}{f' ({figure.note})' if figure.note else ''}"
    )


def _print_what_to_pull(catalog: Catalog, profile: Profile, weights: WeightsStore, console: Console) -> None:
    """Print what each opt-in model that is not here would add."""
    served = served_pairs(catalog, profile, weights)
    for entry in profile.all_entries:
        if not entry.opt_in or weights.is_present(entry):
            continue
        added = served_pairs(catalog, profile, weights, assume_pulled=(entry.id,)).keys() - served.keys()
        terms = f"{_megabytes(entry.size_bytes)}, {entry.licence.spdx}"
        console.print(
            f"\n`dubwright models pull {entry.id}` ({terms}) adds: {_pair_list(added)}", highlight=False
        )


def _pair_list(pairs: Collection[tuple[str, str]]) -> str:
    """Name a few pairs one by one, and many by their languages."""
    if len(pairs) <= MOST_PAIRS_NAMED:
        return ", ".join(f"{source}-{target}" for source, target in sorted(pairs)) or "no further pair"
    sources = ", ".join(sorted({source for source, _ in pairs}))
    targets = ", ".join(sorted({target for _, target in pairs}))
    return f"{len(pairs)} pairs, from {sources} to {targets}"
