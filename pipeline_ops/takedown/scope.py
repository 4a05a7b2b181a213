"""What a deletion is about, and which checkpoints only it depends on."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from models.types import VoiceDesign
from pipeline_ops.artefacts import from_json, to_json
from pipeline_ops.catalog.tables import (
    ONCE_PER_VIDEO,
    MediumRow,
    OutcomeRow,
    RequestRow,
    RunRow,
    StageRow,
    TranslationRow,
)
from pipeline_ops.catalog.trust_tables import TakedownRow
from pipeline_ops.checkpoints.manifest import CheckpointReference
from pipeline_ops.checkpoints.parts import PART
from pipeline_ops.checkpoints.store import CheckpointStore
from pipeline_ops.stages.check_takes import check_takes
from pipeline_ops.stages.synthesize import synthesize
from pipeline_ops.voices.booth import design_of
from pipeline_ops.voices.records import SpeakerVoice
from pipeline_ops.voices.takes import SPOKEN_IN, Take

SPEAKING_STAGES = (synthesize.name, check_takes.name)
"""Those that remember lines as they were said, and as they were heard (`checkpoints/parts.py`)."""


@dataclass(frozen=True)
class Scope:
    """What a deletion names, in the catalog's terms.

    Attributes:
        creator_id: Of a whole creator; None where it is a translation.
        media: The videos.
        language: Into which language the translation is; None where it is a whole creator.
        runs: All runs that made something of it.
        whole_runs: Those that made nothing else.
    """

    creator_id: str | None
    media: frozenset[str]
    language: str | None
    runs: frozenset[str]
    whole_runs: frozenset[str]

    @classmethod
    def of(cls, session: Session, row: TakedownRow) -> Scope:
        """Look up what a takedown names."""
        if row.kind == "creator":
            media = frozenset(
                session.scalars(select(MediumRow.id).where(MediumRow.creator_id == row.creator_id))
            )
            runs = frozenset(session.scalars(select(RunRow.id).where(RunRow.creator_id == row.creator_id)))
            return cls(row.creator_id, media, None, runs, runs)
        into = select(OutcomeRow.run_id).join(RunRow, RunRow.id == OutcomeRow.run_id)
        of_it = RunRow.media_id == row.media_id
        runs = frozenset(session.scalars(into.where(of_it, OutcomeRow.language == row.language)))
        others = frozenset(session.scalars(into.where(of_it, OutcomeRow.language != row.language)))
        return cls(None, frozenset({row.media_id or ""}), row.language, runs, runs - others)

    def covers_stage(self) -> ColumnElement[bool]:
        """Tell whether a stage's row is of this alone."""
        if self.language is None:
            return StageRow.run_id.in_(self.runs)
        return or_(
            and_(StageRow.run_id.in_(self.runs), StageRow.language == self.language),
            and_(StageRow.run_id.in_(self.whole_runs), StageRow.language == ONCE_PER_VIDEO),
        )

    def covers_translation(self) -> ColumnElement[bool]:
        """Tell whether a translation's row is of this."""
        covered = TranslationRow.media_id.in_(self.media)
        return covered if self.language is None else and_(covered, TranslationRow.language == self.language)


def plan_of(scope: Scope, reports: Iterable[str]) -> dict[str, Any]:
    """Return what must be known later, when the catalog has forgotten it."""
    return {"runs": sorted(scope.runs), "reports": sorted(reports), "references": [], "blobs": []}


def doomed_checkpoints(
    session: Session, store: CheckpointStore, scope: Scope, reports: Iterable[str]
) -> frozenset[CheckpointReference]:
    """Return the checkpoints that nothing but what is deleted was made of.

    Args:
        session: A reading one.
        store: The store.
        scope: What is deleted.
        reports: The reports of its runs as they were.
    """
    stages = session.scalars(select(StageRow.checkpoint).where(scope.covers_stage())).all()
    finals = session.scalars(select(TranslationRow.checkpoint).where(scope.covers_translation())).all()
    named = [*stages, *finals, *reports]
    roots = frozenset(CheckpointReference.parse(each) for each in named if each is not None)
    made_of = store.walk_lineage(roots)
    doomed = made_of - needed_checkpoints(session, store, scope)
    return doomed | _remembered_lines(store, doomed)


def needed_checkpoints(
    session: Session, store: CheckpointStore, scope: Scope
) -> frozenset[CheckpointReference]:
    """Return the checkpoints of everything else, with all that it was made of."""
    named: list[str | None] = [
        *session.scalars(select(StageRow.checkpoint).where(~scope.covers_stage())),
        *session.scalars(select(TranslationRow.checkpoint).where(~scope.covers_translation())),
        *session.scalars(select(RunRow.report).where(RunRow.id.not_in(scope.runs))),
        *_files_of_others(session, scope),
    ]
    roots = {CheckpointReference.parse(each) for each in named if each is not None}
    for publication in store.publications():
        roots.update(publication.lineage)
    return store.walk_lineage(roots)


def _files_of_others(session: Session, scope: Scope) -> Iterable[str]:
    """Yield the videos that stay, and what came with requests for what stays.

    A translation is deleted, not the video that it is of.
    """
    whole_video = scope.language is None
    for medium_id, source in session.execute(select(MediumRow.id, MediumRow.source)):
        if not (whole_video and medium_id in scope.media):
            yield source
    for medium_id, attachments in session.execute(select(RequestRow.media_id, RequestRow.attachments)):
        for name, reference in attachments.items():
            is_its_own = whole_video or name.endswith(f".{scope.language}")
            if not (medium_id in scope.media and is_its_own):
                yield reference


def _remembered_lines(
    store: CheckpointStore, doomed: Iterable[CheckpointReference]
) -> frozenset[CheckpointReference]:
    """Return what is remembered of lines as they were said for it, in voices that were fitted for it.

    No lineage leads to them. Another translation that said the same in the same voice says it again.
    """
    texts: set[str] = set()
    designs: list[Any] = []
    for reference in doomed:
        if reference.stage in SPEAKING_STAGES:
            texts.update(take.text for take in _artefact(store, reference, "takes", tuple[Take, ...]))
        elif reference.stage == "fit_voice":
            voices = _artefact(store, reference, "voices", tuple[SpeakerVoice, ...])
            fitted = [voice for voice in voices if voice.reason in {"fitted", "known"}]
            designs += [_plain(design_of(voice, name)) for voice in fitted for name in SPOKEN_IN[:2]]
    if not texts and not designs:
        return frozenset()
    found = set()
    for reference in (each for stage in SPEAKING_STAGES for each in store.references(f"{stage}_{PART}")):
        manifest = store.inspect(reference)
        if manifest is not None:
            said, voice = manifest.parameters.get("text"), manifest.parameters.get("voice")
            if said in texts or voice in designs:
                found.add(reference)
    return frozenset(found)


def _plain(design: VoiceDesign) -> Any:
    return from_json(dict[str, Any], to_json(dict[str, Any], dataclasses.asdict(design)))


def _artefact(store: CheckpointStore, reference: CheckpointReference, name: str, kind: Any) -> Any:
    manifest = store.inspect(reference)
    if manifest is None or manifest.outcome != "completed":
        return ()
    return from_json(kind, store.read_bytes(reference, name))
