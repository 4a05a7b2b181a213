"""A translation request: what a CLI call, a REST call and a form of the UI all become."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from models.languages import normalise_language
from pipeline_ops.checkpoints.manifest import CheckpointReference
from pipeline_ops.errors import SettingsError, UnsupportedLanguageError
from pipeline_ops.stage import Stage

MAXIMUM_TARGET_LANGUAGES = 50
"""More targets than any profile serves: a longer list is a mistake, not a wish."""


GLOSSARY = "glossary"
"""The name under which a request's glossary is attached (`pipeline_ops/glossary.py`)."""

KNOWN_VOICES = "known_voices"
"""The name under which voices of the creator's other videos are attached
(`pipeline_ops/voices/records.py`)."""


SOURCE_SUBTITLES = "source_subtitles"
"""Subtitles in the language that is spoken."""

TARGET_SUBTITLES = "target_subtitles"
"""Subtitles in a target language: `target_subtitles.pt`."""


@dataclass(frozen=True, slots=True)
class Request:
    """One video into one or more languages.

    Attributes:
        source: The ingested video.
        target_languages: Normalised language codes, without repetition, at least one.
        profile: A profile's name.
        models: Capability -> model id: models that must answer, whatever the profile prefers.
        stage_parameters: Stage -> parameter -> value, over the deployment's settings.
        attachments: What came with the video, each ingested by its content; see `GLOSSARY` and
            `KNOWN_VOICES`.
    """

    source: CheckpointReference
    target_languages: tuple[str, ...]
    profile: str
    models: Mapping[str, str] = field(default_factory=dict)
    stage_parameters: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    attachments: Mapping[str, CheckpointReference] = field(default_factory=dict)

    def attachment(self, name: str, language: str | None) -> CheckpointReference | None:
        """Return what came with the video under a name: the language's own where there is one, or None."""
        own = self.attachments.get(f"{name}.{language}") if language else None
        return own or self.attachments.get(name)


def attachment_params(attachments: Mapping[str, CheckpointReference]) -> dict[str, Any]:
    """Return the parameters of a run that attach the same files again, by their references."""
    params: dict[str, Any] = {}
    for name, reference in attachments.items():
        kind, _, language = name.partition(".")
        if language:
            params.setdefault(kind, {})[language] = str(reference)
        else:
            params[kind] = str(reference)
    return params


def parse_languages(languages: str | list[str] | tuple[str, ...]) -> tuple[str, ...]:
    """Read `pt,es` or a list of language tags into normalised codes, in order, each once.

    Raises:
        SettingsError: none is given, one is no language tag, or there are too many.
    """
    tags = languages.split(",") if isinstance(languages, str) else list(languages)
    try:
        codes = tuple(dict.fromkeys(normalise_language(tag.strip()) for tag in tags if tag.strip()))
    except UnsupportedLanguageError as error:
        message = f"{languages!r} does not name languages: {error}. Write tags such as pt or es,fr."
        raise SettingsError(message) from error
    if not 0 < len(codes) <= MAXIMUM_TARGET_LANGUAGES:
        message = (
            f"A request names 1 to {MAXIMUM_TARGET_LANGUAGES} target languages; this one names {len(codes)}."
        )
        raise SettingsError(message)
    return codes


def parameters_for(
    stage: Stage[..., Any], overrides: Mapping[str, Any], context: Mapping[str, Any]
) -> Any | None:
    """Build a stage's parameters: its defaults, then `overrides`, then what the run knows.

    Args:
        stage: The stage.
        overrides: Values by parameter name, from settings and request.
        context: Values that the run supplies by name (`target_language`, ...); only those that the
            stage's parameters have are used.

    Raises:
        SettingsError: an override names no parameter of the stage, or has the wrong type.
    """
    parameters_type = stage.parameters_type
    names = {item.name for item in dataclasses.fields(parameters_type)} if parameters_type else set()
    unknown = set(overrides) - names
    if unknown:
        message = f"Stage {stage.name} has no parameter {sorted(unknown)}; it has {sorted(names)}."
        raise SettingsError(message)
    if parameters_type is None:
        return None
    values = {**overrides, **{name: value for name, value in context.items() if name in names}}
    from pydantic import TypeAdapter, ValidationError

    try:
        return TypeAdapter(parameters_type).validate_python(values)
    except ValidationError as error:
        message = f"The parameters of stage {stage.name} make no sense: {error}"
        raise SettingsError(message) from error
