"""How often a translator says a creator's terms as wanted: by itself, and by each way of bringing it to that.

    python -m benchmarks.glossary [--pair en-pt] [--model ID]

Every term of a list (names that stay, words with another translation than the usual one) in every frame of
a list; and how many placeholders of each form come back as they were.
"""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Callable, Iterator, Sequence

from models.base import Translator
from models.catalog import load_catalog
from models.profile import load_profile
from models.registry import resolve
from models.translation.glossary import PLACEHOLDERS, missed_terms
from models.translation.lines import one_line
from models.types import GlossaryTerm, Utterance
from models.weights import WeightsStore

FRAMES = {
    "en": (
        "I really love {} and I use it every day.",
        "{} is the best thing that I know.",
        "Have you ever tried {}?",
        "The {} broke, so we had to stop.",
        "With {}, you can finish a video in five minutes.",
        "She said that {} was not ready yet.",
        "Welcome back to {}, everyone!",
        "My first {} did not cost two hundred dollars.",
    ),
    "pt": (
        "Eu gosto muito de {} e uso todos os dias.",
        "{} é a melhor coisa que conheço.",
        "Você já experimentou {}?",
        "O {} quebrou, então tivemos que parar.",
        "Com {}, você termina um vídeo em cinco minutos.",
        "Ela disse que {} ainda não estava pronto.",
        "Bem-vindos de volta a {}, pessoal!",
        "Meu primeiro {} não custou duzentos dólares.",
    ),
}
KEPT = (
    "Mother's Table",
    "Fireship",
    "GoPro",
    "Black Friday",
    "Big Clive",
    "Half Life",
    "Cool Beans",
    "The Daily Grind",
)
WORDS = {
    ("en", "pt"): {"stream": "live", "speaker": "caixa de som", "thumbnail": "capa", "rig": "bancada"},
    ("pt", "en"): {"live": "broadcast", "caixa de som": "boombox", "capa": "cover art", "bancada": "bench"},
}
FORMS = (f"{PLACEHOLDERS[0]}{{}}", "Xkw{}", "[[{}]]", "<{}>", "@@{}", "{{{{{}}}}}", "#{}", "__{}__")
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

Ask = Callable[[list[str]], list[str]]


def main() -> None:
    """Print two tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pair", default="en-pt", choices=["-".join(pair) for pair in WORDS])
    parser.add_argument("--model", help="a translator by its id; else the embedded profile's")
    arguments = parser.parse_args()
    source, _, target = arguments.pair.partition("-")
    translator = _translator(source, target, arguments.model)

    def ask(texts: list[str]) -> list[str]:
        lines = [Utterance(index, "speaker_1", 0.0, 3.0, text) for index, text in enumerate(texts)]
        return [wordings[0].text for wordings in translator.translate(lines, source, target)]

    terms = [GlossaryTerm(name, name) for name in KEPT]
    terms += [GlossaryTerm(word, wanted) for word, wanted in WORDS[source, target].items()]
    print(f"{arguments.pair}: terms said as wanted")
    for name, kind in (("names that stay", True), ("words with a translation of their own", False)):
        chosen = [term for term in terms if term.is_kept is kind]
        alone, kept = _said(chosen, (source, target), ask, translator)
        total = len(chosen) * len(FRAMES[source])
        print(f"  {name}: {alone} of {total} left to itself, {kept} with the glossary")
    print(f"{arguments.pair}: placeholders that come back as they were")
    for form, (unharmed, total) in survivors(ask, FRAMES[source]):
        print(f"  {form.format('A')}: {unharmed} of {total}")


def _said(
    terms: Sequence[GlossaryTerm], pair: tuple[str, str], ask: Ask, translator: Translator
) -> tuple[int, int]:
    """Return in how many lines the terms are said as wanted, without the glossary and with it."""
    lines = [(term, frame.format(term.source)) for term, frame in itertools.product(terms, FRAMES[pair[0]])]
    texts = [one_line(text[0].upper() + text[1:]) for _, text in lines]
    utterances = [Utterance(index, "speaker_1", 0.0, 3.0, text) for index, text in enumerate(texts)]
    kept = [wordings[0].text for wordings in translator.translate(utterances, *pair, terms)]

    def count(answers: Sequence[str]) -> int:
        return sum(
            not missed_terms(text, answer, [term], *pair)
            for (term, _), text, answer in zip(lines, texts, answers, strict=True)
        )

    return count(ask(texts)), count(kept)


def survivors(ask: Ask, frames: Sequence[str]) -> Iterator[tuple[str, tuple[int, int]]]:
    """Yield for each form of placeholder how many came back unharmed, and of how many."""
    for form in FORMS:
        pairs = [(form.format(letter), frame) for letter, frame in itertools.product(LETTERS, frames)]
        answers = ask([frame.format(placeholder) for placeholder, frame in pairs])
        unharmed = sum(
            answer.count(placeholder) == 1 for (placeholder, _), answer in zip(pairs, answers, strict=True)
        )
        yield form, (unharmed, len(pairs))


def _translator(source: str, target: str, model_id: str | None) -> Translator:
    catalog = load_catalog()
    profile = load_profile("embedded", catalog)
    if model_id is not None:
        profile = profile.with_model("translation", model_id)
    model = resolve(
        catalog,
        profile,
        "translation",
        source_language=source,
        target_language=target,
        weights=WeightsStore.from_environment(),
    )
    translator: Translator = model.load()
    return translator


if __name__ == "__main__":
    main()
