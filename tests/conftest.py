"""How the tests share the processors: file by file, and one Airflow for all that need one."""

from __future__ import annotations

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

END_TO_END = "tests/e2e/"


class FileByFile(LoadScopeScheduling):
    """Gives each file's tests to one process, and all end-to-end tests to the same one.

    Models and runs that the tests of a file share are then made once.
    """

    def _split_scope(self, nodeid: str) -> str:
        return END_TO_END if nodeid.startswith(END_TO_END) else nodeid.partition("::")[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> FileByFile:
    return FileByFile(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the end-to-end tests: they take longest."""
    items.sort(key=lambda item: not item.nodeid.startswith(END_TO_END))
