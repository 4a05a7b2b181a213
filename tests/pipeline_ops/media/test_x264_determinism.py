"""The same frames give the same bytes."""

from __future__ import annotations

from pathlib import Path

from pipeline_ops.media.encode_frames import FrameEncoder
from pipeline_ops.media.frame_times import read_frame_times
from pipeline_ops.media.frames import read_frames
from pipeline_ops.media.x264_determinism import WITHOUT_AVX_512, x264_options
from tests.pipeline_ops.media.clips import H264_AAC, PICTURE, SOUND, make_clip, measured


def test_avx_512_is_left_out_where_the_processor_has_it(tmp_path: Path) -> None:
    (tmp_path / "new").write_text("flags : fpu sse4_2 avx2 avx512f avx512bw\n", encoding="utf-8")
    (tmp_path / "old").write_text("flags : fpu sse4_2 avx2\n", encoding="utf-8")
    assert x264_options(tmp_path / "new") == WITHOUT_AVX_512
    assert x264_options(tmp_path / "old") == {}
    assert x264_options(tmp_path / "none") == {}


def test_one_process_that_encodes_the_same_frames_again_writes_the_same_bytes(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", *PICTURE, *SOUND, *H264_AAC)
    media = measured(clip)
    times = read_frame_times(clip, media)
    written = set()
    for number in range(8):
        path = tmp_path / f"{number}.mp4"
        # Frames are decoded anew: their buffers then hold other things beside the picture.
        with FrameEncoder(path, media=media, time_base=times.time_base) as encoder:
            for frame in list(read_frames(clip, media, times)):
                encoder.write(frame)
        written.add(path.read_bytes())
    assert len(written) == 1
