from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from pipeline_ops.graph import Node
from pipeline_ops.runner import run_stage
from pipeline_ops.scratch import scratch_folder, sweep
from tests.pipeline_ops.scratch_users import REQUEST, platform_in, write

REPOSITORY = Path(__file__).parents[2]
MODULE = "tests.pipeline_ops.scratch_users"


@contextmanager
def another_process(task: str, folder: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that has begun its task and may be in the middle of it."""
    process = subprocess.Popen(
        [sys.executable, "-m", MODULE, task, str(folder)], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "there\n"
        yield process
    finally:
        process.kill()
        process.communicate()


def test_a_folder_is_empty_one_users_own_and_named_for_people(tmp_path: Path) -> None:
    with scratch_folder(tmp_path / "scratch", "separate") as folder:
        assert list(folder.iterdir()) == []
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert folder.name.startswith(f"separate-{os.getpid()}-")


def test_a_folder_goes_with_all_that_is_in_it(tmp_path: Path) -> None:
    with scratch_folder(tmp_path, "mix") as folder:
        (folder / "deep" / "er").mkdir(parents=True)
        (folder / "deep" / "er" / "file").write_bytes(b"content")
        (folder / "deep" / "er" / "file").chmod(0o444)  # as what is fetched from a store
    assert list(tmp_path.iterdir()) == []


def test_a_folder_goes_where_the_work_failed(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="the work failed"), scratch_folder(tmp_path, "mix") as folder:
        (folder / "file").write_bytes(b"content")
        message = "the work failed"
        raise RuntimeError(message)
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_process_left_is_swept_by_the_next(tmp_path: Path) -> None:
    with another_process("hold", tmp_path) as process:
        process.kill()
        process.wait()
        assert len(list(tmp_path.glob("held-*/file"))) == 1
    with scratch_folder(tmp_path, "next") as folder:
        assert {path.stem for path in tmp_path.iterdir()} == {folder.name}
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("stopped", [False, True])
def test_what_a_living_process_holds_is_not_touched(tmp_path: Path, stopped: bool) -> None:
    with another_process("hold", tmp_path) as process:
        if stopped:
            process.send_signal(signal.SIGSTOP)
        for _ in range(3):
            with scratch_folder(tmp_path, "other"):
                pass
        [file] = tmp_path.glob("held-*/file")
        assert file.read_bytes() == b"content"


def test_two_folders_of_one_process_leave_each_other_alone(tmp_path: Path) -> None:
    with scratch_folder(tmp_path, "outer") as outer:
        with scratch_folder(tmp_path, "inner") as inner:
            assert outer != inner
            assert outer.is_dir()
        assert outer.is_dir()


def test_processes_that_come_and_go_at_once_never_lose_their_files(tmp_path: Path) -> None:
    with (
        another_process("come_and_go", tmp_path) as one,
        another_process("come_and_go", tmp_path) as other,
        another_process("come_and_go", tmp_path) as third,
    ):
        assert [process.wait(60) for process in (one, other, third)] == [0, 0, 0]
    assert list(tmp_path.iterdir()) == []


def test_a_process_killed_before_it_made_its_folder_left_a_lock_that_is_swept(tmp_path: Path) -> None:
    (tmp_path / "probe-1-abc.lock").touch()
    assert sweep(tmp_path) == 1
    assert list(tmp_path.iterdir()) == []


def test_a_lock_that_is_swept_before_it_is_held_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, make = [], tempfile.mkstemp

    def make_and_sweep(*arguments: Any) -> tuple[int, str]:
        made.append(make(*arguments))
        if len(made) == 1:
            sweep(tmp_path)  # as another process would that comes at this very moment
        return made[-1]

    monkeypatch.setattr(tempfile, "mkstemp", make_and_sweep)
    with scratch_folder(tmp_path, "mix") as folder:
        sweep(tmp_path)
        assert {path.stem for path in tmp_path.iterdir()} == {folder.name}
    assert len(made) == 2


def test_other_things_in_the_place_for_scratch_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()
    (tmp_path / "folder").mkdir()
    assert sweep(tmp_path) == 0
    assert {path.name for path in tmp_path.iterdir()} == {"notes.txt", "folder"}


def test_what_cannot_be_removed_is_told_and_stops_nobody(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    parent = tmp_path / "scratch"
    parent.mkdir()
    (parent / "mix-1-abc.lock").touch()
    (parent / "mix-1-abc").symlink_to(elsewhere)  # a link is not followed, and no folder to remove
    with scratch_folder(parent, "next") as folder:
        assert folder.is_dir()
    assert elsewhere.is_dir()
    assert "mix-1-abc.lock, left by a process that was killed, cannot be removed" in caplog.text


def test_a_stage_that_is_killed_in_mid_work_is_swept_by_the_next_stage(tmp_path: Path) -> None:
    platform = platform_in(tmp_path)
    with another_process("hang", tmp_path) as process:
        process.kill()
        process.wait()
        assert len(list(platform.settings.scratch_dir.glob("hang-*/scratch/half.flac"))) == 1
    run = run_stage(Node(write, "video"), REQUEST, None, {}, platform)
    assert platform.store.read_bytes(run.reference, "file") == b"all of it"
    assert list(platform.settings.scratch_dir.iterdir()) == []
