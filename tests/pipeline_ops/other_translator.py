"""Another translator for the tests of swapping one: it answers as Bergamot does, but for the full stops."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from models.translation.bergamot import BergamotTranslator
from models.types import Utterance, Wording


class UnstoppedTranslator(BergamotTranslator):
    def translate(
        self, utterances: Sequence[Utterance], source_language: str, target_language: str
    ) -> list[tuple[Wording, ...]]:
        lines = super().translate(utterances, source_language, target_language)
        return [
            tuple(replace(wording, text=wording.text.rstrip(".") + "!") for wording in line) for line in lines
        ]
