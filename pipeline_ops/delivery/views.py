"""What a page tells of its playback with: a number drawn for it, which arm it met, and our signature."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime

from pipeline_ops.delivery.signing import AddressSigner

NAME = r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}"
"""Of an experiment or an arm, as `experiments/definition.py` has it."""

PATTERN = rf"^[0-9a-f]{{32}}(~{NAME}~{NAME}~[0-9]{{1,5}})?\.[0-9]{{1,12}}\.[A-Za-z0-9_-]{{20,64}}$"
LONGEST = 300
"""Characters: 32 of the number, 138 of the arm, 79 of the signature, and what stands between."""


@dataclass(frozen=True, slots=True)
class MetArm:
    """Which arm of an experiment a view met, and the lot of its viewer."""

    experiment: str
    arm: str
    lot: int


@dataclass(frozen=True, slots=True)
class View:
    """One opening of a watch page.

    Attributes:
        id: Drawn for it.
        began_at: When it was opened.
        met: The arm that it met, None where it met none.
    """

    id: str
    began_at: datetime
    met: MetArm | None


def begin_view(signer: AddressSigner, media_id: str, met: MetArm | None, now_s: float) -> str:
    """Return what a page is given to tell of its playback with.

    Args:
        signer: Signs it.
        media_id: The video.
        met: The arm that the view meets.
        now_s: Seconds since 1970.
    """
    told = f"{int(now_s):08x}{secrets.token_hex(12)}"
    if met is not None:
        told += f"~{met.experiment}~{met.arm}~{met.lot}"
    return f"{told}.{signer.sign(_name(media_id, told), now_s)}"


def check_view(signer: AddressSigner, media_id: str, view: str, now_s: float) -> View:
    """Return the view that a page tells of.

    Raises:
        RefusedAddressError: it is not one of ours, of another video, or too old.
    """
    told, _, rest = view.rpartition(".")
    told, _, expiry = told.rpartition(".")
    signer.check(_name(media_id, told), f"{expiry}.{rest}", now_s)
    view_id, *met = told.split("~")
    began_at = datetime.fromtimestamp(int(view_id[:8], 16), UTC)
    if not met:
        return View(view_id, began_at, None)
    experiment, arm, lot = met
    return View(view_id, began_at, MetArm(experiment, arm, int(lot)))


def _name(media_id: str, told: str) -> str:
    return f"view/{media_id}/{told}"
