"""Learning mouths, and whether they were learnt well enough."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from models.types import FaceFootage, FaceFrame, LipFit
from pipeline_ops.faces.records import FaceTrack
from pipeline_ops.lips.people import Person
from pipeline_ops.safety.consent import Consent
from pipeline_ops.stages.fit_lips import FitParameters, FittedLips, fit_lips, judge_fit
from pipeline_ops.stages.measure_av_offset import AvOffset
from tests.pipeline_ops.lips.painting import PaintingPlan, painting_job, track_of
from tests.pipeline_ops.media.clips import H264_AAC, PICTURE, SOUND, make_clip

IN_SYNC = AvOffset(0.0, 0.0, trusted=False, reason="too_little_speech", measured=None)

LIPS_AGREED = Consent("lips")


class CountingEngine:
    """Learns how many pictures it was shown."""

    def fit(self, footage: FaceFootage, frames: Iterable[FaceFrame], folder: Path) -> LipFit:
        path = folder / "count.txt"
        shown = sum(1 for _ in frames)
        path.write_text(f"{shown} of {len(footage.times_s)}", encoding="utf-8")
        return LipFit(path, 0.5, 0.1, 2.0, shown)

    def plan(self, *_: object) -> PaintingPlan:
        return PaintingPlan()


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip(tmp_path_factory.mktemp("clip") / "clip.mp4", *PICTURE, *SOUND, *H264_AAC)


def fitted(clip: Path, folder: Path, track: FaceTrack, consent: Consent | None = LIPS_AGREED) -> FittedLips:
    job = painting_job(clip, folder, PaintingPlan(), np.zeros(60, bool))
    soundfile.write(folder / "speech.flac", np.zeros(32_000), 16_000)
    np.save(folder / "encoding.npy", np.zeros((100, 64), np.float16))
    scratch = folder / "scratch"
    scratch.mkdir()
    return fit_lips(
        source=clip,
        media=job.media,
        tracks=(track,),
        frame_times_s=tuple(job.times.times_s.tolist()),
        records=job.records,
        turns=(),
        offset=IN_SYNC,
        speech=folder / "speech.flac",
        encoding=folder / "encoding.npy",
        consent=consent,
        model=CountingEngine(),
        parameters=FitParameters(),
        scratch=scratch,
    )


def test_whoever_speaks_long_enough_is_learnt_from_every_usable_frame(clip: Path, tmp_path: Path) -> None:
    result = fitted(clip, tmp_path, replace(track_of(60), speaking_s=5.0))
    [person] = result.people
    assert person.reason is None
    assert person.exemplars == 60
    assert result.models is not None


@pytest.mark.parametrize("consent", [None, Consent("voice")])
def test_without_consent_to_lips_nobody_is_learnt(
    clip: Path, tmp_path: Path, consent: Consent | None
) -> None:
    result = fitted(clip, tmp_path, replace(track_of(60), speaking_s=5.0), consent)
    assert [(person.reason, person.model, person.exemplars) for person in result.people] == [
        ("no_consent", None, 0)
    ]
    assert result.models is None


def test_the_same_footage_gives_the_same_bytes(clip: Path, tmp_path: Path) -> None:
    models = []
    for name in ("once", "again"):
        (tmp_path / name).mkdir()
        result = fitted(clip, tmp_path / name, replace(track_of(60), speaking_s=5.0))
        assert result.models is not None
        models.append(result.models.read_bytes())
    assert models[0] == models[1]


def test_whoever_speaks_too_briefly_is_left_alone(clip: Path, tmp_path: Path) -> None:
    result = fitted(clip, tmp_path, replace(track_of(60), speaking_s=1.0))
    assert [person.reason for person in result.people] == ["too_little_footage"]
    assert result.models is None


def test_a_video_without_a_speaking_face_has_nobody_to_learn(clip: Path, tmp_path: Path) -> None:
    result = fitted(clip, tmp_path, replace(track_of(60), reasons=("does_not_speak",)))
    assert result == FittedLips((), None)


@pytest.mark.parametrize(
    ("held_out", "reason"), [(0.6, None), (0.02, "not_predictable"), (-0.3, "not_predictable"), (None, None)]
)
def test_a_mouth_that_the_sound_does_not_foretell_is_left_alone(
    held_out: float | None, reason: str | None
) -> None:
    fit = LipFit(Path("lips.zip"), held_out, 0.0, 5.0, 100)
    judged = judge_fit(Person((track_of(60),)), fit, FitParameters())
    assert judged.reason == reason
    assert (judged.model is None) is (reason is not None)
