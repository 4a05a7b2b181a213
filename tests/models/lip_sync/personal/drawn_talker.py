"""A drawn person whose mouth opens as their speech says, so that the truth of every frame is known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from models.faces.points import (
    CHIN,
    CHIN_TIP,
    INNER_LIPS,
    JAW,
    LEFT_EYE_OUTER,
    LOWER_LIP_BOTTOM,
    LOWER_LIP_INNER,
    NOSE_TIP,
    OUTER_LIPS,
    POINT_COUNT,
    RIGHT_EYE_OUTER,
)
from models.lip_sync.personal.regions import (
    AROUND_MOUTH,
    CHEEKS,
    EDGE,
    NEXT_TO_LIPS,
    NOSE_BASE,
    SIDES_OF_CHIN,
)
from models.types import ENCODING_RATE_HZ, FaceFootage, FaceFrame, HeardSpeech, SpeechEncoding

RATE_HZ = 25.0
WIDTH = 64
SAMPLES_A_S = 16_000
SIZE_PX = (280, 240)
CENTRE = np.array([120.0, 120.0])
MOUTH = np.array([120.0, 170.0])
EYES_PX = 100.0
OPEN_PX = 14.0
JITTER_PX = 0.25
LOWER_LIPS = sorted({*OUTER_LIPS[11:], *INNER_LIPS[11:], LOWER_LIP_INNER, LOWER_LIP_BOTTOM})
"""The lower edges, between the corners."""


@dataclass(frozen=True)
class DrawnTalker:
    """Footage, and how far the mouth is open in each frame, 0 to 1."""

    footage: FaceFootage
    openings: np.ndarray

    def frames(self) -> Iterator[FaceFrame]:
        """The pictures of all frames."""
        for index, (face, opening) in enumerate(zip(self.footage.landmarks, self.openings, strict=True)):
            yield FaceFrame(index, face, draw_picture(float(opening)), 0, 0)


def drawn_talker(seed: int = 0, duration_s: float = 8.0) -> DrawnTalker:
    """A person who says random syllables, with landmarks that tremble."""
    random = np.random.default_rng(seed)
    times_s = np.arange(round(duration_s * RATE_HZ)) / RATE_HZ
    course = syllables(duration_s, random)
    course_s = np.arange(len(course)) / 100.0
    openings = np.interp(times_s + 0.5 / RATE_HZ, course_s, course)
    faces = np.stack([face_with(float(opening)) for opening in openings])
    faces += random.normal(0.0, JITTER_PX, faces.shape)
    sound_s = (np.arange(round(duration_s * ENCODING_RATE_HZ)) + 0.5) / ENCODING_RATE_HZ
    said = np.interp(sound_s, course_s, course)
    listener = np.random.default_rng(77).normal(size=(2, WIDTH))
    moments = np.stack([said, np.gradient(said) * 5.0], axis=1) @ listener
    moments += 0.2 * random.normal(size=moments.shape)
    samples = 0.1 * random.normal(size=round(duration_s * SAMPLES_A_S))
    speech = HeardSpeech(samples.astype(np.float32), SpeechEncoding(moments.astype(np.float32)))
    usable = np.ones(len(times_s), np.bool_)
    return DrawnTalker(FaceFootage(times_s, faces.astype(np.float32), usable, speech), openings)


def syllables(duration_s: float, random: np.random.Generator) -> np.ndarray:
    """Openings from 0 to 1, 100 values a second, rising and falling some four times a second."""
    smooth = np.convolve(random.normal(size=round(duration_s * 100) + 200), np.hanning(18), mode="same")
    return np.clip(0.5 + smooth[100:-100] / (2.5 * smooth.std()), 0.0, 1.0)


def face_with(opening: float) -> np.ndarray:
    """The mesh of an upright face, shape (468, 3), pixels; its lower lip and jaw drop as the mouth opens."""
    chance = np.random.default_rng(1)
    angle, radius = chance.uniform(0, 2 * np.pi, POINT_COUNT), np.sqrt(chance.uniform(0, 1, POINT_COUNT))
    points = np.zeros((POINT_COUNT, 3))
    points[:, 0] = CENTRE[0] + 75.0 * radius * np.cos(angle)
    points[:, 1] = CENTRE[1] - 20.0 + 60.0 * radius * np.sin(angle)
    points[LEFT_EYE_OUTER, :2] = CENTRE + np.array([-EYES_PX / 2, -35.0])
    points[RIGHT_EYE_OUTER, :2] = CENTRE + np.array([EYES_PX / 2, -35.0])
    points[NOSE_TIP, :2] = CENTRE + np.array([0.0, 12.0])
    for group, radii in (
        (OUTER_LIPS, (24.0, 9.0)),
        (INNER_LIPS, (20.0, 1.0)),
        (NEXT_TO_LIPS, (31.0, 15.0)),
        (AROUND_MOUTH, (38.0, 22.0)),
        (EDGE[3:], (44.0, 30.0)),
    ):
        turn = np.pi + 2 * np.pi * np.arange(len(group)) / len(group)
        points[list(group), 0] = MOUTH[0] + radii[0] * np.cos(turn)
        points[list(group), 1] = MOUTH[1] + radii[1] * np.sin(turn)
    points[list(NOSE_BASE), 0] = MOUTH[0] + np.linspace(-12, 12, len(NOSE_BASE))
    points[list(NOSE_BASE), 1] = MOUTH[1] - 30.0
    points[2, :2] = MOUTH + np.array([0.0, -29.0])
    points[list(CHEEKS), 0] = MOUTH[0] + np.tile([-60.0, 60.0], 4)
    points[list(CHEEKS), 1] = MOUTH[1] + np.repeat([-30.0, -15.0, 0.0, 15.0], 2)
    for group, drop in ((CHIN, 36.0), (SIDES_OF_CHIN, 44.0), (JAW, 52.0)):
        points[list(group), 0] = MOUTH[0] + np.linspace(-45, 45, len(group))
        points[list(group), 1] = MOUTH[1] + drop - 0.004 * np.linspace(-45, 45, len(group)) ** 2
    points[CHIN_TIP, :2] = MOUTH + np.array([0.0, 54.0])
    points[:, 2] = 0.004 * np.sum((points[:, :2] - CENTRE) ** 2, axis=1)
    moving = sorted({*LOWER_LIPS, *CHIN, *JAW, *SIDES_OF_CHIN, CHIN_TIP})
    points[moving, 1] += OPEN_PX * opening
    return points


def draw_picture(opening: float) -> np.ndarray:
    """Skin with grain and moles that stay, and a mouth that is dark inside, shape (280, 240, 3)."""
    height, width = SIZE_PX
    rows, columns = np.mgrid[:height, :width]
    light = 0.6 + 0.1 * np.sin(rows / 40.0) + 0.08 * np.cos(columns / 30.0)
    grain = cv2.GaussianBlur(np.random.default_rng(5).normal(0, 0.12, SIZE_PX), (0, 0), 2.0)
    picture = (light + grain)[..., None] * [1.0, 0.8, 0.7]
    drop = OPEN_PX * opening
    middle = (round(16 * MOUTH[0]), round(16 * (MOUTH[1] + drop / 2)))
    for colour, reach_px, half_px in (((0.7, 0.3, 0.3), 24.0, 9.0), ((0.08, 0.03, 0.03), 20.0, 1.0)):
        axes = (round(16 * reach_px), round(16 * (half_px + drop / 2)))
        cv2.ellipse(picture, middle, axes, 0, 0, 360, colour, -1, cv2.LINE_AA, 4)
    return np.clip(picture, 0.0, 1.0).astype(np.float32)


def darkness(picture: np.ndarray) -> float:
    """How many pixels of the opened mouth are seen."""
    left, top = (MOUTH - [26.0, 14.0]).astype(int)
    return float((picture[top : top + 44, left : left + 52, 0] < 0.3).sum())
