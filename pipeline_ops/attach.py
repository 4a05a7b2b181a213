"""Takes in what comes with a video: glossary, subtitles, consents, and the voices of the creator's people."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from pipeline_ops.artefacts import JSON_KIND, from_json, to_json
from pipeline_ops.catalog.consents import agreed_uses
from pipeline_ops.catalog.creators import get_creator
from pipeline_ops.catalog.database import open_catalog
from pipeline_ops.catalog.history import published_checkpoints
from pipeline_ops.checkpoints.manifest import CheckpointReference, Manifest
from pipeline_ops.errors import SettingsError
from pipeline_ops.glossary import (
    LARGEST_FILE_BYTES,
    Glossary,
    merged,
    parse_glossary,
    read_glossary,
    write_glossary,
)
from pipeline_ops.graph import INGEST, SOURCE
from pipeline_ops.media_bucket import open_media_bucket
from pipeline_ops.platform import Platform
from pipeline_ops.request import (
    GLOSSARY,
    KNOWN_VOICES,
    SOURCE_SUBTITLES,
    TARGET_SUBTITLES,
    Request,
    parse_languages,
)
from pipeline_ops.runner import ingest, load_artefact
from pipeline_ops.safety.consent import LIKENESS_USES, Consent, LikenessUse, attachment_name, parse_uses
from pipeline_ops.scratch import scratch_folder
from pipeline_ops.stages.fit_voice import fit_voice
from pipeline_ops.voices.known_voices import one_a_person
from pipeline_ops.voices.records import SpeakerVoice

SUBTITLES_TYPE = "text/plain"
"""Whatever the file says that it is: a page shows it as text and runs nothing of it."""

Attachments = dict[str, CheckpointReference]


def attach(params: Mapping[str, Any], source: CheckpointReference, platform: Platform) -> Attachments:
    """Return what a run's parameters attach to its request, by name.

    Args:
        params: `creator`, whose glossary counts; `glossary`, terms over theirs, or `ingest/<key>`, which is
            then the whole glossary, so that a run that is made again has the one that it had;
            `known_voices`, likewise; `consent`, what is stated for a video without a creator (a creator's own
            is in the catalog, and nothing else counts); `source_subtitles` and `target_subtitles` (by
            language), each a file's name within the media bucket or `ingest/<key>`.
        source: The video.
        platform: The deployment.

    Raises:
        SettingsError: there is no such creator or file, or the glossary is none.
        CatalogUnavailableError: the catalog does not answer.
    """
    return {
        **_glossary(params, platform),
        **_subtitles(params, platform),
        **_known_voices(params, source, platform),
        **_consents(params, platform),
    }


def _consents(params: Mapping[str, Any], platform: Platform) -> Attachments:
    """Return a file for each use that was agreed to; a stage that is given none does without.

    A creator's consents are looked up whenever a run begins, also where it is made again: what was revoked
    since does not count. Without a creator, whoever asks states that they may (`consent`), and a run that is
    made again goes by that statement.

    Raises:
        SettingsError: a use is stated that the creator has not agreed to, or what is attached is no consent.
    """
    stated = params.get("consent")
    uses = None if stated is None else parse_uses(",".join(stated))
    creator_id = params.get("creator")
    if creator_id is None:
        return {
            attachment_name(use): _stated_consent(params.get(attachment_name(use)), use, platform)
            for use in LIKENESS_USES
            if use in (uses or ()) or params.get(attachment_name(use)) is not None
        }
    with open_catalog(platform.settings) as catalog, catalog.reading() as session:
        agreed = agreed_uses(session, creator_id)
    if missing := [use for use in uses or () if use not in agreed]:
        message = (
            f"Creator {creator_id} has not agreed to {' and '.join(missing)}; record it when they do:"
            f" dubwright consent give {creator_id} {' '.join(missing)}"
        )
        raise SettingsError(message)
    wanted = LIKENESS_USES if uses is None else uses
    return {attachment_name(use): _ingest_consent(use, platform) for use in wanted if use in agreed}


def attach_consents(
    request: Request, platform: Platform, uses: tuple[LikenessUse, ...] = LIKENESS_USES
) -> Request:
    """Return a request for which somebody states that the people in its video agreed to these uses."""
    consents = {attachment_name(use): _ingest_consent(use, platform) for use in uses}
    return dataclasses.replace(request, attachments={**request.attachments, **consents})


def _stated_consent(given: str | None, use: LikenessUse, platform: Platform) -> CheckpointReference:
    reference = _ingest_consent(use, platform)
    if given is not None and given != str(reference):
        message = f"{given} is no consent to {use}."
        raise SettingsError(message)
    return reference


def _ingest_consent(use: LikenessUse, platform: Platform) -> CheckpointReference:
    return _ingest_json(attachment_name(use), to_json(Consent, Consent(use)), platform)


def _subtitles(params: Mapping[str, Any], platform: Platform) -> Attachments:
    named = {SOURCE_SUBTITLES: params.get(SOURCE_SUBTITLES)}
    for tag, file in (params.get(TARGET_SUBTITLES) or {}).items():
        named[f"{TARGET_SUBTITLES}.{parse_languages(tag)[0]}"] = file
    return {
        name: find_file(file, platform, media_type=SUBTITLES_TYPE)
        for name, file in named.items()
        if file is not None
    }


def find_file(name: str, platform: Platform, *, media_type: str | None = None) -> CheckpointReference:
    """Return the ingested file of that name, ingesting it where it lies in the media bucket.

    Raises:
        SettingsError: it is neither an ingested file nor one within the media bucket.
    """
    if name.startswith(f"{INGEST}/"):
        return find_ingested(name, platform)
    bucket = open_media_bucket(platform.settings.media_url)
    with scratch_folder(platform.settings.scratch_dir, INGEST) as folder:
        kind = {} if media_type is None else {"media_type": media_type}
        return ingest(bucket.fetch(name, folder), platform, **kind)


def _glossary(params: Mapping[str, Any], platform: Platform) -> Attachments:
    glossary = params.get(GLOSSARY)
    if isinstance(glossary, str):
        return {GLOSSARY: _ingested_glossary(glossary, platform)}
    creator_id = params.get("creator")
    if glossary is None and creator_id is None:
        return {}
    own = _glossary_of(creator_id, platform) if creator_id is not None else {}
    return {GLOSSARY: ingest_glossary(merged(own, parse_glossary(glossary or {})), platform)}


def ingest_glossary(glossary: Glossary, platform: Platform) -> CheckpointReference:
    """Put a glossary into the store and return its reference."""
    return _ingest_json(GLOSSARY, write_glossary(glossary), platform)


def _ingest_json(name: str, content: bytes, platform: Platform) -> CheckpointReference:
    with scratch_folder(platform.settings.scratch_dir, name) as folder:
        file = folder / f"{name}{JSON_KIND.suffix}"
        file.write_bytes(content)
        return ingest(file, platform, media_type=JSON_KIND.media_type)


def find_ingested(text: str, platform: Platform) -> CheckpointReference:
    """Return the reference of a file that was ingested before.

    Raises:
        SettingsError: it names none.
    """
    return _ingested(text, platform).reference


def _ingested(text: str, platform: Platform) -> Manifest:
    try:
        reference = CheckpointReference.parse(text)
    except ValueError as error:
        raise SettingsError(str(error)) from error
    manifest = platform.store.find(reference) if reference.stage == INGEST else None
    if manifest is None:
        message = f"Nothing was ingested as {reference} in {platform.store.storage.location}."
        raise SettingsError(message)
    return manifest


def _known_voices(params: Mapping[str, Any], source: CheckpointReference, platform: Platform) -> Attachments:
    """Return the voices that people were given in other videos of the creator, where one is named."""
    given, creator_id = params.get(KNOWN_VOICES), params.get("creator")
    if given is not None:
        return {KNOWN_VOICES: _ingested_voices(given, platform)}
    if creator_id is None:
        return {}
    with open_catalog(platform.settings) as catalog, catalog.reading() as session:
        checkpoints = published_checkpoints(session, creator_id, fit_voice.name, except_source=str(source))
    fitted: list[SpeakerVoice] = []
    for checkpoint in checkpoints:
        reference = CheckpointReference.parse(checkpoint)
        if platform.store.find(reference) is not None:  # else retention has let go of it
            fitted.extend(load_artefact(platform, reference, "voices"))
    # None too are attached: a run that is made again must not find those that came since.
    known = to_json(tuple[SpeakerVoice, ...], one_a_person(fitted))
    return {KNOWN_VOICES: _ingest_json(KNOWN_VOICES, known, platform)}


def _ingested_json(text: str, platform: Platform) -> tuple[CheckpointReference, bytes]:
    """Return the reference of a small file that was ingested before, and what it holds."""
    manifest = _ingested(text, platform)
    reference = manifest.reference
    if manifest.artefact(SOURCE).size_bytes > LARGEST_FILE_BYTES:
        message = f"{reference} is too large to be attached; the largest has {LARGEST_FILE_BYTES / 1e6:g} MB."
        raise SettingsError(message)
    return reference, platform.store.read_bytes(reference, SOURCE)


def _ingested_glossary(text: str, platform: Platform) -> CheckpointReference:
    """Return the reference of a glossary that was ingested before; what is none is told at the door."""
    reference, content = _ingested_json(text, platform)
    read_glossary(content)
    return reference


def _ingested_voices(text: str, platform: Platform) -> CheckpointReference:
    """Return the reference of known voices that were ingested before; what are none are told at the door."""
    reference, content = _ingested_json(text, platform)
    try:
        from_json(tuple[SpeakerVoice, ...], content)
    except ValueError as error:
        message = f"{reference} holds no voices: {error}"
        raise SettingsError(message) from error
    return reference


def _glossary_of(creator_id: str, platform: Platform) -> Glossary:
    with open_catalog(platform.settings) as catalog, catalog.reading() as session:
        return get_creator(session, creator_id).glossary
