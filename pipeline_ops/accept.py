"""Accepts a request that names its video: finds the file where it may lie, checks the wishes, ingests."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline_ops.checkpoints.manifest import CheckpointReference
from pipeline_ops.errors import SettingsError
from pipeline_ops.graph import INGEST, NODES
from pipeline_ops.platform import Platform
from pipeline_ops.request import Request, parse_languages
from pipeline_ops.runner import ingest


def accept(params: Mapping[str, Any], platform: Platform) -> Request:
    """Return the request that a run's parameters describe, its video ingested.

    Args:
        params: `video` (a file name within the media folder, or `ingest/<key>`), `target_languages`,
            `profile`, `models`, `stage_parameters`.
        platform: The deployment.

    Raises:
        SettingsError: there is no such video, language, stage or profile.
        UnknownModelError: there is no such model.
    """
    languages = parse_languages(list(params["target_languages"]))
    stage_parameters = params["stage_parameters"] or {}
    if unknown := sorted(set(stage_parameters) - set(NODES)):
        message = f"There is no stage {unknown[0]!r} to give parameters to; there are {', '.join(NODES)}."
        raise SettingsError(message)
    source = find_source(params["video"], platform)
    request = Request(source, languages, params["profile"], params["models"] or {}, stage_parameters)
    platform.profile_of(request)
    return request


def find_source(video: str, platform: Platform) -> CheckpointReference:
    """Return the ingested video of that name, ingesting it where it is a file.

    Raises:
        SettingsError: it is neither an ingested video nor a file within the media folder.
    """
    if not video.startswith(f"{INGEST}/"):
        return ingest(media_file(video, platform.settings.media_dir), platform)
    try:
        reference = CheckpointReference.parse(video)
    except ValueError as error:
        raise SettingsError(str(error)) from error
    if platform.store.find(reference) is None:
        message = f"No video was ingested as {reference} in {platform.store.storage.location}."
        raise SettingsError(message)
    return reference


def media_file(name: str, media_dir: Path) -> Path:
    """Return a file of the media folder by its name, with no way out of the folder.

    Raises:
        SettingsError: the name leads out of the folder, through `..` or a link, or there is no such file.
    """
    folder = media_dir.resolve()
    try:
        path = (folder / name).resolve()
        found = path.is_relative_to(folder) and path.is_file()
    except (OSError, ValueError):  # a name too long, or with a zero byte
        found = False
    if not found:
        message = f"There is no file {name[:200]!r} in the media folder {media_dir} (DUBWRIGHT_MEDIA_DIR)."
        raise SettingsError(message)
    return path
