from __future__ import annotations

import itertools
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_ops.errors import StageOutputError
from pipeline_ops.streams.description import Segment, bits_per_s
from pipeline_ops.streams.segment_index import parse_index

KEYFRAME = 0x90000000


def index_box(
    references: list[tuple[int, int]],
    *,
    timescale: int = 48000,
    version: int = 0,
    earliest: int = 0,
    offset: int = 0,
) -> bytes:
    times = struct.pack(">II" if version == 0 else ">QQ", earliest, offset)
    content = struct.pack(">B3xII", version, 1, timescale) + times + struct.pack(">HH", 0, len(references))
    content += b"".join(struct.pack(">III", size, ticks, KEYFRAME) for size, ticks in references)
    return struct.pack(">I4s", 8 + len(content), b"sidx") + content


@given(
    st.lists(st.tuples(st.integers(1, 2**31 - 1), st.integers(1, 2**32 - 1)), min_size=1, max_size=20),
    st.sampled_from([0, 1]),
    st.integers(0, 2**32 - 1),
    st.integers(0, 10_000),
)
def test_segments_lie_one_after_the_other_in_bytes_and_in_time(
    references: list[tuple[int, int]], version: int, earliest: int, offset: int
) -> None:
    box = index_box(references, version=version, earliest=earliest, offset=offset)
    timescale, segments = parse_index(box, 700)
    assert timescale == 48000
    assert [(each.size_bytes, each.duration_ticks) for each in segments] == references
    assert segments[0].start_ticks == earliest
    assert segments[0].first_byte == 700 + len(box) + offset
    for before, after in itertools.pairwise(segments):
        assert after.first_byte == before.byte_range.last_byte + 1
        assert after.start_ticks == before.start_ticks + before.duration_ticks


@given(st.binary(max_size=60))
def test_what_is_no_index_is_refused_and_never_breaks_the_reader(content: bytes) -> None:
    try:
        parse_index(content, 0)
    except StageOutputError:
        return


def test_a_segment_that_does_not_begin_with_a_keyframe_is_refused() -> None:
    box = index_box([(10, 10)])[:-4] + bytes(4)
    with pytest.raises(StageOutputError, match="played by itself"):
        parse_index(box, 0)


def test_an_index_that_is_cut_off_is_refused() -> None:
    with pytest.raises(StageOutputError, match="names 2 and holds 1"):
        parse_index(index_box([(10, 10), (20, 10)])[:-12], 0)


def test_the_peak_is_the_busiest_segments_and_a_short_rest_does_not_count() -> None:
    segments = [Segment(0, 400, 0, 1000), Segment(400, 400, 1000, 2000), Segment(800, 10, 3000, 500)]
    assert bits_per_s(segments, 100) == (3457, 4000)
