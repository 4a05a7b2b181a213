"""Wav2Lip, a ready-made generator: it draws the lower half of any face anew, to fit 0.2 s of speech.

Method: Prajwal, Mukhopadhyay, Namboodiri and Jawahar, "A Lip Sync Expert Is All You Need for Speech to Lip
Generation In the Wild", ACM Multimedia 2020. It draws 96 pixels, forehead to chin: on a larger face the mouth
is softer than the skin around it, and nothing here invents the detail that is not there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from models.errors import FaultError
from models.lip_sync.wav2lip_mel import first_steps, mel_spectrogram, windows_at
from models.lip_sync.wav2lip_network import Wav2LipNetwork
from models.lip_sync.wav2lip_picture import FaceCut, blend_mouth, cut_face, face_boxes, match_tone
from models.types import FacePart, FacePatch, LipFit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.types import FaceFootage, FaceFrame, HeardSpeech, SeenFace

WEIGHTS_FILE = "wav2lip.onnx"

MODEL_FILE = "wav2lip.json"
MODEL_TEXT = '{"generator": "wav2lip", "learnt": null}\n'
"""What `fit` writes: a generator learns nothing of a speaker."""


@dataclass(frozen=True, slots=True)
class Wav2LipOptions:
    """How the generator is run.

    Attributes:
        batch_size: How many frames go through it at once, where they come together (`render_all`).
        providers: What ONNX Runtime runs it on, the preferred first, such as CUDAExecutionProvider.
        threads: Of the CPU; 0 for one a core.
        window_offset_s: Where the 0.2 s that a frame hears begin, against the frame. 0 is what the authors'
            inference does; their training cut each window a frame earlier (-0.04), so that value is worth
            a try against a measure of sync.
    """

    batch_size: int = 16
    providers: Sequence[str] = ("CPUExecutionProvider",)
    threads: int = 0
    window_offset_s: float = 0.0

    def __post_init__(self) -> None:
        """Refuse what cannot be run.

        Raises:
            FaultError: a number is out of range, or no provider is named.
        """
        if self.batch_size < 1 or self.threads < 0 or isinstance(self.providers, str) or not self.providers:
            message = (
                "Wav2Lip's options: batch_size is 1 or more, threads 0 or more, providers a list of at least"
                f" one name; found {self}"
            )
            raise FaultError(message)


class Wav2LipSynchronizer:
    """Gives any speaker the mouth shapes of new speech, without having learnt the speaker."""

    def __init__(self, network: Wav2LipNetwork, options: Wav2LipOptions) -> None:
        self._network = network
        self._options = options

    @classmethod
    def load(cls, files: Mapping[str, Path], options: Mapping[str, Any]) -> Self:
        """Open the generator.

        Args:
            files: Holds `wav2lip.onnx`.
            options: Fields of `Wav2LipOptions`, each optional.

        Raises:
            FaultError: an option is not known, the file is no Wav2Lip generator, or a provider is not there.
        """
        try:
            chosen = Wav2LipOptions(**options)
        except TypeError as error:
            message = f"Wav2Lip's options are the fields of Wav2LipOptions: {error}"
            raise FaultError(message) from error
        if WEIGHTS_FILE not in files:
            message = (
                f"Wav2Lip needs {WEIGHTS_FILE} and was given {sorted(files)}; see docs/adding-a-model.md"
            )
            raise FaultError(message)
        network = Wav2LipNetwork.open(
            files[WEIGHTS_FILE], chosen.batch_size, chosen.providers, chosen.threads
        )
        return cls(network, chosen)

    def fit(self, footage: FaceFootage, frames: Iterable[FaceFrame], folder: Path) -> LipFit:
        """Write an empty model: a ready-made generator learns nothing, so `frames` are not looked at.

        Args:
            footage: Not looked at.
            frames: Not looked at.
            folder: Where to write; empty.
        """
        model = folder / MODEL_FILE
        model.write_text(MODEL_TEXT, encoding="utf-8")
        return LipFit(model, held_out_correlation=None, noise_correlation=None, speech_s=0.0, exemplars=0)

    def plan(
        self,
        model: Path,
        face: SeenFace,
        speech: HeardSpeech,
        strength: NDArray[np.float32],
    ) -> Wav2LipPlan:
        """Cut new speech into what each frame hears; the drawing itself is left to the plan.

        Args:
            model: What `fit` wrote.
            face: The face that is to be changed.
            speech: The new speech, on the video's timeline.
            strength: Shape (frames,): 0 leaves the frame alone, 1 changes it; between them both mouths are
                blended.

        Raises:
            FaultError: `model` was written by another engine, or `strength` has not one value a frame.
        """
        if model.read_text(encoding="utf-8", errors="replace") != MODEL_TEXT:
            message = f"{model} was not written by Wav2Lip's fit; fit and plan need the same lip-sync engine"
            raise FaultError(message)
        if strength.shape != face.times_s.shape:
            message = f"There are {len(face.times_s)} frames, but strengths of shape {strength.shape}"
            raise FaultError(message)
        return Wav2LipPlan(
            network=self._network,
            mel=mel_spectrogram(speech.samples),
            first_steps=first_steps(face.times_s, self._options.window_offset_s),
            boxes=face_boxes(face.landmarks, face.times_s),
            strength=strength,
        )


@dataclass(frozen=True, slots=True)
class Wav2LipPlan:
    """New mouths for one face of one video.

    Attributes:
        network: The generator.
        mel: The new speech, shape (80, steps).
        first_steps: Shape (frames,): the first step that each frame hears.
        boxes: Shape (frames, 4): where the face is; NaN where there is none.
        strength: Shape (frames,), 0 to 1.
    """

    part: ClassVar[FacePart] = "face"

    network: Wav2LipNetwork
    mel: NDArray[np.float32]
    first_steps: NDArray[np.int64]
    boxes: NDArray[np.float64]
    strength: NDArray[np.float32]

    def render(self, frame: FaceFrame) -> FacePatch | None:
        """Draw the mouth of one frame; None where the frame stays as it is."""
        return self.render_all([frame])[0]

    def render_all(self, frames: Sequence[FaceFrame]) -> list[FacePatch | None]:
        """Draw the mouths of several frames in batches, which is faster than one by one, most so on a GPU.

        Raises:
            ModelOutputError: the generator returned no picture.
        """
        cuts = [self._cut(frame) for frame in frames]
        drawn = [(frame, cut) for frame, cut in zip(frames, cuts, strict=True) if cut is not None]
        if not drawn:
            return [None] * len(frames)
        heard = windows_at(self.mel, self.first_steps[[frame.index for frame, _ in drawn]])
        generated = iter(self.network.generate(heard, np.stack([cut.face for _, cut in drawn])))
        return [
            None if cut is None else self._patch(frame, cut, next(generated))
            for frame, cut in zip(frames, cuts, strict=True)
        ]

    def _cut(self, frame: FaceFrame) -> FaceCut | None:
        box = self.boxes[frame.index]
        if not (self.strength[frame.index] > 0.0 and np.isfinite(box).all()):
            return None
        return cut_face(frame, box)

    def _patch(self, frame: FaceFrame, cut: FaceCut, generated: NDArray[np.float32]) -> FacePatch | None:
        toned = match_tone(generated, cut, frame.landmarks)
        blended = blend_mouth(frame, cut, toned, min(1.0, float(self.strength[frame.index])))
        return None if blended is None else FacePatch(*blended)
