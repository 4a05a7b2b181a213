"""A folder that an operator filled: offline machines, or files carried over by hand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from models.weights_sources.base import SourceFailedError, Wanted, copy_stream, sha256_of


def fetch_local(folder: Path, wanted: Wanted) -> None:
    """Copy the file from a folder, where it lies under its sha256, under its model's id, or by name.

    Many models have a `config.json`, so a file found by name alone counts only with the right content.

    Raises:
        SourceFailedError: the folder does not hold it.
    """
    for path in _candidates(folder, wanted):
        with path.open("rb") as source, wanted.destination.open("wb") as destination:
            copy_stream(source, destination, wanted.counter("local folder").advance)
        return
    message = f"{folder} holds neither {wanted.sha256} nor {wanted.model_id}/{wanted.name}"
    raise SourceFailedError(message)


def _candidates(folder: Path, wanted: Wanted) -> Iterator[Path]:
    for path in (folder / wanted.sha256, folder / wanted.model_id / wanted.name):
        if path.is_file():
            yield path
    by_name = folder / wanted.name
    if (
        by_name.is_file()
        and by_name.stat().st_size == wanted.size_bytes
        and sha256_of(by_name) == wanted.sha256
    ):
        yield by_name
