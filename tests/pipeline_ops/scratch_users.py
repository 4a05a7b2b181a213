"""What other processes do in the tests of scratch folders: `python -m tests.pipeline_ops.scratch_users`."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from pathlib import Path

from pipeline_ops.artefacts import FlacFile
from pipeline_ops.checkpoints.manifest import CheckpointReference
from pipeline_ops.graph import Node
from pipeline_ops.platform import Platform
from pipeline_ops.request import Request
from pipeline_ops.runner import run_stage
from pipeline_ops.scratch import scratch_folder
from pipeline_ops.settings import Settings
from pipeline_ops.stage import stage

UNTIL_KILLED_S = 60.0
REQUEST = Request(CheckpointReference("ingest", "0" * 64), ("pt",), "embedded")


@dataclass(frozen=True, slots=True)
class Written:
    file: FlacFile


@stage(version=1)
def hang(*, scratch: Path) -> Written:
    """Write a file, say so, and go on until killed."""
    (scratch / "half.flac").write_bytes(b"half of it")
    _say_there()
    time.sleep(UNTIL_KILLED_S)
    return Written(scratch / "half.flac")


@stage(version=1)
def write(*, scratch: Path) -> Written:
    """Write a file."""
    (scratch / "whole.flac").write_bytes(b"all of it")
    return Written(scratch / "whole.flac")


def platform_in(home: Path) -> Platform:
    return Platform.from_environment(Settings.from_environment({"DUBWRIGHT_HOME": str(home)}))


def _say_there() -> None:
    sys.stdout.write("there\n")
    sys.stdout.flush()


def _hold(parent: Path) -> None:
    with scratch_folder(parent, "held") as folder:
        (folder / "file").write_bytes(b"content")
        _say_there()
        time.sleep(UNTIL_KILLED_S)


def _come_and_go(parent: Path, times: int) -> None:
    _say_there()
    for number in range(times):
        with scratch_folder(parent, "brief") as folder:
            assert list(folder.iterdir()) == []
            (folder / "file").write_text(str(number))
            assert (folder / "file").read_text() == str(number)


def main(task: str, folder: str) -> None:
    match task:
        case "hold":
            _hold(Path(folder))
        case "come_and_go":
            _come_and_go(Path(folder), times=300)
        case "hang":
            run_stage(Node(hang, "video"), REQUEST, None, {}, platform_in(Path(folder)))


if __name__ == "__main__":
    main(*sys.argv[1:])
