"""What creators are asked to agree to, word for word and by version: our YAML file or the deployment's."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pipeline_ops.artefacts import canonical_json
from pipeline_ops.catalog.trust_tables import Use
from pipeline_ops.errors import SettingsError

OUR_TEXTS = Path(__file__).with_name("consent_texts.yaml")

DIGEST_CHARACTERS = 16
"""Of the wording's sha256: enough that no other wording of anybody's has the same."""

Sentence = Annotated[str, Field(min_length=1, max_length=5000)]
Label = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$")]


@dataclass(frozen=True, slots=True)
class ConsentText:
    """What somebody reads before they agree to one use.

    Attributes:
        use: To what.
        version: Label and digest of the wording, as `2026-11+0123456789abcdef`: a changed wording is another
            version, also where nobody thought of a new label.
        title: In a few words.
        paragraphs: The text.
        without: What is done where they do not agree.
    """

    use: Use
    version: str
    title: str
    paragraphs: tuple[str, ...]
    without: str


@dataclass(frozen=True, slots=True)
class ConsentTexts:
    """The texts of a deployment.

    Attributes:
        current: What is asked now, of each use.
        known: Every text of the file by use and version, earlier ones too.
    """

    current: Mapping[Use, ConsentText]
    known: Mapping[tuple[Use, str], ConsentText]


class _Wording(BaseModel):
    model_config = ConfigDict(extra="forbid")

    title: Sentence
    text: Annotated[list[Sentence], Field(min_length=1)]
    without: Sentence


class _Version(BaseModel):
    model_config = ConfigDict(extra="forbid")

    dub: _Wording
    voice: _Wording
    lips: _Wording

    def texts(self, label: str) -> dict[Use, ConsentText]:
        wordings: dict[Use, _Wording] = {"dub": self.dub, "voice": self.voice, "lips": self.lips}
        return {use: _text(use, label, wording) for use, wording in wordings.items()}


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    current: Label
    versions: dict[Label, _Version]


def read_consent_texts(file: Path | None = None) -> ConsentTexts:
    """Read what creators are asked to agree to.

    Args:
        file: The deployment's own texts; those that come with the release where not given.

    Raises:
        SettingsError: the file cannot be read, has another shape, or lacks the version that it calls current.
    """
    path = file or OUR_TEXTS
    try:
        content = _File.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, yaml.YAMLError, ValidationError) as error:
        message = f"The texts of consent, {path}, cannot be read: {error}"
        raise SettingsError(message) from error
    if content.current not in content.versions:
        message = f"The texts of consent, {path}, call {content.current!r} current, and have no such version."
        raise SettingsError(message)
    versions = {label: version.texts(label) for label, version in content.versions.items()}
    known = {(use, text.version): text for texts in versions.values() for use, text in texts.items()}
    return ConsentTexts(versions[content.current], known)


def _text(use: Use, label: str, wording: _Wording) -> ConsentText:
    digest = hashlib.sha256(canonical_json(wording.model_dump())).hexdigest()[:DIGEST_CHARACTERS]
    return ConsentText(use, f"{label}+{digest}", wording.title, tuple(wording.text), wording.without)
