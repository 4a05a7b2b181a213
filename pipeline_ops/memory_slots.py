"""How much memory a stage takes, counted in slots of Airflow's default pool."""

from __future__ import annotations

import math
from typing import Any

from pipeline_ops.stage import Stage

SLOT_MB = 100
"""One slot of the default pool stands for this much memory."""


def memory_slots(stage: Stage[..., Any]) -> int:
    """Return the slots that a stage takes, at least one."""
    return max(1, math.ceil(stage.resources.memory_mb / SLOT_MB))
