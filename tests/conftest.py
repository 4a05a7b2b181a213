"""How the tests share the processors: files side by side, and one Airflow for all that need one."""

from __future__ import annotations

from pathlib import Path

import pytest

END_TO_END = Path(__file__).parent / "e2e"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep each file's tests in one process, and all end-to-end tests, which take longest, in the first."""
    for item in items:
        group = "e2e" if END_TO_END in item.path.parents else str(item.path)
        item.add_marker(pytest.mark.xdist_group(group))
    items.sort(key=lambda item: END_TO_END not in item.path.parents)
