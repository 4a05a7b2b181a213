"""CAM++ of 3D-Speaker, trained on 200 000 Chinese and English speakers: a voice as 192 numbers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from models.errors import FaultError, ModelOutputError
from models.speaker_embedding.campplus_network import WIDTH, CamPlusPlus
from models.speaker_embedding.filterbank import SAMPLE_RATE_HZ, log_mel_bands

if TYPE_CHECKING:
    from numpy.typing import NDArray

FEWEST_ROWS = 48
"""Of 10 ms, half a second: what `SpeakerEncoder` promises to take, less the width of a window."""

WEIGHTS = "campplus_cn_en_common.pt"


class CamPlusPlusEncoder:
    """Hears a voice with CAM++; see `SpeakerEncoder`."""

    sample_rate_hz: ClassVar[int] = SAMPLE_RATE_HZ
    width: ClassVar[int] = WIDTH
    space: ClassVar[str] = "campplus-zh-en-1"

    def __init__(self, network: CamPlusPlus) -> None:
        self._network = network

    @classmethod
    def load(cls, files: Mapping[str, Path], options: Mapping[str, Any]) -> Self:
        """Load the authors' checkpoint; only tensors are read from it, no code.

        Args:
            files: Holds `campplus_cn_en_common.pt`.
            options: None are known.

        Raises:
            FaultError: an option was given, or the file holds another network.
        """
        import torch

        if options:
            raise FaultError(f"CAM++ takes no options, not {sorted(options)}")
        weights = torch.load(files[WEIGHTS], map_location="cpu", weights_only=True)
        return cls(CamPlusPlus(weights))

    def embed(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return one voice, shape (192,); see `SpeakerEncoder.embed`.

        Raises:
            ModelOutputError: less than half a second, or silence.
        """
        if not samples.any():
            raise ModelOutputError("No voice can be heard in silence")
        return self.embed_bands(log_mel_bands(samples))

    def embed_bands(self, bands: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the voice in rows of mel bands, shape (rows, 80), which need not be consecutive.

        Raises:
            ModelOutputError: there are fewer than `FEWEST_ROWS`, or the network answered with no number.
        """
        import torch

        if len(bands) < FEWEST_ROWS:
            raise ModelOutputError(f"{len(bands) / 100:.2f} s are too little to hear a voice in; give 0.5 s")
        heard = self._network(torch.from_numpy(bands - bands.mean(axis=0))).numpy()
        length = float(np.linalg.norm(heard))
        if not np.isfinite(length) or length == 0.0:
            raise ModelOutputError(f"CAM++ answered with a voice of length {length}")
        voice: NDArray[np.float32] = (heard / length).astype(np.float32)
        return voice
