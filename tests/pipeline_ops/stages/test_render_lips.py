"""When a mouth is changed, and what is written down about it."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from models.types import TimeSpan
from pipeline_ops.faces.records import Shot
from pipeline_ops.quality.speaking_face import Turn
from pipeline_ops.safety.consent import Consent
from pipeline_ops.stages.fit_lips import FittedPerson
from pipeline_ops.stages.render_lips import RenderedLips, RenderParameters, render_lips, runs_of, spoken_by
from pipeline_ops.timing import Placement
from tests.pipeline_ops.lips.painting import PaintingPlan, painting_job, track_of
from tests.pipeline_ops.media.clips import H264_AAC, PICTURE, SOUND, make_clip
from tests.pipeline_ops.stages.test_fit_lips import IN_SYNC, CountingEngine

LEARNT = FittedPerson((0,), "person0.txt", None, 5.0, 0.5, 0.1, 60)

LIPS_AGREED = Consent("lips")


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip(tmp_path_factory.mktemp("clip") / "clip.mp4", *PICTURE, *SOUND, *H264_AAC)


def rendered(
    clip: Path,
    folder: Path,
    people: tuple[FittedPerson, ...],
    *,
    enabled: bool = True,
    learnt: bool = True,
    consent: Consent | None = LIPS_AGREED,
) -> RenderedLips:
    """Render with an engine that paints mouths white; the dub is heard from 0.5 to 1 s."""
    job = painting_job(clip, folder, PaintingPlan(), np.zeros(60, bool))
    soundfile.write(folder / "speech.flac", np.zeros(32_000), 16_000)
    np.save(folder / "encoding.npy", np.zeros((100, 64), np.float16))
    models = folder / "models.zip"
    with zipfile.ZipFile(models, "w") as archive:
        archive.writestr("person0.txt", "60 of 60")
    scratch = folder / "scratch"
    scratch.mkdir()
    return render_lips(
        source=clip,
        media=job.media,
        shots=(Shot(0, 60, 0.0, 2.0),),
        tracks=(track_of(60),),
        turns=(Turn(0.5, 1.0, 0),),
        frame_times_s=tuple(job.times.times_s.tolist()),
        records=job.records,
        offset=IN_SYNC,
        people=people,
        models=models if learnt else None,
        dub_speech=folder / "speech.flac",
        dub_encoding=folder / "encoding.npy",
        placements=(Placement(0, 0, 0.5, 1.0, 0.5, 1.0, 1.0, 1.0, ()),),
        consent=consent,
        model=CountingEngine(),
        parameters=RenderParameters("pt", enabled=enabled),
        scratch=scratch,
    )


@pytest.mark.parametrize("consent", [None, Consent("voice")])
def test_without_consent_to_lips_nothing_is_drawn_whatever_was_learnt(
    clip: Path, tmp_path: Path, consent: Consent | None
) -> None:
    result = rendered(clip, tmp_path, (LEARNT,), consent=consent)
    assert (result.reason, result.picture, result.drawn) == ("no_consent", None, ())


def test_frames_in_which_the_dub_is_heard_are_drawn_and_no_others(clip: Path, tmp_path: Path) -> None:
    result = rendered(clip, tmp_path, (LEARNT,))
    assert result.reason is None
    assert result.picture is not None
    [track] = result.drawn
    [(first, last)] = track.frames
    # Half a second at 30 Hz, with lead and ramp on both sides.
    assert 15 - 9 <= first <= 15 - 7
    assert 30 + 7 <= last <= 30 + 9
    with av.open(str(result.picture)) as container:
        frames = [frame.to_ndarray(format="gray") for frame in container.decode(video=0)]
    levels = [frame[130, 140] for frame in frames]
    assert len(levels) == 60
    assert min(levels[first:last]) > 230
    assert max(levels[:first] + levels[last:]) < 230
    with av.open(str(clip)) as container:
        sources = [frame.to_ndarray(format="gray") for frame in container.decode(video=0)]
    # Every frame is labelled, at the left edge of the ground too, where there is no text.
    ground = np.s_[9:19, 7:10]
    for frame, source in zip(frames, sources, strict=True):
        assert frame[ground].mean() < 0.7 * source[ground].mean()


def test_switched_off_every_picture_stays_as_it_is(clip: Path, tmp_path: Path) -> None:
    assert rendered(clip, tmp_path, (LEARNT,), enabled=False) == RenderedLips((), "switched_off", None)


def test_a_video_without_a_speaking_face_stays_as_it_is(clip: Path, tmp_path: Path) -> None:
    assert rendered(clip, tmp_path, (), learnt=False) == RenderedLips((), "no_speaking_face", None)


def test_a_mouth_that_was_not_learnt_stays_as_it_is(clip: Path, tmp_path: Path) -> None:
    people = (replace(LEARNT, model=None, reason="not_predictable"),)
    assert rendered(clip, tmp_path, people, learnt=False) == RenderedLips((), "not_learnt", None)


@given(st.lists(st.booleans(), max_size=60), st.integers(0, 1000))
def test_runs_hold_every_changed_frame_once(changed: list[bool], first: int) -> None:
    drawn = np.array(changed, dtype=bool)
    frames = [frame for start, end in runs_of(drawn, first) for frame in range(start, end)]
    assert frames == [first + number for number, change in enumerate(changed) if change]


def test_a_mouth_moves_for_its_own_lines_and_rests_where_it_moved_before() -> None:
    turns = [Turn(1.0, 3.0, 0), Turn(4.0, 6.0, 1)]
    dubbed = [TimeSpan(1.1, 2.8), TimeSpan(4.0, 5.5)]
    assert spoken_by([0], turns, dubbed, 0.0) == (TimeSpan(1.1, 2.8), TimeSpan(1.0, 3.0))
    assert spoken_by([1], turns, dubbed, 0.0) == (TimeSpan(4.0, 5.5), TimeSpan(4.0, 6.0))


def test_lips_of_a_late_sound_moved_before_it_was_heard() -> None:
    assert spoken_by([0], [Turn(1.0, 3.0, 0)], [], 0.2) == (TimeSpan(0.8, 2.8),)
