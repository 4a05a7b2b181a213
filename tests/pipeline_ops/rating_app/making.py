"""A small campaign of made clips, for tests of the rating pages."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import yaml

from pipeline_ops.catalog.database import CatalogDatabase
from pipeline_ops.rating_app.definition import read_campaign
from pipeline_ops.rating_app.preparing import open_campaign
from tests.pipeline_ops.media.clips import H264_AAC, make_clip

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)

SHORT_PICTURE = ("-f", "lavfi", "-i", "testsrc2=s=160x120:r=25:d=0.6")
SHORT_SOUND = ("-f", "lavfi", "-i", "aevalsrc=0.2*sin(2*PI*300*t):s=48000:d=0.6")


def make_clips(folder: Path) -> Path:
    """Make a clip that names its system in its metadata, as files do."""
    return make_clip(
        folder / "clip.mp4", *SHORT_PICTURE, *SHORT_SOUND, *H264_AAC, "-metadata", "title=made by system-x"
    )


def write_campaign(folder: Path, **changes: object) -> Path:
    """Write the file of a campaign of two systems on two contents."""
    make_clips(folder)
    clips = [
        {"content": content, "system": system, "file": "clip.mp4", "original": "clip.mp4"}
        for content in ("talk", "song")
        for system in ("old", "new")
    ]
    definition = {
        "id": "round",
        "title": "How good are these clips?",
        "dimensions": ["naturalness", "lip_sync"],
        "raters": 2,
        "clips_per_rater": 2,
        "references_per_rater": 0,
        "attention_per_rater": 1,
        "headphones": True,
        "clips": clips,
        **changes,
    }
    file = folder / "round.yaml"
    file.write_text(yaml.safe_dump(definition))
    return file


def open_round(catalog: CatalogDatabase, folder: Path, **changes: object) -> dict[str, str]:
    """Open it; return tokens by rater."""
    return open_campaign(catalog, read_campaign(write_campaign(folder, **changes)), folder / "media", NOW)
