"""How well a mouth can be seen: covered, blurred, turned away, or partly outside of the picture.

A hand or a microphone before the mouth leaves the face detector as sure as before, so it is told by colour:
the skin and lips around the mouth are held against how they look in most of the same face's other frames.
What is caught, on eleven clips with things drawn over the mouth: everything dark that covers it or half of
it; a hand of exactly the colour of the cheeks on about half of the faces. What is not: something that covers
the mouth most of the time, which then is how that face looks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models.face_landmarks.boxes import box_around, upright_crop
from models.faces.points import LIPS, NOSE_TIP, OUTER_LIPS
from models.types import FaceBox

if TYPE_CHECKING:
    from numpy.typing import NDArray

UPPER_FACE = (
    *(1, 2, 4, 5, 195, 197),  # the nose
    *(50, 280, 36, 266, 205, 425, 101, 330, 118, 347),  # the cheeks
    *(151, 108, 337, 9, 107, 336),  # the forehead
)
"""Skin that lies in the same light as the mouth and that nobody covers by accident."""

SAMPLED = OUTER_LIPS + UPPER_FACE

FACE_CROP_PX = 64
FACE_MARGIN = 1.2
"""Colours are taken from the mean of 3 by 3 pixels of a crop of this side: a fiftieth of the face around each
point, in which landmarks may tremble."""

NOSE_CROP_PX = 96
NOSE_SHARE = 0.36
"""Sharpness is taken around the tip of the nose: lips and eyes change it as they open and close."""

DARKEST = 12.0
"""Code values added before logarithms: in the dark, noise is no colour."""

USUAL_SPREAD = 0.08
"""Natural logarithm: what lips' colours vary by, at least, as they move."""

LARGEST_UNLIKENESS = 1.15
"""Mean deviation of the lips' colours in units of their usual one. Of 2400 frames of twelve clips the largest
is 1.12; with half of the mouth covered by something dark, the smallest is 1.17."""

LARGEST_BLUR_DB = 4.0
"""Below the face's median. Faces that move as people do stay within 3.8; smeared over a twelfth of their
width, they fall by 3 to 7."""

COVERING_S = 0.1
"""Something that covers a mouth comes and goes: frames this near are unsure, too."""

LARGEST_YAW_DEG = 40.0
"""Beyond, the far corner of the mouth is hidden behind the lips."""

LARGEST_PITCH_DEG = 30.0
"""Beyond, the chin hides behind the lips, or the upper lip behind the nose's shadow."""


@dataclass(frozen=True, slots=True)
class FaceLook:
    """How a face looks in one frame.

    Attributes:
        colours: At the points `SAMPLED`, shape (42, 3), R'G'B', uint8.
        sharpness_db: Power of the second derivative of a face of fixed contrast.
    """

    colours: NDArray[np.uint8]
    sharpness_db: float


@dataclass(frozen=True, slots=True)
class Visibility:
    """What is wrong with each frame of a face, each of shape (frames,), bool, but for `unlikeness`."""

    covered: NDArray[np.bool_]
    blurred: NDArray[np.bool_]
    turned: NDArray[np.bool_]
    tilted: NDArray[np.bool_]
    unlikeness: NDArray[np.float64]


def look_of(image: NDArray[np.uint8], landmarks: NDArray[np.float32]) -> FaceLook:
    """Return how a face looks.

    Args:
        image: R'G'B', upright, shape (height, width, 3).
        landmarks: Shape (468, 3), pixels.
    """
    import cv2

    box = box_around(landmarks, 1.0)
    face, transform = upright_crop(image, box, FACE_MARGIN, FACE_CROP_PX)
    places = landmarks[list(SAMPLED), :2] @ transform[:, :2].T + transform[:, 2]
    columns, rows = np.clip(np.rint(places).astype(int), 0, FACE_CROP_PX - 1).T
    colours = cv2.blur(face, (3, 3))[rows, columns]
    return FaceLook(colours.astype(np.uint8), _sharpness_db(image, landmarks, box))


def _sharpness_db(image: NDArray[np.uint8], landmarks: NDArray[np.float32], box: FaceBox) -> float:
    import cv2

    side = NOSE_SHARE * box.size_px
    nose = FaceBox(float(landmarks[NOSE_TIP, 0]), float(landmarks[NOSE_TIP, 1]), side, 1.0, box.roll_deg)
    side_px = max(8, min(NOSE_CROP_PX, int(side)))
    crop, _ = upright_crop(image, nose, 1.0, side_px)
    grey = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY).astype(np.float32)
    even = (grey - grey.mean()) / (grey.std() + 2.0)  # 2 code values: noise is no contrast
    return float(10.0 * np.log10(np.mean(cv2.Laplacian(even, cv2.CV_32F) ** 2) + 1e-6))


def judge_visibility(
    times_s: NDArray[np.float64],
    colours: NDArray[np.uint8],
    sharpness_db: NDArray[np.floating],
    yaw_deg: NDArray[np.floating],
    pitch_deg: NDArray[np.floating],
) -> Visibility:
    """Return what is wrong with each frame of one face.

    Args:
        times_s: Shape (frames,), rising; at least one.
        colours: Shape (frames, 42, 3), of `FaceLook`.
        sharpness_db: Shape (frames,), of `FaceLook`.
        yaw_deg: Shape (frames,): how far the head is turned away from the camera.
        pitch_deg: Shape (frames,): how far it is tilted up or down.
    """
    unlike = mouth_unlikeness(colours)
    return Visibility(
        covered=_widened(unlike > LARGEST_UNLIKENESS, times_s, COVERING_S),
        blurred=sharpness_db < np.median(sharpness_db) - LARGEST_BLUR_DB,
        turned=np.abs(yaw_deg) > LARGEST_YAW_DEG,
        tilted=np.abs(pitch_deg) > LARGEST_PITCH_DEG,
        unlikeness=unlike,
    )


def mouth_unlikeness(colours: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return how unlike their usual look the lips are, shape (frames,): deviations over usual deviations.

    Args:
        colours: Shape (frames, 42, 3), of `FaceLook`.
    """
    bright = colours.astype(np.float32) + np.float32(DARKEST)
    lips, skin = bright[:, : len(OUTER_LIPS)], bright[:, len(OUTER_LIPS) :]
    looks = np.log(lips / skin.mean(axis=1, keepdims=True))  # whatever the light
    apart = np.abs(looks - np.median(looks, axis=0))
    usual = 1.4826 * np.median(apart, axis=0)  # the deviation of a normal distribution
    unlikeness: NDArray[np.float64] = (apart / (usual + USUAL_SPREAD)).mean(axis=(1, 2), dtype=np.float64)
    return unlikeness


def mouth_inside(landmarks: NDArray[np.floating], width_px: int, height_px: int) -> NDArray[np.bool_]:
    """Return whether the whole mouth lies in the picture, shape (frames,).

    Args:
        landmarks: Shape (frames, 468, 3), pixels.
        width_px: Of the upright picture.
        height_px: Of the upright picture.
    """
    lips = landmarks[:, list(LIPS), :2]
    return np.asarray(((lips >= 0) & (lips <= [width_px - 1, height_px - 1])).all(axis=(1, 2)))


def _widened(marked: NDArray[np.bool_], times_s: NDArray[np.float64], margin_s: float) -> NDArray[np.bool_]:
    """Mark also what lies within a margin of what is marked."""
    if not marked.any():
        return marked
    near_s = times_s[marked]
    after = np.searchsorted(near_s, times_s)
    behind_s = times_s - near_s[np.maximum(after - 1, 0)]
    ahead_s = near_s[np.minimum(after, len(near_s) - 1)] - times_s
    return np.asarray(np.minimum(np.abs(behind_s), np.abs(ahead_s)) <= margin_s)
