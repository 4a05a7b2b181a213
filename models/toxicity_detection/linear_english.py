"""A linear classifier over words of English, as alt-profanity-check ships it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from models.errors import ModelOutputError


class LinearToxicityDetector:
    """Bag of words, linear support vector machine, calibrated; about 0.1 ms a line."""

    def __init__(self, vectorizer: Any, classifier: Any) -> None:
        self._vectorizer = vectorizer
        self._classifier = classifier

    @classmethod
    def load(cls, files: Mapping[str, Path], options: Mapping[str, Any]) -> LinearToxicityDetector:
        """Open the two files: pickles, which run as code, so the digests in the catalog guard them."""
        import joblib

        return cls(joblib.load(files["vectorizer.joblib"]), joblib.load(files["model.joblib"]), **options)

    def insult_probabilities(self, texts: Sequence[str]) -> list[float]:
        """Return how likely each text insults; see `models.base.ToxicityDetector`.

        Raises:
            ModelOutputError: it gave no probability.
        """
        if not texts:
            return []
        scores = self._classifier.predict_proba(self._vectorizer.transform(list(texts)))[:, 1]
        probabilities = [float(score) for score in scores]
        if not all(0.0 <= probability <= 1.0 for probability in probabilities):
            message = "The toxicity classifier gave something that is no probability."
            raise ModelOutputError(message)
        return probabilities
