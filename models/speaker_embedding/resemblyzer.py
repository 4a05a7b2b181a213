"""Resemblyzer: a recurrent network that was taught to tell speakers apart, whatever they say.

Method: Wan, Wang, Papir and Lopez Moreno, "Generalized End-to-End Loss for Speaker Verification", ICASSP
2018. Weights: https://github.com/resemble-ai/Resemblyzer (Apache-2.0). Two halves of one person's clip
compare at 0.77 to 0.89 on talking heads, different people at 0.46 to 0.69.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from models.errors import FaultError, ModelOutputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

MEL_BANDS = 40
WINDOW_FRAMES = 400
HOP_FRAMES = 160
"""The network's input, fixed by its training: 25 ms every 10 ms at 16 kHz, as plain (not log) energies."""

PART_STEPS = 160
"""What the network hears in one go, 1.6 s."""

PART_HOP_STEPS = 77
"""From one part to the next: 1.3 parts a second, the authors' own choice."""

LAST_PART_COVERAGE = 0.75
"""A last part that holds less sound than this share of it does not count (the authors' choice)."""

QUIETEST_LEVEL_DB = -30.0
"""Quieter sound is raised to this level (RMS, full scale), as in training."""

SHORTEST_S = 0.5
"""Less than a word or two says nothing about a voice."""

SILENCE_RMS = 1e-5  # -100 dBFS: below what 16 bits hold


class ResemblyzerSpeakerEncoder:
    """Tells voices apart; the same sound gives the same answer."""

    sample_rate_hz: ClassVar[int] = 16_000
    width: ClassVar[int] = 256
    space: ClassVar[str] = "resemblyzer-1"

    def __init__(self, recurrent: Any, projection: Any) -> None:
        """Take the `torch.nn.LSTM` and the `torch.nn.Linear` that follows it."""
        self._recurrent = recurrent
        self._projection = projection

    @classmethod
    def load(cls, files: Mapping[str, Path], options: Mapping[str, Any]) -> Self:
        """Read the weights; only tensors are read of the file, no code.

        Args:
            files: `pretrained.pt`.
            options: None.

        Raises:
            FaultError: an option was given, or the file is not what it should be.
        """
        import pickle

        import torch

        if options or set(files) != {"pretrained.pt"}:
            message = (
                f"Resemblyzer takes pretrained.pt and no options, not {sorted(files)}, {sorted(options)}"
            )
            raise FaultError(message)
        recurrent = torch.nn.LSTM(MEL_BANDS, cls.width, num_layers=3, batch_first=True)
        projection = torch.nn.Linear(cls.width, cls.width)
        path = files["pretrained.pt"]
        try:
            state = torch.load(path, map_location="cpu", weights_only=True)["model_state"]
            for name, module in (("lstm", recurrent), ("linear", projection)):
                module.load_state_dict(
                    {key.partition(".")[2]: value for key, value in state.items() if key.startswith(name)}
                )
        except (KeyError, RuntimeError, pickle.UnpicklingError) as error:
            message = f"{path} does not hold Resemblyzer's weights ({error}); delete it and pull it again"
            raise FaultError(message) from error
        return cls(recurrent.eval(), projection.eval())

    def embed(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return one voice as a point on the unit sphere; see `models.base.SpeakerEncoder`.

        Raises:
            ModelOutputError: the sound is shorter than half a second, or silent.
        """
        import torch

        level = float(np.sqrt(np.mean(np.square(samples, dtype=np.float64)))) if samples.size else 0.0
        if samples.size < SHORTEST_S * self.sample_rate_hz or not level > SILENCE_RMS:
            length_s = samples.size / self.sample_rate_hz
            message = f"There is no voice to hear in {length_s:.2f} s of sound at an RMS of {level:.1e}"
            raise ModelOutputError(message)
        gain = max(1.0, 10 ** (QUIETEST_LEVEL_DB / 20) / level)
        parts = _parts(_mel_energies(samples * np.float32(gain)))
        with torch.no_grad():
            _, (hidden, _) = self._recurrent(torch.from_numpy(parts))
            points = torch.relu(self._projection(hidden[-1])).numpy()
        mean = (points / np.linalg.norm(points, axis=1, keepdims=True)).mean(axis=0)
        answer: NDArray[np.float32] = (mean / np.linalg.norm(mean)).astype(np.float32)
        if not np.isfinite(answer).all():
            raise ModelOutputError("Resemblyzer returned something that is not a number")
        return answer


def _mel_energies(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return mel energies, shape (steps, MEL_BANDS), 100 steps a second."""
    import librosa

    mel: NDArray[np.float32] = librosa.feature.melspectrogram(
        y=samples,
        sr=ResemblyzerSpeakerEncoder.sample_rate_hz,
        n_fft=WINDOW_FRAMES,
        hop_length=HOP_FRAMES,
        n_mels=MEL_BANDS,
    )
    return np.ascontiguousarray(mel.T, dtype=np.float32)


def _parts(mel: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return overlapping parts, shape (parts, PART_STEPS, MEL_BANDS), the last filled up with silence."""
    last = max(len(mel) - PART_STEPS + PART_HOP_STEPS, 0)
    starts = list(range(0, last + 1, PART_HOP_STEPS))
    if len(starts) > 1 and (len(mel) - starts[-1]) / PART_STEPS < LAST_PART_COVERAGE:
        starts.pop()
    padded = np.pad(mel, ((0, max(0, starts[-1] + PART_STEPS - len(mel))), (0, 0)))
    return np.stack([padded[start : start + PART_STEPS] for start in starts])
