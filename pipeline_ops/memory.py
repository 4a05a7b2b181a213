"""What a stage remembers of small parts of its work, so that a change to one part costs that part alone."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol


class Memory(Protocol):
    """Keeps files by the work that they are the result of."""

    def recall(self, work: Mapping[str, Any], folder: Path) -> Path | None:
        """Return the result of the same work, fetched into `folder`; None where it is not remembered."""
        ...

    def keep(self, work: Mapping[str, Any], result: Path) -> None:
        """Remember a result."""
        ...
