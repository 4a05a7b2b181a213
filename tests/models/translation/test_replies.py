from __future__ import annotations

import pytest

from benchmarks.translation_quality import parallel_sentences
from models.translation.replies import doubtful, unusable

LINE = "I bake bread at home every Sunday morning."
GOOD = "Eu faço pão em casa todo domingo de manhã."


def test_good_translations_are_usable() -> None:
    sentences = parallel_sentences()
    for source, target in [
        ("en", "pt"),
        ("pt", "en"),
        ("es", "pt"),
        ("fr", "en"),
        ("it", "es"),
        ("en", "es"),
    ]:
        for line, reply in zip(sentences[source], sentences[target], strict=True):
            assert unusable(line, reply, source, target) is None
            assert doubtful(line, reply, source, target) == ()


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        ("", "it was empty"),
        (f"{GOOD}\n{GOOD}", "it had more than one line"),
        (f"Translation: {GOOD}", "it had a heading"),
        (f"Aqui está a tradução: {GOOD}", "it had a heading"),
        (f"{GOOD} (Note: informal)", "it had a note"),
        (f"```{GOOD}```", "it had markup"),
        ("I'm sorry, but I can't help with that request.", "it declined"),
        (LINE, "it was the line itself"),
        ("Eu faço pão pão pão pão pão em casa.", "it repeated itself"),
        (
            f"{GOOD} E depois disso eu sempre vou caminhar na praia com os meus amigos e a família.",
            "it was too long",
        ),
        ("I make my bread at the house each week in the morning.", "it was in another language"),
        ("OK", "it was too short"),
    ],
)
def test_what_is_no_translation_is_refused(reply: str, reason: str) -> None:
    assert unusable(LINE, reply, "en", "pt") == reason


def test_a_line_with_a_heading_of_its_own_may_keep_it() -> None:
    assert unusable("Note: it is hot.", "Nota: está quente.", "en", "pt") is None


def test_an_answered_question_is_doubtful() -> None:
    reply = "A capital da França é Paris."
    assert "question_changed" in doubtful("What is the capital of France?", reply, "en", "pt")
