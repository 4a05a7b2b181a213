"""`dubwright checkpoints`: look at the store, check it, and collect what nobody needs."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Annotated

import typer
from rich.console import Console
from rich.filesize import decimal
from rich.table import Table

from pipeline_ops.artefacts import to_json
from pipeline_ops.checkpoints.blobs import REFRESH_AFTER
from pipeline_ops.checkpoints.collect_garbage import DEFAULT_GRACE_PERIOD, GarbageReport, collect_garbage
from pipeline_ops.checkpoints.manifest import CheckpointReference, Manifest
from pipeline_ops.checkpoints.storage import open_storage
from pipeline_ops.checkpoints.store import CheckpointStore
from pipeline_ops.commands.plain_errors import plain_errors
from pipeline_ops.errors import DamagedArtefactError

app = typer.Typer(help="Look at checkpoints, verify them, and collect garbage.", no_args_is_help=True)
complaints = Console(stderr=True)

StoreUrl = Annotated[
    str | None,
    typer.Option(
        "--store",
        metavar="URL",
        help="A folder or s3://bucket/prefix; if not given, DUBWRIGHT_STORE_URL or DUBWRIGHT_HOME/store.",
        show_default=False,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command("list")
@plain_errors(complaints)
def list_checkpoints(
    stage: Annotated[str | None, typer.Option(help="Only this stage's checkpoints.")] = None,
    store_url: StoreUrl = None,
) -> None:
    """List checkpoints, one a line: reference, outcome, size, when it was made, by which model."""
    store = _open_store(store_url)
    for reference in store.references(_checked_stage(stage)):
        try:
            manifest = store.inspect(reference)
        except DamagedArtefactError:
            typer.echo(f"{reference}  damaged")
            continue
        if manifest is not None:
            size = decimal(_size_bytes(manifest))
            model = "" if manifest.model is None else manifest.model.id
            line = f"{reference}  {manifest.outcome:9}  {size:>9}  {manifest.created_at}  {model}"
            typer.echo(line.rstrip())


@app.command()
@plain_errors(complaints)
def show(
    reference: Annotated[
        str, typer.Argument(metavar="REF", help="stage/key; the key's first digits are enough.")
    ],
    as_json: AsJson = False,
    store_url: StoreUrl = None,
) -> None:
    """Show the record of a checkpoint: what it holds, from what it was made, by what, at what cost."""
    store = _open_store(store_url)
    found = _resolve(store, reference)
    manifest = store.inspect(found)
    if manifest is None:
        raise typer.BadParameter(f"There is no checkpoint {found} in {store.storage.location}")
    if as_json:
        typer.echo(json.dumps(json.loads(to_json(Manifest, manifest)), indent=2, ensure_ascii=False))
    else:
        _print_manifest(manifest)


@app.command()
@plain_errors(complaints)
def verify(
    references: Annotated[
        list[str] | None, typer.Argument(metavar="[REF]...", help="All checkpoints if none is given.")
    ] = None,
    set_aside: Annotated[
        bool, typer.Option("--set-aside", help="Put damaged checkpoints into quarantine, to be made again.")
    ] = False,
    store_url: StoreUrl = None,
) -> None:
    """Read checkpoints in full and compare every digest; exit with 1 if one is damaged."""
    store = _open_store(store_url)
    chosen = [_resolve(store, text) for text in references] if references else list(store.references())
    damaged = 0
    for reference in chosen:
        problems = store.verify(reference)
        for problem in problems:
            typer.echo(problem, err=True)
        damaged += bool(problems)
        if problems and set_aside:
            store.set_aside(reference, "; ".join(problems))
    typer.echo(f"{len(chosen)} checkpoints verified, {damaged} damaged{_fate(damaged, set_aside=set_aside)}")
    if damaged:
        raise typer.Exit(1)


@app.command()
@plain_errors(complaints)
def gc(
    grace_days: Annotated[
        float, typer.Option(min=0, help="Keep everything that is younger than this many days.")
    ] = DEFAULT_GRACE_PERIOD / timedelta(days=1),
    yes: Annotated[bool, typer.Option("--yes", help="Really remove; without it, only report.")] = False,
    store_url: StoreUrl = None,
) -> None:
    """Remove what is neither published, nor made into something published, nor young."""
    grace_period = timedelta(days=grace_days)
    if yes and grace_period < REFRESH_AFTER:
        typer.echo("With a grace period this short, no run may be going on.", err=True)
    report = collect_garbage(_open_store(store_url), grace_period=grace_period, dry_run=not yes)
    _print_report(report)
    if report.problems:
        raise typer.Exit(1)


def _open_store(url: str | None) -> CheckpointStore:
    if url is None:
        from pipeline_ops.settings import Settings

        url = Settings.from_environment().store_url
    return CheckpointStore(open_storage(url))


def _checked_stage(stage: str | None) -> str | None:
    if stage is not None and not (stage.isidentifier() and stage.isascii()):
        raise typer.BadParameter(f"{stage!r} is no stage's name")
    return stage


def _resolve(store: CheckpointStore, text: str) -> CheckpointReference:
    """Read a reference, whose key may be cut short as long as only one checkpoint starts so."""
    try:
        return CheckpointReference.parse(text)
    except ValueError as error:
        stage, _, digits = text.partition("/")
        if not digits:
            raise typer.BadParameter(str(error)) from error
    matches = [found for found in store.references(_checked_stage(stage)) if found.key.startswith(digits)]
    if len(matches) != 1:
        raise typer.BadParameter(f"{len(matches)} checkpoints in {store.storage.location} start with {text}")
    return matches[0]


def _size_bytes(manifest: Manifest) -> int:
    return sum(artefact.size_bytes for artefact in manifest.artefacts)


def _fate(damaged: int, *, set_aside: bool) -> str:
    if not damaged:
        return ""
    return " and set aside" if set_aside else "; --set-aside makes the next run compute them again"


def _print_manifest(manifest: Manifest) -> None:
    facts = Table.grid(padding=(0, 2))
    facts.add_column(no_wrap=True)
    facts.add_column(overflow="fold")
    facts.add_row("checkpoint", str(manifest.reference))
    facts.add_row("outcome", manifest.outcome)
    if manifest.verdict is not None:
        facts.add_row("verdict", f"{manifest.verdict.reason_code}: {manifest.verdict.message}")
    facts.add_row("stage version", str(manifest.stage_version))
    if manifest.model is not None:
        facts.add_row("model", f"{manifest.model.id} (weights {manifest.model.weights_digest})")
    facts.add_row("parameters", json.dumps(manifest.parameters, ensure_ascii=False))
    facts.add_row("made at", manifest.created_at)
    cost = manifest.cost
    facts.add_row(
        "cost",
        f"{cost.wall_s:.1f} s, CPU {cost.cpu_s:.1f} s, peak {cost.peak_memory_mb:.0f} MB, "
        f"read {decimal(cost.bytes_read)}, written {decimal(cost.bytes_written)}",
    )
    if manifest.software:
        facts.add_row(
            "software", ", ".join(f"{name} {version}" for name, version in manifest.software.items())
        )
    for validation in manifest.validations:
        mark = "passed" if validation.passed else "FAILED"
        facts.add_row("validation", f"{mark}: {validation.check} {validation.detail}".rstrip())
    for name, record in sorted(manifest.inputs.items()):
        facts.add_row(f"input {name}", f"{record.reference} {record.artefact}")
    for artefact in manifest.artefacts:
        facts.add_row(
            f"artefact {artefact.name}",
            f"{artefact.file_name}, {artefact.media_type}, {decimal(artefact.size_bytes)}, {artefact.sha256}",
        )
    # What a manifest holds is data: no markup in it is obeyed.
    Console(markup=False, emoji=False, highlight=False).print(facts)


def _print_report(report: GarbageReport) -> None:
    table = Table("", "objects", "size", box=None)
    rows = {
        "checkpoints": report.checkpoints,
        "blobs": report.blobs,
        "unfinished uploads": report.unfinished_uploads,
        "quarantined objects": report.quarantined,
        "kept checkpoints": report.kept_checkpoints,
        "kept blobs": report.kept_blobs,
    }
    for name, tally in rows.items():
        table.add_row(name, str(tally.count), decimal(tally.size_bytes))
    for reference in report.removed_references:
        typer.echo(f"{'would remove' if report.dry_run else 'removed'} {reference}")
    Console().print(table)
    for problem in report.problems:
        typer.echo(problem, err=True)
    if report.problems:
        typer.echo(
            "No checkpoint or blob is removed before `dubwright checkpoints verify --set-aside`.", err=True
        )
    if report.dry_run:
        typer.echo("Nothing was removed; --yes removes.")
