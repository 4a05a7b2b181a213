"""A small instruction-following language model asked to translate, through llama.cpp in this process.

A line is untrusted text: it is passed as data between examples, its control tokens are taken out, and
the reply is held against the line before anybody hears it (see `prompts`, `replies` and `ask_again`).
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, Self

from models.errors import FaultError, ModelOutputError
from models.translation.ask_again import rewording_of, settled
from models.translation.glossary import find_terms, keep_terms
from models.translation.lines import require_pair, source_line
from models.translation.prompts import (
    EXAMPLE_LANGUAGES,
    Message,
    RewordingKind,
    rewording_messages,
    translation_messages,
    without_control_tokens,
)
from models.translation.rewording import reword
from models.translation.second_opinion import SecondOpinion
from models.types import GlossaryTerm, Utterance, Wording

DEFAULT_PAIRS = ("en-es", "en-fr", "en-pt", "es-en", "es-pt", "fr-en", "it-en", "pt-en", "pt-es")
CONTEXT_TOKENS = 2048
"""Instruction and examples take about 150, the longest line with its translation a few hundred."""
REPLY_TOKENS_PER_CHARACTER = 0.75
"""The most that a translation takes: 2.2 times the line's length at 3 characters a token."""
REPLY_TOKENS_SLACK = 24
SEED = 1

NATURAL_CHARACTERS_PER_S = 15.0
"""150 words of six characters (space included) a minute, a usual pace of talking to a camera."""
TOO_FAST = 1.1
"""A line that would have to be said this much faster than natural gets a shorter wording to choose from."""
TOO_SLOW = 0.6
"""Below this the dub would leave a noticeable silence, and a longer wording may be welcome."""


class _ChatServer(Protocol):
    """What llama.cpp's server offers."""

    def handle_chat_completions(self, request: dict[str, Any]) -> dict[str, Any]: ...


class LocalLlmTranslator:
    """Translates and rewords line by line; implements `models.base.Translator`."""

    def __init__(
        self,
        server: _ChatServer,
        pairs: frozenset[tuple[str, str]],
        *,
        rewords: bool,
        second_opinion: SecondOpinion | None = None,
    ) -> None:
        self._server = server
        self._rewords = rewords
        self._second_opinion = second_opinion
        self.pairs = pairs

    @classmethod
    def load(cls, files: Mapping[str, Path], options: Mapping[str, Any]) -> Self:
        """Load a model into this process (1.8 GB of memory for 1.5 B parameters in Q4_K_M).

        Args:
            files: One `.gguf` file; with those of a Bergamot student and of the Universal Sentence Encoder
                beside it, lines of the student's source language are translated by way of its target
                language too, and the better one is taken.
            options: `pairs` (as "en-pt" or ["en", "pt"]; default those that were measured good enough),
                `threads` (default 2), `rewords` (default True: ask for shorter and longer wordings of
                lines that do not fit their time).

        Raises:
            FaultError: no such file, or a pair of a language that the prompts do not know.
        """
        pairs = frozenset(_pair(pair) for pair in options.get("pairs") or DEFAULT_PAIRS)
        unknown = {language for pair in pairs for language in pair} - EXAMPLE_LANGUAGES
        model = next((path for name, path in files.items() if name.endswith(".gguf")), None)
        if unknown or model is None:
            reason = (
                f"it cannot be asked for {sorted(unknown)}" if unknown else "none of its files is a .gguf"
            )
            message = f"The language model cannot translate: {reason}; see its entry in catalog.yaml"
            raise FaultError(message)
        return cls(
            _start(model, int(options.get("threads", 2))),
            pairs,
            rewords=bool(options.get("rewords", True)),
            second_opinion=SecondOpinion.load(files),
        )

    def translate(
        self,
        utterances: Sequence[Utterance],
        source_language: str,
        target_language: str,
        glossary: Sequence[GlossaryTerm] = (),
    ) -> list[tuple[Wording, ...]]:
        """Translate line by line; a line that does not fit its time also gets a wording that may.

        Raises:
            UnsupportedLanguageError: the pair is not one of `pairs`.
            ModelOutputError: the model would not translate a line, asked twice.
        """
        require_pair(self.pairs, source_language, target_language)

        def ask(texts: list[str]) -> list[tuple[Wording, ...]]:
            answers = [
                self._translate_line(text, source_language, target_language, glossary) for text in texts
            ]
            opinion = self._second_opinion
            # Terms of a glossary are known in two languages, and not in the one between them.
            if opinion and not glossary and opinion.serves(source_language, target_language):
                # After all the lines, since the engine keeps the last prompt's beginning and no other.
                answers = opinion.better(texts, answers, target_language, self._translate_line)
            return [(Wording(answer),) for answer in answers]

        sources = [without_control_tokens(source_line(utterance)) for utterance in utterances]
        answers = keep_terms(sources, glossary, source_language, target_language, ask)
        lines = []
        for utterance, (answer,) in zip(utterances, answers, strict=True):
            best = answer.text
            asked = self._reword(best, utterance.duration_s, target_language)
            by_grammar = reword(best, target_language)
            lines.append((Wording(best), *by_grammar, *asked))
        return lines

    def _translate_line(
        self, line: str, source_language: str, target_language: str, glossary: Sequence[GlossaryTerm] = ()
    ) -> str:
        """Ask once, and again more strictly where the reply is unusable or doubtful, or lost a term."""
        pair = (source_language, target_language)
        terms = tuple(dict.fromkeys(found.term for found in find_terms(line, glossary, source_language)))

        def ask(complaint: str) -> str:
            return self._ask(translation_messages(line, *pair, terms=terms, complaint=complaint), line)

        return settled(line, ask(""), ask, pair, terms)

    def _reword(self, best: str, available_s: float, language: str) -> tuple[Wording, ...]:
        if not self._rewords or available_s <= 0:
            return ()
        pace = len(best) / NATURAL_CHARACTERS_PER_S / available_s
        kind: RewordingKind
        if pace > TOO_FAST:
            kind = "shorter"
        elif pace < TOO_SLOW:
            kind = "longer"
        else:
            return ()
        text = self._ask(rewording_messages(without_control_tokens(best), language, kind), best)
        wording = rewording_of(best, text, kind, language)
        return () if wording is None else (wording,)

    def _ask(self, messages: list[Message], line: str) -> str:
        """Return the model's reply, or nothing where it did not come to an end.

        Raises:
            ModelOutputError: the engine refused the request (a line longer than its context).
        """
        answer = self._server.handle_chat_completions(
            {
                "messages": messages,
                "max_tokens": int(len(line) * REPLY_TOKENS_PER_CHARACTER) + REPLY_TOKENS_SLACK,
                # The likeliest token each time: the same line gives the same answer.
                "temperature": 0,
                "seed": SEED,
                "cache_prompt": True,
            }
        )
        if "error" in answer:
            message = f"The language model refused a line of {len(line)} characters: {answer['error']}"
            raise ModelOutputError(message)
        choice = answer["choices"][0]
        return str(choice["message"]["content"]).strip() if choice["finish_reason"] == "stop" else ""


def _pair(pair: str | Sequence[str]) -> tuple[str, str]:
    source, target = pair.split("-") if isinstance(pair, str) else pair
    return source, target


def _start(model: Path, threads: int) -> _ChatServer:
    """Start llama.cpp's server within this process."""
    import xllamacpp

    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(model)
    parameters.n_ctx = CONTEXT_TOKENS
    parameters.n_parallel = 1
    parameters.cpuparams.n_threads = threads
    parameters.cpuparams_batch.n_threads = threads
    parameters.warmup = False
    parameters.verbosity = -1  # it would log what creators say
    parameters.cache_ram_mib = 0  # one running conversation is cache enough
    parameters.ui = False
    parameters.endpoint_slots = False
    # The library also listens for others, by default on a TCP port. A socket in a private folder that is
    # gone as soon as it listens can be reached by nobody.
    with tempfile.TemporaryDirectory(prefix="llm-") as folder:
        parameters.hostnames = [str(Path(folder) / "unused.sock")]
        server: _ChatServer = xllamacpp.Server(parameters)
    return server
