"""A campaign's answers as plain values: what the database, a CSV file and the report share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from pipeline_ops.ratings.dimensions import PREFERENCE, CampaignKind, Role

RUSHED_BELOW = 0.9
"""Of the time that the clips of a task last: who answers sooner has not seen them to the end. A little is
allowed for a player that begins before the server knows that the page was shown."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of one rater in one dimension.

    Attributes:
        rater: A pseudonym.
        content: What the clip shows.
        system: What made it; for a preference, the one that was played first.
        other_system: For a preference, the one that was played second; None for a score.
        role: Why the clip was there.
        dimension: What was asked.
        value: 1 to 5, or for a preference 1, 0 or -1; None where it could not be judged.
        expected: What an attention item asks for, or a calibration clip is worth.
        position: The how many-eth task of the rater, from 0.
        seconds: From the page to the answer; None where nobody measured.
        clip_s: How long the clips of the task last.
        answered_at: When.
    """

    rater: str
    content: str
    system: str
    role: Role
    dimension: str
    value: int | None
    other_system: str | None = None
    expected: float | None = None
    position: int = 0
    seconds: float | None = None
    clip_s: float | None = None
    answered_at: datetime | None = None

    @property
    def rushed(self) -> bool:
        """Whether it was given before the clips can have ended."""
        return (
            self.seconds is not None and self.clip_s is not None and self.seconds < RUSHED_BELOW * self.clip_s
        )

    @property
    def item(self) -> str:
        """Content and system as one name."""
        return f"{self.content}\n{self.system}"

    @property
    def is_preference(self) -> bool:
        """Whether two clips were compared."""
        return self.dimension == PREFERENCE


@dataclass(frozen=True, slots=True)
class CampaignAnswers:
    """All that a report is made of.

    Attributes:
        id: The campaign's.
        title: For people.
        kind: Scores or preferences.
        dimensions: What was asked.
        answers: All of them, in the order of raters and positions.
        headphones: Rater -> whether the check was passed; empty where none was wanted.
        metrics: (content, system) -> metric -> number, of clips whose run is known.
        tasks_planned: How many tasks were given out in all.
    """

    id: str
    title: str
    kind: CampaignKind
    dimensions: tuple[str, ...]
    answers: tuple[Answer, ...]
    headphones: Mapping[str, bool] = field(default_factory=dict)
    metrics: Mapping[tuple[str, str], Mapping[str, float]] = field(default_factory=dict)
    tasks_planned: int = 0
