from __future__ import annotations

import numpy as np
import pytest

from models.errors import FaultError, ModelOutputError
from models.sentence_similarity.universal import UniversalSentenceEncoder
from tests.models.embedded import engine

pytestmark = pytest.mark.models


def test_a_translation_lies_closer_than_any_other_line() -> None:
    encoder = engine("sentence_similarity", "pt")
    english = encoder.embed_sentences(["Good morning,", "I am from Barcelona and", "I love the city."])
    portuguese = encoder.embed_sentences(["Bom dia,", "Eu sou de Barcelona e", "Eu amo a cidade."])
    likeness = english @ portuguese.T
    assert likeness.argmax(axis=1).tolist() == [0, 1, 2]
    assert np.linalg.norm(english, axis=1) == pytest.approx([1.0, 1.0, 1.0], abs=1e-3)


def test_an_empty_sentence_is_refused() -> None:
    with pytest.raises(ModelOutputError, match="empty sentence"):
        engine("sentence_similarity", "pt").embed_sentences(["Bom dia", " "])


def test_an_option_that_it_does_not_have_is_refused() -> None:
    with pytest.raises(FaultError, match="no options"):
        UniversalSentenceEncoder.load({}, {"threads": 4})
