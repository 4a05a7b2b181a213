"""Every command's test has a deployment of its own, whatever ran before it in its process."""

from __future__ import annotations

import pytest

OF_A_DEPLOYMENT = (
    "DUBWRIGHT_CATALOG",
    "DUBWRIGHT_CATALOG_URL",
    "DUBWRIGHT_MEDIA_DIR",
    "DUBWRIGHT_SETTINGS",
    "DUBWRIGHT_STORE_URL",
)


@pytest.fixture(autouse=True)
def no_other_deployment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget the deployment that the tests under Airflow keep for as long as their process lives."""
    for name in OF_A_DEPLOYMENT:
        monkeypatch.delenv(name, raising=False)
