from __future__ import annotations

import time
from pathlib import Path

import pytest

from pipeline_ops.errors import MediaToolError, ProcessKilledError
from pipeline_ops.media import ffmpeg
from pipeline_ops.media.ffmpeg import file_url, own_input, run_ffmpeg, untrusted_input

ENDLESS = ("-f", "lavfi", "-i", "testsrc2", "-f", "null", "-")


def test_what_goes_in_through_the_pipe_comes_out() -> None:
    samples = bytes(range(256)) * 4096
    raw = ("-f", "s16le", "-ar", "8000", "-ac", "1")
    assert run_ffmpeg(
        [*raw, "-i", "pipe:0", *raw, "pipe:1"], task="copy", timeout_s=30, stdin=samples
    ).output == (samples)


def test_a_refused_job_says_what_it_was_and_why(tmp_path: Path) -> None:
    with pytest.raises(MediaToolError, match=r"could not read nothing.*No such file"):
        run_ffmpeg(
            [*own_input(tmp_path / "absent.mp4"), "-f", "null", "-"], task="read nothing", timeout_s=30
        )


def test_a_job_that_takes_too_long_is_ended() -> None:
    started = time.monotonic()
    with pytest.raises(MediaToolError, match="longer than 1 s"):
        run_ffmpeg(ENDLESS, task="draw for ever", timeout_s=1)
    assert time.monotonic() - started < 10


def test_a_job_ended_by_a_signal_is_worth_trying_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    dying = tmp_path / "dying"
    dying.write_text("#!/bin/sh\nkill -KILL $$\n")
    dying.chmod(0o755)
    monkeypatch.setattr(ffmpeg, "ffmpeg_path", lambda: str(dying))
    with pytest.raises(ProcessKilledError, match="SIGKILL"):
        run_ffmpeg(["-version"], task="die", timeout_s=10)


def test_a_talkative_job_fills_no_memory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    talkative = tmp_path / "talkative"
    talkative.write_text("#!/bin/sh\nhead -c 20000000 /dev/zero | tr '\\0' x >&2\necho the end >&2\nexit 1\n")
    talkative.chmod(0o755)
    monkeypatch.setattr(ffmpeg, "ffmpeg_path", lambda: str(talkative))
    with pytest.raises(MediaToolError, match="the end") as caught:
        run_ffmpeg([], task="talk", timeout_s=30)
    assert len(str(caught.value)) < 2 * ffmpeg.LOG_TAIL_BYTES


def test_a_file_that_names_other_files_is_not_opened(tmp_path: Path) -> None:
    secret = tmp_path / "secret.mp4"
    secret.write_bytes(b"x")
    script = tmp_path / "innocent.mp4"
    script.write_text(f"ffconcat version 1.0\nfile {secret.name}\n")
    with pytest.raises(MediaToolError):
        run_ffmpeg([*untrusted_input(script, 0.0), "-f", "null", "-"], task="read a script", timeout_s=30)


def test_a_name_that_looks_like_an_option_or_a_protocol_stays_a_name(tmp_path: Path) -> None:
    assert file_url(Path("-i")) == "file:-i"
    assert file_url(Path("concat:a|b")) == "file:concat:a|b"
