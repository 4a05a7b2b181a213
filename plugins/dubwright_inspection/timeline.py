"""Where things lie in time, as shapes of an SVG: shots, speech, lines of the original, lines of the dub."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dubwright_inspection.run_checkpoints import RunCheckpoints
from dubwright_inspection.transcript import Line

LEAST_WIDTH_PX = 1080
PX_PER_S = 14.0
"""At this scale a line of two seconds is wide enough to be hit; longer videos scroll."""

ROW_PX, GAP_PX, AXIS_PX = 26, 8, 22
TICKS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600)
LEAST_TICK_PX = 60
"""Room for a time such as 12:30 between two ticks."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A stretch of time on a row; `index` is the line's, where it is one."""

    x_px: float
    width_px: float
    title: str
    text: str = ""
    index: int | None = None
    flagged: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """What is drawn on one height. `kind` names its look: `shots`, `speech`, `source` or `dub`."""

    kind: str
    label: str
    y_px: int
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Tick:
    """A time on the axis."""

    x_px: float
    label: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """Everything of the picture; its width stands for `duration_s`."""

    duration_s: float
    width_px: int
    height_px: int
    rows: tuple[Row, ...]
    ticks: tuple[Tick, ...]


def timeline_of(checkpoints: RunCheckpoints, lines: Sequence[Line], language: str | None) -> Timeline | None:
    """Return the picture, None before the video's length is known."""
    media = checkpoints.value("probe", "media")
    if media is None:
        return None
    scale = _Scale(media.duration_s)
    rows = [
        ("shots", "Shots", scale.spans(checkpoints.value("track_faces", "shots") or (), "Shot")),
        ("speech", "Speech", scale.spans(checkpoints.value("detect_speech", "regions") or (), "Speech")),
        ("source", "Original", scale.source_lines(lines)),
        ("dub", f"Dub ({language})", scale.dub_lines(lines)),
    ]
    kept = [row for row in rows if row[2]]
    return Timeline(
        duration_s=media.duration_s,
        width_px=scale.width_px,
        height_px=AXIS_PX + len(kept) * (ROW_PX + GAP_PX),
        rows=tuple(
            Row(kind, label, AXIS_PX + position * (ROW_PX + GAP_PX), bars)
            for position, (kind, label, bars) in enumerate(kept)
        ),
        ticks=scale.ticks(),
    )


def clock(seconds: float) -> str:
    """Return a time for people: 1:02:03, or 2:03.4."""
    minutes, rest = divmod(round(seconds, 1), 60)
    hours, minutes = divmod(int(minutes), 60)
    return f"{hours}:{minutes:02d}:{rest:04.1f}" if hours else f"{minutes}:{rest:04.1f}"


class _Scale:
    """Turns seconds into pixels."""

    def __init__(self, duration_s: float) -> None:
        self.width_px = max(LEAST_WIDTH_PX, round(duration_s * PX_PER_S))
        self._duration_s = duration_s
        self._px_per_s = self.width_px / duration_s

    def spans(self, spans: Iterable[object], name: str) -> tuple[Bar, ...]:
        """Return a bar for each thing that has a start and an end."""
        return tuple(
            self._bar(span.start_s, span.end_s, f"{name} {number}")  # type: ignore[attr-defined]
            for number, span in enumerate(spans, start=1)
        )

    def source_lines(self, lines: Sequence[Line]) -> tuple[Bar, ...]:
        return tuple(
            self._bar(line.source_start_s, line.source_end_s, line.source_text, line.index) for line in lines
        )

    def dub_lines(self, lines: Sequence[Line]) -> tuple[Bar, ...]:
        return tuple(
            self._bar(line.start_s, line.end_s, line.text or "", line.index, flagged=bool(line.flags))
            for line in lines
            if line.start_s is not None and line.end_s is not None
        )

    def ticks(self) -> tuple[Tick, ...]:
        step_s = next((step for step in TICKS_S if step * self._px_per_s >= LEAST_TICK_PX), TICKS_S[-1])
        return tuple(
            Tick(round(second * self._px_per_s, 1), f"{second // 60}:{second % 60:02d}")
            for second in range(0, int(self._duration_s) + 1, step_s)
        )

    def _bar(
        self, start_s: float, end_s: float, text: str, index: int | None = None, *, flagged: bool = False
    ) -> Bar:
        title = f"{clock(start_s)} to {clock(end_s)}: {text}"
        return Bar(
            x_px=round(start_s * self._px_per_s, 1),
            width_px=round(max((end_s - start_s) * self._px_per_s, 1.0), 1),
            title=title,
            text=text if index is not None else "",
            index=index,
            flagged=flagged,
        )
