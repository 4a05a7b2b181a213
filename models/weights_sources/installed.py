"""Files that come with an installed Python distribution, used where they lie."""

from __future__ import annotations

import importlib.metadata
from pathlib import Path

from models.catalog import InstalledSource
from models.weights_sources.base import SourceFailedError


def installed_file(source: InstalledSource) -> Path:
    """Return where the file lies.

    Raises:
        SourceFailedError: the distribution is not installed in this version, or lacks the file.
    """
    try:
        distribution = importlib.metadata.distribution(source.distribution)
    except importlib.metadata.PackageNotFoundError as error:
        message = f"{source.distribution} is not installed; install {source.distribution}=={source.version}"
        raise SourceFailedError(message) from error
    if distribution.version != source.version:
        message = (
            f"{source.distribution} {distribution.version} is installed, the catalog needs {source.version}"
        )
        raise SourceFailedError(message)
    path = Path(str(distribution.locate_file(source.member)))
    if not path.is_file():
        message = f"{source.distribution} {source.version} does not hold {source.member} on this platform"
        raise SourceFailedError(message)
    return path
