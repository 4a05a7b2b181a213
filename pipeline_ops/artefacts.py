"""What a stage takes and gives: each field of its result is one artefact, a file or a JSON value.

A field annotated with one of the file types below is stored as that file; any other type is stored as
canonical JSON of its value and read back, validated, by pydantic. A file field may be `... | None`: where it
is None there is no such artefact, and stages that take it are handed None.

A field `dict[str, VideoFile]` (or another file type) is a group: as many files as the stage makes, each an
artefact of its own, named `field.key`. Stages cannot be fed groups; who reads them finds their names in
another artefact of the same checkpoint.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import math
import types
import typing
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import TypeAdapter


@dataclass(frozen=True, slots=True)
class FileKind:
    """How a file artefact is named and served."""

    suffix: str
    media_type: str


@dataclass(frozen=True, slots=True)
class Validation:
    """One check that a stage's result passed or failed, with what was measured.

    A result class may have a method `validations()` that returns a tuple of these; the runner stores
    them in the manifest and refuses a result of which one failed.
    """

    check: str
    passed: bool
    detail: str = ""


JSON_KIND = FileKind(".json", "application/json")

SourceFile = Annotated[Path, FileKind("", "application/octet-stream")]
"""The creator's upload, exactly as it came."""
FlacFile = Annotated[Path, FileKind(".flac", "audio/flac")]
VideoFile = Annotated[Path, FileKind(".mp4", "video/mp4")]
JpegFile = Annotated[Path, FileKind(".jpg", "image/jpeg")]
WebVttFile = Annotated[Path, FileKind(".vtt", "text/vtt")]
NumpyFile = Annotated[Path, FileKind(".npy", "application/octet-stream")]
"""One array in NumPy's own format."""
ZipFile = Annotated[Path, FileKind(".zip", "application/zip")]
HtmlFile = Annotated[Path, FileKind(".html", "text/html")]
"""One page that loads nothing from elsewhere."""
SubRipFile = Annotated[Path, FileKind(".srt", "application/x-subrip")]
SoundFile = Annotated[Path, FileKind(".m4a", "audio/mp4")]
"""Compressed sound in MP4, as players take it."""


def file_kind(annotation: Any) -> FileKind | None:
    """Return the file kind of a field's type, `... | None` included, or None where it is a JSON value."""
    for choice in _choices(annotation):
        for extra in getattr(choice, "__metadata__", ()):
            if isinstance(extra, FileKind):
                return extra
    return None


def group_kind(annotation: Any) -> FileKind | None:
    """Return the kind of a group's files, or None where a field's type is no group of files."""
    if typing.get_origin(annotation) is not dict:
        return None
    return file_kind(typing.get_args(annotation)[1])


def is_json(annotation: Any) -> bool:
    """Return whether a field is stored as JSON: neither a file nor a group of files."""
    return file_kind(annotation) is None and group_kind(annotation) is None


def artefact_kind(annotations: dict[str, Any], artefact: str) -> FileKind:
    """Return what kind of file an artefact is.

    Args:
        annotations: Each field of the result class with its type.
        artefact: The name of a field, or of one file of a group, `field.key`.
    """
    annotation = annotations[artefact.partition(".")[0]]
    return file_kind(annotation) or group_kind(annotation) or JSON_KIND


def may_be_absent(annotation: Any) -> bool:
    """Return whether a field is a file that need not be there."""
    return file_kind(annotation) is not None and type(None) in _choices(annotation)


def _choices(annotation: Any) -> tuple[Any, ...]:
    is_union = typing.get_origin(annotation) in (typing.Union, types.UnionType)
    return typing.get_args(annotation) if is_union else (annotation,)


@functools.cache
def _adapter(annotation: Any) -> TypeAdapter[Any]:
    return TypeAdapter(annotation)


def canonical_json(value: Any) -> bytes:
    """Serialise plain data so that equal values give equal bytes (sorted keys, no spaces, UTF-8)."""
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode()


def to_json(annotation: Any, value: Any) -> bytes:
    """Serialise `value`, of type `annotation`, as canonical JSON."""
    return canonical_json(_adapter(annotation).dump_python(value, mode="json"))


def without_non_numbers(value: Any) -> Any:
    """Return nested maps and lists with None in the place of numbers that JSON has no word for."""
    if isinstance(value, dict):
        return {key: without_non_numbers(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [without_non_numbers(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def from_json(annotation: Any, data: bytes) -> Any:
    """Read back what `to_json` wrote, validated against `annotation`.

    Raises:
        pydantic.ValidationError: the data does not have that shape.
    """
    return _adapter(annotation).validate_json(data)


def fields_of(result_type: Any) -> dict[str, Any]:
    """Return each field of a stage's result class with its full type."""
    hints = typing.get_type_hints(result_type, include_extras=True)
    return {field.name: hints[field.name] for field in dataclasses.fields(result_type)}
