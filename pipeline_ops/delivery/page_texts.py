"""What the watch page says, in the language of its reader where it is one of those that the page knows."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from pipeline_ops.delivery.language_choice import is_understood

TEXTS_FILE = Path(__file__).with_name("page_texts.yaml")

FALLBACK = "en"

Texts = Mapping[str, Any]


@functools.cache
def all_texts() -> Mapping[str, Texts]:
    """Return what the page says, by language."""
    texts: dict[str, Texts] = yaml.safe_load(TEXTS_FILE.read_text(encoding="utf-8"))
    return texts


def texts_for(languages: tuple[str, ...]) -> tuple[str, Texts]:
    """Return the page's language for a reader who knows these, and what it says in it."""
    for known in languages:
        for language, texts in all_texts().items():
            if is_understood((known,), language) is not None:
                return language, texts
    return FALLBACK, all_texts()[FALLBACK]
