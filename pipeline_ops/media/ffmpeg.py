"""Runs FFmpeg: the static build of imageio-ffmpeg, always as a list of arguments, never through a shell."""

from __future__ import annotations

import functools
import re
import resource
import signal
import subprocess
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from pipeline_ops.errors import MediaToolError, ProcessKilledError

CONTAINERS = "mov,mp4,matroska,webm,mpeg,mpegts,avi,flv,ogg,asf,mp3,flac,wav,aac"
"""The demuxers that a stranger's file may reach: containers that hold their own media. Playlists, concat
scripts and image sequences, which name other files, are not among them. The last four hold sound only and
are here so that a song is refused for having no picture rather than for being unreadable."""

MEMORY_LIMIT_BYTES = 4 * 2**30  # 4096x2176 through x264 takes 1.5 GiB of address space; a bomb wants all
LOG_TAIL_BYTES = 4000  # a damaged file can make FFmpeg write one line for every packet
_CHUNK_BYTES = 65536


@dataclass(frozen=True, slots=True)
class FFmpegResult:
    """What FFmpeg wrote to its standard output, and the last lines of its log."""

    output: bytes
    log: str


@functools.cache
def ffmpeg_path() -> str:
    """Return where the FFmpeg binary is."""
    import imageio_ffmpeg

    return str(imageio_ffmpeg.get_ffmpeg_exe())


def file_url(path: Path) -> str:
    """Name a file so that FFmpeg takes it for nothing else, whatever its name holds."""
    return f"file:{path}"


def untrusted_input(path: Path, origin_s: float) -> list[str]:
    """Return the arguments that open a stranger's file, which may reach no other file and no network.

    Its timestamps are kept as they are, less `origin_s`: nothing is smoothed over. Where a container stores
    only the order of decoding (AVI, MPEG-PS with B-frames), the order of showing is worked out.
    """
    clock = ["-copyts", "-fflags", "+genpts", "-itsoffset", f"{-origin_s:.6f}"]
    limits = ["-protocol_whitelist", "file,pipe", "-format_whitelist", CONTAINERS]
    return [*clock, *limits, "-i", file_url(path)]


def untrusted_sound(path: Path) -> list[str]:
    """Return the arguments that open a stranger's file, on a clock that starts with it, for its sound."""
    return ["-protocol_whitelist", "file,pipe", "-format_whitelist", CONTAINERS, "-i", file_url(path)]


def own_input(path: Path) -> list[str]:
    """Return the arguments that open a file which Dubwright wrote."""
    return ["-protocol_whitelist", "file,pipe", "-i", file_url(path)]


def run_ffmpeg(
    arguments: Sequence[str],
    *,
    task: str,
    timeout_s: float,
    stdin: bytes = b"",
    log_level: str = "error",
) -> FFmpegResult:
    """Run FFmpeg to its end within limits of time and memory.

    Args:
        arguments: Everything after the global options, inputs and outputs included.
        task: What it is for, as the error message says it: "decode the sound of clip.mp4".
        timeout_s: After this long it is ended.
        stdin: What an input `pipe:0` reads.
        log_level: FFmpeg's; "info" where a filter's report is wanted.

    Raises:
        MediaToolError: FFmpeg failed or took longer than `timeout_s`.
        ProcessKilledError: a signal ended it.
    """
    command = [ffmpeg_path(), "-nostdin", "-hide_banner", "-v", log_level, "-y", *arguments]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        limit_memory(process.pid)
        if process.stdin is None or process.stdout is None or process.stderr is None:
            message = "FFmpeg was started without its pipes"
            raise MediaToolError(message)
        timed_out = threading.Event()
        deadline = threading.Timer(timeout_s, _end, (process, timed_out))
        deadline.daemon = True
        log = bytearray()
        helpers = [
            threading.Thread(target=_feed, args=(process.stdin, stdin), daemon=True),
            threading.Thread(target=_keep_tail, args=(process.stderr, log), daemon=True),
        ]
        for thread in (deadline, *helpers):
            thread.start()
        try:
            output = process.stdout.read()
            status = process.wait()
        finally:
            deadline.cancel()
            process.kill()  # does nothing to a process that has ended; leaves none behind on an error
            for thread in helpers:
                thread.join()
    text = log.decode(errors="replace").strip()
    if timed_out.is_set():
        message = f"FFmpeg took longer than {timeout_s:.0f} s to {task} and was ended. Its last lines: {text}"
        raise MediaToolError(message)
    if status < 0:
        name = signal.Signals(-status).name
        message = f"FFmpeg was ended by {name} while it had to {task}; it is tried again. {text}"
        raise ProcessKilledError(message)
    if status:
        message = f"FFmpeg could not {task} (exit status {status}). Its last lines: {text}"
        raise MediaToolError(message)
    return FFmpegResult(output, text)


def measure_peak_db(
    arguments: Sequence[str], *, stream: str, filters: Sequence[str] = (), task: str, timeout_s: float
) -> float:
    """Return the highest level of a sound track, in dB relative to full scale; -inf for silence.

    Args:
        arguments: What opens the input.
        stream: FFmpeg's name of the track, as `-map` takes it.
        filters: What the track goes through before it is measured.
        task: See `run_ffmpeg`.
        timeout_s: See `run_ffmpeg`.

    Raises:
        MediaToolError: FFmpeg failed or heard nothing.
        ProcessKilledError: a signal ended it.
    """
    chain = ",".join([*filters, "astats=measure_perchannel=none:measure_overall=Peak_level"])
    measuring = [*arguments, "-map", stream, "-af", chain, "-f", "null", "-"]
    log = run_ffmpeg(measuring, task=task, timeout_s=timeout_s, log_level="info").log
    peak = re.search(r"Peak level dB: (\S+)", log)
    if peak is None:
        message = f"FFmpeg had to {task} and reported no level: {log}"
        raise MediaToolError(message)
    return float(peak.group(1))


def limit_memory(process_id: int) -> None:
    """Bound the address space of a child process."""
    try:
        resource.prlimit(process_id, resource.RLIMIT_AS, (MEMORY_LIMIT_BYTES, MEMORY_LIMIT_BYTES))
    except ProcessLookupError:
        return  # it has already ended


def _end(process: subprocess.Popen[bytes], timed_out: threading.Event) -> None:
    timed_out.set()
    process.kill()


def _feed(pipe: IO[bytes], data: bytes) -> None:
    try:
        with pipe:
            pipe.write(data)
    except BrokenPipeError:
        return  # FFmpeg stopped reading; its exit status says why


def _keep_tail(pipe: IO[bytes], tail: bytearray) -> None:
    while chunk := pipe.read1(_CHUNK_BYTES):  # type: ignore[attr-defined]  # a pipe is a BufferedReader
        tail += chunk
        del tail[:-LOG_TAIL_BYTES]
