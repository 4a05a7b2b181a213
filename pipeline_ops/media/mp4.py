"""What writers of MP4 do not let their caller decide, set right in the written file (ISO/IEC 14496-12).

FFmpeg always enables the first subtitle track, which QuickTime then shows unasked: one bit in the track's
header (8.3.2). Shaka Packager writes the time of day into three headers, so that no two files are the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

_HEADER_BYTES = 8
_LARGE_HEADER_BYTES = 16
_SUBTITLE_HANDLERS = (b"sbtl", b"text", b"subt")
_TRACK_ENABLED = 0x01


@dataclass(frozen=True, slots=True)
class Box:
    """A box of a file, its header included."""

    kind: bytes
    first_byte: int
    size_bytes: int


def top_level_boxes(path: Path) -> list[Box]:
    """Return the boxes that a file is made of, in order."""
    boxes = []
    with path.open("rb") as file:
        start, end = 0, path.stat().st_size
        while start + _HEADER_BYTES <= end:
            kind, contents, next_start = _box_at(file, start)
            if next_start < contents:
                break
            boxes.append(Box(kind, start, next_start - start))
            start = next_start
    return boxes


def clear_dates(path: Path) -> None:
    """Set the dates of writing to none, in place; nothing else changes."""
    with path.open("r+b") as file:
        for moov in _boxes(file, 0, path.stat().st_size, b"moov"):
            headers = [*_boxes(file, *moov, b"mvhd")]
            for track in _boxes(file, *moov, b"trak"):
                headers += _boxes(file, *track, b"tkhd")
                for media in _boxes(file, *track, b"mdia"):
                    headers += _boxes(file, *media, b"mdhd")
            for start, _ in headers:
                file.seek(start)
                dates_bytes = 16 if file.read(1)[0] else 8  # two of 64 or of 32 bits, by version
                file.seek(start + 4)
                file.write(bytes(dates_bytes))


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
        found, contents, next_start = _box_at(file, start)
        if next_start < contents:
            return
        if found == kind:
            yield contents, next_start
        start = next_start


def _box_at(file: BinaryIO, start: int) -> tuple[bytes, int, int]:
    """Return a box's kind, where its contents begin and where it ends."""
    file.seek(start)
    header = file.read(_LARGE_HEADER_BYTES)
    size, contents = int.from_bytes(header[:4]), start + _HEADER_BYTES
    if size == 1:
        size, contents = int.from_bytes(header[8:16]), start + _LARGE_HEADER_BYTES
    return header[4:8], contents, start + size
