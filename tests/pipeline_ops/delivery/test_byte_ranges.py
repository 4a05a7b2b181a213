from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_ops.delivery.byte_ranges import UnsatisfiableRangeError, content_range, parse_range
from pipeline_ops.streams.description import ByteRange

SIZE_BYTES = 1000


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("bytes=0-99", ByteRange(0, 100)),
        ("Bytes=10-10", ByteRange(10, 1)),
        ("bytes=990-5000", ByteRange(990, 10)),
        ("bytes=999-", ByteRange(999, 1)),
        ("bytes=-10", ByteRange(990, 10)),
        ("bytes=-5000", ByteRange(0, 1000)),
    ],
)
def test_one_range_is_read(header: str, expected: ByteRange) -> None:
    assert parse_range(header, SIZE_BYTES) == expected


@pytest.mark.parametrize(
    "header", [None, "", "bytes=-", "bytes=9-1", "items=0-1", "bytes=a-b", "bytes", "bytes=+1-2"]
)
def test_what_is_no_range_of_bytes_is_ignored(header: str | None) -> None:
    assert parse_range(header, SIZE_BYTES) is None


@pytest.mark.parametrize("header", ["bytes=1000-", "bytes=-0", "bytes=0-1,2-3", "bytes=" + "0-," * 5000])
def test_silly_ranges_are_refused(header: str) -> None:
    with pytest.raises(UnsatisfiableRangeError):
        parse_range(header, SIZE_BYTES)


def test_an_empty_object_has_no_range() -> None:
    with pytest.raises(UnsatisfiableRangeError):
        parse_range("bytes=0-0", 0)


@given(st.from_regex(r"bytes=\d{0,25}-\d{0,25}"), st.integers(0, 10**12))
def test_a_range_lies_within_the_object(header: str, size_bytes: int) -> None:
    try:
        found = parse_range(header, size_bytes)
    except UnsatisfiableRangeError:
        return
    if found is not None:
        assert 0 <= found.first_byte <= found.last_byte < size_bytes
        assert content_range(found, size_bytes).endswith(f"-{found.last_byte}/{size_bytes}")
