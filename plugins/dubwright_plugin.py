"""What Dubwright adds to Airflow's UI: pages about checkpoints, under `/dubwright`."""

from __future__ import annotations

from typing import Any

from airflow.plugins_manager import AirflowPlugin


class _Applications:
    """The plugin's web applications, built where they are served: only the API server asks for them."""

    def __get__(self, plugin: object, owner: type) -> list[dict[str, Any]]:
        from dubwright_inspection.app import create_app

        return [{"app": create_app(), "url_prefix": "/dubwright", "name": "Dubwright inspection"}]


class DubwrightPlugin(AirflowPlugin):
    """Registers the inspection pages."""

    name = "dubwright"
    fastapi_apps = _Applications()
