"""What the deployment's figures are called and what they mean; none names a creator, a video or a run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from prometheus_client.core import GaugeMetricFamily


@dataclass(frozen=True, slots=True)
class Gauge:
    """A figure's name, what it says, and the names of its labels."""

    name: str
    help: str
    labels: tuple[str, ...] = ()


VIDEOS = Gauge(
    "dubwright_videos", "Videos, each counted once a language, as they stand last.", ("language", "standing")
)
REJECTED_VIDEOS = Gauge(
    "dubwright_rejected_videos",
    "Videos that could not be translated, by reason.",
    ("language", "reason_code"),
)
TRANSLATIONS = Gauge("dubwright_translations", "Finished translations.", ("language", "state"))
ELIGIBILITY = Gauge(
    "dubwright_eligibility_ratio",
    "Share of the videos judged in the window that could be translated.",
    ("window",),
)
JUDGED = Gauge("dubwright_judged_videos", "Videos judged in the window.", ("window",))
OUTCOMES = Gauge(
    "dubwright_outcomes",
    "What runs that ended in the window came to, each language counted.",
    ("window", "language", "status", "reason_code"),
)
STAGE_RUNS = Gauge(
    "dubwright_stage_runs", "Stages of runs that ended in the window.", ("window", "stage", "reused")
)
STAGE_WALL = Gauge(
    "dubwright_stage_wall_seconds",
    "Mean wall time of a stage that was made in the window.",
    ("window", "stage"),
)
STAGE_CPU = Gauge(
    "dubwright_stage_cpu_seconds",
    "Mean CPU time of a stage that was made in the window.",
    ("window", "stage"),
)
REUSED = Gauge("dubwright_reused_ratio", "Share of stages that found their checkpoint.", ("window",))
COST = Gauge(
    "dubwright_cpu_seconds_per_video_minute",
    "CPU time of all stages made in the window by minute of video finished in it, each language counted.",
    ("window",),
)
QUALITY = Gauge(
    "dubwright_quality",
    "Mean of a measure over the translations finished in the window; see docs/measurements.md.",
    ("window", "language", "measure"),
)
OLDEST_UPLOAD = Gauge(
    "dubwright_oldest_waiting_upload_seconds",
    "Age of the oldest upload that no run was asked for; 0: none waits.",
)
OLDEST_RUN = Gauge(
    "dubwright_oldest_open_run_seconds",
    "Time since the oldest run that has not ended was asked for.",
    ("status",),
)
OPEN_RUNS = Gauge("dubwright_open_runs", "Runs that have not ended.", ("status",))
LAST_PUBLISHED = Gauge(
    "dubwright_last_published_timestamp_seconds", "When a translation was last put before viewers; 0: never."
)
HOUSEKEEPING_ENDED = Gauge(
    "dubwright_housekeeping_last_end_timestamp_seconds",
    "When a task of housekeeping last came to its end.",
    ("task",),
)
HOUSEKEEPING_FIGURE = Gauge(
    "dubwright_housekeeping_figure", "What a task of housekeeping last came to.", ("task", "figure")
)

GAUGES: tuple[Gauge, ...] = (
    VIDEOS,
    REJECTED_VIDEOS,
    TRANSLATIONS,
    ELIGIBILITY,
    JUDGED,
    OUTCOMES,
    STAGE_RUNS,
    STAGE_WALL,
    STAGE_CPU,
    REUSED,
    COST,
    QUALITY,
    OLDEST_UPLOAD,
    OLDEST_RUN,
    OPEN_RUNS,
    LAST_PUBLISHED,
    HOUSEKEEPING_ENDED,
    HOUSEKEEPING_FIGURE,
)


@dataclass(frozen=True, slots=True)
class Reading:
    """One value of a gauge, with the values of its labels in their order."""

    gauge: Gauge
    value: float
    labels: tuple[str, ...] = ()


def families(readings: Iterable[Reading]) -> Iterator[GaugeMetricFamily]:
    """Yield Prometheus's families, in the order of `GAUGES`, those without a reading among them."""
    by_gauge: dict[str, GaugeMetricFamily] = {
        gauge.name: GaugeMetricFamily(gauge.name, gauge.help, labels=gauge.labels) for gauge in GAUGES
    }
    for reading in readings:
        by_gauge[reading.gauge.name].add_metric(reading.labels, reading.value)
    yield from by_gauge.values()
