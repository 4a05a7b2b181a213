"""Finished translations read back from a checkpoint store, with all that the gates look at."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.types import LanguageIdentification, TimeSpan, Utterance
from pipeline_ops.artefacts import from_json
from pipeline_ops.checkpoints.manifest import CheckpointReference
from pipeline_ops.checkpoints.storage import open_storage
from pipeline_ops.checkpoints.store import CheckpointStore
from pipeline_ops.graph import INGEST, NODES, SOURCE
from pipeline_ops.media.probe import MediaInfo
from pipeline_ops.media.subtitles import SubtitleLine
from pipeline_ops.quality.evaluation import HeardLine, Metrics
from pipeline_ops.stages.judge_lips import LipJudgement
from pipeline_ops.stages.mix import MixFacts
from pipeline_ops.stages.translate import TranslatedLine
from pipeline_ops.timing import Placement
from pipeline_ops.voices.records import SpeakerVoice
from pipeline_ops.voices.takes import Take

NEEDED = frozenset({"split_sentences", "revise_lines", "fit_voice", "align", "mix", "judge_lips"})
"""Stages without which there is nothing to look at."""


@dataclass(frozen=True)
class Tables:
    """What the gates look at; plain data, so that it can be kept as JSON."""

    target_language: str
    media: MediaInfo
    language: LanguageIdentification
    utterances: tuple[Utterance, ...]
    lines: tuple[TranslatedLine, ...]
    takes: tuple[Take, ...]
    placements: tuple[Placement, ...]
    subtitles: tuple[SubtitleLine, ...]
    metrics: Metrics
    heard: tuple[HeardLine, ...]


@dataclass(frozen=True)
class GoodResult:
    """One translation: its tables, and what `evaluate` is handed beside them."""

    name: str
    tables: Tables
    regions: tuple[TimeSpan, ...]
    facts: MixFacts
    voices: tuple[SpeakerVoice, ...]
    lips: LipJudgement
    source: Path
    video: Path
    dub: Path
    dub_speech: Path
    original: Path
    original_speech: Path
    background: Path

    def evaluated(self, judges: dict[str, Any], scratch: Path, **changes: Any) -> GoodResult:
        """Return the same with its figures measured, of whatever `changes` puts in its place."""
        changed = dataclasses.replace(self, **changes)
        tables = changed.tables
        stage = NODES["evaluate"].stage
        found = stage.function(
            source=changed.source,
            media=tables.media,
            utterances=tables.utterances,
            lines=tables.lines,
            regions=changed.regions,
            language=tables.language,
            takes=tables.takes,
            placements=tables.placements,
            dub_speech=changed.dub_speech,
            original=changed.original,
            original_speech=changed.original_speech,
            facts=changed.facts,
            voices=changed.voices,
            lips=changed.lips,
            video=changed.video,
            parameters=stage.parameters_type(target_language=tables.target_language),
            scratch=scratch,
            **judges,
        )
        return dataclasses.replace(
            changed, tables=dataclasses.replace(tables, metrics=found.metrics, heard=found.heard)
        )


def read_good_results(store_url: str, folder: Path) -> Iterator[GoodResult]:
    """Yield every finished translation of a store, its files fetched into a folder; nothing is written there.

    Args:
        store_url: A store, as `DUBWRIGHT_STORE` names it.
        folder: For what has to be copied.
    """
    store = CheckpointStore(open_storage(store_url))
    finals = [each for each in store.references() if each.stage == "label_and_mux"]
    for final in sorted(finals, key=str):
        checkpoints = _lineage(store, final)
        if not checkpoints.keys() >= NEEDED:
            continue  # cleared in part
        yield _read(store, checkpoints, folder)


def _lineage(store: CheckpointStore, final: CheckpointReference) -> dict[str, CheckpointReference]:
    """Return the checkpoint of each stage that a result was made of."""
    found: dict[str, CheckpointReference] = {}
    waiting = [final]
    while waiting:
        reference = waiting.pop(0)
        if reference.stage in found or reference.stage == INGEST:
            continue
        manifest = store.inspect(reference)
        if manifest is None:
            continue
        found[reference.stage] = reference
        waiting += list(manifest.parents)
    return found


def _read(store: CheckpointStore, checkpoints: dict[str, CheckpointReference], folder: Path) -> GoodResult:
    def value(stage: str, name: str) -> Any:
        annotation = NODES[stage].stage.output_types[name]
        return from_json(annotation, store.read_bytes(checkpoints[stage], name))

    def file(stage: str, name: str) -> Path:
        return store.fetch(checkpoints[stage], name, folder)

    final, probed = (store.inspect(checkpoints[stage]) for stage in ("label_and_mux", "probe"))
    if final is None or probed is None:
        message = f"{checkpoints['label_and_mux']} or {checkpoints['probe']} is gone"
        raise FileNotFoundError(message)
    target = str(final.parameters["target_language"])
    tables = Tables(
        target_language=target,
        media=value("probe", "media"),
        language=value("identify_language", "language"),
        utterances=value("split_sentences", "utterances"),
        lines=value("revise_lines", "lines"),
        # Before takes were checked, those that were said were the ones that were placed.
        takes=value("check_takes" if "check_takes" in checkpoints else "synthesize", "takes"),
        placements=value("align", "placements"),
        subtitles=value("align", "subtitles"),
        metrics=Metrics(0),
        heard=(),
    )
    words = re.sub(r"\W+", " ", " ".join(line.text for line in tables.utterances))[:24].strip()
    return GoodResult(
        name=f"{final.reference.key[:6]} {target} ({words})",
        tables=tables,
        regions=value("detect_speech", "regions"),
        facts=value("mix", "facts"),
        voices=value("fit_voice", "voices"),
        lips=value("judge_lips", "judgement"),
        source=store.fetch(CheckpointReference.parse(probed.inputs["source"].reference), SOURCE, folder),
        video=file("label_and_mux", "video"),
        dub=file("mix", "dub"),
        dub_speech=file("align", "speech"),
        original=file("decode_audio", "audio"),
        original_speech=file("separate", "speech"),
        background=file("separate", "background"),
    )
