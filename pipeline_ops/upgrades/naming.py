"""How the runs of an upgrade are called; light, since Dag files import it."""

from __future__ import annotations

UPGRADE_BACKFILL = "upgrade_backfill"
"""The Dag; each of its runs works on one wave."""


def wave_run_id(upgrade_id: str, wave: int) -> str:
    """Return the id of the run of `upgrade_backfill` that works on a wave."""
    return f"{upgrade_id}-wave-{wave}"
