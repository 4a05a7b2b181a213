from __future__ import annotations

import pytest

from pipeline_ops.quality.back_transcription import normalise_for_comparison


@pytest.mark.parametrize(
    ("written", "compared"),
    [
        ("Olá, mundo!", "olá mundo"),
        ("  It’s -- fine.  ", "it s fine"),
        ("Não,\n25%", "não 25"),
        ("हिन्दी।", "हिन्दी"),
    ],
)
def test_only_words_are_compared(written: str, compared: str) -> None:
    assert normalise_for_comparison(written) == compared
