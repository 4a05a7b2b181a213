from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pipeline_ops.errors import RejectedInputError
from pipeline_ops.media import probe
from pipeline_ops.media.probe import MediaLimits, probe_media
from tests.pipeline_ops.media.clips import H264_AAC, PICTURE, SOUND, make_clip, measured, shared_clip


def refusal(path: Path, limits: MediaLimits | None = None) -> str:
    with pytest.raises(RejectedInputError) as caught:
        probe_media(path, limits or MediaLimits())
    assert caught.value.message
    return caught.value.reason_code


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip(tmp_path_factory.mktemp("clip") / "clip.mp4", *PICTURE, *SOUND, *H264_AAC)


def test_a_plain_clip_is_measured(clip: Path) -> None:
    media = measured(clip)
    assert (media.video.codec, media.video.width_px, media.video.height_px) == ("h264", 320, 240)
    assert media.video.frame_count == 60
    assert media.video.nominal_frame_rate_hz == pytest.approx(30)
    assert not media.video.variable_frame_rate
    assert media.duration_s == pytest.approx(2.0, abs=0.001)
    assert (media.chosen_audio.codec, media.chosen_audio.channels) == ("aac", 1)
    assert media.chosen_audio.start_s == pytest.approx(0.0, abs=1e-6)
    assert media.complete


@pytest.mark.parametrize(
    ("name", "duration_s", "frames", "variable", "rotation_deg"),
    [
        ("video/opendubbing_english.mp4", 9.967, 299, False, 0),
        ("video/retalking_1.mp4", 6.133, 135, True, 0),
        ("video/sonitranslate_video.mp4", 10.034, 300, False, 0),
        ("bad/vfr_30_to_15.mp4", 8.0, 180, True, 0),
        ("bad/rotated_phone_90.mp4", 8.017, 240, False, 270),
        ("bad/webm_vp9_opus.webm", 6.014, 180, False, 0),
        ("video/grid_bbaf2n.mpg", 3.0, 75, False, 0),
        ("video/syncnet_example.avi", 12.68, 317, False, 0),
    ],
)
def test_real_clips_are_measured(
    name: str, duration_s: float, frames: int, variable: bool, rotation_deg: int
) -> None:
    media = measured(shared_clip(name))
    assert media.duration_s == pytest.approx(duration_s, abs=0.001)
    assert media.video.frame_count == frames
    assert media.video.variable_frame_rate is variable
    assert media.video.rotation_deg == rotation_deg


def test_a_picture_that_starts_late_says_when() -> None:
    assert measured(shared_clip("video/retalking_1.mp4")).video.start_s == pytest.approx(0.033, abs=0.0005)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("bad/corrupt_truncated.mp4", "unreadable_media"),
        ("bad/empty.mp4", "unreadable_media"),
        ("bad/text.mp4", "unreadable_media"),
        ("bad/no_audio_track.mp4", "no_audio_track"),
        ("music/bk_music_30s.mp3", "no_video_track"),
    ],
)
def test_real_broken_files_are_refused(name: str, reason: str) -> None:
    assert refusal(shared_clip(name)) == reason


def test_random_bytes_are_unreadable(tmp_path: Path) -> None:
    path = tmp_path / "noise.mp4"
    path.write_bytes(np.random.default_rng(1).bytes(100_000))
    assert refusal(path) == "unreadable_media"


def test_a_file_without_its_index_is_unreadable(clip: Path, tmp_path: Path) -> None:
    path = tmp_path / "cut.mp4"
    path.write_bytes(clip.read_bytes()[: clip.stat().st_size // 2])
    assert refusal(path) == "unreadable_media"


@pytest.mark.parametrize(
    "script",
    [
        "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\n{other}\n#EXT-X-ENDLIST\n",
        "#EXTM3U\n#EXTINF:5,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile {other}\n",
        "concat:{other}|{other}",
        '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><BaseURL>{other}</BaseURL></MPD>',
    ],
)
def test_a_script_that_names_other_files_is_unreadable(script: str, clip: Path, tmp_path: Path) -> None:
    path = tmp_path / "innocent.mp4"
    path.write_text(script.format(other=clip))
    assert refusal(path) == "unreadable_media"


def test_a_cover_is_no_picture(clip: Path, tmp_path: Path) -> None:
    cover = make_clip(tmp_path / "cover.jpg", "-i", str(clip), "-frames:v", "1")
    for name in ("song.mp3", "song.m4a"):
        song = make_clip(
            tmp_path / name,
            *[*SOUND, "-i", str(cover), "-map", "0", "-map", "1", "-c:v", "copy"],
            *["-disposition:v", "attached_pic"],
        )
        assert refusal(song) == "no_video_track"


def test_lengths_sizes_and_pictures_are_limited(clip: Path) -> None:
    assert refusal(clip, MediaLimits(min_duration_s=3.0)) == "too_short"
    assert refusal(clip, MediaLimits(max_duration_s=1.5)) == "too_long"
    assert refusal(clip, MediaLimits(max_size_bytes=1000)) == "too_large"
    assert refusal(clip, MediaLimits(max_pixels=320 * 240 - 1)) == "too_many_pixels"


def test_a_header_that_promises_hours_is_not_believed(clip: Path, tmp_path: Path) -> None:
    data = clip.read_bytes()
    header = data.index(b"mvhd")
    path = tmp_path / "promise.mp4"
    path.write_bytes(data[: header + 20] + b"\x7f\xff\xff\xff" + data[header + 24 :])
    media = measured(path)
    assert media.duration_s == pytest.approx(2.0, abs=0.01)


def test_a_file_cut_off_while_it_plays_is_taken_for_what_is_there(tmp_path: Path) -> None:
    whole = make_clip(tmp_path / "whole.mp4", *PICTURE, *SOUND, *H264_AAC, "-movflags", "+faststart")
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size * 3 // 4])
    media = measured(cut)
    assert 1.0 <= media.duration_s < 2.0
    assert not media.complete


def test_two_recordings_glued_together_are_unreadable(tmp_path: Path) -> None:
    one = make_clip(tmp_path / "one.ts", *PICTURE, *SOUND, *H264_AAC)
    glued = tmp_path / "glued.ts"
    glued.write_bytes(one.read_bytes() * 2)
    assert refusal(glued) == "unreadable_media"


def test_a_broadcasts_clock_starts_at_its_first_stream(tmp_path: Path) -> None:
    media = measured(make_clip(tmp_path / "clip.ts", *PICTURE, *SOUND, *H264_AAC, "-output_ts_offset", "500"))
    assert media.origin_s > 500
    assert min(media.video.start_s, media.chosen_audio.start_s) == pytest.approx(0.0, abs=0.001)
    assert media.duration_s == pytest.approx(2.0, abs=0.1)


def test_the_default_sound_is_chosen_and_its_language_read(tmp_path: Path) -> None:
    media = measured(
        make_clip(
            tmp_path / "two.mp4",
            *[*PICTURE, *SOUND, *SOUND, "-map", "0", "-map", "1", "-map", "2", *H264_AAC],
            *["-disposition:a:0", "0", "-disposition:a:1", "default", "-metadata:s:a:1", "language=spa"],
        )
    )
    assert media.chosen_audio_index == 2
    assert media.chosen_audio.language == "spa"


def test_a_picture_of_one_frame_is_a_picture(tmp_path: Path) -> None:
    media = measured(
        make_clip(tmp_path / "still.mp4", "-f", "lavfi", "-i", "testsrc2=r=1:d=1", *SOUND, *H264_AAC)
    )
    assert media.video.frame_count == 1


def test_a_file_that_takes_too_long_to_read_is_unreadable(
    clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probe, "WORKER_TIMEOUT_S", 0.01)
    assert refusal(clip) == "unreadable_media"


def test_a_file_with_subtitles_alone_is_no_video(tmp_path: Path) -> None:
    lines = tmp_path / "lines.srt"
    lines.write_text("1\n00:00:00,000 --> 00:00:01,000\nGood morning.\n", encoding="utf-8")
    assert refusal(make_clip(tmp_path / "lines.mkv", "-i", str(lines))) == "unreadable_media"
