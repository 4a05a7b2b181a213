"""How well and how fast the translators of a profile do on the project's own sentences.

    python -m benchmarks.translation_quality [--pairs en-pt,es-en] [--model ID] [--show]

Quality is chrF (Popovic, WMT 2015): character n-grams up to six, recall weighing twice as much; it goes
with human judgement better than BLEU where there is one reference a sentence. The sentences are written
for this project (`data/parallel_creator.tsv`), everyday creators' talk in five languages; twenty a pair
tell good from bad, not good from slightly better: differences below about three points mean nothing.
"""

from __future__ import annotations

import argparse
import csv
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from models.base import Translator
from models.catalog import load_catalog
from models.profile import load_profile
from models.registry import resolve
from models.types import Utterance
from models.weights import WeightsStore

PARALLEL_FILE = Path(__file__).with_name("data") / "parallel_creator.tsv"
LONGEST_NGRAM = 6
RECALL_WEIGHT = 2.0
USUAL_CHARACTERS_PER_S = 15.0


@dataclass(frozen=True)
class Quality:
    """A translator's figures on one pair; seconds are of wall clock and of CPU, a sentence."""

    chrf: float
    wall_s: float
    cpu_s: float
    translations: tuple[str, ...]


def parallel_sentences(path: Path = PARALLEL_FILE) -> dict[str, tuple[str, ...]]:
    """Return each language's sentences, in the same order."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return {language: tuple(row[language] for row in rows) for language in rows[0]}


def chrf(translations: Sequence[str], references: Sequence[str]) -> float:
    """Return corpus chrF in percent, as sacrebleu's default `chrF2` computes it."""
    precisions, recalls = [], []
    for length in range(1, LONGEST_NGRAM + 1):
        matched = given = wanted = 0
        for translation, reference in zip(translations, references, strict=True):
            here, there = _ngrams(translation, length), _ngrams(reference, length)
            matched += (here & there).total()
            given += here.total()
            wanted += there.total()
        if given and wanted:
            precisions.append(matched / given)
            recalls.append(matched / wanted)
    precision = sum(precisions) / max(len(precisions), 1)
    recall = sum(recalls) / max(len(recalls), 1)
    if precision + recall == 0:
        return 0.0
    weight = RECALL_WEIGHT**2
    return 100 * (1 + weight) * precision * recall / (weight * precision + recall)


def _ngrams(text: str, length: int) -> Counter[str]:
    letters = "".join(text.split())
    return Counter(letters[start : start + length] for start in range(len(letters) - length + 1))


def measure(translator: Translator, source_language: str, target_language: str) -> Quality:
    """Translate the project's sentences and compare them with the references."""
    sentences = parallel_sentences()
    utterances = [
        # At a usual pace, so that no time goes into rewordings.
        Utterance(index, "speaker", 0.0, len(text) / USUAL_CHARACTERS_PER_S, text)
        for index, text in enumerate(sentences[source_language])
    ]
    wall_s, cpu_s = time.perf_counter(), time.process_time()
    lines = translator.translate(utterances, source_language, target_language)
    wall_s, cpu_s = time.perf_counter() - wall_s, time.process_time() - cpu_s
    translations = tuple(wordings[0].text for wordings in lines)
    score = chrf(translations, sentences[target_language])
    return Quality(round(score, 1), wall_s / len(lines), cpu_s / len(lines), translations)


def main() -> None:
    """Measure the pairs that were asked for and print the catalog's `measured:` lines."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--pairs", default="en-pt,pt-en")
    parser.add_argument("--profile", default="embedded")
    parser.add_argument("--model", help="the model that shall answer, by its id")
    parser.add_argument("--show", action="store_true", help="print the translations too")
    asked = parser.parse_args()
    catalog, weights = load_catalog(), WeightsStore.from_environment()
    profile = load_profile(asked.profile, catalog)
    if asked.model:
        profile = profile.with_model("translation", asked.model)
    for pair in asked.pairs.split(","):
        source, target = pair.split("-")
        resolved = resolve(
            catalog,
            profile,
            "translation",
            source_language=source,
            target_language=target,
            weights=weights,
        )
        quality = measure(resolved.load(), source, target)
        print(f"# {resolved.id}")
        print(f"- {{metric: chrf, value: {quality.chrf}, pair: {pair}, dataset: {PARALLEL_FILE.stem}}}")
        print(
            f"- {{metric: seconds_per_sentence, value: {quality.wall_s:.3f}, pair: {pair},"
            f" dataset: {PARALLEL_FILE.stem}, note: {quality.cpu_s:.3f} s of CPU}}"
        )
        if asked.show:
            print("\n".join(f"#   {text}" for text in quality.translations))


if __name__ == "__main__":
    main()
