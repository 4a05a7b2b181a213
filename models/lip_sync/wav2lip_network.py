"""The Wav2Lip generator as an ONNX file: what it must look like, and how pictures go through it.

Interface (https://github.com/Rudrabha/Wav2Lip, `inference.py`): `mel` (batch, 1, 80, 16), `face`
(batch, 6, 96, 96) and the result (batch, 3, 96, 96). Pictures are B'G'R', 0 to 1. The first three channels of
`face` are the picture with its lower half blackened, the others the whole picture, which shows the person.
Exports name these as they like, so they are told apart by their shapes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from models.errors import FaultError, ModelOutputError
from models.lip_sync.wav2lip_mel import BANDS, STEPS_A_FRAME

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

SIDE_PX = 96
"""The picture that the generator was trained with."""

MEL_SHAPE = (1, BANDS, STEPS_A_FRAME)
FACE_SHAPE = (6, SIDE_PX, SIDE_PX)
PICTURE_SHAPE = (3, SIDE_PX, SIDE_PX)

FLOATS: dict[str, type[np.floating]] = {"tensor(float)": np.float32, "tensor(float16)": np.float16}
"""Exports in half precision take half precision."""

_HOW_TO = "docs/adding-a-model.md, A lip-sync generator"

_Shape = tuple[int | str | None, ...]


@dataclass(frozen=True, slots=True)
class _Ends:
    """The inputs and the output that were recognised; `batch` is None where any number goes at once."""

    mel: str
    face: str
    picture: str
    mel_type: type[np.floating]
    face_type: type[np.floating]
    batch: int | None


class Wav2LipNetwork:
    """The generator: speech and faces in, faces with other mouths out."""

    def __init__(self, session: Any, ends: _Ends, batch_size: int, opened: tuple[Any, ...]) -> None:
        self._session = session
        self._ends = ends
        self._batch_size = ends.batch or batch_size
        self._opened = opened

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel to another process as what it was opened with: the session itself cannot."""
        return Wav2LipNetwork.open, self._opened

    @classmethod
    def open(cls, path: Path, batch_size: int, providers: Sequence[str], threads: int) -> Wav2LipNetwork:
        """Open an ONNX file.

        Args:
            path: The file.
            batch_size: How many faces go through it at once, unless it was exported for a fixed number.
            providers: What ONNX Runtime shall run it on, the preferred first.
            threads: Of the CPU; 0 for one a core.

        Raises:
            FaultError: the file is no Wav2Lip generator, or a provider is not there.
        """
        import onnxruntime

        absent = sorted(set(providers) - set(onnxruntime.get_available_providers()))
        if absent:
            message = (
                f"ONNX Runtime has no {', '.join(absent)} here; it has"
                f" {', '.join(onnxruntime.get_available_providers())}. For an NVIDIA GPU install"
                " onnxruntime-gpu instead of onnxruntime, or take the provider out of the entry's options"
            )
            raise FaultError(message)
        settings = onnxruntime.SessionOptions()
        settings.intra_op_num_threads = threads
        settings.inter_op_num_threads = 1
        try:
            session = onnxruntime.InferenceSession(str(path), settings, providers=list(providers))
        except Exception as error:  # ONNX Runtime raises classes of its own that share no base
            message = f"{path} cannot be run: {error}. Export the generator anew ({_HOW_TO})"
            raise FaultError(message) from error
        idle = sorted(set(providers) - set(session.get_providers()))
        if idle:
            message = f"ONNX Runtime could not start {', '.join(idle)}; its log says why (drivers, libraries)"
            raise FaultError(message)
        opened = (path, batch_size, tuple(providers), threads)
        return cls(session, _ends_of(path, session), batch_size, opened)

    def generate(self, mel: NDArray[np.float32], faces: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return each face with the mouth that its speech asks for, shape (faces, 96, 96, 3), R'G'B', 0 to 1.

        Args:
            mel: Shape (faces, 80, 16), normalised as the generator wants it.
            faces: R'G'B', shape (faces, 96, 96, 3), 0 to 1.

        Raises:
            ModelOutputError: what came out is no picture.
        """
        whole = faces[..., ::-1].transpose(0, 3, 1, 2)
        masked = whole.copy()
        masked[:, :, SIDE_PX // 2 :] = 0.0
        seen = np.concatenate([masked, whole], axis=1)
        heard = mel[:, None]
        pieces = [
            self._run(heard[first : first + self._batch_size], seen[first : first + self._batch_size])
            for first in range(0, len(faces), self._batch_size)
        ]
        pictures = np.concatenate(pieces).transpose(0, 2, 3, 1)[..., ::-1]
        return np.ascontiguousarray(np.clip(pictures, 0.0, 1.0))

    def _run(self, mel: NDArray[np.float32], faces: NDArray[np.float32]) -> NDArray[np.float32]:
        ends, count = self._ends, len(faces)
        missing = (ends.batch or count) - count
        filled = [np.pad(array, ((0, missing), (0, 0), (0, 0), (0, 0))) for array in (mel, faces)]
        (result,) = self._session.run(
            [ends.picture],
            {ends.mel: filled[0].astype(ends.mel_type), ends.face: filled[1].astype(ends.face_type)},
        )
        pictures: NDArray[np.float32] = result[:count].astype(np.float32)
        if pictures.shape != (count, *PICTURE_SHAPE) or not np.isfinite(pictures).all():
            message = (
                f"The Wav2Lip generator returned {result.shape} where {(count, *PICTURE_SHAPE)} was due, or"
                " something that is not a number"
            )
            raise ModelOutputError(message)
        return pictures


def _ends_of(path: Path, session: Any) -> _Ends:
    """Tell the inputs and the output apart by their shapes.

    Raises:
        FaultError: they are not those of a Wav2Lip generator.
    """
    inputs, outputs = session.get_inputs(), session.get_outputs()
    mel = [end for end in inputs if _fits(end.shape, MEL_SHAPE) and end.type in FLOATS]
    face = [end for end in inputs if _fits(end.shape, FACE_SHAPE) and end.type in FLOATS]
    picture = [end for end in outputs if _fits(end.shape, PICTURE_SHAPE)]
    if not len(mel) == len(face) == len(picture) == 1 or len(inputs) != len((mel, face)):
        found = "; ".join(f"{end.name} {end.type} {end.shape}" for end in (*inputs, *outputs))
        message = (
            f"{path} is no Wav2Lip generator of {SIDE_PX} px. It has: {found}. Needed are the inputs"
            f" (batch, {_joined(MEL_SHAPE)}) and (batch, {_joined(FACE_SHAPE)}) and the output"
            f" (batch, {_joined(PICTURE_SHAPE)}), of floating point. Export the class `Wav2Lip` for single"
            f" frames ({_HOW_TO}); generators of other sizes need an engine of their own"
        )
        raise FaultError(message)
    fixed = {end.shape[0] for end in (*mel, *face) if isinstance(end.shape[0], int)}
    if len(fixed) > 1:
        message = (
            f"{path} takes {sorted(fixed)} sounds and faces at once, which must be one number; see {_HOW_TO}"
        )
        raise FaultError(message)
    return _Ends(
        mel=mel[0].name,
        face=face[0].name,
        picture=picture[0].name,
        mel_type=FLOATS[mel[0].type],
        face_type=FLOATS[face[0].type],
        batch=next(iter(fixed), None),
    )


def _fits(shape: _Shape, wanted: tuple[int, ...]) -> bool:
    """Whether a shape is (batch, *wanted); sizes that an export left open fit any."""
    sizes = shape[1:]
    return len(sizes) == len(wanted) and all(
        not isinstance(size, int) or size == due for size, due in zip(sizes, wanted, strict=True)
    )


def _joined(shape: tuple[int, ...]) -> str:
    return ", ".join(map(str, shape))
