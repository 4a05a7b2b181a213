"""Reads where a fragmented MP4's segments lie, from its own index (`sidx`, ISO/IEC 14496-12, 8.16.3)."""

from __future__ import annotations

import struct
from pathlib import Path

from pipeline_ops.errors import StageOutputError
from pipeline_ops.media.mp4 import top_level_boxes
from pipeline_ops.streams.description import ByteRange, Segment, StoredFile, Track, bits_per_s

_REFERENCES_INDEX = 1 << 31  # a reference that leads to another index instead of media
_STARTS_WITH_KEYFRAME = 1 << 31


def read_track(path: Path, file: StoredFile) -> Track:
    """Return how a file is cut.

    Args:
        path: A fragmented MP4 whose index stands before its media.
        file: How it is stored.

    Raises:
        StageOutputError: it has no index, one of several levels, or one that does not fit the file.
    """
    boxes = {box.kind: box for box in reversed(top_level_boxes(path))}  # the first of each kind
    if b"moov" not in boxes or b"sidx" not in boxes:
        message = f"{path.name} has no index of segments"
        raise StageOutputError(message)
    index = boxes[b"sidx"]
    with path.open("rb") as stream:
        stream.seek(index.first_byte)
        content = stream.read(index.size_bytes)
    timescale_hz, segments = parse_index(content, index.first_byte)
    if not segments or segments[-1].byte_range.last_byte + 1 != path.stat().st_size:
        message = f"the index of {path.name} does not cover the file"
        raise StageOutputError(message)
    average, peak = bits_per_s(segments, timescale_hz)
    return Track(
        file=file,
        timescale_hz=timescale_hz,
        header=ByteRange(0, index.first_byte),
        index=ByteRange(index.first_byte, index.size_bytes),
        segments=segments,
        average_bits_per_s=average,
        peak_bits_per_s=peak,
    )


def parse_index(box: bytes, first_byte: int) -> tuple[int, tuple[Segment, ...]]:
    """Return an index's ticks a second and its segments.

    Args:
        box: The whole `sidx` box.
        first_byte: Where it begins in its file.

    Raises:
        StageOutputError: it is malformed, or a segment does not begin with a keyframe.
    """
    try:
        version = box[8]
        timescale_hz = struct.unpack_from(">I", box, 16)[0]
        earliest, offset = struct.unpack_from(">II" if version == 0 else ">QQ", box, 20)
        place = 20 + (8 if version == 0 else 16)
        count = struct.unpack_from(">H", box, place + 2)[0]
        references = list(struct.iter_unpack(">III", box[place + 4 : place + 4 + 12 * count]))
    except (struct.error, IndexError) as error:
        message = f"an index of segments is malformed: {error}"
        raise StageOutputError(message) from error
    if len(references) != count:
        message = f"an index of segments names {count} and holds {len(references)}"
        raise StageOutputError(message)
    segments = []
    start, byte = earliest, first_byte + len(box) + offset
    for size, duration, access in references:
        if size & _REFERENCES_INDEX or not access & _STARTS_WITH_KEYFRAME:
            message = "a segment of the index cannot be played by itself"
            raise StageOutputError(message)
        segments.append(Segment(start, duration, byte, size))
        start, byte = start + duration, byte + size
    return timescale_hz, tuple(segments)
