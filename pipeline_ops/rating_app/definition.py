"""A campaign as it is written down: one YAML file beside its clips."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from pipeline_ops.errors import SettingsError
from pipeline_ops.ratings.dimensions import DIMENSIONS, PREFERENCE, CampaignKind, Role
from pipeline_ops.ratings.session_plan import ClipKey, SessionWishes
from pipeline_ops.ratings.table import HIGHEST, LOWEST

Name = Annotated[str, Field(min_length=1, max_length=100)]


class ClipDefinition(BaseModel):
    """One clip.

    Attributes:
        content: What it shows: clips of several systems share it.
        system: What made it.
        file: Its file, seen from the campaign's own.
        role: Why it is there.
        original: The original of the same content: shown beside it.
        original_text: What is said there.
        expected: What an attention item asks for, or a calibration clip is worth by consensus.
        run: The run that made it, so that its metrics can be held against ratings.
        language: Of that run.
    """

    model_config = ConfigDict(extra="forbid")

    content: Name
    system: Name
    file: Path
    role: Role = "test"
    original: Path | None = None
    original_text: Annotated[str, Field(max_length=2000)] | None = None
    expected: Annotated[float, Field(ge=-1, le=HIGHEST)] | None = None
    run: str | None = None
    language: str | None = None

    @property
    def key(self) -> ClipKey:
        """What plans call it."""
        return ClipKey(self.role, self.content, self.system)


class CampaignDefinition(BaseModel):
    """The whole file; `docs/ratings.md` tells how to choose.

    Attributes:
        id: Names it from now on.
        title: What raters see.
        kind: `scores` or `preferences`.
        dimensions: What is asked, for scores.
        raters: How many addresses are made.
        clips_per_rater: Tasks of each, besides calibration and checks.
        references_per_rater: Hidden originals among them.
        attention_per_rater: Attention items among them; cards are made where the file names none.
        headphones: Whether raters have to pass the check.
        seed: The same seed plans the same.
        clips: All clips.
    """

    model_config = ConfigDict(extra="forbid")

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
    title: Annotated[str, Field(min_length=1, max_length=200)]
    kind: CampaignKind = "scores"
    dimensions: tuple[str, ...] = tuple(DIMENSIONS)
    raters: Annotated[int, Field(ge=1, le=1000)] = 24
    clips_per_rater: Annotated[int, Field(ge=1, le=200)] = 20
    references_per_rater: Annotated[int, Field(ge=0, le=20)] = 2
    attention_per_rater: Annotated[int, Field(ge=0, le=20)] = 2
    headphones: bool = True
    seed: int = 1
    clips: Annotated[tuple[ClipDefinition, ...], Field(min_length=1, max_length=5000)]

    @model_validator(mode="after")
    def _fits(self) -> CampaignDefinition:
        unknown = [name for name in self.dimensions if name not in DIMENSIONS]
        if unknown or not self.dimensions or len(set(self.dimensions)) != len(self.dimensions):
            message = f"dimensions are some of {', '.join(DIMENSIONS)}, each once"
            raise ValueError(message)
        twice = [key for key, times in Counter(clip.key for clip in self.clips).items() if times > 1]
        if twice:
            message = f"two clips are {twice[0].role} {twice[0].content!r} of {twice[0].system!r}"
            raise ValueError(message)
        for clip in self.clips:
            self._check_clip(clip)
        return self

    def _check_clip(self, clip: ClipDefinition) -> None:
        where = f"the clip {clip.content!r} of {clip.system!r}"
        scores = self.kind == "scores"
        if clip.role == "attention" and clip.expected is None:
            message = f"{where} is an attention item, so it has to say what is expected"
            raise ValueError(message)
        if clip.role == "attention" and scores and not LOWEST <= (clip.expected or 0) <= HIGHEST:
            message = f"{where} expects a score between {LOWEST} and {HIGHEST}"
            raise ValueError(message)
        if not scores and clip.role in {"reference", "calibration"}:
            message = f"{where} is a {clip.role}, which a campaign of preferences does not have"
            raise ValueError(message)
        needed = [name for name in self.dimensions if DIMENSIONS[name].needs_original]
        if scores and needed and clip.role in {"test", "calibration"} and clip.original is None:
            message = f"{where} lacks its original, which {' and '.join(needed)} cannot be judged without"
            raise ValueError(message)

    def asked(self) -> tuple[str, ...]:
        """Return the dimensions that raters answer, in the order of `DIMENSIONS`."""
        chosen = tuple(name for name in DIMENSIONS if name in self.dimensions)
        return chosen if self.kind == "scores" else (PREFERENCE,)

    def wishes(self) -> SessionWishes:
        """Return how sessions are made."""
        return SessionWishes(
            self.raters,
            self.clips_per_rater,
            self.references_per_rater,
            self.attention_per_rater,
            self.seed,
        )


def read_campaign(file: Path) -> CampaignDefinition:
    """Read a campaign; its files are looked for beside it.

    Raises:
        SettingsError: the file cannot be read, says what makes no sense, or names a clip that is not there.
    """
    try:
        campaign = CampaignDefinition.model_validate(yaml.safe_load(file.read_text(encoding="utf-8")))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        message = f"The campaign {file} cannot be used: {where + ': ' if where else ''}{first['msg']}"
        raise SettingsError(message) from error
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        message = f"The campaign {file} cannot be read: {error}"
        raise SettingsError(message) from error
    clips = tuple(
        clip.model_copy(
            update={
                "file": file.parent / clip.file,
                "original": file.parent / clip.original if clip.original else None,
            }
        )
        for clip in campaign.clips
    )
    for path in (path for clip in clips for path in (clip.file, clip.original) if path is not None):
        if not path.is_file():
            message = f"The campaign {file} names {path}, which is not there."
            raise SettingsError(message)
    return campaign.model_copy(update={"clips": clips})
