from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from pipeline_ops.catalog.database import open_catalog
from pipeline_ops.catalog.recorder import record_end
from pipeline_ops.errors import SettingsError
from pipeline_ops.monitoring.gauges import GAUGES
from pipeline_ops.monitoring.server import MetricsServer
from pipeline_ops.platform import Platform
from pipeline_ops.settings import Settings
from tests.pipeline_ops.catalog.making import facts

TOKEN = "a token that nobody guesses"


@pytest.fixture
def platform(tmp_path: Path) -> Platform:
    return Platform.from_environment(Settings.from_environment({"DUBWRIGHT_HOME": str(tmp_path / "home")}))


@contextmanager
def serving(platform: Platform, token: str | None) -> Iterator[httpx.Client]:
    with MetricsServer(platform, "127.0.0.1", 0, token) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{server.server_port}", trust_env=False) as client:
                yield client
        finally:
            server.shutdown()
            thread.join()


def test_prometheus_reads_every_figure_by_its_name(platform: Platform) -> None:
    with open_catalog(platform.settings) as catalog, catalog.writing() as session:
        record_end(session, facts())
    with serving(platform, None) as client:
        answer = client.get("/metrics")
    assert answer.status_code == 200
    families = {family.name: family for family in text_string_to_metric_families(answer.text)}
    assert set(families) == {gauge.name for gauge in GAUGES}
    [sample] = families["dubwright_translations"].samples
    assert (sample.labels, sample.value) == ({"language": "pt", "state": "published"}, 1.0)


def test_it_reads_anew_each_time(platform: Platform) -> None:
    with serving(platform, None) as client:
        assert "dubwright_translations{" not in client.get("/metrics").text
        with open_catalog(platform.settings) as catalog, catalog.writing() as session:
            record_end(session, facts())
        assert "dubwright_translations{" in client.get("/metrics").text


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer another", f"Basic {TOKEN}", "Bearer \xe9"])
def test_who_has_not_the_token_sees_nothing(platform: Platform, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header.encode("latin-1")}
    with serving(platform, TOKEN) as client:
        answer = client.get("/metrics", headers=headers)  # type: ignore[arg-type]
    assert answer.status_code == 401
    assert "dubwright_" not in answer.text


def test_who_has_the_token_sees_the_figures(platform: Platform) -> None:
    with serving(platform, TOKEN) as client:
        assert client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200
        assert client.get("/health").text == "ok\n"


def test_there_is_nothing_else_to_see(platform: Platform) -> None:
    with serving(platform, None) as client:
        for path in ("/", "/metrics/", "/../catalog.db", "/metrics?x=1"):
            assert client.get(path).status_code == 404, path
        assert client.post("/metrics").status_code == 501


def test_a_catalog_that_does_not_answer_is_no_secret_let_out(platform: Platform) -> None:
    url = "postgresql://dubwright:a-password@127.0.0.1:9/catalog?connect_timeout=2"
    broken = replace(platform, settings=replace(platform.settings, catalog_url=url))
    with serving(broken, None) as client:
        answer = client.get("/metrics")
    assert answer.status_code == 503
    assert answer.text == "The figures cannot be read now.\n"


def test_others_may_reach_it_only_with_a_token_worth_the_name(platform: Platform) -> None:
    for host in ("0.0.0.0", "192.0.2.1", "example.org", "::"):  # noqa: S104  refused
        with pytest.raises(SettingsError, match="DUBWRIGHT_METRICS_TOKEN"):
            MetricsServer(platform, host, 0, None)
    with pytest.raises(SettingsError, match="16 characters"):
        MetricsServer(platform, "127.0.0.1", 0, "short")
