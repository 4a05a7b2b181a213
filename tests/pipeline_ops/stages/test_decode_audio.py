from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
import soxr

from pipeline_ops.media.probe import MediaInfo
from pipeline_ops.stages.decode_audio import DecodedAudio, decode_audio
from tests.pipeline_ops.media.clips import (
    H264_AAC,
    PICTURE,
    REAL_CLIPS,
    SOUND,
    make_clip,
    measured,
    shared_clip,
)


def decoded(source: Path, scratch: Path) -> tuple[MediaInfo, DecodedAudio, np.ndarray]:
    media = measured(source)
    result = decode_audio(source=source, media=media, scratch=scratch)
    samples, rate_hz = soundfile.read(result.audio, always_2d=True)
    assert rate_hz == 48_000
    assert len(samples) == round(media.duration_s * 48_000)
    return media, result, samples.T


def placed_by_timestamps(source: Path, media: MediaInfo) -> np.ndarray:
    """Decode with PyAV and lay each frame where its own timestamp says: mono, 48 kHz."""
    with av.open(str(source)) as container:
        stream = container.streams[media.chosen_audio_index]
        rate_hz = stream.codec_context.sample_rate
        timeline = np.zeros(round((media.duration_s + 1) * rate_hz))
        resampler = av.AudioResampler("fltp", stream.codec_context.layout, rate_hz)
        for frame in container.decode(stream):
            start = round((float(frame.pts * frame.time_base) - media.origin_s) * rate_hz)
            samples = np.concatenate([part.to_ndarray() for part in resampler.resample(frame)], axis=1).mean(
                0
            )
            kept = samples[max(0, -start) :][: len(timeline) - max(0, start)]
            timeline[max(0, start) : max(0, start) + len(kept)] = kept
    return soxr.resample(timeline, rate_hz, 48_000)


def lag_s(one: np.ndarray, other: np.ndarray) -> float:
    """How much later `one` is than `other`, by cross-correlation."""
    size = 1 << (len(one) + len(other)).bit_length()
    correlation = np.fft.irfft(np.fft.rfft(one, size) * np.conj(np.fft.rfft(other, size)), size)
    peak = int(np.argmax(correlation))
    return (peak - size if peak > size // 2 else peak) / 48_000


def audible_span_s(samples: np.ndarray) -> tuple[float, float]:
    loud = np.flatnonzero(np.abs(samples).max(axis=0) > 0.01)
    return loud[0] / 48_000, loud[-1] / 48_000


@pytest.mark.parametrize("name", REAL_CLIPS)
def test_sound_lies_where_its_timestamps_say(name: str, tmp_path: Path) -> None:
    source = shared_clip(name)
    media, result, samples = decoded(source, tmp_path)
    reference = placed_by_timestamps(source, media)
    assert abs(lag_s(samples.mean(axis=0), reference)) <= 0.001
    analysis, rate_hz = soundfile.read(result.analysis)
    assert rate_hz == 16_000
    assert len(analysis) == round(media.duration_s * 16_000)
    assert abs(lag_s(samples.mean(axis=0), soxr.resample(analysis, 16_000, 48_000))) <= 0.0001


@pytest.mark.parametrize(("name", "channels"), [("bad/audio_5_1.mp4", 2), ("bad/vfr_30_to_15.mp4", 1)])
def test_mono_stays_mono_and_surround_becomes_stereo(name: str, channels: int, tmp_path: Path) -> None:
    assert len(decoded(shared_clip(name), tmp_path)[2]) == channels


def test_sound_that_starts_late_is_led_by_silence(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "late.mkv", *PICTURE, "-itsoffset", "0.7", *SOUND, *H264_AAC)
    assert audible_span_s(decoded(clip, tmp_path)[2])[0] == pytest.approx(0.7, abs=0.002)


def test_sound_shorter_than_the_picture_is_followed_by_silence(tmp_path: Path) -> None:
    clip = make_clip(
        tmp_path / "short.mp4",
        *[*PICTURE, "-f", "lavfi", "-i", "sine=d=1:r=48000", *H264_AAC],
    )
    media, _, samples = decoded(clip, tmp_path)
    assert media.duration_s == pytest.approx(2.0, abs=0.001)
    assert audible_span_s(samples)[1] == pytest.approx(1.0, abs=0.03)


def test_a_gap_in_the_timestamps_is_silence(tmp_path: Path) -> None:
    holed = "aselect='not(between(t,0.5,1.0))'"
    clip = make_clip(tmp_path / "gap.mkv", *PICTURE, *SOUND, "-af", holed, *H264_AAC)
    samples = decoded(clip, tmp_path)[2]
    assert np.max(np.abs(samples[:, 26_400:46_000])) < 0.001
    assert np.max(np.abs(samples[:, 52_000:90_000])) > 0.1


def test_speech_in_the_centre_keeps_its_loudness(tmp_path: Path) -> None:
    tone = "aevalsrc=0|0|0.5*sin(2*PI*440*t)|0|0|0:d=2:c=5.1:s=48000"
    clip = make_clip(
        tmp_path / "surround.mkv", *PICTURE, "-f", "lavfi", "-i", tone, "-c:v", "libx264", "-c:a", "flac"
    )
    samples = decoded(clip, tmp_path)[2]
    assert np.max(np.abs(samples), axis=1) == pytest.approx([0.5 * 0.7071] * 2, abs=0.005)


def test_a_loud_downmix_is_turned_down_rather_than_clipped(tmp_path: Path) -> None:
    tone = "0.9*sin(2*PI*440*t)"
    source = f"aevalsrc={'|'.join([tone] * 6)}:d=2:c=5.1:s=48000"
    clip = make_clip(
        tmp_path / "loud.mkv", *PICTURE, "-f", "lavfi", "-i", source, "-c:v", "libx264", "-c:a", "flac"
    )
    samples = decoded(clip, tmp_path)[2][0][4800:-4800]
    assert 0.98 < np.max(np.abs(samples)) <= 1.0
    assert np.sqrt(np.mean(samples**2)) == pytest.approx(np.max(np.abs(samples)) / np.sqrt(2), rel=0.01)


def test_sound_that_changes_its_format_midway_is_decoded_whole(tmp_path: Path) -> None:
    parts = [
        make_clip(tmp_path / f"{ac}.ts", *PICTURE, *SOUND, *H264_AAC, "-ac", ac, "-output_ts_offset", at)
        for ac, at in (("1", "0"), ("2", "2.1"))
    ]
    joined = tmp_path / "joined.ts"
    joined.write_bytes(b"".join(part.read_bytes() for part in parts))
    samples = decoded(joined, tmp_path)[2]
    assert np.max(np.abs(samples[:, 10_000:90_000])) > 0.1
    assert np.max(np.abs(samples[:, 110_000:190_000])) > 0.1


def test_nothing_but_the_two_files_is_left(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", *PICTURE, *SOUND, *H264_AAC)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    decoded(clip, scratch)
    assert sorted(path.name for path in scratch.iterdir()) == ["analysis.flac", "audio.flac"]
