"""Perth's two networks: one changes a spectrogram so that the other finds it again.

Resemble AI's Perth (https://github.com/resemble-ai/Perth, MIT), the "implicit" watermarker of resemble-perth
1.0.1, at 32 kHz: spectra of 2048 samples every 320, levels from -180 to +15 dB brought to 0..1, of which the
lowest 128 bands (to 2 kHz) are changed and listened to. The mark says that it is there and nothing else: the
detector gives one number, near 1 where it is and near 0 where it is not. The weights are read into networks
built here, since the package's own modules need torchaudio for a spectrogram that torch has.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from models.errors import FaultError

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

SAMPLE_RATE_HZ = 32_000
WINDOW_FRAMES = 2048
HOP_FRAMES = 320
MARKED_BANDS = 128
"""Fixed by the training of the weights."""

LOWEST_LEVEL_DB, HIGHEST_LEVEL_DB = -180.0, 15.0
"""What 0 and 1 stand for in the networks' levels."""

SOUNDING_SHARE = 0.05
"""Spectra whose levels add up to less than this share of the highest are silence: not marked, not heard."""

HIDDEN_LAYERS = 5
"""Of kernel 7, between one that widens and one that narrows."""

REACH_STEPS = 3 * HIDDEN_LAYERS
"""How many spectra on either side decide what becomes of one."""

BRANCH_TEMPOS = {"slow": 1.25, "normal": 1.0, "fast": 0.75}
"""The detector hears the sound at three lengths, and weighs what it hears."""


@dataclass(frozen=True)
class PerthNetwork:
    """Both networks, with their window.

    Attributes:
        marker: Changes levels.
        detectors: Branch -> network, of two answers a step: its weight, and whether the mark is there.
        window: Shape (WINDOW_FRAMES,).
    """

    marker: Any
    detectors: dict[str, Any]
    window: Tensor

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read the weights; only tensors are read of the file, no code.

        Raises:
            FaultError: the file is not what it should be.
        """
        import pickle

        import torch

        try:
            state = torch.load(path, map_location="cpu", weights_only=True)["model"]
            marker = _layers(state, "encoder.layers", MARKED_BANDS)
            detectors = {name: _layers(state, f"decoder.{name}_layers", 2) for name in BRANCH_TEMPOS}
        except (KeyError, RuntimeError, pickle.UnpicklingError) as error:
            message = f"{path} does not hold Perth's weights ({error}); delete it and pull it again"
            raise FaultError(message) from error
        return cls(marker, detectors, torch.hann_window(WINDOW_FRAMES))

    def mark_of(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return what is to be added to sound so that it bears the mark, shape (frames,).

        Args:
            samples: Mono, shape (frames,), at `SAMPLE_RATE_HZ`, more than half a window.
        """
        import torch

        with torch.no_grad():
            spectrum = self._spectrum(samples)
            level = _levels(spectrum)
            marked = level.clone()
            marked[:MARKED_BANDS] += self.marker(level[None, :MARKED_BANDS])[0] * _sounding(level)
            gain = 10.0 ** ((marked - level) * ((HIGHEST_LEVEL_DB - LOWEST_LEVEL_DB) / 20))
            # Where there is nothing, not even rounding, a gain changes nothing.
            difference = spectrum * (gain - 1.0)
            mark = torch.istft(difference, WINDOW_FRAMES, HOP_FRAMES, window=self.window, length=len(samples))
        found: NDArray[np.float32] = mark.numpy()
        return found

    def presence(self, samples: NDArray[np.float32]) -> float:
        """Return how surely sound bears the mark: 1 where it does, 0 where it does not, or about that.

        Args:
            samples: Mono, shape (frames,), at `SAMPLE_RATE_HZ`, more than half a window, not silent.
        """
        import torch

        with torch.no_grad():
            level = _levels(self._spectrum(samples))
            sounding = _sounding(level)[None, None]
            heard, weight = [], []
            for name, tempo in BRANCH_TEMPOS.items():
                steps = int(level.shape[1] * tempo)
                bands = level[None, :MARKED_BANDS]
                if tempo != 1.0:
                    bands = torch.nn.functional.interpolate(
                        bands, size=steps, mode="linear", align_corners=True
                    )
                answer = self.detectors[name](bands)
                mask = torch.nn.functional.interpolate(sounding, size=steps, mode="nearest")
                means = (answer * mask).sum(dim=2)[0] / mask.sum()
                weight.append(means[0])
                heard.append(means[1])
            shares = torch.softmax(torch.stack(weight), dim=0)
            return float((torch.stack(heard) * shares).sum())

    def _spectrum(self, samples: NDArray[np.float32]) -> Tensor:
        import torch

        return torch.stft(
            torch.from_numpy(np.ascontiguousarray(samples, np.float32)),
            WINDOW_FRAMES,
            HOP_FRAMES,
            window=self.window,
            return_complex=True,
        )


def _layers(state: dict[str, Any], name: str, answers: int) -> Any:
    """Return one network: 1-D convolutions over time with leaky rectifiers between them."""
    import torch

    last = HIDDEN_LAYERS + 1
    layers: list[Any] = []
    for number in range(last + 1):
        weight, bias = (state[f"{name}.{number}.conv.{part}"] for part in ("weight", "bias"))
        width, inputs, kernel = weight.shape
        layer = torch.nn.Conv1d(inputs, width, kernel, padding=kernel // 2)
        layer.load_state_dict({"weight": weight, "bias": bias})
        layers += [layer] if number == last else [layer, torch.nn.LeakyReLU()]
    if layers[-1].out_channels != answers:
        message = f"{name} gives {layers[-1].out_channels} answers, not {answers}"
        raise KeyError(message)
    return torch.nn.Sequential(*layers).eval().requires_grad_(False)


def _levels(spectrum: Tensor) -> Tensor:
    """Return levels between 0 and 1, shape (bands, steps)."""
    import torch

    level_db = 20 * torch.log10(spectrum.abs().clip(10 ** (LOWEST_LEVEL_DB / 20)))
    return (level_db - LOWEST_LEVEL_DB) / (HIGHEST_LEVEL_DB - LOWEST_LEVEL_DB)


def _sounding(level: Tensor) -> Tensor:
    """Return 1 for each step that is more than silence, else 0, shape (steps,)."""
    total = level.sum(dim=0)
    return (total > SOUNDING_SHARE * total.max()).float()
