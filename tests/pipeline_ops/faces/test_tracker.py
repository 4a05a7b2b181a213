"""Faces are followed: who comes, who goes, who is lost for a moment."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.face_landmarks.boxes import box_around, overlap
from models.types import FaceBox
from pipeline_ops.faces.tracker import FaceTracker, TrackingLimits, nearest
from tests.pipeline_ops.faces.made_faces import SIZE_PX, face_at

FRAME_S = 0.04
IMAGE = np.zeros((8, 8, 3), np.uint8)


@dataclass
class Scene:
    """A stage on which faces stand where the test puts them; it sees what is near a square."""

    faces: list[np.ndarray] = field(default_factory=list)
    searches: int = 0

    def detect_faces(self, image: np.ndarray) -> tuple[FaceBox, ...]:
        self.searches += 1
        return tuple(box_around(face, 0.9) for face in self.faces)

    def locate_landmarks(self, image: np.ndarray, box: FaceBox) -> tuple[np.ndarray, float]:
        shares = [overlap(box, box_around(face, 1.0)) for face in self.faces]
        if not shares or max(shares) < 0.2:
            return face_at(box.centre_x_px, box.centre_y_px, size_px=box.size_px), 0.01
        return self.faces[int(np.argmax(shares))], 1.0


def play(scenes: list[list[np.ndarray]], limits: TrackingLimits | None = None) -> list[list[int]]:
    """The numbers of the faces that are seen in each frame."""
    stage = Scene()
    tracker = FaceTracker(stage, limits or TrackingLimits())
    seen = []
    for index, faces in enumerate(scenes):
        stage.faces = faces
        seen.append([sighting.face for sighting in tracker.look(IMAGE, index * FRAME_S)])
    return seen


def test_two_faces_keep_their_numbers_as_they_move_side_by_side() -> None:
    scenes = [[face_at(100 + 3 * step, 100), face_at(260 - 2 * step, 100)] for step in range(20)]
    assert play(scenes) == [[0, 1]] * 20


def test_faces_are_numbered_from_the_largest_down() -> None:
    stage = Scene([face_at(100, 100, size_px=50), face_at(400, 100, size_px=150)])
    first, second = FaceTracker(stage, TrackingLimits()).look(IMAGE, 0.0)
    assert (first.face, second.face) == (0, 1)
    assert box_around(first.landmarks, 1.0).size_px > box_around(second.landmarks, 1.0).size_px


def test_a_face_that_comes_is_found_at_the_next_search() -> None:
    limits = TrackingLimits(detect_every_s=10 * FRAME_S)
    seen = play([[face_at(100, 100)]] * 4 + [[face_at(100, 100), face_at(300, 100)]] * 12, limits)
    assert seen[9] == [0]
    assert seen[10] == [0, 1]


def test_a_face_that_leaves_the_picture_ends_its_track() -> None:
    limits = TrackingLimits(lost_s=0.2)
    seen = play([[face_at(100, 100)]] * 5 + [[]] * 10 + [[face_at(100, 100)]] * 20, limits)
    assert seen[4:6] == [[0], []]
    assert seen[-1] == [1]


def test_a_face_that_is_lost_for_a_moment_stays_itself() -> None:
    seen = play([[face_at(100, 100)]] * 5 + [[]] * 4 + [[face_at(130, 100)]] * 6)
    assert seen[-1] == [0]


def test_a_face_that_turns_up_elsewhere_is_another() -> None:
    seen = play([[face_at(100, 100)]] * 5 + [[]] * 2 + [[face_at(700, 100)]] * 6)
    assert seen[-1] == [1]


def test_after_a_cut_everybody_is_new() -> None:
    stage = Scene([face_at(100, 100)])
    tracker = FaceTracker(stage, TrackingLimits())
    assert [one.face for one in tracker.look(IMAGE, 0.0)] == [0]
    tracker.begin_shot()
    assert [one.face for one in tracker.look(IMAGE, FRAME_S)] == [1]


def test_two_squares_that_end_up_on_one_face_become_the_older_one() -> None:
    apart = [[face_at(100, 100), face_at(220, 100)]] * 3
    meeting = [[face_at(100, 100), face_at(220 - 12 * step, 100)] for step in range(1, 8)]
    seen = play(apart + meeting + [[face_at(100, 100)]] * 20)
    assert seen[0] == [0, 1]
    assert seen[-1] == [0]


def test_in_a_crowd_only_so_many_are_followed() -> None:
    crowd = [face_at(150 * place, 100, size_px=60 + 5 * place) for place in range(8)]
    seen = play([crowd] * 15, TrackingLimits(most_faces=3))
    assert seen == [[0, 1, 2]] * 15


def test_an_empty_picture_is_searched_only_now_and_then() -> None:
    stage = Scene()
    tracker = FaceTracker(stage, TrackingLimits(detect_every_s=0.4))
    wanted = []
    for index in range(50):
        wanted.append(tracker.wants_picture(index * FRAME_S))
        if wanted[-1]:
            tracker.look(IMAGE, index * FRAME_S)
    assert stage.searches == sum(wanted) == 5


box = st.builds(FaceBox, st.floats(0, 300), st.floats(0, 300), st.floats(10, 200), st.just(1.0))


@given(one=box, others=st.lists(box, max_size=5))
def test_the_nearest_square_is_the_one_that_shares_most(one: FaceBox, others: list[FaceBox]) -> None:
    found = nearest(one, others)
    shares = [overlap(one, other) for other in others]
    if found is None:
        assert all(share <= 0.1 for share in shares)
    else:
        assert shares[found] == max(shares)


@given(
    x=st.floats(0, 1000),
    steps=st.lists(st.floats(-0.15 * SIZE_PX, 0.15 * SIZE_PX), min_size=1, max_size=25),
)
def test_however_a_lone_face_wanders_it_is_one_face(x: float, steps: list[float]) -> None:
    path = x + np.cumsum(steps)
    assert play([[face_at(place, 100)] for place in path]) == [[0]] * len(steps)
