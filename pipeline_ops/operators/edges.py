"""Which arrows Airflow draws: the graph's, without those that follow from others."""

from __future__ import annotations

import functools

from pipeline_ops.graph import NODES, Node


def direct_upstream(node: Node) -> tuple[str, ...]:
    """Return the stages just before one: its upstream without what comes before another of them anyway."""
    implied = {name for upstream in node.upstream for name in ancestors(NODES[upstream])}
    return tuple(name for name in node.upstream if name not in implied)


def ancestors(node: Node) -> frozenset[str]:
    """Return the names of every stage that comes before one, however far."""
    return frozenset(node.upstream).union(*(_ancestors_of(name) for name in node.upstream))


@functools.cache
def _ancestors_of(name: str) -> frozenset[str]:
    """Remembered: many ways lead through the graph, and every task's process asks when it reads its Dag."""
    return ancestors(NODES[name])
