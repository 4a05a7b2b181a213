"""Keeps x264 to what gives the same bytes for the same frames, on any processor."""

from __future__ import annotations

import functools
from pathlib import Path

PROCESSOR = Path("/proc/cpuinfo")

WITHOUT_AVX_512 = {"x264-params": "asm=AVX2"}
"""With AVX-512, x264's MB-tree reads what was never written: 30 encodings of the same frames were of 4 kinds
(PyAV 18.1). With AVX2 all were alike, at the same size; without MB-tree as well, at 1.4 times the size."""


@functools.cache
def x264_options(processor: Path = PROCESSOR) -> dict[str, str]:
    """Return the options that keep x264 from instructions with which it is not deterministic.

    Args:
        processor: What Linux tells of the processor; a machine without this file has none of those.
    """
    try:
        described = processor.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return {}
    return WITHOUT_AVX_512 if "avx512f" in described.split() else {}
