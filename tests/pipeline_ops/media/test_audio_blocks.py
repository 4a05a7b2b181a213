from __future__ import annotations

import itertools
import tempfile
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from models.types import TimeSpan
from pipeline_ops.errors import MediaToolError, StageOutputError
from pipeline_ops.media.audio_blocks import FlacWriter, read_blocks, read_spans, sound_facts

RATE_HZ = 16_000
STEP = 2.0**-23
"""What 24 bits tell apart."""


def noise(channels: int, frames: int) -> np.ndarray:
    """Samples that 24 bits hold exactly, shape (channels, frames)."""
    numbers = np.random.default_rng(1).integers(-(2**22), 2**22, (channels, frames))
    return (numbers * STEP).astype(np.float32)


def write(path: Path, samples: np.ndarray, rate_hz: int = RATE_HZ) -> Path:
    soundfile.write(path, samples.T, rate_hz, subtype="PCM_24")
    return path


def test_facts_are_those_of_the_header(tmp_path: Path) -> None:
    facts = sound_facts(write(tmp_path / "a.flac", noise(2, 24_000)))
    assert (facts.sample_rate_hz, facts.channels, facts.frames, facts.duration_s) == (RATE_HZ, 2, 24_000, 1.5)


@pytest.mark.parametrize("block_s", [0.01, 0.3, 1.0, 100.0])
@pytest.mark.parametrize("channels", [1, 2])
def test_blocks_are_the_file_without_gaps(tmp_path: Path, channels: int, block_s: float) -> None:
    samples = noise(channels, 40_001)
    blocks = list(read_blocks(write(tmp_path / "a.flac", samples), block_s=block_s))
    assert all(block.dtype == np.float32 for block in blocks)
    assert np.array_equal(np.concatenate(blocks, axis=1), samples)


def test_channels_are_averaged_where_one_is_wanted(tmp_path: Path) -> None:
    samples = noise(2, 1000)
    [block] = read_blocks(write(tmp_path / "a.flac", samples), mono=True)
    assert np.allclose(block, samples.mean(axis=0, keepdims=True), atol=1e-7)


@pytest.mark.parametrize("rate_hz", [8_000, 22_050, 48_000])
def test_another_rate_keeps_length_and_time(tmp_path: Path, rate_hz: int) -> None:
    time_s = np.arange(3 * RATE_HZ) / RATE_HZ
    tone = np.sin(2 * np.pi * 440 * time_s).astype(np.float32)[None] / 2
    blocks = list(read_blocks(write(tmp_path / "a.flac", tone), sample_rate_hz=rate_hz, block_s=0.1))
    resampled = np.concatenate(blocks, axis=1)[0]
    assert abs(len(resampled) - 3 * rate_hz) <= 1
    expected = np.sin(2 * np.pi * 440 * np.arange(len(resampled)) / rate_hz) / 2
    inside = slice(rate_hz // 10, -rate_hz // 10)
    assert np.abs(resampled[inside] - expected[inside]).max() < 1e-3


def test_what_is_no_sound_is_named(tmp_path: Path) -> None:
    path = tmp_path / "text.flac"
    path.write_text("no sound")
    with pytest.raises(MediaToolError, match=r"text\.flac cannot be read"):
        sound_facts(path)
    with pytest.raises(MediaToolError, match=r"text\.flac cannot be read"):
        list(read_blocks(path))


@pytest.mark.parametrize("left_out", [1, 3_000, 100_000])
def test_a_file_that_was_cut_short_is_told(tmp_path: Path, left_out: int) -> None:
    path = write(tmp_path / "a.flac", noise(1, 100_000))
    path.write_bytes(path.read_bytes()[:-left_out])
    with pytest.raises(MediaToolError, match=r"a\.flac"):
        list(read_blocks(path))


@st.composite
def disjoint_spans(draw: st.DrawFn) -> list[TimeSpan]:
    """Spans in frames of 1 / RATE_HZ, in order, some touching, some empty, some past the end of 3 s."""
    edges = sorted(draw(st.lists(st.integers(0, 4 * RATE_HZ), max_size=12)))
    pairs = itertools.zip_longest(edges[::2], edges[1::2], fillvalue=4 * RATE_HZ)
    return [TimeSpan(start / RATE_HZ, end / RATE_HZ) for start, end in pairs]


@settings(deadline=None, max_examples=60)
@given(disjoint_spans())
def test_spans_are_the_samples_between_their_edges(spans: list[TimeSpan]) -> None:
    samples = noise(1, 3 * RATE_HZ)
    with tempfile.TemporaryDirectory() as folder:
        path = write(Path(folder) / "a.flac", samples)
        heard = list(read_spans(path, spans, sample_rate_hz=RATE_HZ))
    assert len(heard) == len(spans)
    for span, found in zip(spans, heard, strict=True):
        expected = samples[0, round(span.start_s * RATE_HZ) : round(span.end_s * RATE_HZ)]
        assert np.array_equal(found, expected)


def test_spans_of_a_file_with_another_rate_are_in_time(tmp_path: Path) -> None:
    clicks = np.zeros((2, 3 * 48_000), np.float32)
    clicks[:, [48_000, 96_000]] = 0.9
    path = write(tmp_path / "a.flac", clicks, 48_000)
    spans = [TimeSpan(0.9, 1.1), TimeSpan(1.9, 2.1)]
    for samples in read_spans(path, spans, sample_rate_hz=RATE_HZ):
        assert len(samples) == 3_200
        assert int(np.abs(samples).argmax()) == 1_600


@pytest.mark.parametrize("spans", [[(1, 2), (0, 1)], [(0, 2), (1, 3)]])
def test_spans_out_of_order_or_overlapping_are_refused(
    tmp_path: Path, spans: list[tuple[float, float]]
) -> None:
    path = write(tmp_path / "a.flac", noise(1, 1000))
    with pytest.raises(ValueError, match="in order and disjoint"):
        list(read_spans(path, [TimeSpan(*span) for span in spans], sample_rate_hz=RATE_HZ))


def written(path: Path, *blocks: np.ndarray, channels: int) -> np.ndarray:
    with FlacWriter(path, sample_rate_hz=RATE_HZ, channels=channels) as file:
        for block in blocks:
            file.write(block)
    return np.concatenate(list(read_blocks(path)), axis=1)


@pytest.mark.parametrize("channels", [1, 2])
def test_what_24_bits_hold_is_read_back_as_it_was_written(tmp_path: Path, channels: int) -> None:
    samples = noise(channels, 5_000)
    samples[:, :3] = [-1.0, 1.0 - STEP, 0.0]
    blocks = np.array_split(samples, 7, axis=1)
    assert np.array_equal(written(tmp_path / "a.flac", *blocks, channels=channels), samples)


def test_samples_beyond_full_scale_are_clipped_and_do_not_wrap(tmp_path: Path) -> None:
    samples = np.array([[1.0, 1.5, 100.0, -1.0, -1.5]], np.float32)
    read = written(tmp_path / "a.flac", samples, channels=1)
    assert np.allclose(read, [[1, 1, 1, -1, -1]], atol=2 * STEP)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_sample_that_is_no_number_is_refused_and_nothing_is_left(tmp_path: Path, bad: float) -> None:
    block = np.array([[0.0, bad]], np.float32)
    with pytest.raises(StageOutputError, match=r"a\.flac near frame 0 is not a number"):
        written(tmp_path / "a.flac", block, channels=1)
    assert list(tmp_path.iterdir()) == []


def test_the_file_has_its_name_only_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.flac"
    with FlacWriter(path, sample_rate_hz=RATE_HZ, channels=1) as file:
        file.write(noise(1, 100))
        assert not path.exists()
        assert file.frames == 100
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_was_there_stays_where_writing_fails(tmp_path: Path) -> None:
    path = write(tmp_path / "a.flac", noise(1, 100))
    with (
        pytest.raises(RuntimeError, match="the work failed"),
        FlacWriter(path, sample_rate_hz=RATE_HZ, channels=1) as file,
    ):
        file.write(noise(1, 50))
        message = "the work failed"
        raise RuntimeError(message)
    assert sound_facts(path).frames == 100
    assert list(tmp_path.iterdir()) == [path]
