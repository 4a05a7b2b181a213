"""DNSMOS: what listeners would say of speech, estimated without a reference.

Method: Reddy, Gopal and Cutler, "DNSMOS P.835: A non-intrusive perceptual objective speech quality metric to
evaluate noise suppressors", ICASSP 2022, and the same authors' DNSMOS (P.808), ICASSP 2021. The networks and
the package `speechmos` are the authors'. It was trained on English speech under noise and its suppression:
of other languages differences count, not levels.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from models.errors import FaultError, ModelOutputError
from models.types import SpeechQuality

if TYPE_CHECKING:
    from numpy.typing import NDArray

FILES = {"sig_bak_ovr.onnx", "model_v8.onnx"}

HEARD_S = 9.01
"""What the networks hear at a time, fixed by their training; shorter sound is repeated (the authors' way)."""


class DnsMosSpeechQualityJudge:
    """Rates speech on the scales of ITU-T P.835 and P.808; the same sound gets the same rating."""

    sample_rate_hz: ClassVar[int] = 16_000
    longest_s: ClassVar[float] = HEARD_S

    def __init__(self, networks: Any) -> None:
        """Take the package's `DNSMOS`."""
        self._networks = networks

    @classmethod
    def load(cls, files: Mapping[str, Path], options: Mapping[str, Any]) -> Self:
        """Open the two networks.

        Args:
            files: `sig_bak_ovr.onnx` (P.835) and `model_v8.onnx` (P.808).
            options: None.

        Raises:
            FaultError: an option was given, or a file is missing.
        """
        from speechmos.dnsmos import DNSMOS

        if options or set(files) != FILES:
            message = f"DNSMOS takes {sorted(FILES)} and no options, not {sorted(files)}, {sorted(options)}"
            raise FaultError(message)
        return cls(DNSMOS(str(files["sig_bak_ovr.onnx"]), str(files["model_v8.onnx"])))

    def rate_speech(self, samples: NDArray[np.float32]) -> SpeechQuality:
        """Rate speech; see `models.base.SpeechQualityJudge`.

        Raises:
            ModelOutputError: there is no sound, or a rating is not a number.
        """
        if not np.any(samples):
            message = f"There is nothing to rate in {len(samples) / self.sample_rate_hz:.2f} s of silence"
            raise ModelOutputError(message)
        length = int(HEARD_S * self.sample_rate_hz)
        heard = np.resize(np.clip(samples, -1.0, 1.0), length)
        found = self._networks(heard, self.sample_rate_hz, False)
        names = ("ovrl_mos", "sig_mos", "bak_mos", "p808_mos")
        overall, signal, background, p808 = (float(found[name]) for name in names)
        if not np.isfinite([overall, signal, background, p808]).all():
            raise ModelOutputError("DNSMOS returned something that is not a number")
        return SpeechQuality(overall, signal, background, p808)
