"""Shapes of one mouth, and how its lips close."""

from __future__ import annotations

import numpy as np
import pytest

from models.faces.geometry import reference_face
from models.lip_sync.personal.head_track import track_head
from models.lip_sync.personal.mouth_space import FIXED, MouthSpace, learn_mouth_space
from models.lip_sync.personal.regions import EDGE, MOUTH_POINTS, OWN_POINTS
from models.lip_sync.personal.speaker import USUAL_REST, learn_closing
from tests.models.lip_sync.personal.drawn_talker import EYES_PX, OPEN_PX, drawn_talker

TALKER = drawn_talker(duration_s=4.0)
REFERENCE = reference_face(TALKER.footage.landmarks)


@pytest.fixture(scope="module")
def space() -> MouthSpace:
    head = track_head(TALKER.footage.times_s, TALKER.footage.landmarks, REFERENCE)
    return learn_mouth_space(head.aligned, REFERENCE)


def shapes_of(space: MouthSpace) -> np.ndarray:
    head = track_head(TALKER.footage.times_s, TALKER.footage.landmarks, REFERENCE)
    return space.describe(head.aligned)


def test_the_first_component_of_a_mouth_that_only_opens_is_its_opening(space: MouthSpace) -> None:
    assert np.corrcoef(shapes_of(space)[:, 0], TALKER.openings)[0, 1] > 0.98
    assert space.deviations[0] > 5 * space.deviations[1]


def test_a_shape_that_is_drawn_is_described_as_it_was(space: MouthSpace) -> None:
    shapes = np.random.default_rng(0).normal(size=(5, len(space.deviations))) * space.deviations
    drawn = space.mean + space.displacements(shapes)
    np.testing.assert_allclose(space.describe(drawn), shapes, atol=1e-9)


def test_no_shape_moves_what_speech_must_not_move(space: MouthSpace) -> None:
    assert FIXED
    moved = space.displacements(np.ones((1, len(space.deviations))))
    assert (moved[:, FIXED] == 0.0).all()


def test_measures_are_in_eye_distances(space: MouthSpace) -> None:
    openings = space.measures(shapes_of(space))[:, 0]
    assert np.ptp(openings) == pytest.approx(np.ptp(TALKER.openings) * OPEN_PX / EYES_PX, rel=0.15)


def openings_of(space: MouthSpace, shapes: np.ndarray) -> np.ndarray:
    openings: np.ndarray = space.measures(shapes)[:, 0]
    return openings


def test_lips_that_must_close_do_and_others_stay_as_they_are(space: MouthSpace) -> None:
    shapes = shapes_of(space)
    closing = learn_closing(space, shapes, np.zeros(len(shapes), bool))
    share = np.where(np.arange(len(shapes)) % 2, 1.0, 0.0)
    closed = closing.close(shapes, share)
    np.testing.assert_array_equal(closed[::2], shapes[::2])
    np.testing.assert_allclose(closing.openings(closed[1::2]), 0.0, atol=1e-9)
    assert closing.openings(shapes).max() > 2.0


def test_lips_rest_as_this_speakers_do_in_pauses(space: MouthSpace) -> None:
    shapes = shapes_of(space)
    openings = openings_of(space, shapes)
    silent = (openings > np.quantile(openings, 0.2)) & (openings < np.quantile(openings, 0.4))
    closing = learn_closing(space, shapes, silent)
    assert closing.rest == pytest.approx(np.median(openings[silent]))
    rested = closing.rest_in(shapes, np.ones(len(shapes)))
    assert closing.openings(rested).max() == pytest.approx(
        (closing.rest - closing.closed) / closing.deviation, abs=0.02
    )


def test_a_speaker_who_never_pauses_rests_as_is_usual_and_never_beyond_closed(space: MouthSpace) -> None:
    shapes = shapes_of(space)
    openings = openings_of(space, shapes)
    closing = learn_closing(space, shapes, np.zeros(len(shapes), bool))
    assert closing.rest == pytest.approx(openings.mean() - USUAL_REST * openings.std())
    closed = openings <= np.quantile(openings, 0.03)
    assert learn_closing(space, np.repeat(shapes, 4, axis=0), np.repeat(closed, 4)).rest >= closing.closed


def test_a_head_that_moves_is_followed_and_its_mouth_freed_of_that() -> None:
    faces = TALKER.footage.landmarks.copy()
    aside = 30.0 * np.sin(np.arange(len(faces)) / 12.0)
    faces[:, :, 0] += aside[:, None].astype(np.float32)
    still, moving = (
        track_head(TALKER.footage.times_s, each, REFERENCE) for each in (TALKER.footage.landmarks, faces)
    )
    np.testing.assert_allclose(moving.aligned, still.aligned, atol=0.01)
    centres = [
        np.array([pose.centre[0] for pose in head.poses if pose is not None]) for head in (still, moving)
    ]
    np.testing.assert_allclose(centres[1] - centres[0], aside, atol=0.3)


def test_a_lost_face_has_no_pose() -> None:
    faces = TALKER.footage.landmarks.copy()
    faces[40:45] = np.nan
    head = track_head(TALKER.footage.times_s, faces, REFERENCE)
    assert [number for number, pose in enumerate(head.poses) if pose is None] == [40, 41, 42, 43, 44]
    assert np.isnan(head.turns_deg()[40:45]).all()
    assert len(head.runs) == 2


def test_all_points_that_steer_the_drawing_are_known() -> None:
    assert set(EDGE) | set(OWN_POINTS) <= set(MOUTH_POINTS)
