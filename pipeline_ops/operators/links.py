"""The buttons on a task in Airflow's UI: its checkpoint, and something to watch or to hear."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from airflow.sdk import BaseOperatorLink
from airflow.sdk.configuration import conf

if TYPE_CHECKING:
    from airflow.sdk.types import TaskInstanceKey

INSPECTION = "/dubwright"
"""Where the plugin's pages are."""


def inspection_address(path: str) -> str:
    """Return the address of a page of the plugin, good for whatever name the UI was reached by."""
    base_path = urlsplit(conf.get("api", "base_url", fallback="") or "").path.rstrip("/")
    return f"{base_path}{INSPECTION}{path}"


class RunPageLink(BaseOperatorLink):
    """Leads to the page that shows all of a run: videos, lines, costs, lineage."""

    @property
    def name(self) -> str:
        """The button's text."""
        return "Translation"

    def get_link(self, operator: Any, *, ti_key: TaskInstanceKey) -> str:
        """Return the address of the run's page."""
        return inspection_address(f"/runs/{quote(ti_key.run_id, safe='')}")


class CheckpointLink(BaseOperatorLink):
    """Leads to the record of what a stage made."""

    @property
    def name(self) -> str:
        """The button's text."""
        return "Checkpoint"

    def get_link(self, operator: Any, *, ti_key: TaskInstanceKey) -> str:
        """Return the address of the checkpoint's page, empty where the task made none."""
        reference = getattr(operator, "reference", None)
        return "" if reference is None else inspection_address(f"/checkpoints/{reference}")


class PlayLink(BaseOperatorLink):
    """Leads to the sound or the picture that a stage made."""

    @property
    def name(self) -> str:
        """The button's text."""
        return "Watch or listen"

    def get_link(self, operator: Any, *, ti_key: TaskInstanceKey) -> str:
        """Return the address of the first artefact that plays, empty where the task made none."""
        reference, playable = getattr(operator, "reference", None), getattr(operator, "playable", None)
        if reference is None or playable is None:
            return ""
        return inspection_address(f"/checkpoints/{reference}/artefacts/{playable}")


class DataDocsLink(BaseOperatorLink):
    """Leads to the page of a gate: what was expected, and what was found."""

    @property
    def name(self) -> str:
        """The button's text."""
        return "Data Docs"

    def get_link(self, operator: Any, *, ti_key: TaskInstanceKey) -> str:
        """Return the address of the gate's page, empty where the task made none."""
        reference, page = getattr(operator, "reference", None), getattr(operator, "page", None)
        if reference is None or page is None:
            return ""
        return inspection_address(f"/checkpoints/{reference}/artefacts/{page}")
