"""Reads the `Range` header of a request (RFC 9110, sec. 14): one range of bytes, or a reason against it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from pipeline_ops.streams.description import ByteRange

_RANGES = re.compile(r"bytes=(.*)", re.IGNORECASE | re.DOTALL)
_RANGE = re.compile(r"[ \t]*(\d{0,19})-(\d{0,19})[ \t]*")
"""Nineteen digits hold any length that a file may have, and no more than a machine word is ever computed."""


class UnsatisfiableRangeError(ValueError):
    """No byte of the object is asked for, or more than one range is: answered with 416."""


def content_range(part: ByteRange, size_bytes: int) -> str:
    """Return the header that says which part of an object is sent."""
    return f"bytes {part.first_byte}-{part.last_byte}/{size_bytes}"


def wanted_range(headers: Mapping[str, str], tag: str) -> str | None:
    """Return the header of the range, None where it is of another version of the file (`If-Range`)."""
    condition = headers.get("if-range")
    return headers.get("range") if condition in (None, tag) else None


def parse_range(header: str | None, size_bytes: int) -> ByteRange | None:
    """Return the range that is asked for, or None where the whole object is to be sent.

    A header of another unit, or one that is malformed, is ignored, as the standard says.

    Raises:
        UnsatisfiableRangeError: the range begins past the end or holds nothing; or there are several:
            no player of ours asks for that, and overlapping ones are a way to make a server send much.
    """
    unit = _RANGES.fullmatch(header or "")
    if unit is None:
        return None
    if "," in unit[1]:
        raise UnsatisfiableRangeError
    found = _RANGE.fullmatch(unit[1])
    if found is None or not (found[1] or found[2]):
        return None
    if not found[1]:  # the last so many bytes
        length_bytes = min(int(found[2]), size_bytes)
        if length_bytes == 0:
            raise UnsatisfiableRangeError
        return ByteRange(size_bytes - length_bytes, length_bytes)
    first = int(found[1])
    last = int(found[2]) if found[2] else size_bytes - 1
    if found[2] and last < first:
        return None  # malformed
    if first >= size_bytes:
        raise UnsatisfiableRangeError
    return ByteRange(first, min(last, size_bytes - 1) - first + 1)
