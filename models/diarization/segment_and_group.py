"""Who speaks when: pyannote's segmentation tells the speakers of ten seconds apart, CAM++ knows them again.

Both networks hear overlapping windows; the voices of all windows are gathered into persons, and the windows
vote who talks at each moment. Memory holds one window, and for each speaker of each window a voice and a
mask: about 3 kB each 5 s.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from models.diarization.group_voices import ALIKE, group_voices
from models.diarization.join_windows import speech_of, turns_of
from models.diarization.local_voices import hear_voices
from models.diarization.segmentation_network import SAMPLE_RATE_HZ, SegmentationNetwork
from models.errors import FaultError
from models.speaker_embedding.campplus import WEIGHTS as ENCODER_WEIGHTS
from models.speaker_embedding.campplus import CamPlusPlusEncoder
from models.types import SpeakerLimits, SpeakerTurn, TimeSpan

if TYPE_CHECKING:
    from numpy.typing import NDArray

SEGMENTATION_WEIGHTS = "pytorch_model.bin"


class SegmentAndGroupDiarizer:
    """Tells who speaks when; see `SpeakerDiarizer`."""

    sample_rate_hz: ClassVar[int] = SAMPLE_RATE_HZ

    def __init__(
        self, segmentation: SegmentationNetwork, encoder: CamPlusPlusEncoder, alike: float = ALIKE
    ) -> None:
        self._segmentation = segmentation
        self._encoder = encoder
        self._alike = alike

    @classmethod
    def load(cls, files: Mapping[str, Path], options: Mapping[str, Any]) -> Self:
        """Load both networks; only tensors are read from their files, no code.

        Args:
            files: Holds `pytorch_model.bin` of pyannote's segmentation 3.0 and `campplus_cn_en_common.pt`.
            options: `alike`, optional: see `group_voices`.

        Raises:
            FaultError: an option is not known, or a file holds another network.
        """
        unknown = set(options) - {"alike"}
        if unknown:
            raise FaultError(f"Diarization takes the option alike, not {sorted(unknown)}")
        encoder = CamPlusPlusEncoder.load({ENCODER_WEIGHTS: files[ENCODER_WEIGHTS]}, {})
        segmentation = SegmentationNetwork(_read_lightning(files[SEGMENTATION_WEIGHTS]))
        return cls(segmentation, encoder, float(options.get("alike", ALIKE)))

    def diarize(
        self, blocks: Iterable[NDArray[np.float32]], regions: Sequence[TimeSpan], limits: SpeakerLimits
    ) -> tuple[SpeakerTurn, ...]:
        """Return every speaker's turns, in order of their start; see `SpeakerDiarizer.diarize`.

        Raises:
            ModelOutputError: a network answered with something that is no number.
        """
        voices = list(hear_voices(blocks, regions, self._segmentation, self._encoder, self._alike))
        if not voices:
            return ()
        points = np.array([voice.voice for voice in voices])
        groups = group_voices(points, speech_of(voices), limits, alike=self._alike)
        return turns_of(voices, groups)


class _Inert:
    """Stands for the classes that the checkpoint's notes about its training name; nothing is asked of it."""

    def __init__(self, *_: object) -> None:
        pass


def _read_lightning(path: Path) -> Mapping[str, Any]:
    """Return the tensors of a PyTorch Lightning checkpoint of pyannote.audio, without that library."""
    import torch

    named = [
        (_Inert, f"pyannote.audio.core.task.{name}") for name in ("Specifications", "Problem", "Resolution")
    ]
    with torch.serialization.safe_globals([torch.torch_version.TorchVersion, *named]):
        checkpoint = torch.load(path, map_location="cpu", weights_only=True)
    weights: Mapping[str, Any] = checkpoint["state_dict"]
    return weights
