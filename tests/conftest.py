"""How the tests share the processors, an Airflow, and what takes long to make."""

from __future__ import annotations

import base64
import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

for _library in ("OMP", "OPENBLAS", "MKL"):
    # As many processes work side by side as there are processors: threads of theirs, and of what they start,
    # would only wait for each other, and libraries wait by turning in circles.
    os.environ.setdefault(f"{_library}_NUM_THREADS", "1")

END_TO_END = "tests/e2e/"

OWN_AIRFLOW = "tests/e2e/test_celery_workers.py"

LONGEST_FIRST = (END_TO_END, "tests/pipeline_ops/test_execute.py")
"""What takes minutes: begun last, it would keep one processor busy while the other has nothing left to do."""


class FileByFile(LoadScopeScheduling):
    """Gives each file's tests to one process, and all end-to-end tests that share an Airflow to the same one.

    Models and runs that the tests of a file share are then made once.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return END_TO_END if file.startswith(END_TO_END) and file != OWN_AIRFLOW else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> FileByFile:
    return FileByFile(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest."""
    items.sort(key=lambda item: [not item.nodeid.startswith(start) for start in LONGEST_FIRST])


@pytest.fixture(scope="session", autouse=True)
def records_key() -> Iterator[None]:
    """A key for audit logs and tombstones, so that no test makes a development key where it runs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DUBWRIGHT_RECORDS_KEY", base64.b64encode(bytes(range(32))).decode())
        yield


@pytest.fixture(scope="session")
def tiny_seamless(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The files of a tiny SeamlessM4T v2 checkpoint; to learn its sentences takes half a minute."""
    from tests.models.seamless.tiny_checkpoint import make_tiny_checkpoint, tiny_files

    return tiny_files(made_once("tiny_seamless", tmp_path_factory, make_tiny_checkpoint))


def made_once(name: str, factory: pytest.TempPathFactory, make: Callable[[Path], None]) -> Path:
    """Return a folder that the first process to ask for it makes, while others that ask wait.

    Args:
        name: Of the folder; for all processes the same.
        factory: Whose temporary folders they share.
        make: Fills the folder; what it makes is not to be changed by tests.
    """
    base = factory.getbasetemp()
    common = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder, unfinished = common / name, common / f"{name}-unfinished"
    with (common / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            shutil.rmtree(unfinished, ignore_errors=True)  # of a process that failed
            unfinished.mkdir()
            make(unfinished)
            unfinished.rename(folder)
    return folder
