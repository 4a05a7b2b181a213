"""A small generator with Wav2Lip's inputs and outputs, and a drawn face to put through it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from models.faces.points import CHIN, CHIN_TIP, INNER_LIPS, JAW, OUTER_LIPS, POINT_COUNT
from models.types import FaceFootage, FaceFrame, HeardSpeech, SpeechEncoding

RATE_HZ = 16_000
FACE_CENTRE = (100.0, 110.0)
FACE_RADII = (60.0, 80.0)
MOUTH_CENTRE = (100.0, 150.0)
PICTURE_SHAPE = (230, 200, 3)

MOUTH_ROWS, MOUTH_COLUMNS = slice(64, 76), slice(32, 64)
"""Where the mouth lies in the generator's 96 px."""


def write_generator(
    path: Path,
    *,
    face_weights: np.ndarray | None = None,
    mel_weights: np.ndarray | None = None,
    names: tuple[str, str, str] = ("mel", "face", "picture"),
    mel_first: bool = True,
    batch: int | str = "batch",
    side_px: int = 96,
    steps: int = 16,
    half_precision: bool = False,
    sigmoid: bool = True,
) -> Path:
    """Write a generator: a convolution of the face, and one of the speech that colours the mouth.

    Both are random unless weights are given.

    Args:
        face_weights: Shape (3, 6, 3, 3).
        mel_weights: Shape (3, 1, 80, steps).
    """
    chance = np.random.default_rng(7)
    face_weights = chance.normal(0, 0.15, (3, 6, 3, 3)) if face_weights is None else face_weights
    mel_weights = chance.normal(0, 0.02, (3, 1, 80, steps)) if mel_weights is None else mel_weights
    mouth = np.zeros((1, 1, side_px, side_px))
    mouth[..., MOUTH_ROWS, MOUTH_COLUMNS] = 1.0
    number, kind = (np.float16, TensorProto.FLOAT16) if half_precision else (np.float32, TensorProto.FLOAT)
    mel, face, picture = names
    inputs = [
        helper.make_tensor_value_info(mel, kind, [batch, 1, 80, steps]),
        helper.make_tensor_value_info(face, kind, [batch, 6, side_px, side_px]),
    ]
    graph = helper.make_graph(
        [
            helper.make_node("Conv", [face, "face_weights"], ["seen"], pads=[1, 1, 1, 1]),
            helper.make_node("Conv", [mel, "mel_weights"], ["heard"]),
            helper.make_node("Mul", ["heard", "mouth"], ["moved"]),
            helper.make_node("Add", ["seen", "moved"], ["sum"]),
            helper.make_node("Sigmoid" if sigmoid else "Identity", ["sum"], [picture]),
        ],
        "generator",
        inputs if mel_first else inputs[::-1],
        [helper.make_tensor_value_info(picture, kind, [batch, 3, side_px, side_px])],
        [
            numpy_helper.from_array(face_weights.astype(number), "face_weights"),
            numpy_helper.from_array(mel_weights.astype(number), "mel_weights"),
            numpy_helper.from_array(mouth.astype(number), "mouth"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, path)
    return path


def copying(*channels: int) -> np.ndarray:
    """Weights that copy three of the six channels of the face as they are."""
    weights = np.zeros((3, 6, 3, 3))
    weights[np.arange(3), channels, 1, 1] = 1.0
    return weights


def deaf() -> np.ndarray:
    """Weights that hear nothing."""
    return np.zeros((3, 1, 80, 16))


def hearing_level() -> np.ndarray:
    """Weights that brighten the mouth with the mean level of the 16 steps, by at most a half."""
    return np.full((3, 1, 80, 16), 0.125 / (80 * 16))


def draw_face(shift_px: tuple[float, float] = (0.0, 0.0)) -> np.ndarray:
    """The mesh of an upright face, shape (468, 3); its mouth is 48 px wide and closed."""
    chance = np.random.default_rng(1)
    angle, radius = chance.uniform(0, 2 * np.pi, POINT_COUNT), np.sqrt(chance.uniform(0, 1, POINT_COUNT))
    points = np.zeros((POINT_COUNT, 3))
    points[:, 0] = FACE_CENTRE[0] + FACE_RADII[0] * radius * np.cos(angle)
    points[:, 1] = FACE_CENTRE[1] + FACE_RADII[1] * radius * np.sin(angle)
    points[10, :2] = FACE_CENTRE[0], FACE_CENTRE[1] - FACE_RADII[1]
    points[234, :2] = FACE_CENTRE[0] - FACE_RADII[0], FACE_CENTRE[1]
    points[454, :2] = FACE_CENTRE[0] + FACE_RADII[0], FACE_CENTRE[1]
    for ring, radii in ((OUTER_LIPS, (24.0, 9.0)), (INNER_LIPS, (20.0, 2.0))):
        turn = np.pi + 2 * np.pi * np.arange(len(ring)) / len(ring)
        points[list(ring), 0] = MOUTH_CENTRE[0] + radii[0] * np.cos(turn)
        points[list(ring), 1] = MOUTH_CENTRE[1] + radii[1] * np.sin(turn)
    along = np.linspace(0.85 * np.pi, 0.15 * np.pi, len(JAW))
    points[list(JAW), 0] = FACE_CENTRE[0] + FACE_RADII[0] * np.cos(along)
    points[list(JAW), 1] = FACE_CENTRE[1] + FACE_RADII[1] * np.sin(along)
    points[list(CHIN), 0] = MOUTH_CENTRE[0] + np.linspace(-20, 20, len(CHIN))
    points[list(CHIN), 1] = 172.0
    points[CHIN_TIP, :2] = FACE_CENTRE[0], FACE_CENTRE[1] + FACE_RADII[1]
    points[:, :2] += shift_px
    return points.astype(np.float32)


def draw_picture(seed: int = 0) -> np.ndarray:
    """A picture of skin in soft light, with a little grain, shape (230, 200, 3)."""
    rows, columns = np.mgrid[: PICTURE_SHAPE[0], : PICTURE_SHAPE[1]]
    light = 0.5 + 0.15 * np.sin(rows / 60.0) + 0.1 * np.cos(columns / 50.0)
    grain = np.random.default_rng(seed).normal(0, 0.01, PICTURE_SHAPE)
    return np.clip(light[..., None] * [1.0, 0.8, 0.7] + grain, 0, 1).astype(np.float32)


def frame_of(index: int, landmarks: np.ndarray, left_px: int = 0, top_px: int = 0) -> FaceFrame:
    """One frame; its part begins at a given place of the upright frame."""
    return FaceFrame(index, landmarks, draw_picture(index)[top_px:, left_px:], left_px, top_px)


def footage_of(times_s: np.ndarray, landmarks: np.ndarray | None = None) -> FaceFootage:
    """A still face, shown at given times."""
    faces = np.repeat(draw_face()[None], len(times_s), axis=0) if landmarks is None else landmarks
    samples = round((times_s[-1] + 1.0) * RATE_HZ)
    return FaceFootage(
        np.asarray(times_s, np.float64),
        faces,
        np.ones(len(times_s), np.bool_),
        heard(np.zeros(samples, np.float32)),
    )


def heard(samples: np.ndarray) -> HeardSpeech:
    """Speech as engines take it; a generator listens to the sound alone."""
    return HeardSpeech(samples, SpeechEncoding(np.zeros((0, 64), np.float32)))


def speech_like(seconds: float, seed: int = 0) -> np.ndarray:
    """Noise that comes and goes four times a second, as syllables do."""
    times_s = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    noise = np.random.default_rng(seed).normal(0, 0.1, len(times_s))
    return (noise * (0.5 + 0.5 * np.sin(2 * np.pi * 4 * times_s + seed))).astype(np.float32)
