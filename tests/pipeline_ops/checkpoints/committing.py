"""A process that commits a checkpoint, and may stop at a chosen point to be killed there.

    python -m tests.pipeline_ops.checkpoints.committing URL LABEL FOLDER CONTENT STOP

STOP is `nowhere`, `second_blob`, `manifest` (each: before it is put), or `second_part` of a large blob.
It prints `there` when it has stopped, and `ready` and waits for a line before it starts.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

from pipeline_ops.checkpoints.storage import ObjectStorage, open_storage
from pipeline_ops.checkpoints.store import CheckpointStore
from tests.pipeline_ops.checkpoints.making import commit

LARGE_BYTES = 20 << 20


def _wait_to_be_killed() -> None:
    print("there", flush=True)
    time.sleep(120)


def _stop_before(storage: Any, method: str, call: int) -> None:
    """Make the `call`-th call of a method the point where the process stops."""
    original, calls = getattr(storage, method), 0

    def stopping(*arguments: Any, **options: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == call:
            _wait_to_be_killed()
        return original(*arguments, **options)

    setattr(storage, method, stopping)


def _stop_in_copy() -> None:
    """Stop after the first piece of a file has been written."""
    import shutil

    def copy_a_piece(source: Any, target: Any, length: int) -> None:
        target.write(source.read(length))
        target.flush()
        _wait_to_be_killed()

    shutil.copyfileobj = copy_a_piece


def _arrange_stop(storage: ObjectStorage, stop: str) -> None:
    if stop == "second_blob":
        _stop_before(storage, "put_file", 2)
    elif stop == "manifest":
        _stop_before(storage, "put_bytes", 1)
    elif stop == "second_part":
        client = getattr(storage, "_client", None)
        if client is None:
            _stop_in_copy()
        else:
            _stop_before(client, "_upload_part", 2)


def main() -> None:
    url, label, folder, content, stop = sys.argv[1:]
    storage = open_storage(url)
    _arrange_stop(storage, stop)
    store = CheckpointStore(storage, scratch_dir=Path(folder) / "downloads")
    sound = content.encode() * (LARGE_BYTES // len(content) if stop == "second_part" else 1)
    print("ready", flush=True)
    sys.stdin.readline()
    commit(store, Path(folder), label, sound=sound, text=f"text of {content}".encode())


if __name__ == "__main__":
    main()
