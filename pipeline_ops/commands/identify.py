"""`dubwright identify`: whether a file is one of ours, of which publication, and what says so."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from pipeline_ops.artefacts import to_json
from pipeline_ops.catalog.database import open_catalog
from pipeline_ops.commands.plain_errors import plain_errors
from pipeline_ops.commands.run import check_source_file
from pipeline_ops.identification import Identification, identify
from pipeline_ops.platform import Platform

complaints = Console(stderr=True, highlight=False)

WORDS = {
    "ours": "This is one of our translations.",
    "altered": "This carries a manifest of ours that does not hold: it was changed after it was signed.",
    "related": "This has sound of one of our translations, without the mark: a spoilt copy, or its source.",
    "marked": "Its speech bears the watermark; nothing says which publication it is, nor that it is ours.",
    "unknown": "Nothing says that this is ours.",
}


def identify_file(
    file: Annotated[Path, typer.Argument(help="Any video or sound.", show_default=False)],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Tell whether FILE is ours and of which publication, by manifest, watermark and fingerprint."""
    with plain_errors(complaints):
        check_source_file(file)
        platform = Platform.from_environment()
        with open_catalog(platform.settings) as catalog, catalog.reading() as session:
            found = identify(file, session, platform)
    if as_json:
        typer.echo(to_json(Identification, found).decode())
        return
    for line in _told(found):
        typer.echo(line)


def _told(found: Identification) -> list[str]:
    lines = [WORDS[found.verdict]]
    if found.publication is not None:
        ours = found.publication
        lines.append(f"publication: run {ours.run_id}, {ours.language}, {ours.state} ({ours.checkpoint})")
    lines.append(
        f"bytes: {'those of the published file' if found.same_bytes else 'not those of a publication'}"
    )
    manifest = found.manifest
    if manifest is None:
        lines.append("manifest: none")
    else:
        whose = "ours" if manifest.translation is not None else "somebody else's"
        why = f" ({', '.join(manifest.failures)})" if manifest.failures else ""
        actions = ", ".join(str(action.get("action")) for action in manifest.actions)
        lines.append(f"manifest: {whose}, {manifest.state}{why}; {actions}")
    mark = found.watermark
    lines.append(
        "watermark: there is no sound"
        if mark is None
        else f"watermark: in {mark.marked_s:.1f} of {mark.spoken_s:.1f} s with speech, {mark.strongest:.2f}"
    )
    match = found.fingerprint
    if match is None:
        lines.append("fingerprint: not found")
    else:
        speed = (
            "" if match.tempo == 1 else f", played x{match.tempo}{' and higher' if match.pitch != 1 else ''}"
        )
        lines.append(
            f"fingerprint: {match.match.found_s:.1f} of {match.match.searched_s:.1f} s found in"
            f" {match.publication.run_id} ({match.publication.language}) from {match.match.start_s:.1f} s on,"
            f" {match.match.bit_error_rate:.0%} of its bits wrong{speed}"
        )
    return lines
