"""Where a stage may run, with how many others, and for how long."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from pipeline_ops.memory_slots import memory_slots
from pipeline_ops.stage import Stage

CPU_QUEUE = "cpu"
GPU_QUEUE = "gpu"
GPU_POOL = "gpu"


def placement(stage: Stage[..., Any]) -> dict[str, Any]:
    """Return where and for how long a stage may run: queue, pool, slots, time limit.

    The default pool's slots stand for memory, so that stages that run at once fit the machine; stages for
    a GPU take one slot of its pool.
    """
    resources = stage.resources
    place = (
        {"queue": GPU_QUEUE, "pool": GPU_POOL}
        if resources.gpu
        else {"queue": CPU_QUEUE, "pool_slots": memory_slots(stage)}
    )
    return {**place, "execution_timeout": timedelta(seconds=resources.timeout_s)}
