"""Prepares Kokoro's graph once and keeps it: arithmetic as asked, melody to be moved, durations told."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import tempfile
from pathlib import Path
from typing import Any, Literal

from models.errors import FaultError
from models.speech_synthesis.kokoro_float import to_float
from models.speech_synthesis.kokoro_melody import with_melody
from models.speech_synthesis.kokoro_pauses import with_durations

log = logging.getLogger(__name__)

Arithmetic = Literal["float32", "int8"]

PREPARED_VERSION = 3
"""Raise it when the graph that is written here changes: older results are then not used."""

_DIGEST_PREFIX_LENGTH = 16
"""64 bits of the source's sha256: enough that two sources never share a name."""


def prepared_path(source: Path, arithmetic: Arithmetic, folder: Path | None = None) -> Path:
    """Return where the prepared version of `source` is kept: a name made of its digest and our version."""
    with source.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    name = f"{source.stem}.{digest[:_DIGEST_PREFIX_LENGTH]}.{arithmetic}-v{PREPARED_VERSION}.onnx"
    return (folder or source.parent) / name


def ensure_prepared(source: Path, arithmetic: Arithmetic, folder: Path | None = None) -> Path:
    """Return the prepared version of Kokoro's ONNX file, making it where that is not yet done.

    Two processes that do so at once each write a file of their own and rename it to the same
    name; the contents are equal, so it does not matter which comes last.

    Args:
        source: The file as it was pulled; it is left as it is.
        arithmetic: As the weights came ("int8"), or turned back into "float32".
        folder: Where to keep the result; beside `source` where None.

    Raises:
        FaultError: `source` is no ONNX file, or no Kokoro graph that this module knows.
        OSError: the folder cannot be written.
    """
    target = prepared_path(source, arithmetic, folder)
    if target.is_file():
        return target
    log.info("Preparing %s for use in %s, once; the result is kept as %s", source, arithmetic, target)
    target.parent.mkdir(parents=True, exist_ok=True)
    _write_atomically(target, prepared(source, arithmetic))
    return target


def prepared(source: Path, arithmetic: Arithmetic) -> bytes:
    """Return what `ensure_prepared` would keep, for where nothing can be kept.

    Raises:
        FaultError: as `ensure_prepared`.
    """
    model = _read_model(source)
    as_asked = to_float(model) if arithmetic == "float32" else model
    content: bytes = with_durations(with_melody(as_asked)).SerializeToString()
    return content


def _read_model(source: Path) -> Any:
    import onnx
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped]

    try:
        return onnx.load(source, load_external_data=False)
    except DecodeError as error:
        raise FaultError(f"{source} is not an ONNX model ({error}); pull the weights again.") from error


def _write_atomically(target: Path, content: bytes) -> None:
    descriptor, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".part")
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        Path(temporary).chmod(0o644)
        Path(temporary).replace(target)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            Path(temporary).unlink()
        raise
