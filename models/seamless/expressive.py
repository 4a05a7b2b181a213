"""SeamlessExpressive: speech to speech in the speaker's own voice and manner, in an environment of its own.

Weights: Meta's release, on request (m2m_expressive_unity.pt, pretssel_melhifigan_wm.pt), under the Seamless
Licensing Agreement: research without commerce. What it says bears Meta's watermark.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from models.environments.process import EnvironmentEngine, EnvironmentProcess
from models.errors import FaultError, ModelOutputError, UnsupportedLanguageError
from models.seamless.languages import iso_code, seamless_code
from models.seamless.m4t_speech import require_speed
from models.seamless.network import HEARD_RATE_HZ
from models.seamless.speech import SpokenUnits, require_a_text_each
from models.speech_synthesis.trimming import trim_silence
from models.types import AudioClip

if TYPE_CHECKING:
    from numpy.typing import NDArray

PYTHON_VARIABLE = "DUBWRIGHT_SEAMLESS_PYTHON"
ENGINE = f"{Path(__file__).parents[1] / 'environments' / 'seamless_expressive.py'}:SeamlessExpressive"

FILES = (
    "m2m_expressive_unity.pt",
    "pretssel_melhifigan_wm.pt",
    "tokenizer.model",
    "spm_char_lang38_tc.model",
)

SAMPLE_RATE_HZ = 24_000

DURATION_FACTORS: Mapping[str, float] = {"deu": 1.1, "fra": 1.2}
"""What Meta found to sound best in each language (docs/expressive/README.md of seamless_communication); 1.0
in the others. It is what `speed` 1.0 stands for."""

_OPTIONS = ("device", "dtype", "python", "cards", "start_timeout_s", "call_timeout_s")


class ExpressiveSpeechTranslator:
    """Asks SeamlessExpressive, line by line; implements `models.seamless.speech.SpeechTranslator`.

    Its process starts with the first line. Lines are not batched: each is coloured by its own prosody, and on
    a GPU the beam of one line fills it well enough.
    """

    heard_rate_hz = HEARD_RATE_HZ
    languages = frozenset({"de", "en", "es", "fr", "it", "zh"})

    def __init__(self, process: EnvironmentProcess, sample_rate_hz: int = SAMPLE_RATE_HZ) -> None:
        """Take what runs the engine, and the rate at which its vocoder speaks."""
        self._process = process
        self.sample_rate_hz = sample_rate_hz

    @classmethod
    def load(cls, files: Mapping[str, Path], options: Mapping[str, Any]) -> Self:
        """Find the environment; nothing is started yet.

        Args:
            files: Those of `FILES`.
            options: `device` ("cpu", the default, or "cuda"), `dtype` ("float16", the default, counts on GPUs
                alone), `python` (the environment's interpreter; DUBWRIGHT_SEAMLESS_PYTHON where left out),
                `start_timeout_s`, `call_timeout_s`, and `cards` for checkpoints of another size.

        Raises:
            FaultError: a file is missing, an option is unknown, or nothing says where the interpreter is.
        """
        if unknown := sorted(set(options) - set(_OPTIONS)):
            message = f"SeamlessExpressive has no option {unknown}; it has {list(_OPTIONS)}"
            raise FaultError(message)
        if missing := [name for name in FILES if name not in files]:
            message = f"SeamlessExpressive needs {', '.join(missing)}; it was handed {sorted(files)}"
            raise FaultError(message)
        python = options.get("python") or os.environ.get(PYTHON_VARIABLE)
        if not python:
            message = (
                "SeamlessExpressive runs in an environment of its own: make it from"
                f" models/environments/seamless.txt and set {PYTHON_VARIABLE} to its interpreter"
            )
            raise FaultError(message)
        handed = {
            "files": {name: str(files[name]) for name in FILES},
            "device": options.get("device", "cpu"),
            "dtype": options.get("dtype", "float16"),
            "cards": options.get("cards", {}),
        }
        timeouts = ("start_timeout_s", "call_timeout_s")
        limits = {name: float(options[name]) for name in timeouts if name in options}
        engine = EnvironmentEngine("SeamlessExpressive", Path(python), ENGINE, handed, **limits)
        return cls(EnvironmentProcess(engine))

    def translate(
        self, sounds: Sequence[NDArray[np.float32]], target_language: str, *, speed: float = 1.0
    ) -> list[SpokenUnits]:
        """Return each line's translation, as text and units; see `SpeechTranslator`."""
        arguments = self._arguments(target_language, speed)
        return [self._ask("translate", arguments, sound) for sound in sounds]

    def retell(
        self,
        sounds: Sequence[NDArray[np.float32]],
        texts: Sequence[str],
        target_language: str,
        *,
        speed: float = 1.0,
    ) -> list[SpokenUnits]:
        """Return units for given translations of the same lines; see `SpeechTranslator`."""
        require_a_text_each(sounds, texts)
        arguments = self._arguments(target_language, speed)
        lines = []
        for number, (sound, text) in enumerate(zip(sounds, texts, strict=True)):
            if not (said := " ".join(text.split())):
                message = f"Line {number} of the speech is to be retold without a word"
                raise ModelOutputError(message)
            lines.append(self._ask("retell", {**arguments, "text": said}, sound))
        return lines

    def say(
        self, line: SpokenUnits, *, sound: NDArray[np.float32] | None = None, voice_id: str | None = None
    ) -> AudioClip:
        """Say a line's units as the line itself was said; see `SpeechTranslator`."""
        if voice_id is not None:
            message = f"SeamlessExpressive has no voice {voice_id!r}: it speaks in that of the line"
            raise UnsupportedLanguageError(message)
        if sound is None:
            message = "SeamlessExpressive speaks in the voice of the line: hand it over as `sound`"
            raise FaultError(message)
        arguments = {"units": list(line.units), "language": self._code(line.language)}
        reply = self._process.call("say", arguments, {"sound": _mono(sound)})
        rate_hz = int(self._process.about()["sample_rate_hz"])
        if rate_hz != self.sample_rate_hz:
            message = f"SeamlessExpressive's vocoder speaks at {rate_hz} Hz, not at {self.sample_rate_hz}"
            raise ModelOutputError(message)
        samples = trim_silence(reply.arrays["samples"], rate_hz, line.text)
        return AudioClip(samples[np.newaxis, :], rate_hz)

    def close(self) -> None:
        """End the process, so that its GPU memory can be reused; the next line starts another."""
        self._process.close()

    def _ask(self, method: str, arguments: Mapping[str, Any], sound: NDArray[np.float32]) -> SpokenUnits:
        reply = self._process.call(method, arguments, {"sound": _mono(sound)})
        language = iso_code(arguments["language"]) or arguments["language"]
        return SpokenUnits(language, reply.result["text"], tuple(reply.result["units"]))

    def _arguments(self, language: str, speed: float) -> dict[str, Any]:
        code = self._code(language)
        require_speed(speed)
        return {"language": code, "duration_factor": DURATION_FACTORS.get(code, 1.0) / speed}

    def _code(self, language: str) -> str:
        if language not in self.languages:
            spoken = ", ".join(sorted(self.languages))
            message = f"SeamlessExpressive does not speak {language!r}; it speaks {spoken}"
            raise UnsupportedLanguageError(message)
        return seamless_code(language)


def _mono(sound: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.ascontiguousarray(sound, np.float32).reshape(-1)
