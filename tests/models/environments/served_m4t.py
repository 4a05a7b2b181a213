"""SeamlessM4T v2 through transformers as an engine of the worker: a real model behind the same methods."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any


class ServedM4T:
    METHODS = ("translate", "retell", "say")

    def __init__(self, translator: Any) -> None:
        self._translator = translator

    @classmethod
    def load(cls, options: dict[str, Any]) -> ServedM4T:
        sys.path.insert(0, options["root"])
        from models.seamless.m4t_speech import M4TSpeechTranslator

        files = {name: Path(path) for name, path in options["files"].items()}
        return cls(M4TSpeechTranslator.load(files, options["options"]))

    def about(self) -> dict[str, Any]:
        return {"sample_rate_hz": self._translator.sample_rate_hz}

    def translate(self, language: str, duration_factor: float, sound: Any) -> tuple[Any, dict[str, Any]]:
        (line,) = self._translator.translate([sound], self._iso(language), speed=1.0 / duration_factor)
        return {"text": line.text, "units": line.units}, {}

    def retell(
        self, text: str, language: str, duration_factor: float, sound: Any
    ) -> tuple[Any, dict[str, Any]]:
        speed = 1.0 / duration_factor
        (line,) = self._translator.retell([sound], [text], self._iso(language), speed=speed)
        return {"text": line.text, "units": line.units}, {}

    def say(self, units: list[int], language: str, sound: Any) -> tuple[None, dict[str, Any]]:
        from models.seamless.speech import SpokenUnits

        line = SpokenUnits(self._iso(language), "a line", tuple(units))
        return None, {"samples": self._translator.say(line).samples[0]}

    def _iso(self, code: str) -> str:
        from models.seamless.languages import iso_code

        return iso_code(code) or code
