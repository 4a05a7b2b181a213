"""Reads a glossary that somebody hands to a command as a file."""

from __future__ import annotations

from pathlib import Path

from pipeline_ops.errors import SettingsError
from pipeline_ops.glossary import read_glossary

LARGEST_FILE_BYTES = 1_000_000
"""More than the most terms of the most letters take in JSON."""


def read_glossary_file(file: Path) -> dict[str, dict[str, str]]:
    """Read a glossary.

    Raises:
        SettingsError: the file cannot be read, or is no glossary.
    """
    try:
        with file.open("rb") as stream:
            content = stream.read(LARGEST_FILE_BYTES + 1)
        if len(content) > LARGEST_FILE_BYTES:
            message = f"it is larger than {LARGEST_FILE_BYTES / 1e6:g} MB"
            raise SettingsError(message)
        return read_glossary(content)
    except (OSError, SettingsError) as error:
        message = f"The glossary {file} cannot be read: {error}"
        raise SettingsError(message) from error
