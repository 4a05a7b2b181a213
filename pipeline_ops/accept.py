"""Accepts a request that names its video: finds the file where it may lie, checks the wishes, ingests."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from pipeline_ops.attach import attach, find_file
from pipeline_ops.errors import SettingsError
from pipeline_ops.graph import NODES
from pipeline_ops.platform import Platform
from pipeline_ops.request import Request, parse_languages


def accept(params: Mapping[str, Any], platform: Platform) -> Request:
    """Return the request that a run's parameters describe, its video ingested.

    Args:
        params: `video` (a file's name within the media bucket, or `ingest/<key>`), `target_languages`,
            `profile`, `models`, `stage_parameters`, and what `attach` reads.
        platform: The deployment.

    Raises:
        SettingsError: there is no such video, language, stage, profile or creator, or the glossary is none.
        UnknownModelError: there is no such model.
    """
    languages = parse_languages(list(params["target_languages"]))
    stage_parameters = params["stage_parameters"] or {}
    if unknown := sorted(set(stage_parameters) - set(NODES)):
        message = f"There is no stage {unknown[0]!r} to give parameters to; there are {', '.join(NODES)}."
        raise SettingsError(message)
    source = find_file(params["video"], platform)
    request = Request(source, languages, params["profile"], params["models"] or {}, stage_parameters)
    platform.profile_of(request)
    return dataclasses.replace(request, attachments=attach(params, source, platform))
