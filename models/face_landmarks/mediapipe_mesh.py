"""MediaPipe's face mesh: two BlazeFace detectors and the network of 468 points, run by LiteRT.

Models and their chain: MediaPipe's modules `face_detection` and `face_landmark`; Kartynnik et al., "Real-time
Facial Surface Geometry from Monocular Video on Mobile GPUs", 2019.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from models.errors import FaultError, ModelOutputError
from models.face_landmarks.boxes import inverse, roll_deg, upright_crop
from models.face_landmarks.single_shot import (
    BOTTOM,
    CANDIDATE_VALUES,
    LEFT,
    LEFT_EYE,
    RIGHT,
    RIGHT_EYE,
    TOP,
    anchor_centres,
    decode,
    merge_overlapping,
    probabilities,
    without_nested,
)
from models.faces.points import POINT_COUNT
from models.types import FaceBox

if TYPE_CHECKING:
    from numpy.typing import NDArray

NEAR_FILE = "face_detection_short_range.tflite"
NEAR_LAYERS = ((8, 2), (16, 6))
"""Finds faces from an eighth of the picture's side to such as fill it, leaning at any angle."""

FAR_FILE = "face_detection_full_range.tflite"
FAR_LAYERS = ((4, 1),)
"""Finds faces from a twentieth to six tenths of the side, leaning by up to 45 degrees."""

MESH_FILE = "face_landmark.tflite"

MESH_MARGIN = 1.5
"""The mesh network was trained on squares this much wider than the face (MediaPipe's own value)."""

LEAST_SCORE = 0.5
"""MediaPipe's own threshold for faces near by; its 0.6 for those far off loses half of the smallest ones, and
what is no face is told by the mesh's own score."""

TILE_OVERLAP = 0.1
"""Neighbouring tiles share this much of their side. A face that is larger than the shared part is larger than
a twentieth of the long side of any film or phone picture, so it is found in the whole picture."""


@dataclass(frozen=True, slots=True)
class _View:
    """A rectangle of the picture, in pixels."""

    left: int
    top: int
    width: int
    height: int


class MediaPipeFaceMesh:
    """Finds faces of any size from about 50 pixels in a picture of 1080 by 1920, and their points."""

    def __init__(self, detectors: tuple[_Detector, ...], mesh: _Network) -> None:
        self._detectors = detectors
        self._mesh = mesh
        self._side_px = int(mesh.input_shape[1])

    @classmethod
    def load(cls, files: Mapping[str, Path], options: Mapping[str, Any]) -> Self:
        """Load the three networks.

        Args:
            files: Holds the files named at the top of this module.
            options: `threads`, 1 where it is left out: frames are better spread over processes.

        Raises:
            FaultError: an option is not known.
        """
        unknown = set(options) - {"threads"}
        if unknown:
            message = f"The face mesh knows no option {', '.join(sorted(unknown))}; it has `threads`"
            raise FaultError(message)
        threads = int(options.get("threads", 1))
        near = _Detector(_Network(files[NEAR_FILE], threads), NEAR_LAYERS)
        far = _Detector(_Network(files[FAR_FILE], threads), FAR_LAYERS)
        return cls((near, far), _Network(files[MESH_FILE], threads))

    def detect_faces(self, image: NDArray[np.uint8]) -> tuple[FaceBox, ...]:
        """Return the faces of one picture, the surest first.

        Args:
            image: R'G'B', upright, shape (height, width, 3).
        """
        candidates, scores = [np.zeros((0, CANDIDATE_VALUES))], [np.zeros(0)]
        for view in views_of(image.shape[1], image.shape[0]):
            shown = image[view.top : view.top + view.height, view.left : view.left + view.width]
            for detector in self._detectors:
                found, sure = detector.detect(shown)
                candidates.append(found + np.tile([view.left, view.top], CANDIDATE_VALUES // 2))
                scores.append(sure)
        merged = merge_overlapping(np.concatenate(candidates), np.concatenate(scores))
        faces, surest = without_nested(*merged)
        return tuple(_box(face, score) for face, score in zip(faces, surest, strict=True))

    def locate_landmarks(self, image: NDArray[np.uint8], box: FaceBox) -> tuple[NDArray[np.float32], float]:
        """Return one face's points, shape (468, 3), in pixels, and how sure it is that one is there, 0 to 1.

        Args:
            image: R'G'B', upright, shape (height, width, 3).
            box: Where the face is: as detected, or around the points of the frame before.

        Raises:
            ModelOutputError: the network returned something that is no position.
        """
        crop, transform = upright_crop(image, box, MESH_MARGIN, self._side_px)
        outputs = self._mesh.run(crop.astype(np.float32) / 255.0)
        points = next(output for output in outputs if output.size == POINT_COUNT * 3)
        presence = next(output for output in outputs if output.size == 1)
        if not (np.isfinite(points).all() and np.isfinite(presence).all()):
            message = "The face mesh returned a position that is not a number"
            raise ModelOutputError(message)
        back = inverse(transform)
        mesh = points.reshape(POINT_COUNT, 3).astype(np.float64)
        across = mesh[:, :2] @ back[:, :2].T + back[:, 2]
        away = mesh[:, 2:] * (MESH_MARGIN * box.size_px / self._side_px)
        landmarks = np.concatenate([across, away], axis=1).astype(np.float32)
        return landmarks, float(probabilities(presence).item())


def views_of(width_px: int, height_px: int) -> Iterator[_View]:
    """Yield what detectors are shown: the whole picture, then squares along it where it is not nearly one."""
    yield _View(0, 0, width_px, height_px)
    short_px, long_px = sorted((width_px, height_px))
    count = math.ceil((long_px / short_px - TILE_OVERLAP) / (1.0 - TILE_OVERLAP))
    if count < 2:  # noqa: PLR2004
        return
    for first in np.round(np.linspace(0, long_px - short_px, count)).astype(int):
        left, top = (int(first), 0) if width_px > height_px else (0, int(first))
        yield _View(left, top, short_px, short_px)


def _box(face: NDArray[np.float64], score: float) -> FaceBox:
    centre_x, centre_y = (face[LEFT] + face[RIGHT]) / 2, (face[TOP] + face[BOTTOM]) / 2
    size = max(face[RIGHT] - face[LEFT], face[BOTTOM] - face[TOP])
    lean_deg = roll_deg(face[LEFT_EYE], face[RIGHT_EYE])
    return FaceBox(float(centre_x), float(centre_y), float(size), float(score), lean_deg)


class _Detector:
    """One single-shot network and its anchors."""

    def __init__(self, network: _Network, layers: tuple[tuple[int, int], ...]) -> None:
        self._network = network
        self._side_px = int(network.input_shape[1])
        self._anchors = anchor_centres(self._side_px, layers)

    def detect(self, image: NDArray[np.uint8]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return candidates, shape (candidates, 16), in pixels of `image`, and their scores."""
        import cv2

        height, width = image.shape[:2]
        scale = self._side_px / max(height, width)
        shown_size = (max(1, round(width * scale)), max(1, round(height * scale)))
        shown = cv2.resize(image, shown_size, interpolation=cv2.INTER_AREA)
        left, top = ((self._side_px - extent) // 2 for extent in shown_size)
        square = np.zeros((self._side_px, self._side_px, 3), dtype=np.float32)  # 0 is mid-grey to it
        square[top : top + shown.shape[0], left : left + shown.shape[1]] = shown / 127.5 - 1.0
        outputs = self._network.run(square)
        raw = next(output[0] for output in outputs if output.shape[-1] == CANDIDATE_VALUES)
        scores = probabilities(next(output[0, :, 0] for output in outputs if output.shape[-1] == 1))
        sure = scores > LEAST_SCORE
        candidates = decode(raw[sure], self._anchors[sure]) - np.tile([left, top], CANDIDATE_VALUES // 2)
        return candidates / scale, scores[sure].astype(np.float64)


class _Network:
    """A LiteRT model with one picture as input."""

    def __init__(self, path: Path, threads: int) -> None:
        from ai_edge_litert.interpreter import Interpreter  # type: ignore[import-untyped]

        self._interpreter = Interpreter(model_path=str(path), num_threads=threads)
        self._interpreter.allocate_tensors()
        (picture,) = self._interpreter.get_input_details()
        self._picture = picture["index"]
        self._outputs = [output["index"] for output in self._interpreter.get_output_details()]
        self.input_shape: tuple[int, ...] = tuple(picture["shape"])

    def run(self, picture: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        """Return all outputs for one picture, shape (height, width, 3)."""
        self._interpreter.set_tensor(self._picture, picture[np.newaxis])
        self._interpreter.invoke()
        return [self._interpreter.get_tensor(output) for output in self._outputs]
