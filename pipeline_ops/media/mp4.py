"""The one thing that FFmpeg's MP4 writer does not let its caller decide: which tracks are switched on.

It always enables the first subtitle track, which QuickTime then shows unasked. Clearing that is one bit in
the track's header (ISO/IEC 14496-12, 8.3.2).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

_HEADER_BYTES = 8
_LARGE_HEADER_BYTES = 16
_SUBTITLE_HANDLERS = (b"sbtl", b"text", b"subt")
_TRACK_ENABLED = 0x01


def switch_off_subtitles(path: Path) -> None:
    """Clear the `enabled` flag of every subtitle track, in place; nothing else changes."""
    with path.open("r+b") as file:
        size = path.stat().st_size
        for moov in _boxes(file, 0, size, b"moov"):
            for track in _boxes(file, *moov, b"trak"):
                if _handler(file, track) in _SUBTITLE_HANDLERS:
                    for start, _ in _boxes(file, *track, b"tkhd"):
                        file.seek(start + 3)  # one byte of version, three of flags
                        flags = file.read(1)[0]
                        file.seek(start + 3)
                        file.write(bytes([flags & ~_TRACK_ENABLED]))


def _handler(file: BinaryIO, track: tuple[int, int]) -> bytes:
    for media in _boxes(file, *track, b"mdia"):
        for start, _ in _boxes(file, *media, b"hdlr"):
            file.seek(start + 8)  # version and flags, and a field that is always 0
            return file.read(4)
    return b""


def _boxes(file: BinaryIO, start: int, end: int, kind: bytes) -> Iterator[tuple[int, int]]:
    """Yield where each box of that kind has its contents, among the boxes from `start` to `end`."""
    while start + _HEADER_BYTES <= end:
        file.seek(start)
        header = file.read(_LARGE_HEADER_BYTES)
        size, name, contents = int.from_bytes(header[:4]), header[4:8], start + _HEADER_BYTES
        if size == 1:
            size, contents = int.from_bytes(header[8:16]), start + _LARGE_HEADER_BYTES
        if size < contents - start:
            return
        if name == kind:
            yield contents, start + size
        start += size
