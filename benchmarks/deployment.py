"""What benchmarks of a deployment share: an empty home of its own, and figures printed at once."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import yaml

from pipeline_ops.attach import attach_consents
from pipeline_ops.checkpoints.manifest import CheckpointReference
from pipeline_ops.graph import GRAPH, INGEST
from pipeline_ops.media.ffmpeg import own_input, run_ffmpeg
from pipeline_ops.platform import Platform
from pipeline_ops.request import Request
from pipeline_ops.runner import StageRun, ingest, run_stage
from pipeline_ops.settings import Settings


def empty_home(home: Path, *, lips: bool) -> Settings:
    """Empty a folder, make it this process's home, with lips drawn or not, and return the settings."""
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    file = home / "settings.yaml"
    file.write_text(yaml.safe_dump({"stages": {"render_lips": {"enabled": lips}}}), encoding="utf-8")
    os.environ.update({"DUBWRIGHT_HOME": str(home), "DUBWRIGHT_SETTINGS": str(file)})
    return Settings.from_environment()


@dataclass(frozen=True)
class PartOfRun:
    """Some stages of a run, and all that they needed."""

    request: Request
    references: dict[str, CheckpointReference]
    runs: dict[str, StageRun]


def run_up_to(clip: Path, language: str, platform: Platform, wanted: Iterable[str]) -> PartOfRun:
    """Run the stages that are wanted of one clip and one target language, and what feeds them; no others."""
    needed = set(wanted)
    for node in reversed(GRAPH):  # what feeds a stage stands before it
        needed.update(node.upstream if node.name in needed else ())
    source = ingest(clip, platform)
    request = attach_consents(Request(source, (language,), platform.settings.profile), platform)
    part = PartOfRun(request, {INGEST: source}, {})
    for node in GRAPH:
        if node.name in needed:
            part.runs[node.name] = run_stage(node, request, language, part.references, platform)
            part.references[node.name] = part.runs[node.name].reference
    return part


def with_a_face(picture: Path, voice: Path, target: Path) -> None:
    """Make a video of a voice, over a face that is shown as long as the voice lasts."""
    inputs = ["-stream_loop", "-1", *own_input(picture), *own_input(voice), "-map", "0:v", "-map", "1:a"]
    coding = ["-c:v", "copy", "-c:a", "aac", "-shortest"]
    run_ffmpeg([*inputs, *coding, str(target)], task="put a voice over a face", timeout_s=60)


def tell(text: str) -> None:
    """Print at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
