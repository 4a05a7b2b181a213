"""The personal lip-sync engine: learns one speaker's mouth and draws it for new speech."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from models.errors import FaultError
from models.lip_sync.personal.decide import decide
from models.lip_sync.personal.learn import learn_speaker
from models.lip_sync.personal.paint import PersonalLipPlan
from models.lip_sync.personal.speaker import read_speaker, write_speaker
from models.types import LipFit

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from models.types import FaceFootage, FaceFrame, HeardSpeech, SeenFace

MODEL_FILE = "lips.zip"


class PersonalLipSynchronizer:
    """Learns a speaker from seconds of their own footage; needs no weights. See `LipSynchronizer`."""

    @classmethod
    def load(cls, files: Mapping[str, Path], options: Mapping[str, Any]) -> Self:
        """Make the engine; it has neither files nor options.

        Raises:
            FaultError: it was handed some.
        """
        if files or options:
            handed = ", ".join(sorted([*files, *options]))
            raise FaultError(f"The personal lip-sync has neither files nor options; it was handed {handed}.")
        return cls()

    def fit(self, footage: FaceFootage, frames: Iterable[FaceFrame], folder: Path) -> LipFit:
        """Learn a speaker and write them to `folder`; see `models.base.LipSynchronizer.fit`.

        Raises:
            ModelOutputError: there are too few usable frames.
        """
        learnt = learn_speaker(footage, frames)
        path = folder / MODEL_FILE
        write_speaker(path, learnt.speaker, learnt.pictures)
        return LipFit(
            model=path,
            held_out_correlation=learnt.held_out.correlation,
            noise_correlation=learnt.held_out.chance,
            speech_s=learnt.speech_s,
            exemplars=len(learnt.pictures),
        )

    def plan(
        self,
        model: Path,
        face: SeenFace,
        speech: HeardSpeech,
        strength: NDArray[np.float32],
    ) -> PersonalLipPlan:
        """Decide every frame's mouth; see `models.base.LipSynchronizer.plan`.

        Raises:
            ModelOutputError: the model's file is damaged, or of another version.
        """
        speaker, library = read_speaker(model)
        return PersonalLipPlan(speaker, library, decide(speaker, face, speech, strength))
