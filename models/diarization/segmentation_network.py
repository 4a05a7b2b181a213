"""pyannote's segmentation 3.0: who of at most three speakers talks at each moment of ten seconds.

Sources: Plaquet and Bredin, "Powerset multi-class cross entropy loss for neural speaker diarization",
Interspeech 2023; the front end is Ravanelli and Bengio, "Speaker recognition from raw waveform with SincNet",
SLT 2018. The network in terms of its published weights; it only infers.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from models.errors import FaultError

if TYPE_CHECKING:
    import torch
    from numpy.typing import NDArray

SAMPLE_RATE_HZ = 16_000
WINDOW_FRAMES = 10 * SAMPLE_RATE_HZ
"""What it was trained on at a time."""

STEP_FRAMES = 270
"""From one moment to the next, 16.875 ms: the front end's stride of 10 and three poolings by 3."""

FIRST_MOMENT_FRAMES = 360
"""Where the first moment begins: each moment hears 991 samples, of which the middle 270 are its own."""

MOMENTS = 589
"""In one window."""

SPEAKERS = 3
POWERSET: tuple[tuple[int, ...], ...] = ((), (0,), (1,), (2,), (0, 1), (0, 2), (1, 2))
"""What each class of the answer means: nobody, one of the three speakers, or two of them at once."""

_LOWEST_HZ = 50.0
_LEAST_BAND_HZ = 50.0
_SLOPE = 0.01
"""Of the leaky rectifiers."""


class SegmentationNetwork:
    """Tells the speakers of a window apart, without knowing who they are."""

    def __init__(self, weights: Mapping[str, torch.Tensor]) -> None:
        import torch

        last = weights.get("classifier.weight")
        if last is None or last.shape[0] != len(POWERSET):
            message = "These are no weights of pyannote's segmentation 3.0; pull the model again"
            raise FaultError(message)
        self._weights = weights
        self._filters = _sinc_filters(weights)
        self._recurrent = torch.nn.LSTM(60, 128, num_layers=4, bidirectional=True, batch_first=True)
        prefix = "lstm."
        self._recurrent.load_state_dict(
            {name[len(prefix) :]: value for name, value in weights.items() if name.startswith(prefix)}
        )
        self._recurrent.eval()

    def __call__(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the probability of each class at each moment, shape (589, 7); see `POWERSET`.

        Args:
            samples: Mono, shape (160000,): ten seconds at 16 kHz.
        """
        import torch
        from torch.nn import functional

        with torch.inference_mode():
            heard = self._front(torch.from_numpy(np.ascontiguousarray(samples))[None, None])
            heard, _ = self._recurrent(heard.transpose(1, 2))
            for name in ("linear.0", "linear.1"):
                heard = functional.leaky_relu(self._project(heard, name), _SLOPE)
            probabilities = self._project(heard, "classifier").softmax(dim=-1)[0]
            answer: NDArray[np.float32] = probabilities.numpy()
            return answer

    def _front(self, heard: torch.Tensor) -> torch.Tensor:
        """Return shape (1, 60, 589)."""
        from torch.nn import functional

        weights = self._weights
        heard = self._normalise(heard, "sincnet.wav_norm1d")
        for layer in range(3):
            if layer == 0:
                heard = functional.conv1d(heard, self._filters, stride=10).abs()
            else:
                name = f"sincnet.conv1d.{layer}"
                heard = functional.conv1d(heard, weights[f"{name}.weight"], weights[f"{name}.bias"])
            heard = self._normalise(functional.max_pool1d(heard, 3), f"sincnet.norm1d.{layer}")
            heard = functional.leaky_relu(heard, _SLOPE)
        return heard

    def _normalise(self, heard: torch.Tensor, name: str) -> torch.Tensor:
        from torch.nn import functional

        weight, bias = self._weights[f"{name}.weight"], self._weights[f"{name}.bias"]
        return functional.instance_norm(heard, weight=weight, bias=bias)

    def _project(self, heard: torch.Tensor, name: str) -> torch.Tensor:
        return heard @ self._weights[f"{name}.weight"].T + self._weights[f"{name}.bias"]


def _sinc_filters(weights: Mapping[str, torch.Tensor]) -> torch.Tensor:
    """Return the learnt band-pass filters, 40 even and 40 odd ones, shape (80, 1, 251)."""
    import torch

    name = "sincnet.conv1d.0.filterbank"
    low_hz = _LOWEST_HZ + weights[f"{name}.low_hz_"].abs()
    high_hz = (low_hz + _LEAST_BAND_HZ + weights[f"{name}.band_hz_"].abs()).clamp(
        _LOWEST_HZ, SAMPLE_RATE_HZ / 2
    )
    half = weights[f"{name}.window_"].shape[0]
    angles = 2 * math.pi * torch.arange(-half, 0, dtype=torch.float32)[None] / SAMPLE_RATE_HZ
    window, band_hz = weights[f"{name}.window_"], high_hz - low_hz
    even = (torch.sin(high_hz * angles) - torch.sin(low_hz * angles)) / (angles / 2) * window
    odd = (torch.cos(low_hz * angles) - torch.cos(high_hz * angles)) / (angles / 2) * window
    filters = torch.cat(
        [
            torch.cat([even, 2 * band_hz, even.flip(1)], dim=1),
            torch.cat([odd, torch.zeros_like(band_hz), -odd.flip(1)], dim=1),
        ]
    )
    return (filters / (2 * band_hz).repeat(2, 1))[:, None]
