"""What Dubwright adds to Airflow's UI: pages about runs, checkpoints and the library, under `/dubwright`."""

from __future__ import annotations

from typing import Any, ClassVar

from airflow.plugins_manager import AirflowPlugin

from pipeline_ops.operators.links import inspection_address


class _Applications:
    """The plugin's web applications, built where they are served: only the API server asks for them."""

    def __get__(self, plugin: object, owner: type) -> list[dict[str, Any]]:
        from dubwright_inspection.app import create_app

        return [{"app": create_app(), "url_prefix": "/dubwright", "name": "Dubwright inspection"}]


def _view(name: str, destination: str, path: str, url_route: str) -> dict[str, str]:
    """Return a page of ours as Airflow's UI shows it: `{RUN_ID}` and `{DAG_ID}` are filled in there."""
    return {
        "name": name,
        "destination": destination,
        "href": inspection_address(path),
        "url_route": url_route,
    }


class DubwrightPlugin(AirflowPlugin):
    """Registers the inspection pages."""

    name = "dubwright"
    fastapi_apps = _Applications()
    external_views: ClassVar = [
        _view("Library", "nav", "/library", "dubwright-library"),
        _view("Translation", "dag_run", "/runs/{RUN_ID}?dag_id={DAG_ID}", "translation"),
    ]
