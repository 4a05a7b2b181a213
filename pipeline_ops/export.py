"""Writes a finished run out as files that a person can use: `DIR/<language>/video.mp4`, `DIR/stream/`."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from pipeline_ops.artefacts import to_json
from pipeline_ops.checkpoints.manifest import CheckpointReference
from pipeline_ops.graph import FINAL_STAGE, PACKAGE_STAGE, SOURCE_PACKAGE_STAGE
from pipeline_ops.platform import Platform
from pipeline_ops.report import Report
from pipeline_ops.runner import load_artefact
from pipeline_ops.streams.as_files import file_names, manifests
from pipeline_ops.streams.description import Asset

STREAM_FOLDER = "stream"


def export(report: Report, directory: Path, platform: Platform) -> tuple[Path, ...]:
    """Write each finished language's video and subtitles, the streams, then `report.json`; return the videos.

    Each file appears whole or not at all; one that stood there is replaced.

    Raises:
        DamagedArtefactError: a stored artefact no longer has its digest; run again to make it anew.
    """
    directory.mkdir(parents=True, exist_ok=True)
    videos = []
    finals = {stage.language: stage for stage in report.stages if stage.stage == FINAL_STAGE}
    for language in (each.language for each in report.languages if each.status == "done"):
        checkpoint = finals[language].checkpoint
        if checkpoint is None:
            continue
        reference = CheckpointReference.parse(checkpoint)
        folder = directory / language
        folder.mkdir(exist_ok=True)
        names = {
            "video": "video.mp4",
            "subtitles": f"{language}.vtt",
            "subtitles_srt": f"{language}.srt",
            "source_subtitles": "source.vtt",
            "source_subtitles_srt": "source.srt",
        }
        for artefact, name in names.items():
            _write_out(platform, reference, artefact, folder / name)
        videos.append(folder / "video.mp4")
    export_streams(report, directory / STREAM_FOLDER, platform)
    write_atomically(directory / "report.json", report_json(report))
    return tuple(videos)


def export_streams(report: Report, directory: Path, platform: Platform) -> None:
    """Write the streams of all finished languages: media first, then the manifests that name them.

    `master.m3u8` (HLS) and `manifest.mpd` (DASH) begin with the original, `<language>.m3u8` and `.mpd` with a
    dub. Nothing is written where no language was finished.

    Raises:
        DamagedArtefactError: a stored artefact no longer has its digest; run again to make it anew.
    """
    packages = _packages(report)
    if len(packages) < 2:  # noqa: PLR2004  the original's and one dub's
        return
    source, *dubs = (load_artefact(platform, reference, "streams") for reference in packages)
    asset = Asset(source, tuple(dubs))
    directory.mkdir(exist_ok=True)
    names = file_names(asset)
    for reference, streams in zip(packages, asset.by_language, strict=True):
        for file in asset.files_of(streams):
            path = directory / names[file.sha256]
            path.parent.mkdir(exist_ok=True)
            _write_out(platform, reference, file.artefact, path)
    for name, text in manifests(asset).items():
        write_atomically(directory / name, text.encode())


def _packages(report: Report) -> list[CheckpointReference]:
    """Return the checkpoints of the original's streams and of each finished language's."""
    made = {
        (stage.stage, stage.language): stage.checkpoint
        for stage in report.stages
        if stage.checkpoint is not None
    }
    done = [language.language for language in report.languages if language.status == "done"]
    places = [(SOURCE_PACKAGE_STAGE, None), *((PACKAGE_STAGE, language) for language in done)]
    return [CheckpointReference.parse(made[place]) for place in places if place in made]


def report_json(report: Report) -> bytes:
    """Serialise a report for people and programs: indented JSON."""
    import json

    return json.dumps(json.loads(to_json(Report, report)), indent=2, ensure_ascii=False).encode() + b"\n"


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file so that it is there whole or not at all."""
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as stream:
        stream.write(content)
    _put_in_place(Path(stream.name), path)


def _write_out(platform: Platform, reference: CheckpointReference, artefact: str, path: Path) -> None:
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".export-") as folder:
        stored = platform.store.fetch(reference, artefact, Path(folder))
        copy = Path(folder) / f"copy-{path.name}"
        shutil.copyfile(stored, copy)
        _put_in_place(copy, path)


def _put_in_place(written: Path, path: Path) -> None:
    written.chmod(0o644)
    written.replace(path)
