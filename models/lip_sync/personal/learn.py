"""Learns a speaker from footage: shapes, regression, and a bounded library of real mouths."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models.errors import ModelOutputError
from models.faces.geometry import reference_face
from models.faces.mouth_motion import between_times, mouth_motion
from models.faces.points import LIPS
from models.faces.sound_around import TAPS, sound_around
from models.lip_sync.personal.anchor import SPACING, anchor_grid, learn_anchor, look_at
from models.lip_sync.personal.choose_mouths import Mouths
from models.lip_sync.personal.distances import distances
from models.lip_sync.personal.head_track import IDENTITY_BANDWIDTH_S, HeadTrack, track_head
from models.lip_sync.personal.library import encode_picture
from models.lip_sync.personal.mouth_space import MOST_FACES, MouthSpace, learn_mouth_space
from models.lip_sync.personal.other_speakers import mouths_of_others
from models.lip_sync.personal.pick_exemplars import pick_exemplars
from models.lip_sync.personal.regions import MOUTH_POINTS
from models.lip_sync.personal.silence import is_silent
from models.lip_sync.personal.smoothing import smooth_over_time
from models.lip_sync.personal.sound_to_shape import HeldOut, hear, hold_out, learn_sound_to_shape
from models.lip_sync.personal.speaker import Speaker, learn_closing
from models.lip_sync.personal.warp import Window, window_around

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from models.faces.geometry import Pose
    from models.types import FaceFootage, FaceFrame

FEWEST_FRAMES = 50
"""Two seconds: with less there is nothing to hold out."""

LONGEST_FRAME_S = 0.15
"""Phones let a frame stand for two or three at times; beyond that something is missing."""

MARGIN = 0.15
"""Of the eyes' distance, around the points of a mouth: what a warp may reach for."""

LOOK_SPACING = 0.03
LOOK_HALF_SIZE = (0.39, 0.27)
"""Of the eyes' distance, around the middle of the lips: what a small picture of a mouth shows."""


@dataclass(frozen=True, slots=True)
class Learnt:
    """A speaker, the PNG pictures of their mouths, and how well held-out speech was predicted."""

    speaker: Speaker
    pictures: list[bytes]
    held_out: HeldOut
    speech_s: float


def middle_of_frames(times_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the middle of each frame's time on screen; the last one lasts as long as is usual."""
    durations = np.diff(times_s)
    usual = float(np.median(durations)) if len(durations) else 0.04
    middles: NDArray[np.float64] = times_s + np.append(np.minimum(durations, 3 * usual), usual) / 2
    return middles


def lower_faces(
    times_s: NDArray[np.float64], head: HeadTrack, space: MouthSpace, shapes: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Return where the points of a mouth of mean shape lie on the reference, shape (frames, points, 3).

    What is left of a face once its shape is taken away is the speaker's, and changes with the head's pose
    only: it is smoothed strongly. NaN where there is no face.
    """
    bases = np.full((len(times_s), len(MOUTH_POINTS), 3), np.nan, np.float32)
    for run in head.runs:
        left = head.aligned[run] - space.displacements(shapes[run])
        bases[run] = smooth_over_time(times_s[run], left, IDENTITY_BANDWIDTH_S)
    return bases


def heard_now(heard: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what is said at a frame, without its neighbours: what two sounds are compared by."""
    width = heard.shape[1] // (2 * TAPS + 1)
    return heard[:, TAPS * width : (TAPS + 1) * width]


def learn_speaker(footage: FaceFootage, frames: Iterable[FaceFrame]) -> Learnt:
    """Learn one speaker; see `models.base.LipSynchronizer.fit`.

    Raises:
        ModelOutputError: too few usable frames, or no pictures of them.
    """
    usable = footage.usable & np.isfinite(footage.landmarks[:, 0, 0])
    if usable.sum() < FEWEST_FRAMES:
        raise ModelOutputError(
            f"A mouth cannot be learnt from {int(usable.sum())} usable frames;"
            f" at least {FEWEST_FRAMES} are needed."
        )
    some = np.flatnonzero(usable)[:: max(int(usable.sum()) // MOST_FACES, 1)]
    reference = reference_face(footage.landmarks[some])
    head = track_head(footage.times_s, footage.landmarks, reference)
    space = learn_mouth_space(head.aligned[usable], reference)
    shapes = space.describe(head.aligned)
    middles_s = middle_of_frames(footage.times_s)
    sounds = heard_now(hear(footage.speech.encoding, middles_s))
    mouth = mouth_motion(footage.landmarks, footage.times_s, usable)
    if mouth is None or np.count_nonzero(mouth.seen) < FEWEST_FRAMES:
        raise ModelOutputError("A mouth cannot be learnt: it is never seen for a second without a break.")
    heard = sound_around(footage.speech.encoding, mouth.times_s)
    others = mouths_of_others(footage.source_digest)
    held_out = hold_out(heard, mouth, others)
    regression = learn_sound_to_shape(
        heard, mouth, between_times(mouth.times_s, middles_s[usable], shapes[usable]), others, held_out.gains
    )
    silent = is_silent(footage.speech.samples, middles_s)
    closing = learn_closing(space, shapes[usable], silent[usable])
    turns_deg, scales = head.turns_deg(), head.scales()
    kinds = np.concatenate(
        [
            shapes / space.deviations[0],
            turns_deg[:, :2] / 10.0,
            0.3 * sounds,
        ],
        axis=1,
    )
    picked = pick_exemplars(kinds, usable)
    bases = lower_faces(footage.times_s, head, space, shapes)
    pictures = _Pictures(head, space, bases, shapes)
    for frame in frames:
        if frame.index in picked:
            pictures.add(frame)
    if not pictures.numbers:
        raise ModelOutputError("A mouth cannot be learnt: none of the usable frames' pictures came.")
    numbers = np.array(pictures.numbers)
    anchor, offsets = learn_anchor(pictures.grid, np.stack(pictures.anchor_looks))
    frame_s = float(np.median(np.diff(footage.times_s)))
    follows = np.append(
        False, (np.diff(numbers) == 1) & (np.diff(footage.times_s[numbers]) < LONGEST_FRAME_S)
    )
    mouths = Mouths(
        shapes=shapes[numbers] / space.deviations[0],
        sounds=sounds[numbers],
        turns_deg=turns_deg[numbers],
        sizes=-np.log(scales[numbers]),
        looks=_comparable(np.stack(pictures.mouth_looks)),
        openings=closing.openings(shapes[numbers]),
        follows=follows,
    )
    speaker = Speaker(
        space, closing, regression, anchor, mouths, pictures.points(offsets), scales[numbers], frame_s
    )
    speech_s = float(np.sum(usable & ~silent)) * frame_s
    return Learnt(speaker, pictures.encoded, held_out, speech_s)


class _Pictures:
    """Gathers what is kept of each picture while the frames pass by."""

    def __init__(
        self,
        head: HeadTrack,
        space: MouthSpace,
        bases: NDArray[np.float32],
        shapes: NDArray[np.float64],
    ) -> None:
        self.grid = anchor_grid(space.reference)
        self.numbers: list[int] = []
        self.encoded: list[bytes] = []
        self.anchor_looks: list[NDArray[np.float64]] = []
        self.mouth_looks: list[NDArray[np.float64]] = []
        self._places: list[tuple[Pose, NDArray[np.float64], Window]] = []
        self._head, self._space, self._bases, self._shapes = head, space, bases, shapes
        self._mouth_grid = _mouth_grid(space.reference)

    def add(self, frame: FaceFrame) -> None:
        """Keep the mouth of one frame."""
        pose = self._head.poses[frame.index]
        if pose is None:
            return
        moved = self._space.displacements(self._shapes[frame.index : frame.index + 1])[0]
        face = self._bases[frame.index] + moved
        height, width = frame.pixels.shape[:2]
        window = window_around(pose.to_frame(face)[:, :2], MARGIN / pose.scale).within(
            Window(frame.left_px, frame.top_px, width, height)
        )
        if window.width_px == 0 or window.height_px == 0:
            return
        top, left = window.top_px - frame.top_px, window.left_px - frame.left_px
        self.encoded.append(
            encode_picture(frame.pixels[top : top + window.height_px, left : left + window.width_px])
        )
        self.anchor_looks.append(look_at(frame, pose, self.grid, SPACING))
        self.mouth_looks.append(look_at(frame, pose, self._mouth_grid, LOOK_SPACING))
        self.numbers.append(frame.index)
        self._places.append((pose, face, window))

    def points(self, offsets: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return where the points of each mouth lie in its picture, given each face's offset."""
        return np.stack(
            [
                pose.to_frame(face + np.array([*offset, 0.0]))[:, :2] - (window.left_px, window.top_px)
                for (pose, face, window), offset in zip(self._places, offsets, strict=True)
            ]
        )


def _mouth_grid(reference: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return points about the lips of a reference face, at their depth."""
    middle = reference[list(LIPS)].mean(axis=0)
    x = np.arange(-LOOK_HALF_SIZE[0], LOOK_HALF_SIZE[0] + LOOK_SPACING / 2, LOOK_SPACING) + middle[0]
    y = np.arange(-LOOK_HALF_SIZE[1], LOOK_HALF_SIZE[1] + LOOK_SPACING / 2, LOOK_SPACING) + middle[1]
    flat = np.stack(np.meshgrid(x, y), axis=-1)
    return np.concatenate([flat, np.full((*flat.shape[:2], 1), middle[2])], axis=-1)


def _comparable(looks: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return small pictures as rows whose median distance is 1."""
    rows = looks.reshape(len(looks), -1)
    some = rows[:: max(len(rows) // 200, 1)]
    return rows / max(float(np.median(distances(some, some))), 1e-6)
