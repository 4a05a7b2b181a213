"""No secret of the environment stands in a Dag as Airflow stores it, in settings as they are logged, or in
an error."""

from __future__ import annotations

import json

import pytest
from airflow.serialization.serialized_objects import DagSerialization

from pipeline_ops.catalog.database import CatalogDatabase
from pipeline_ops.errors import CatalogUnavailableError
from pipeline_ops.settings import Settings
from tests.dags.parsing import parse

SECRETS = {
    "DUBWRIGHT_RECORDS_KEY": "a-records-key",
    "DUBWRIGHT_CATALOG_URL": "postgresql+psycopg://dubwright:a-password@127.0.0.1:1/catalog",
    "AWS_SECRET_ACCESS_KEY": "a-storage-key",
    "DUBWRIGHT_METRICS_TOKEN": "a-metrics-token",
}
TOLD_APART = ("a-records-key", "a-password", "a-storage-key", "a-metrics-token")


@pytest.fixture(autouse=True)
def secrets_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize("dag_id", ["translate_video", "creator_backlog", "housekeeping", "upgrade_backfill"])
def test_a_dag_as_airflow_stores_it_holds_none(dag_id: str) -> None:
    stored = json.dumps(DagSerialization.to_dict(parse(dag_id)), default=str)
    assert [secret for secret in TOLD_APART if secret in stored] == []


def test_settings_and_errors_tell_none() -> None:
    settings = Settings.from_environment()
    assert "a-password" in settings.catalog_url
    assert "a-password" not in repr(settings)
    with CatalogDatabase(settings.catalog_url) as catalog, pytest.raises(CatalogUnavailableError) as error:
        catalog.revision()
    assert "a-password" not in str(error.value)
