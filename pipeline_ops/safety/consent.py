"""What somebody agreed to, as a run's stages are told of it: without a word, they leave voice and lips alone.

The catalog knows who agreed, when and to which text (`catalog/consents.py`); a stage is told only whether.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from pipeline_ops.errors import SettingsError

LikenessUse = Literal["voice", "lips"]
"""A voice that resembles the speaker's, and a picture in which their lips move otherwise."""

LIKENESS_USES: tuple[LikenessUse, ...] = get_args(LikenessUse)


@dataclass(frozen=True, slots=True)
class Consent:
    """That one use was agreed to by whoever may: attached to a request, it is part of the stages' keys."""

    use: LikenessUse


def agrees(consent: Consent | None, use: LikenessUse) -> bool:
    """Tell whether a use was agreed to; nothing, and what was agreed for another use, does not count."""
    return consent is not None and consent.use == use


def attachment_name(use: LikenessUse) -> str:
    """Return the name under which a consent is attached to a request."""
    return f"{use}_consent"


def parse_uses(text: str) -> tuple[LikenessUse, ...]:
    """Read `voice,lips`, in any order; empty for none.

    Raises:
        SettingsError: it names something else.
    """
    named = [word.strip() for word in text.split(",") if word.strip()]
    if unknown := sorted(set(named) - set(LIKENESS_USES)):
        message = f"One can agree to {' and '.join(LIKENESS_USES)}, not to {unknown[0]!r}."
        raise SettingsError(message)
    return tuple(use for use in LIKENESS_USES if use in named)
