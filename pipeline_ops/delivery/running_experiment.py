"""Which experiment runs, asked of the catalog now and then."""

from __future__ import annotations

import threading
import time

from pipeline_ops.catalog.database import CatalogDatabase
from pipeline_ops.catalog.experiments import running_experiment
from pipeline_ops.experiments.definition import ExperimentDefinition

REMEMBERED_S = 5.0
"""How long an answer counts: for so long, processes may disagree when an experiment begins or ends."""


class RunningExperiment:
    """Knows the experiment that runs. Threads may share it.

    Args:
        catalog: Says so.
    """

    def __init__(self, catalog: CatalogDatabase) -> None:
        self._catalog = catalog
        self._lock = threading.Lock()
        self._asked_s = float("-inf")
        self._known: ExperimentDefinition | None = None

    def __call__(self) -> ExperimentDefinition | None:
        """Return the experiment, None where none runs.

        Raises:
            CatalogUnavailableError: the catalog does not answer.
        """
        with self._lock:
            now_s = time.monotonic()
            if now_s - self._asked_s >= REMEMBERED_S:
                with self._catalog.reading() as session:
                    self._known = running_experiment(session)
                self._asked_s = now_s
            return self._known
