"""From a profile to a loaded engine: which model answers, what its weights digest is, and how it loads.

An engine is loaded once a process, however often it is asked for; `unload_all` lets go of all of them.
"""

from __future__ import annotations

import hashlib
import importlib
import itertools
import json
import threading
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any

from models.base import Capability
from models.catalog import Catalog, CatalogError, LanguagePair, ModelEntry
from models.errors import UnsupportedLanguageError
from models.languages import normalise_language
from models.profile import Profile
from models.weights import WeightsStore

__all__ = [
    "ResolvedModel",
    "check_asked_for",
    "normalise_language",
    "resolve",
    "served_pairs",
    "unload_all",
    "weights_digest",
]

PIVOT_LANGUAGE = "en"
LANGUAGE_CAPABILITIES: tuple[Capability, ...] = ("speech_recognition", "translation", "speech_synthesis")
"""Those whose models serve some languages and not others."""

PIVOT_ENGINE = "models.translation.pivot:PivotTranslator"

_engines: dict[tuple[str, str], Any] = {}
# Reentrant: loading a pivot loads its two halves.
_engines_lock = threading.RLock()


@dataclass(frozen=True)
class ResolvedModel:
    """The model that answers: one entry of the catalog, or two that translate through a pivot language."""

    entries: tuple[ModelEntry, ...]
    weights: WeightsStore = field(repr=False)

    @property
    def id(self) -> str:
        """The entry's id, or both joined by `>`."""
        return ">".join(entry.id for entry in self.entries)

    @property
    def weights_digest(self) -> str:
        """The sha256 of everything that decides what it answers."""
        if len(self.entries) == 1:
            return weights_digest(self.entries[0])
        return _digest_of(
            {"engine": PIVOT_ENGINE, "halves": [weights_digest(entry) for entry in self.entries]}
        )

    def load(self) -> Any:
        """Return the engine, loaded once a process; files that are missing are pulled first.

        Raises:
            WeightsUnavailableError: a file could not be had.
            WeightsDigestError: a file has the wrong content.
            CatalogError: the catalog names an engine that does not exist.
        """
        key = (self.id, self.weights_digest)
        with _engines_lock:
            if key not in _engines:
                _engines[key] = self._load_fresh()
            return _engines[key]

    def _load_fresh(self) -> Any:
        if len(self.entries) > 1:
            first, second = (ResolvedModel((entry,), self.weights).load() for entry in self.entries)
            return _engine_class(PIVOT_ENGINE, self.id)(first, second, pivot_language=PIVOT_LANGUAGE)
        (entry,) = self.entries
        engine = _engine_class(entry.engine, entry.id)
        if not self.weights.is_present(entry):
            self.weights.pull([entry])
        options = {**entry.options, "connection": entry.connection} if entry.connection else entry.options
        return engine.load(self.weights.files(entry), options)


def unload_all() -> None:
    """Let go of every loaded engine, so that its memory can be reused."""
    with _engines_lock:
        _engines.clear()


def weights_digest(entry: ModelEntry) -> str:
    """Return the sha256 of canonical JSON of a model's files, engine, version and options.

    Of a model on another machine the version is what its entry declares; how it is reached does not count.
    """
    return _digest_of(
        {
            "files": sorted([file.name, file.sha256] for file in entry.files),
            "engine": entry.engine,
            "version": entry.version,
            "options": entry.options,
        }
    )


def _digest_of(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _engine_class(path: str, model_id: str) -> Any:
    module_name, _, class_name = path.partition(":")
    try:
        return getattr(importlib.import_module(module_name), class_name)
    except (ImportError, AttributeError) as error:
        message = f"The engine {path} of model {model_id} cannot be imported: {error}"
        raise CatalogError(message) from error


def resolve(
    catalog: Catalog,
    profile: Profile,
    capability: Capability,
    *,
    source_language: str | None = None,
    target_language: str | None = None,
    weights: WeightsStore,
    assume_pulled: Collection[str] = (),
) -> ResolvedModel:
    """Return the model that answers for a capability: the first of the profile that serves the languages.

    A recogniser must serve `source_language`, a synthesizer `target_language`, a translator the pair: one
    model that translates it directly, or else two through English. Opt-in models count once their files
    are here (or their id is in `assume_pulled`); other models are pulled when they are loaded. A model that
    was asked for by name answers, if need be as one of the two, or nothing does.

    Raises:
        UnsupportedLanguageError: no model of the profile serves the languages, or not the one that was asked
            for by name; the message says what does, or what that one serves.
        CatalogError: the profile names none for the capability, or a model that was asked for by name is
            opt-in and not here.
    """
    entries = _usable(profile, capability, weights, assume_pulled)
    source = normalise_language(source_language) if source_language else None
    target = normalise_language(target_language) if target_language else None
    serving = list(_serving(entries, capability, source, target))
    if not serving:
        raise UnsupportedLanguageError(_why_not(catalog, profile, capability, source, target))
    asked_for = [entry for entry in entries if entry.id in profile.requested]
    if asked_for:
        serving = [models for models in serving if any(entry in asked_for for entry in models)]
    if not serving:
        raise UnsupportedLanguageError(_passed_over(asked_for[0], source, target))
    return ResolvedModel(serving[0], weights)


def check_asked_for(profile: Profile, pairs: Collection[LanguagePair], weights: WeightsStore) -> None:
    """Refuse a profile of which a model that was asked for by name serves none of `pairs`.

    `resolve` refuses each pair when its turn comes; this tells before costly work that it will refuse all.

    Args:
        profile: The profile with the models that a request put first.
        pairs: What the profile serves (see `served_pairs`) of what is wanted; where it is empty, the models
            that were asked for are not to blame.
        weights: Where weights lie.

    Raises:
        UnsupportedLanguageError: a model that was asked for by name serves none of them.
    """
    refusal: UnsupportedLanguageError | None = None
    for source, target in pairs:
        try:
            for capability in LANGUAGE_CAPABILITIES:
                resolve(
                    profile.catalog,
                    profile,
                    capability,
                    source_language=source,
                    target_language=target,
                    weights=weights,
                )
        except UnsupportedLanguageError as error:
            refusal = error
        else:
            return
    if refusal is not None:
        raise refusal


def _usable(
    profile: Profile, capability: Capability, weights: WeightsStore, assume_pulled: Collection[str]
) -> list[ModelEntry]:
    """Return the profile's models for a capability that may be loaded now."""
    entries = profile.entries(capability)
    if not entries:
        message = f"Profile {profile.name} names no model for {capability}"
        raise CatalogError(message)
    usable = []
    for entry in entries:
        if not entry.opt_in or entry.id in assume_pulled or weights.is_present(entry):
            usable.append(entry)
        elif entry.id in profile.requested:
            # Asked for by name: answering with another model would be a lie in the lineage.
            message = (
                f"Model {entry.id} was asked for but is not on this machine and is only fetched on request;"
                f" run `dubwright models pull {entry.id}`"
            )
            raise CatalogError(message)
    return usable


def _serving(
    entries: list[ModelEntry], capability: Capability, source: str | None, target: str | None
) -> Iterator[tuple[ModelEntry, ...]]:
    """Yield what serves the languages, the preferred first: one model, or two that translate together."""
    if capability == "translation":
        yield from _translators(entries, source, target)
        return
    needed = {
        "speech_recognition": source,
        "speech_synthesis": target,
        "sentence_similarity": target,
    }.get(capability)
    yield from ((entry,) for entry in entries if needed is None or entry.serves(needed))


def _translators(
    entries: list[ModelEntry], source: str | None, target: str | None
) -> Iterator[tuple[ModelEntry, ...]]:
    """Yield what translates a pair, the best first: direct models, then two through the pivot language."""
    if source is None or target is None:
        message = "A translator is chosen for a pair: give both source_language and target_language"
        raise CatalogError(message)
    for entry in entries:
        if (source, target) in entry.served_pairs:
            yield (entry,)
    if PIVOT_LANGUAGE not in (source, target):
        for first, second in itertools.product(entries, entries):
            if (source, PIVOT_LANGUAGE) in first.served_pairs and (
                PIVOT_LANGUAGE,
                target,
            ) in second.served_pairs:
                yield (first, second)


def _why_not(
    catalog: Catalog, profile: Profile, capability: Capability, source: str | None, target: str | None
) -> str:
    """Say what is not served, and which model of the catalog would serve it."""
    if capability == "translation":
        what = f"translates {source} to {target}"
        able = [
            entry
            for entry in catalog.with_capability(capability)
            if {(source, target), (source, PIVOT_LANGUAGE), (PIVOT_LANGUAGE, target)} & entry.served_pairs
        ]
    else:
        needed = source if capability == "speech_recognition" else target
        what = f"does {capability} in {needed}"
        able = [entry for entry in catalog.with_capability(capability) if needed and entry.serves(needed)]
    hint = f"; the catalog has {', '.join(entry.id for entry in able)}" if able else ""
    return (
        f"No model of profile {profile.name} that is at hand {what}{hint}; see `dubwright models languages`"
    )


def _passed_over(entry: ModelEntry, source: str | None, target: str | None) -> str:
    """Say that a model that was asked for by name does not serve the languages, and what it does serve."""
    if entry.capability == "translation":
        wanted = f"translate {source} to {target}"
        served = [f"{one} to {other}" for one, other in entry.pairs]
        if entry.between:
            served.append(f"any of {', '.join(entry.between)} to any other")
    else:
        wanted = f"do {entry.capability} in {source if entry.capability == 'speech_recognition' else target}"
        served = list(entry.languages)
    return (
        f"Model {entry.id} was asked for by name but does not {wanted}; it serves {', '.join(served)}. Ask"
        " for one that does, or for none: then the profile chooses"
    )


def served_pairs(
    catalog: Catalog,
    profile: Profile,
    weights: WeightsStore,
    *,
    assume_pulled: Collection[str] = (),
) -> dict[LanguagePair, list[str]]:
    """Return the (source, target) pairs that a profile serves from speech to speech.

    Each with the ids of the recogniser, the translator (`a>b` through a pivot) and the synthesizer that the
    profile prefers. That a model was asked for by name takes no pair away: `resolve` refuses those.
    """
    recognised = _languages(profile, "speech_recognition", weights, assume_pulled)
    spoken = _languages(profile, "speech_synthesis", weights, assume_pulled)
    served = {}
    for source, target in itertools.product(sorted(recognised), sorted(spoken)):
        if source == target:
            continue
        translators = _usable(profile, "translation", weights, assume_pulled)
        chosen = next(_translators(translators, source, target), None)
        if chosen is not None:
            translator = ResolvedModel(chosen, weights).id
            served[source, target] = [recognised[source], translator, spoken[target]]
    return served


def _languages(
    profile: Profile, capability: Capability, weights: WeightsStore, assume_pulled: Collection[str]
) -> dict[str, str]:
    """Return each language that a capability serves with the id of the model that answers."""
    answers: dict[str, str] = {}
    for entry in _usable(profile, capability, weights, assume_pulled):
        for language in entry.languages:
            answers.setdefault(language, entry.id)
    return answers
