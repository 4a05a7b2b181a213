"""Measures the memory of learning, drawing and judging lips against a video's length.

    python -m benchmarks.lip_memory [--minutes 1,10] [--out var/benchmarks/lip_memory]

The demo clip is translated once; what its stages found is then repeated until a talk of one shot without a
cut is so many minutes long, which is where most is held at a time. Each stage runs in a process of its own.
"""

from __future__ import annotations

import argparse
import hashlib
import multiprocessing
import shutil
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import soundfile

from benchmarks.lips import checkpoint, value
from benchmarks.run import CLIP, looped, run_here
from models.base import Capability
from models.profile import load_profile
from models.registry import resolve
from pipeline_ops.costs import measure
from pipeline_ops.faces.records import FaceTrack, Shot
from pipeline_ops.media.frame_times import read_frame_times
from pipeline_ops.media.probe import MediaInfo, MediaLimits, probe_media
from pipeline_ops.platform import Platform
from pipeline_ops.quality.speaking_face import Turn
from pipeline_ops.safety.consent import Consent
from pipeline_ops.settings import Settings
from pipeline_ops.stages.fit_lips import FitParameters, FittedLips, fit_lips
from pipeline_ops.stages.judge_lips import JudgedLips, judge_lips
from pipeline_ops.stages.measure_av_offset import AvOffset
from pipeline_ops.stages.render_lips import RenderedLips, RenderParameters, render_lips
from pipeline_ops.timing import Placement

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipeline_ops.checkpoints.manifest import CheckpointReference

ENCODING_RATE_HZ = 50
LIP_STAGES = ("fit_lips", "render_lips", "judge_lips")


@dataclass(frozen=True)
class LongTalk:
    """A talk of one shot: what the stages before the lips' found in it."""

    source: Path
    media: MediaInfo
    shots: tuple[Shot, ...]
    tracks: tuple[FaceTrack, ...]
    turns: tuple[Turn, ...]
    frame_times_s: tuple[float, ...]
    records: Path
    offset: AvOffset
    speech: Path
    encoding: Path
    dub_speech: Path
    dub_encoding: Path
    dub: Path
    placements: tuple[Placement, ...]


@dataclass(frozen=True)
class LipsOfTalk:
    """What the lips' stages made of it so far."""

    fitted: FittedLips | None = None
    rendered: RenderedLips | None = None
    judged: JudgedLips | None = None


@dataclass(frozen=True)
class Peak:
    """Peak memory of a stage's own process, and how long it took."""

    own_mb: float
    wall_s: float


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", default="1,10")
    parser.add_argument("--out", type=Path, default=Path("var/benchmarks/lip_memory"))
    arguments = parser.parse_args()
    out: Path = arguments.out.absolute()
    report = run_here(CLIP, out / "home")
    lengths = [int(each) for each in arguments.minutes.split(",")]
    peaks = [measure_lips(lengthened(report, minutes, out), out / f"work{minutes}") for minutes in lengths]
    sys.stdout.write(as_table(lengths, peaks))
    return 0


def measure_lips(talk: LongTalk, folder: Path) -> dict[str, Peak]:
    """Run the stages one after another, each in a fresh process; print what they wrote, and return peaks."""
    shutil.rmtree(folder, ignore_errors=True)
    made, peaks = LipsOfTalk(), {}
    for name in LIP_STAGES:
        scratch = folder / name
        scratch.mkdir(parents=True)
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as fresh:
            made, peaks[name] = fresh.submit(run_stage, name, talk, made, scratch).result()
    if made.fitted is None or made.rendered is None or made.judged is None:
        raise SystemExit("The lips' stages did not run to their end.")
    for path in (made.fitted.models, made.rendered.picture):
        digest = "none" if path is None else hashlib.sha256(path.read_bytes()).hexdigest()
        sys.stdout.write(f"{folder.name} {path and path.name} {digest}\n")
    sys.stdout.write(f"{folder.name} {made.judged.judgement}\n")
    sys.stdout.flush()
    return peaks


def run_stage(name: str, talk: LongTalk, made: LipsOfTalk, scratch: Path) -> tuple[LipsOfTalk, Peak]:
    """Run one stage in this process; return what there is now, and what it took."""
    platform = Platform.from_environment()
    capability: Capability = "face_landmarks" if name == "judge_lips" else "lip_sync"
    profile = load_profile("embedded", platform.catalog)
    model = resolve(
        platform.catalog, profile, capability, target_language="pt", weights=platform.weights
    ).load()
    with measure() as usage:
        if name == "fit_lips":
            made = replace(made, fitted=_fit(talk, model, scratch))
        elif name == "render_lips":
            made = replace(made, rendered=_render(talk, made, model, scratch))
        else:
            made = replace(made, judged=_judge(talk, made, model, scratch))
    return made, Peak(usage.peak_memory_mb, usage.wall_s)


def _fit(talk: LongTalk, model: Any, scratch: Path) -> FittedLips:
    return fit_lips(
        source=talk.source,
        media=talk.media,
        tracks=talk.tracks,
        frame_times_s=talk.frame_times_s,
        records=talk.records,
        turns=talk.turns,
        offset=talk.offset,
        speech=talk.speech,
        encoding=talk.encoding,
        consent=Consent("lips"),
        model=model,
        parameters=FitParameters(),
        scratch=scratch,
    )


def _render(talk: LongTalk, made: LipsOfTalk, model: Any, scratch: Path) -> RenderedLips:
    if made.fitted is None:
        raise SystemExit("There is no fit to draw with.")
    return render_lips(
        source=talk.source,
        media=talk.media,
        shots=talk.shots,
        tracks=talk.tracks,
        turns=talk.turns,
        frame_times_s=talk.frame_times_s,
        records=talk.records,
        offset=talk.offset,
        people=made.fitted.people,
        models=made.fitted.models,
        dub_speech=talk.dub_speech,
        dub_encoding=talk.dub_encoding,
        placements=talk.placements,
        consent=Consent("lips"),
        model=model,
        parameters=RenderParameters("pt"),
        scratch=scratch,
    )


def _judge(talk: LongTalk, made: LipsOfTalk, model: Any, scratch: Path) -> JudgedLips:
    if made.rendered is None:
        raise SystemExit("There is no picture to judge.")
    return judge_lips(
        source=talk.source,
        media=talk.media,
        tracks=talk.tracks,
        frame_times_s=talk.frame_times_s,
        records=talk.records,
        picture=made.rendered.picture,
        drawn=made.rendered.drawn,
        dub_encoding=talk.dub_encoding,
        dub=talk.dub,
        model=model,
        scratch=scratch,
    )


def lengthened(report: dict[str, Any], minutes: int, out: Path) -> LongTalk:
    """Repeat what was found in the demo clip until it fills a talk of so many minutes."""
    platform = Platform.from_environment(Settings.from_environment({"DUBWRIGHT_HOME": str(out / "home")}))
    folder = out / f"talk{minutes}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    source = looped(CLIP, minutes, folder)
    media = probe_media(source, MediaLimits())
    times_s = read_frame_times(source, media).times_s
    [track] = value(report, platform, "track_faces", "tracks")
    period = len(value(report, platform, "track_faces", "frame_times_s"))
    period_s = float(times_s[period])
    rounds = -(-len(times_s) // period)
    records = np.concatenate(
        [
            _moved(_array(report, platform, "track_faces", "records", folder), number * period)
            for number in range(rounds)
        ]
    )
    records = records[records["frame"] < len(times_s)]
    np.save(folder / "records.npy", records)

    def sound(stage: str, artefact: str) -> Path:
        samples, rate_hz = soundfile.read(_file(report, platform, stage, artefact, folder), dtype="float32")
        whole = round(period_s * rate_hz)
        samples = np.concatenate([samples, np.zeros((whole, *samples.shape[1:]), np.float32)])[:whole]
        path = folder / f"{stage}.{artefact}.flac"
        channels = 1 if samples.ndim == 1 else samples.shape[1]
        with soundfile.SoundFile(path, "w", rate_hz, channels) as file:
            for _ in range(rounds):
                file.write(samples)
        return path

    def encoding(stage: str) -> Path:
        moments = _array(report, platform, stage, "encoding", folder)
        whole = round(period_s * ENCODING_RATE_HZ)
        moments = np.pad(moments, ((0, max(whole - len(moments), 0)), (0, 0)), mode="edge")[:whole]
        path = folder / f"{stage}.npy"
        np.save(path, np.tile(moments, (rounds, 1)))
        return path

    later_s = [number * period_s for number in range(rounds)]
    turns = value(report, platform, "track_faces", "turns")
    placements = value(report, platform, "align", "placements")
    return LongTalk(
        source=source,
        media=media,
        shots=(Shot(0, len(times_s), 0.0, float(times_s[-1])),),
        tracks=(
            replace(
                track,
                first_frame=0,
                end_frame=len(times_s),
                record_count=len(records),
                speaking_s=track.speaking_s * rounds,
            ),
        ),
        turns=tuple(
            replace(turn, start_s=turn.start_s + late_s, end_s=turn.end_s + late_s)
            for late_s in later_s
            for turn in turns
        ),
        frame_times_s=tuple(times_s.tolist()),
        records=folder / "records.npy",
        offset=value(report, platform, "measure_av_offset", "offset"),
        speech=sound("separate", "speech"),
        encoding=encoding("encode_speech"),
        dub_speech=sound("align", "speech"),
        dub_encoding=encoding("encode_dub"),
        dub=sound("mix", "dub"),
        placements=tuple(
            replace(placed, start_s=placed.start_s + late_s, end_s=placed.end_s + late_s)
            for late_s in later_s
            for placed in placements
        ),
    )


def as_table(lengths: list[int], peaks: list[dict[str, Peak]]) -> str:
    """One row a stage, and how long each took."""
    columns = " | ".join(f"{minutes} min, MB" for minutes in lengths)
    rows = [f"| process | {columns} | ratio |", "|---" * (len(lengths) + 2) + "|"]
    for name in LIP_STAGES:
        rows.append(_row(name, [each[name].own_mb for each in peaks]))
    for name in LIP_STAGES:
        rows.append(f"{name}: {', '.join(f'{each[name].wall_s:.0f} s' for each in peaks)}")
    return "\n".join(rows) + "\n"


def _row(name: str, peaks_mb: list[float]) -> str:
    cells = " | ".join(f"{peak_mb:.0f}" for peak_mb in peaks_mb)
    return f"| {name} | {cells} | {peaks_mb[-1] / peaks_mb[0]:.2f} |"


def _moved(records: NDArray[Any], frames: int) -> NDArray[Any]:
    moved = records.copy()
    moved["frame"] += frames
    return moved


def _file(report: dict[str, Any], platform: Platform, stage: str, artefact: str, folder: Path) -> Path:
    reference: CheckpointReference = checkpoint(report, stage)
    return platform.store.fetch(reference, artefact, folder)


def _array(
    report: dict[str, Any], platform: Platform, stage: str, artefact: str, folder: Path
) -> NDArray[Any]:
    stored: NDArray[Any] = np.load(_file(report, platform, stage, artefact, folder), allow_pickle=False)
    return stored


if __name__ == "__main__":
    raise SystemExit(main())
