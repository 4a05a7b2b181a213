"""How far a run is, stage by stage: from Airflow while it goes on, from the catalog once it has ended."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from pipeline_ops.airflow_control.client import AirflowRefusedError, AirflowUnavailableError, TaskInstance
from pipeline_ops.catalog.tables import ONCE_PER_VIDEO, OPEN_RUNS, OutcomeRow, RunRow, StageRow
from pipeline_ops.delivery.studio.airflow_desk import AirflowDesk, RunStanding
from pipeline_ops.graph import NODES, nodes_of

StageWord = Literal["waiting", "under_way", "tried_again", "done", "rejected", "skipped", "failed"]

OF_TASK: Mapping[str, StageWord] = {
    "running": "under_way",
    "restarting": "under_way",
    "deferred": "under_way",
    "up_for_retry": "tried_again",
    "up_for_reschedule": "under_way",
    "success": "done",
    "failed": "failed",
    "upstream_failed": "skipped",
    "skipped": "skipped",
    "removed": "skipped",
}
"""Airflow's words for a task's state; any other is one before it runs."""

ENDED: tuple[StageWord, ...] = ("done", "rejected", "skipped", "failed")

PHRASES = {
    "probe": "Looking at the file",
    "decode_audio": "Reading the sound",
    "detect_speech": "Finding where somebody speaks",
    "identify_language": "Hearing which language it is",
    "judge_eligibility": "Judging whether it can be translated",
    "separate": "Parting speech from music and noise",
    "transcribe": "Writing down what is said",
    "read_subtitles": "Reading your subtitles",
    "diarize": "Telling voices apart",
    "judge_transcript": "Judging what was heard",
    "split_sentences": "Finding lines and their speakers",
    "encode_speech": "Listening moment by moment",
    "track_faces": "Following faces",
    "measure_av_offset": "Comparing lips and sound",
    "fit_lips": "Learning how mouths move",
    "pick_terms": "Looking up your glossary",
    "match_subtitles": "Matching your translation",
    "translate": "Translating",
    "revise_lines": "Taking over reworded lines",
    "fit_voice": "Choosing voices",
    "synthesize": "Speaking the lines",
    "align": "Placing the lines in time",
    "mix": "Mixing with the background",
    "encode_dub": "Listening to the dub",
    "render_lips": "Drawing lips",
    "judge_lips": "Judging the lips",
    "label_and_mux": "Putting the video together",
}
"""What a stage does, for creators; one that is not named here is shown by its own name."""


@dataclass(frozen=True, slots=True)
class StageProgress:
    """One stage of a run; `language` is None for what is done once per video."""

    stage: str
    phrase: str
    language: str | None
    word: StageWord
    seconds: float | None


@dataclass(frozen=True, slots=True)
class RunProgress:
    """A run at one moment.

    Attributes:
        is_over: Whether nothing of it goes on any more.
        is_known: Whether it could be told: False where Airflow does not answer just now.
        languages: What it translates into.
        stages: In the order of the graph, those of the video first.
    """

    run_id: str
    is_over: bool
    is_known: bool
    languages: tuple[str, ...]
    stages: tuple[StageProgress, ...]

    def of(self, language: str) -> tuple[StageProgress, ...]:
        """Return the stages that a language needs."""
        return tuple(stage for stage in self.stages if stage.language in (None, language))

    def share_done(self, language: str) -> float:
        """Return how many of a language's stages have ended, from 0 to 1."""
        stages = self.of(language)
        return sum(stage.word in ENDED for stage in stages) / len(stages) if stages else 0.0


def run_progress(session: Session, airflow: AirflowDesk, run_id: str) -> RunProgress:
    """Return how far a run is; whose it is was judged before.

    Raises:
        KeyError: the catalog has no run of that id.
    """
    run = session.get(RunRow, run_id)
    if run is None:
        raise KeyError(run_id)
    languages = tuple(
        session.scalars(
            select(OutcomeRow.language).where(OutcomeRow.run_id == run_id).order_by(OutcomeRow.language)
        )
    )
    if run.status not in OPEN_RUNS:
        return RunProgress(run_id, True, True, languages, tuple(_recorded(session, run_id)))
    session.rollback()  # nothing is held in the database while Airflow is asked
    try:
        standing = airflow.look(run_id)
    except (AirflowUnavailableError, AirflowRefusedError):
        return RunProgress(run_id, False, False, languages, ())
    return RunProgress(run_id, False, True, languages, tuple(_told(standing, languages)))


def _recorded(session: Session, run_id: str) -> Iterator[StageProgress]:
    rows = session.scalars(select(StageRow).where(StageRow.run_id == run_id)).all()
    order = {name: position for position, name in enumerate(NODES)}
    known = [row for row in rows if row.stage in order]
    for row in sorted(known, key=lambda row: (row.language, order[row.stage])):
        language = None if row.language == ONCE_PER_VIDEO else row.language
        yield StageProgress(row.stage, phrase(row.stage), language, _recorded_word(row), row.wall_s)


def _recorded_word(row: StageRow) -> StageWord:
    if row.reason_code is not None:
        return "rejected"
    if row.error is not None:
        return "failed"
    return "done" if row.checkpoint is not None else "skipped"


def _told(standing: RunStanding | None, languages: tuple[str, ...]) -> Iterator[StageProgress]:
    """Yield the stages as Airflow's tasks stand; it does not map tasks over languages before it must."""
    tasks = {(task.task_id, task.map_index): task for task in standing.tasks} if standing else {}
    asked = tuple(standing.run.conf.get("target_languages", languages)) if standing else languages
    for node in nodes_of("video"):
        yield _stage(node.name, None, tasks.get((node.name, -1)))
    for index, language in enumerate(asked):
        for node in nodes_of("language"):
            yield _stage(node.name, language, tasks.get((node.name, index)))


def _stage(name: str, language: str | None, task: TaskInstance | None) -> StageProgress:
    word: StageWord = "waiting" if task is None else OF_TASK.get(task.state or "", "waiting")
    return StageProgress(name, phrase(name), language, word, _seconds(task))


def _seconds(task: TaskInstance | None) -> float | None:
    if task is None or task.started_at is None:
        return None
    return max(0.0, ((task.ended_at or datetime.now(UTC)) - task.started_at).total_seconds())


def phrase(stage: str) -> str:
    """Return what a stage does, in words."""
    return PHRASES.get(stage) or stage.replace("_", " ").capitalize()
