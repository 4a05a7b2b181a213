"""How the tests share the processors, an Airflow, and what takes long to make."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

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
    """The files of a tiny SeamlessM4T v2 checkpoint; it takes some seconds to learn its sentences."""
    from tests.models.seamless.tiny_checkpoint import make_tiny_checkpoint

    return make_tiny_checkpoint(tmp_path_factory.mktemp("seamless"))
