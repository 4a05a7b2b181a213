"""Other translators for the tests of swapping one, and a catalog file that offers them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import yaml

from models.catalog import CATALOG_FILE, load_catalog
from models.translation.bergamot import BergamotTranslator
from models.types import GlossaryTerm, Utterance, Wording


class UnstoppedTranslator(BergamotTranslator):
    """It answers as Bergamot does, but for the full stops."""

    others = slice(None)
    """Which lines it answers otherwise."""

    def translate(
        self,
        utterances: Sequence[Utterance],
        source_language: str,
        target_language: str,
        glossary: Sequence[GlossaryTerm] = (),
    ) -> list[tuple[Wording, ...]]:
        lines = super().translate(utterances, source_language, target_language, glossary)
        lines[self.others] = [
            tuple(replace(wording, text=wording.text.rstrip(".") + "!") for wording in line)
            for line in lines[self.others]
        ]
        return lines


class FirstLineUnstoppedTranslator(UnstoppedTranslator):
    """The same of the first line alone, so that the others need not be said again."""

    others = slice(1)


class UntranslatingTranslator(BergamotTranslator):
    """It leaves everything as it was said, which no viewer would want."""

    def translate(
        self,
        utterances: Sequence[Utterance],
        source_language: str,
        target_language: str,
        glossary: Sequence[GlossaryTerm] = (),
    ) -> list[tuple[Wording, ...]]:
        return [(Wording(utterance.text),) for utterance in utterances]


OTHERS = {"unstopped-en-pt": UnstoppedTranslator, "untranslated-en-pt": UntranslatingTranslator}


def write_catalog(file: Path) -> None:
    """Write a catalog of these translators, for DUBWRIGHT_CATALOG; their weights are Bergamot's."""
    bergamot = load_catalog(CATALOG_FILE).entry("bergamot-tiny-en-pt").model_dump(mode="json")
    models = [
        {**bergamot, "id": name, "engine": f"{engine.__module__}:{engine.__name__}"}
        for name, engine in OTHERS.items()
    ]
    file.write_text(yaml.safe_dump({"models": models}), encoding="utf-8")
