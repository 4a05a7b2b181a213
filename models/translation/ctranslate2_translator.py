"""NLLB-200 and OPUS-MT (Marian) in CTranslate2's format: beam search, several hypotheses a line.

Token conventions are those of the models' own tokenizers: NLLB puts the source language's code before
the pieces and starts the answer with the target's; Marian has neither, and a sentencepiece model for
each side. Both end the source with `</s>`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path
from typing import Any, Self

from models.errors import FaultError
from models.translation.hypotheses import word_lines, wordings_of
from models.translation.lines import require_pair
from models.types import GlossaryTerm, Utterance, Wording

END_OF_SENTENCE = "</s>"
BEAM_SIZE = 4
"""What Marian and NLLB were evaluated with; wider beams gain nothing and cost time."""
LENGTH_PENALTY = 1.0
"""Scores are compared per token, so that short hypotheses are not favoured."""
HYPOTHESES = 4
LONGEST_ANSWER_TOKENS = 256
LONGEST_SOURCE_TOKENS = 512
BATCH_TOKENS = 1024


@dataclass(frozen=True, slots=True)
class _Convention:
    """How a family of models writes languages: codes in the token stream, or one pair a model."""

    language_codes: Mapping[str, str]

    def source_tokens(self, pieces: list[str], language: str) -> list[str]:
        prefix = [self.language_codes[language]] if self.language_codes else []
        return [*prefix, *pieces, END_OF_SENTENCE]

    def target_prefix(self, language: str) -> list[str]:
        return [self.language_codes[language]] if self.language_codes else []


class CTranslate2Translator:
    """Translates batches of lines with beam search; implements `models.base.Translator`."""

    def __init__(
        self,
        translator: Any,
        source_pieces: Any,
        target_pieces: Any,
        convention: _Convention,
        pairs: frozenset[tuple[str, str]],
    ) -> None:
        self._translator = translator
        self._source_pieces = source_pieces
        self._target_pieces = target_pieces
        self._convention = convention
        self.pairs = pairs

    @classmethod
    def load(cls, files: Mapping[str, Path], options: Mapping[str, Any]) -> Self:
        """Load a converted model from the folder of its `model.bin`: int8 on a CPU, float16 on a GPU.

        Args:
            files: `model.bin`, `config.json` and vocabularies in one folder; NLLB's one sentencepiece
                model (`sentencepiece.bpe.model`), or Marian's `source.spm` and `target.spm`.
            options: `family` ("nllb" or "marian"); for NLLB `language_codes` (ISO 639-1 to NLLB's, as
                en: eng_Latn); for Marian `pair`; `threads` (default 2); `device` ("cpu", "cuda" or
                "auto", the default).

        Raises:
            FaultError: a file or an option is missing, or the family is unknown.
        """
        family = options.get("family")
        model = _file(files, "model.bin")
        if family == "nllb":
            codes: dict[str, str] = dict(_option(options, "language_codes"))
            pairs = frozenset(permutations(codes, 2))
            source_file = target_file = _file(files, "sentencepiece.bpe.model")
        elif family == "marian":
            codes = {}
            source, target = _option(options, "pair")
            pairs = frozenset({(source, target)})
            source_file, target_file = _file(files, "source.spm"), _file(files, "target.spm")
        else:
            message = f"family {family!r} is not one that CTranslate2Translator knows (nllb, marian)"
            raise FaultError(message)
        source_pieces = _sentencepiece(source_file)
        target_pieces = source_pieces if target_file == source_file else _sentencepiece(target_file)
        translator = _open(model.parent, options)
        return cls(translator, source_pieces, target_pieces, _Convention(codes), pairs)

    def translate(
        self,
        utterances: Sequence[Utterance],
        source_language: str,
        target_language: str,
        glossary: Sequence[GlossaryTerm] = (),
    ) -> list[tuple[Wording, ...]]:
        """Translate all lines in batches; hypotheses of another length are the other wordings.

        Raises:
            UnsupportedLanguageError: the pair is not one of `pairs`.
            ModelOutputError: a line was empty, or came back empty.
        """
        pair = (source_language, target_language)
        require_pair(self.pairs, *pair)
        return word_lines(utterances, *pair, glossary, lambda texts: self._ask(texts, *pair))

    def _ask(self, texts: list[str], source_language: str, target_language: str) -> list[tuple[Wording, ...]]:
        """Return for each text its likeliest translation and hypotheses of another length."""
        sources = [
            self._convention.source_tokens(self._source_pieces.encode(text, out_type=str), source_language)
            for text in texts
        ]
        prefix = self._convention.target_prefix(target_language)
        results = self._translator.translate_batch(
            sources,
            target_prefix=[prefix] * len(sources) if prefix else None,
            beam_size=BEAM_SIZE,
            num_hypotheses=HYPOTHESES,
            length_penalty=LENGTH_PENALTY,
            return_scores=True,
            max_input_length=LONGEST_SOURCE_TOKENS,
            max_decoding_length=LONGEST_ANSWER_TOKENS,
            max_batch_size=BATCH_TOKENS,
            batch_type="tokens",
        )
        return [self._wordings(result, prefix, target_language) for result in results]

    def _wordings(self, result: Any, prefix: list[str], language: str) -> tuple[Wording, ...]:
        texts = [self._target_pieces.decode(tokens[len(prefix) :]) for tokens in result.hypotheses]
        return wordings_of(texts, result.scores, language)


def _open(folder: Path, options: Mapping[str, Any]) -> Any:
    """Open the model on a GPU in float16 where there is one, else on the CPU in int8."""
    import ctranslate2

    device = str(options.get("device", "auto"))
    if device == "auto":
        device = "cuda" if ctranslate2.get_cuda_device_count() else "cpu"
    return ctranslate2.Translator(
        str(folder),
        device=device,
        compute_type="float16" if device == "cuda" else "int8",
        inter_threads=1,
        intra_threads=int(options.get("threads", 2)),
    )


def _sentencepiece(path: Path) -> Any:
    import sentencepiece

    return sentencepiece.SentencePieceProcessor(model_file=str(path))


def _file(files: Mapping[str, Path], name: str) -> Path:
    if name not in files:
        message = f"The model lacks its {name} (it has {sorted(files)}); see its entry in catalog.yaml"
        raise FaultError(message)
    return files[name]


def _option(options: Mapping[str, Any], name: str) -> Any:
    if name not in options:
        message = f"The model's entry in catalog.yaml lacks the option {name!r}"
        raise FaultError(message)
    return options[name]
