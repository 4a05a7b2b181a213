from __future__ import annotations

from pathlib import Path

import pytest

from pipeline_ops.artefacts import from_json, to_json
from pipeline_ops.errors import RejectedInputError
from pipeline_ops.media.probe import MediaInfo
from pipeline_ops.stages.probe import ProbeParameters, probe
from tests.pipeline_ops.media.clips import H264_AAC, PICTURE, SOUND, make_clip


def test_what_it_finds_survives_storage(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", *PICTURE, *SOUND, *H264_AAC)
    media = probe(source=clip, parameters=ProbeParameters()).media
    assert from_json(MediaInfo, to_json(MediaInfo, media)) == media


def test_a_video_beyond_the_limits_is_refused_with_a_reason(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", *PICTURE, *SOUND, *H264_AAC)
    with pytest.raises(RejectedInputError, match=r"2\.0 s long") as caught:
        probe(source=clip, parameters=ProbeParameters(min_duration_s=5.0))
    assert caught.value.reason_code == "too_short"
