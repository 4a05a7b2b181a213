"""The engine as a whole, on a drawn speaker of whom the truth is known."""

from __future__ import annotations

import pickle
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from models.errors import FaultError, ModelOutputError
from models.faces.points import NOSE_TIP
from models.lip_sync.personal.engine import PersonalLipSynchronizer
from models.lip_sync.personal.speaker import read_speaker
from models.types import FaceFrame, LipFit
from tests.models.lip_sync.personal.drawn_talker import (
    OPEN_PX,
    DrawnTalker,
    darkness,
    draw_picture,
    drawn_talker,
)


@dataclass(frozen=True)
class Learnt:
    """A drawn speaker, and what the engine learnt of them."""

    talker: DrawnTalker
    fit: LipFit


@pytest.fixture(scope="module")
def learnt(tmp_path_factory: pytest.TempPathFactory) -> Learnt:
    talker = drawn_talker()
    fit = PersonalLipSynchronizer().fit(talker.footage, talker.frames(), tmp_path_factory.mktemp("fit"))
    return Learnt(talker, fit)


def test_speech_that_tells_the_mouth_foretells_held_out_footage(learnt: Learnt) -> None:
    assert learnt.fit.held_out_correlation is not None
    assert learnt.fit.noise_correlation is not None
    assert learnt.fit.held_out_correlation > learnt.fit.noise_correlation + 0.15
    assert learnt.fit.speech_s == pytest.approx(8.0, abs=0.5)


def test_foreign_speech_foretells_nothing(learnt: Learnt, tmp_path: Path) -> None:
    foreign = replace(learnt.talker.footage, speech=drawn_talker(9).footage.speech)
    fit = PersonalLipSynchronizer().fit(foreign, learnt.talker.frames(), tmp_path)
    assert fit.held_out_correlation is not None
    assert fit.noise_correlation is not None
    assert fit.held_out_correlation < fit.noise_correlation + 0.1


def test_the_same_footage_gives_the_same_bytes(learnt: Learnt, tmp_path: Path) -> None:
    again = PersonalLipSynchronizer().fit(learnt.talker.footage, learnt.talker.frames(), tmp_path)
    assert again.model.read_bytes() == learnt.fit.model.read_bytes()


def test_new_speech_opens_the_mouth_that_was_drawn_and_no_pixel_changes_beside_it(learnt: Learnt) -> None:
    new = drawn_talker(3)
    strength = np.ones(len(new.openings), np.float32)
    plan = PersonalLipSynchronizer().plan(
        learnt.fit.model, learnt.talker.footage, new.footage.speech, strength
    )
    seen = []
    for frame in learnt.talker.frames():
        if frame.index % 5:
            continue
        patch = plan.render(frame)
        assert patch is not None
        np.testing.assert_array_equal(patch.pixels[~patch.changed], frame.pixels[~patch.changed])
        assert not patch.changed[: int(frame.landmarks[NOSE_TIP, 1])].any()
        seen.append(darkness(patch.pixels))
    wanted = [darkness(draw_picture(float(opening))) for opening in new.openings[::5]]
    old = [darkness(draw_picture(float(opening))) for opening in learnt.talker.openings[::5]]
    assert np.corrcoef(seen, wanted)[0, 1] > 0.6
    assert abs(np.corrcoef(seen, old)[0, 1]) < 0.4


def test_jumps_between_mouths_do_not_show_as_jerks(learnt: Learnt) -> None:
    new = drawn_talker(3)
    strength = np.ones(len(new.openings), np.float32)
    plan = PersonalLipSynchronizer().plan(
        learnt.fit.model, learnt.talker.footage, new.footage.speech, strength
    )
    speaker, _ = read_speaker(learnt.fit.model)
    chosen = speaker.mouths.shapes[plan.decisions.mouths] * speaker.space.deviations[0]
    jumps = np.flatnonzero(np.abs(np.diff(plan.decisions.mouths)[:-1] - 1) > 1)
    assert len(jumps) > 5
    jerks = [np.abs(np.diff(shapes[:, 0], 2))[jumps].mean() for shapes in (plan.decisions.shapes, chosen)]
    assert jerks[0] < 0.9 * jerks[1]


def test_frames_that_are_not_to_be_changed_are_not(learnt: Learnt) -> None:
    strength = np.zeros(len(learnt.talker.openings), np.float32)
    strength[100:] = 1.0
    speech = learnt.talker.footage.speech
    plan = PersonalLipSynchronizer().plan(learnt.fit.model, learnt.talker.footage, speech, strength)
    for frame in learnt.talker.frames():
        if frame.index in (0, 99, 100):
            assert (plan.render(frame) is None) == (frame.index < 100)


def test_a_plan_draws_the_same_in_another_process(learnt: Learnt) -> None:
    strength = np.ones(len(learnt.talker.openings), np.float32)
    speech = learnt.talker.footage.speech
    plan = PersonalLipSynchronizer().plan(learnt.fit.model, learnt.talker.footage, speech, strength)
    travelled = pickle.loads(pickle.dumps(plan))
    frame = next(learnt.talker.frames())
    drawn, drawn_there = plan.render(frame), travelled.render(frame)
    np.testing.assert_array_equal(drawn_there.changed, drawn.changed)
    np.testing.assert_allclose(drawn_there.pixels, drawn.pixels, atol=1e-6)


def test_a_face_that_is_not_there_is_left_alone(learnt: Learnt) -> None:
    landmarks = learnt.talker.footage.landmarks.copy()
    landmarks[50] = np.nan
    strength = np.ones(len(landmarks), np.float32)
    plan = PersonalLipSynchronizer().plan(
        learnt.fit.model,
        replace(learnt.talker.footage, landmarks=landmarks),
        learnt.talker.footage.speech,
        strength,
    )
    assert plan.render(FaceFrame(50, landmarks[50], draw_picture(0.5), 0, 0)) is None


def test_what_was_learnt_knows_how_far_each_mouth_was_open(learnt: Learnt) -> None:
    speaker, library = read_speaker(learnt.fit.model)
    assert len(speaker.mouths.shapes) == learnt.fit.exemplars == len(learnt.talker.openings)
    assert np.corrcoef(speaker.mouths.openings, learnt.talker.openings)[0, 1] > 0.95
    assert speaker.closing.deviation == pytest.approx(
        OPEN_PX * learnt.talker.openings.std() / 100.0, rel=0.25
    )
    assert library.picture(0).shape[2] == 3


def test_too_little_footage_is_said_to_be_so(learnt: Learnt, tmp_path: Path) -> None:
    usable = np.zeros_like(learnt.talker.footage.usable)
    usable[:40] = True
    footage = replace(learnt.talker.footage, usable=usable)
    with pytest.raises(ModelOutputError, match="40 usable frames"):
        PersonalLipSynchronizer().fit(footage, learnt.talker.frames(), tmp_path)


def test_footage_without_pictures_is_said_to_be_so(learnt: Learnt, tmp_path: Path) -> None:
    with pytest.raises(ModelOutputError, match="none of the usable frames' pictures came"):
        PersonalLipSynchronizer().fit(learnt.talker.footage, iter(()), tmp_path)


def test_it_needs_neither_files_nor_options() -> None:
    assert isinstance(PersonalLipSynchronizer.load({}, {}), PersonalLipSynchronizer)
    with pytest.raises(FaultError, match="neither files nor options"):
        PersonalLipSynchronizer.load({}, {"speed": 2})
