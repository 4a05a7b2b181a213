"""Any server that speaks OpenAI's chat completions, asked to translate lines a batch at a time.

Lines go as data with their numbers, among their neighbours; the reply is held against its shape and every
line against its source. What is missing, malformed or no translation is asked for alone, as a local model is.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from models.errors import FaultError
from models.translation.ask_again import rewording_of, settled
from models.translation.chat_endpoint import ChatEndpoint
from models.translation.glossary import find_terms, keep_terms
from models.translation.lines import require_pair, source_line
from models.translation.prompts import (
    LANGUAGE_NAMES,
    Message,
    batch_messages,
    translation_messages,
    without_control_tokens,
)
from models.translation.replies import BatchLine, parse_batch
from models.translation.rewording import reword
from models.types import GlossaryTerm, Utterance, Wording

BATCH_LINES = 20
"""A minute or two of speech: enough to read on from, short enough that every number comes back."""
CONTEXT_LINES = 3
"""Before and after a batch, to be read and not translated: a sentence may run over several lines."""

OPTIONS = {"model", "pairs", "temperature", "json_replies", "batch_lines", "connection"}


class OpenAiEndpointTranslator:
    """Translates through a remote language model; implements `models.base.Translator`."""

    def __init__(
        self,
        endpoint: ChatEndpoint,
        model: str,
        pairs: frozenset[tuple[str, str]],
        *,
        settings: Mapping[str, Any],
        json_replies: bool = True,
        batch_lines: int = BATCH_LINES,
    ) -> None:
        self._endpoint = endpoint
        self._model = model
        self._settings = settings
        self._batch_settings = (
            {**settings, "response_format": {"type": "json_object"}} if json_replies else settings
        )
        self._batch_lines = batch_lines
        self.pairs = pairs

    @classmethod
    def load(cls, files: Mapping[str, Path], options: Mapping[str, Any]) -> Self:
        """Read what is to be asked where; nothing is asked yet.

        Args:
            files: None.
            options: `model`, as the server calls it; `pairs` (as "en-pt"); `temperature` (default 0; null
                leaves it to the server); `json_replies` (default True: ask the server for JSON; some do not
                know `response_format`); `batch_lines`; `connection`, see `ChatEndpoint.from_options`.

        Raises:
            FaultError: an option is missing, unknown or makes no sense.
        """
        unknown = sorted(set(options) - OPTIONS)
        pairs = frozenset(_pair(pair) for pair in options.get("pairs") or ())
        unnamed = sorted({language for pair in pairs for language in pair} - LANGUAGE_NAMES.keys())
        model = options.get("model")
        if unknown or not pairs or unnamed or not model:
            reason = (
                f"it has no option {unknown[0]!r}" if unknown
                else f"it cannot be asked for {unnamed}" if unnamed
                else "it needs the options model and pairs"
            )  # fmt: skip
            message = f"The remote language model cannot translate: {reason}; see its entry in the catalog"
            raise FaultError(message)
        temperature = options.get("temperature", 0)
        return cls(
            ChatEndpoint.from_options(options.get("connection") or {}),
            str(model),
            pairs,
            settings={} if temperature is None else {"temperature": temperature},
            json_replies=bool(options.get("json_replies", True)),
            batch_lines=int(options.get("batch_lines", BATCH_LINES)),
        )

    def translate(
        self,
        utterances: Sequence[Utterance],
        source_language: str,
        target_language: str,
        glossary: Sequence[GlossaryTerm] = (),
    ) -> list[tuple[Wording, ...]]:
        """Translate in batches, each line in up to three lengths; what went wrong is asked for alone.

        Raises:
            UnsupportedLanguageError: the pair is not one of `pairs`.
            ModelOutputError: the model would not translate a line, asked alone.
            ModelUnavailableError: the server does not answer, or is over its limits.
            ModelRefusedError: the server refuses key, model or settings.
        """
        pair = (source_language, target_language)
        require_pair(self.pairs, *pair)
        sources = [without_control_tokens(source_line(utterance)) for utterance in utterances]
        ask = functools.partial(self._ask_all, pair=pair, glossary=glossary)
        answers = keep_terms(sources, glossary, *pair, ask)
        return [(best, *reword(best.text, target_language), *others) for best, *others in answers]

    def _ask_all(
        self, lines: list[str], *, pair: tuple[str, str], glossary: Sequence[GlossaryTerm]
    ) -> list[tuple[Wording, ...]]:
        answers: list[tuple[Wording, ...]] = []
        for start in range(0, len(lines), self._batch_lines):
            numbers = range(start, min(start + self._batch_lines, len(lines)))
            messages = batch_messages(
                {number: lines[number] for number in numbers},
                *pair,
                before=lines[max(0, start - CONTEXT_LINES) : start],
                after=lines[numbers.stop : numbers.stop + CONTEXT_LINES],
                terms=_terms_in([lines[number] for number in numbers], glossary, pair[0]),
            )
            reply = self._ask(messages, self._batch_settings)
            replied = parse_batch(reply, numbers)
            answers += [
                self._settle(lines[number], replied.get(number), pair, glossary) for number in numbers
            ]
        return answers

    def _settle(
        self,
        line: str,
        replied: BatchLine | None,
        pair: tuple[str, str],
        glossary: Sequence[GlossaryTerm],
    ) -> tuple[Wording, ...]:
        terms = _terms_in([line], glossary, pair[0])

        def ask_alone(complaint: str) -> str:
            messages = translation_messages(line, *pair, terms=terms, complaint=complaint)
            return self._ask(messages, self._settings)

        first = replied.plain if replied is not None else ask_alone("")
        best = settled(line, first, ask_alone, pair, terms)
        if replied is None or best != replied.plain:
            return (Wording(best),)  # what was said shorter or longer was another translation
        return (Wording(best), *_others(best, replied, pair[1]))

    def _ask(self, messages: Sequence[Message], settings: Mapping[str, Any]) -> str:
        return self._endpoint.ask(self._model, messages, settings)


def _others(best: str, replied: BatchLine, language: str) -> Iterator[Wording]:
    if replied.shorter and (shorter := rewording_of(best, replied.shorter, "shorter", language)):
        yield shorter
    if replied.longer and (longer := rewording_of(best, replied.longer, "longer", language)):
        yield longer


def _terms_in(
    lines: Sequence[str], glossary: Sequence[GlossaryTerm], language: str
) -> tuple[GlossaryTerm, ...]:
    found = (found.term for line in lines for found in find_terms(line, glossary, language))
    return tuple(dict.fromkeys(found))


def _pair(pair: str | Sequence[str]) -> tuple[str, str]:
    source, target = pair.split("-") if isinstance(pair, str) else pair
    return source, target
