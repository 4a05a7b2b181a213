"""A deployment without models' work, and a catalog on SQLite and on PostgreSQL."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline_ops.platform import Platform
from tests.pipeline_ops.catalog.conftest import catalog, new_url, postgres
from tests.pipeline_ops.upgrades.making import platform_in

__all__ = ["catalog", "new_url", "platform", "postgres"]


@pytest.fixture
def platform(tmp_path: Path) -> Platform:
    return platform_in(tmp_path / "home")
