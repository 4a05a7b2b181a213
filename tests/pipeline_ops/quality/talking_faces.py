"""Faces made of numbers, whose mouths open as their encoded speech says."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from models.faces.mouth_motion import mouth_motion
from models.faces.points import CHIN_TIP, JAW, LOWER_LIP_BOTTOM, LOWER_LIP_INNER, POINT_COUNT
from models.faces.sound_around import sound_around
from models.faces.talking_speakers import SpeakerMoments, moments_of
from models.types import ENCODING_RATE_HZ, SpeechEncoding
from pipeline_ops.quality.lip_sync_model import LipSyncModel, solve

COURSE_RATE_HZ = 100
WIDTH = 8
SOUND_NOISE = 0.3
FACE_PX = 60.0
OPENING_PX = 12.0
JITTER_PX = 0.3


@dataclass(frozen=True)
class TalkingFace:
    """A face and its sound."""

    landmarks: np.ndarray
    times_s: np.ndarray
    usable: np.ndarray
    speech: SpeechEncoding

    def saying(self, other: TalkingFace) -> TalkingFace:
        """The same face with another's sound."""
        return replace(self, speech=other.speech)


def talking_face(
    seed: int = 0,
    *,
    duration_s: float = 12.0,
    rate_hz: float = 25.0,
    sound_late_s: float = 0.0,
    times_s: np.ndarray | None = None,
    jitter_px: float = JITTER_PX,
) -> TalkingFace:
    """A person who says random syllables, the sound as late as asked."""
    random = np.random.default_rng(seed)
    shown_s = np.arange(round(duration_s * rate_hz)) / rate_hz if times_s is None else times_s
    course = _syllables(duration_s, random)
    course_s = np.arange(len(course)) / COURSE_RATE_HZ
    faces = np.repeat(random.normal(0.0, FACE_PX, (1, POINT_COUNT, 3)), len(shown_s), axis=0)
    open_px = OPENING_PX * np.interp(shown_s + np.median(np.diff(shown_s)) / 2, course_s, course)
    faces[:, [LOWER_LIP_INNER, LOWER_LIP_BOTTOM, CHIN_TIP, *JAW], 1] += open_px[:, None]
    faces += jitter_px * random.normal(size=faces.shape)
    sound_s = (np.arange(round(duration_s * ENCODING_RATE_HZ)) + 0.5) / ENCODING_RATE_HZ
    said = np.interp(sound_s - sound_late_s, course_s, course)
    listener = np.random.default_rng(77).normal(size=(2, WIDTH))  # hears everybody alike
    voice = random.normal(size=WIDTH)
    heard = np.stack([said, np.gradient(said) * ENCODING_RATE_HZ / 10.0], axis=1) @ listener + voice
    heard += SOUND_NOISE * random.normal(size=heard.shape)
    return TalkingFace(
        faces.astype(np.float32),
        shown_s,
        np.ones(len(shown_s), dtype=bool),
        SpeechEncoding(heard.astype(np.float32)),
    )


def moments(face: TalkingFace, *digests: str) -> SpeakerMoments:
    """What is kept of a speaker who is trained on."""
    mouth = mouth_motion(face.landmarks, face.times_s, face.usable)
    assert mouth is not None
    around = sound_around(face.speech, mouth.times_s)
    return moments_of(around, mouth.motion, mouth.seen, frozenset(digests))


def trained_model() -> LipSyncModel:
    """A model of three speakers, seeds 100 to 102."""
    return solve([moments(talking_face(seed)) for seed in (100, 101, 102)])


def _syllables(duration_s: float, random: np.random.Generator) -> np.ndarray:
    """Openings from 0 to 1, 100 values a second, rising and falling some four times a second."""
    window = np.hanning(18)
    smooth = np.convolve(random.normal(size=round(duration_s * COURSE_RATE_HZ) + 200), window, mode="same")
    return np.clip(0.5 + smooth[100:-100] / (2.5 * smooth.std()), 0.0, 1.0)
