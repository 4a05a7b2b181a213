"""Takes in what comes with a video: the glossary on whose terms it is translated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipeline_ops.artefacts import JSON_KIND
from pipeline_ops.catalog.creators import get_creator
from pipeline_ops.catalog.database import open_catalog
from pipeline_ops.checkpoints.manifest import CheckpointReference
from pipeline_ops.errors import SettingsError
from pipeline_ops.glossary import Glossary, merged, parse_glossary, read_glossary, write_glossary
from pipeline_ops.graph import INGEST, SOURCE
from pipeline_ops.platform import Platform
from pipeline_ops.request import GLOSSARY
from pipeline_ops.runner import ingest
from pipeline_ops.scratch import scratch_folder

Attachments = dict[str, CheckpointReference]


def attach(params: Mapping[str, Any], platform: Platform) -> Attachments:
    """Return what a run's parameters attach to its request, by name.

    Args:
        params: `creator`, whose glossary counts; `glossary`, terms over theirs, or `ingest/<key>`, which is
            then the whole glossary, so that a run that is made again has the one that it had.
        platform: The deployment.

    Raises:
        SettingsError: there is no such creator, or the glossary is none.
        CatalogUnavailableError: the catalog does not answer.
    """
    glossary = params.get(GLOSSARY)
    if isinstance(glossary, str):
        reference = find_ingested(glossary, platform)
        read_glossary(platform.store.read_bytes(reference, SOURCE))  # what is no glossary is told at the door
        return {GLOSSARY: reference}
    creator_id = params.get("creator")
    if glossary is None and creator_id is None:
        return {}
    own = _glossary_of(creator_id, platform) if creator_id is not None else {}
    return {GLOSSARY: ingest_glossary(merged(own, parse_glossary(glossary or {})), platform)}


def ingest_glossary(glossary: Glossary, platform: Platform) -> CheckpointReference:
    """Put a glossary into the store and return its reference."""
    with scratch_folder(platform.settings.scratch_dir, GLOSSARY) as folder:
        file = folder / f"{GLOSSARY}{JSON_KIND.suffix}"
        file.write_bytes(write_glossary(glossary))
        return ingest(file, platform, media_type=JSON_KIND.media_type)


def find_ingested(text: str, platform: Platform) -> CheckpointReference:
    """Return the reference of a file that was ingested before.

    Raises:
        SettingsError: it names none.
    """
    try:
        reference = CheckpointReference.parse(text)
    except ValueError as error:
        raise SettingsError(str(error)) from error
    if reference.stage != INGEST or platform.store.find(reference) is None:
        message = f"Nothing was ingested as {reference} in {platform.store.storage.location}."
        raise SettingsError(message)
    return reference


def _glossary_of(creator_id: str, platform: Platform) -> Glossary:
    with open_catalog(platform.settings) as catalog, catalog.reading() as session:
        return get_creator(session, creator_id).glossary
