"""Decides every frame's mouth for new speech: which real mouth is shown, and in which shape it is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models.lip_sync.personal.choose_mouths import Wanted, cheapest_path, own_costs, step_costs
from models.lip_sync.personal.closures import lip_closures
from models.lip_sync.personal.head_track import track_head
from models.lip_sync.personal.learn import heard_now, lower_faces, middle_of_frames
from models.lip_sync.personal.silence import is_silent
from models.lip_sync.personal.sound_to_shape import hear
from models.lip_sync.personal.trajectory import footage_speeds, move_smoothly

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.faces.geometry import Pose
    from models.lip_sync.personal.speaker import Closing, Speaker
    from models.types import HeardSpeech, SeenFace

SILENCE_S = 0.08
"""A shorter pause is a stop consonant, in which lips need not close."""

CROSS_FRAMES = 2
"""Tones cross from one mouth to the next over so many frames before and after a jump."""


FURTHEST_ONWARDS = 2
"""A frame that is held or left out is no jump."""


@dataclass(frozen=True, slots=True)
class Decisions:
    """What is drawn, frame by frame.

    Attributes:
        strength: Shape (frames,), 0 to 1; 0 wherever nothing is drawn.
        mouths: Shape (frames,), the picture that is shown; -1 where nothing is drawn.
        others: Shape (frames,), a second picture whose tones are mixed in near a jump; -1 for none.
        other_shares: Shape (frames,), how much of its tones, 0 to 0.5.
        shapes: Shape (frames, components), as drawn.
        own_shapes: Shape (frames, components), of the video's own mouths.
        bases: Shape (frames, points, 3), where the points of a mouth of mean shape lie on the reference.
        poses: Where the head is; None where there is no face.
    """

    strength: NDArray[np.float64]
    mouths: NDArray[np.intp]
    others: NDArray[np.intp]
    other_shares: NDArray[np.float64]
    shapes: NDArray[np.float64]
    own_shapes: NDArray[np.float64]
    bases: NDArray[np.float32]
    poses: tuple[Pose | None, ...]


def decide(
    speaker: Speaker,
    face: SeenFace,
    speech: HeardSpeech,
    strength: NDArray[np.floating],
) -> Decisions:
    """Choose mouths and shapes for new speech; see `models.base.LipSynchronizer.plan`."""
    head = track_head(face.times_s, face.landmarks, speaker.space.reference)
    own_shapes = speaker.space.describe(head.aligned)
    there = np.isfinite(own_shapes[:, 0])
    change = np.where(there, np.clip(strength, 0.0, 1.0), 0.0).astype(np.float64)
    bases = lower_faces(face.times_s, head, speaker.space, own_shapes)
    middles_s = middle_of_frames(face.times_s)
    lips = _Lips(resting_lips(speech.samples, middles_s), lip_closures(speech.samples, middles_s))
    heard = hear(speech.encoding, middles_s)
    predicted = lips.held(speaker.closing, speaker.sound_to_shape.predict(heard))
    share = change[:, None]
    wanted_shapes = (1.0 - share) * np.where(share < 1.0, own_shapes, 0.0) + share * predicted
    wanted = Wanted(
        shapes=wanted_shapes / speaker.space.deviations[0],
        sounds=heard_now(heard),
        turns_deg=head.turns_deg(),
        sizes=-np.log(head.scales()),
        closed=lips.closed * change,
        sound_counts=~is_silent(speech.samples, middles_s) * change,
    )
    frame_s = float(np.median(np.diff(face.times_s))) if len(middles_s) > 1 else speaker.frame_s
    steps = step_costs(speaker.mouths, frame_s / speaker.frame_s)
    mouths = np.full(len(change), -1, np.intp)
    others = np.full(len(change), -1, np.intp)
    other_shares = np.zeros(len(change))
    shapes = own_shapes.copy()
    for stretch in _stretches(change > 0, head.runs):
        path = cheapest_path(own_costs(_part(wanted, stretch), speaker.mouths), steps)
        mouths[stretch] = path
        others[stretch], other_shares[stretch] = crossings(path, speaker.mouths.follows)
        moved = _movement(speaker, path, predicted[stretch], lips.during(stretch))
        shapes[stretch] = (1.0 - share[stretch]) * own_shapes[stretch] + share[stretch] * moved
    return Decisions(change, mouths, others, other_shares, shapes, own_shapes, bases, head.poses)


@dataclass(frozen=True, slots=True)
class _Lips:
    """How far lips must rest and must be closed in each frame, both of shape (frames,), 0 to 1."""

    resting: NDArray[np.float64]
    closed: NDArray[np.float64]

    def held(self, closing: Closing, shapes: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the shapes with lips that rest in pauses, and touch where they must."""
        return closing.close(closing.rest_in(shapes, self.resting), self.closed)

    def during(self, frames: NDArray[np.intp]) -> _Lips:
        """Return the same of some frames."""
        return _Lips(self.resting[frames], self.closed[frames])


def resting_lips(speech: NDArray[np.float32], times_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how far lips rest at each time, 0 to 1: in pauses, on their way to it at their edges.

    Args:
        speech: Mono, shape (samples,), at 16 kHz.
        times_s: Middle of each frame.
    """
    silent = is_silent(speech, times_s)
    resting = np.zeros(len(times_s))
    for pause in np.split(np.arange(len(times_s)), np.flatnonzero(np.diff(silent.astype(int))) + 1):
        lasts_s = times_s[pause[-1]] - times_s[pause[0]]
        if silent[pause[0]] and lasts_s >= SILENCE_S:
            # Lips are still closing as a pause begins and open before it ends.
            edge_s = np.minimum(times_s[pause] - times_s[pause[0]], times_s[pause[-1]] - times_s[pause])
            resting[pause] = np.clip(edge_s / SILENCE_S, 0.3, 1.0)
    return resting


def crossings(
    path: NDArray[np.intp], follows: NDArray[np.bool_]
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Return for each frame of a path the mouth beyond the nearest jump, and how much of its tones to take.

    Before a jump it is the mouth that would have led up to the next one, after it the one that would have
    followed the last; where the footage ends, its last frame.
    """
    others = np.full(len(path), -1, np.intp)
    shares = np.zeros(len(path))
    onwards, stretches = np.diff(path), np.cumsum(~follows)
    plays_on = (onwards >= 0) & (onwards <= FURTHEST_ONWARDS) & (np.diff(stretches[path]) == 0)
    for jump in np.flatnonzero(~plays_on) + 1:
        for distance in range(CROSS_FRAMES):
            share = 0.5 - (distance + 0.5) / (2 * CROSS_FRAMES)
            for frame, start, step in (
                (jump + distance, jump - 1, distance + 1),
                (jump - 1 - distance, jump, -1 - distance),
            ):
                if 0 <= frame < len(path) and share > shares[frame]:
                    others[frame] = _play(int(path[start]), step, follows)
                    shares[frame] = share
    return others, shares


def _play(mouth: int, steps: int, follows: NDArray[np.bool_]) -> int:
    """Return the mouth so many frames on (or back), or the last before the footage breaks."""
    while steps > 0 and mouth + 1 < len(follows) and follows[mouth + 1]:
        mouth, steps = mouth + 1, steps - 1
    while steps < 0 and follows[mouth]:
        mouth, steps = mouth - 1, steps + 1
    return mouth


def _movement(
    speaker: Speaker, path: NDArray[np.intp], predicted: NDArray[np.float64], lips: _Lips
) -> NDArray[np.float64]:
    """Return the shapes in which a path of mouths is drawn."""
    footage = speaker.mouths.shapes * speaker.space.deviations[0]
    speeds = footage_speeds(footage, speaker.mouths.follows, path)
    moved = move_smoothly(footage[path], speeds, predicted)
    return lips.held(speaker.closing, moved)


def _stretches(wanted: NDArray[np.bool_], runs: tuple[NDArray[np.intp], ...]) -> list[NDArray[np.intp]]:
    """Return consecutive frames that are to be drawn, without cuts or gaps in them."""
    parts = []
    for run in runs:
        frames = run[wanted[run]]
        if len(frames):
            parts += np.split(frames, np.flatnonzero(np.diff(frames) > 1) + 1)
    return parts


def _part(wanted: Wanted, frames: NDArray[np.intp]) -> Wanted:
    return Wanted(
        wanted.shapes[frames],
        wanted.sounds[frames],
        wanted.turns_deg[frames],
        wanted.sizes[frames],
        wanted.closed[frames],
        wanted.sound_counts[frames],
    )
