"""Limits that a child process puts on itself before it decodes a stranger's file."""

from __future__ import annotations

import resource

from pipeline_ops.media.ffmpeg import MEMORY_LIMIT_BYTES


def limit_this_process(*, cpu_s: int, memory_bytes: int = MEMORY_LIMIT_BYTES) -> None:
    """Bound this process for the rest of its life; for children only, never for the process that starts them.

    Past its memory an allocation fails; past its CPU time the system ends it by SIGXCPU. A decoder that hangs
    inside one call cannot be stopped in any other way. No core dump is written: it would hold the video.

    Args:
        cpu_s: CPU seconds of all its threads together, counted from its start.
        memory_bytes: Its address space.
    """
    for kind, limit in (
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_CPU, cpu_s),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (limit, limit))
