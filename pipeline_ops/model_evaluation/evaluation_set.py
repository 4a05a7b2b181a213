"""Evaluation sets: which clips, and what is known of each: speaker, noise, music, glasses, skin tone."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any

import yaml

from pipeline_ops.errors import SettingsError

VIDEO_SUFFIXES = frozenset({".avi", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".ts", ".webm"})
"""What of a folder is taken for a clip; a list may name any file."""

LIST_SUFFIXES = frozenset({".csv", ".yaml", ".yml"})
FILE, NAME, RECORDING = "file", "name", "recording"


@dataclass(frozen=True, slots=True)
class Clip:
    """One clip.

    Attributes:
        name: For people, one of a kind in its set.
        file: Where it lies, from where the set lies.
        recording: Clips that were made of one recording bear one name here, and count once.
        conditions: `speaker: ann`, `noise: street`, `glasses: yes`; what is not known is left out.
    """

    name: str
    file: str
    recording: str
    conditions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EvaluationSet:
    """Clips, in the order in which they are run."""

    name: str
    clips: tuple[Clip, ...]


def read_evaluation_set(path: Path) -> EvaluationSet:
    """Read a folder of clips, or a list of them in YAML or CSV.

    Raises:
        SettingsError: there is no clip in it, it cannot be read, or it names a file that is not there.
    """
    if path.is_dir():
        files = sorted(each.name for each in path.iterdir() if each.suffix.lower() in VIDEO_SUFFIXES)
        return _checked(path.name, [{FILE: name} for name in files], str(path))
    try:
        content = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        message = f"The evaluation set {path} cannot be read: {error}"
        raise SettingsError(message) from error
    found = parse_evaluation_set(content, path.name)
    for clip in found.clips:
        if not (path.parent / clip.file).is_file():
            message = f"The evaluation set {path} names {clip.file}, and there is no such file beside it."
            raise SettingsError(message)
    return found


def parse_evaluation_set(content: str, file_name: str) -> EvaluationSet:
    """Read the text of a list of clips.

    YAML: `clips`, a list of maps, and perhaps `name`. CSV: a line a clip below the names of the columns. Each
    clip has a `file`, may have a `name` and a `recording`; whatever else is said of it is a condition.

    Raises:
        SettingsError: it is no such list.
    """
    path = Path(file_name)
    if path.suffix.lower() not in LIST_SUFFIXES:
        message = f"{file_name} is no evaluation set: that is a folder, or a list in YAML or CSV."
        raise SettingsError(message)
    if path.suffix.lower() == ".csv":
        return _checked(path.stem, list(csv.DictReader(StringIO(content))), file_name)
    try:
        document = yaml.safe_load(content)
    except yaml.YAMLError as error:
        message = f"The evaluation set {file_name} is no YAML: {error}"
        raise SettingsError(message) from error
    if not isinstance(document, dict) or not isinstance(document.get("clips"), list):
        message = f"The evaluation set {file_name} should hold `clips:`, a list of maps with `file`."
        raise SettingsError(message)
    return _checked(str(document.get("name") or path.stem), document["clips"], file_name)


def _checked(name: str, rows: Iterable[Any], where: str) -> EvaluationSet:
    clips = tuple(_clip(row, where) for row in rows)
    if not clips:
        message = f"There is no clip in the evaluation set {where}."
        raise SettingsError(message)
    names = [clip.name for clip in clips]
    if twice := sorted({each for each in names if names.count(each) > 1}):
        message = f"Two clips of the evaluation set {where} are called {twice[0]}; give one a `name`."
        raise SettingsError(message)
    return EvaluationSet(name, clips)


def _clip(row: Any, where: str) -> Clip:
    if not isinstance(row, dict) or not row.get(FILE):
        message = f"A clip of the evaluation set {where} has no `file`: {row!r}"
        raise SettingsError(message)
    told = {str(key).strip(): _word(value) for key, value in row.items() if key is not None}
    known = {key: value for key, value in told.items() if value}
    name = known.get(NAME) or Path(known[FILE]).stem
    conditions = {key: value for key, value in known.items() if key not in (FILE, NAME, RECORDING)}
    return Clip(name, known[FILE], known.get(RECORDING) or name, conditions)


def _word(value: Any) -> str:
    """Return a value as it was written: YAML takes a bare `yes` for a truth."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value).strip()
