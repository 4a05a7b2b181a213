"""The stage graph as plain data: which stages there are and what feeds what. Knows no Airflow.

A feed is written `stage.artefact`. `after` orders without feeding: a costly stage waits for a cheap
verdict. `gate` names the stage whose verdict on the target language a branch must pass.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pipeline_ops.artefacts import group_kind
from pipeline_ops.stage import Stage
from pipeline_ops.stages.align import align
from pipeline_ops.stages.check_takes import check_takes
from pipeline_ops.stages.decode_audio import decode_audio
from pipeline_ops.stages.detect_speech import detect_speech
from pipeline_ops.stages.diarize import diarize
from pipeline_ops.stages.encode_dub import encode_dub
from pipeline_ops.stages.encode_speech import encode_speech
from pipeline_ops.stages.evaluate import evaluate
from pipeline_ops.stages.fingerprint import fingerprint
from pipeline_ops.stages.fit_lips import fit_lips
from pipeline_ops.stages.fit_voice import fit_voice
from pipeline_ops.stages.gate_timing import gate_timing
from pipeline_ops.stages.gate_translation import gate_translation
from pipeline_ops.stages.gate_wording import gate_wording
from pipeline_ops.stages.identify_language import identify_language
from pipeline_ops.stages.judge_eligibility import judge_eligibility
from pipeline_ops.stages.judge_lips import judge_lips
from pipeline_ops.stages.judge_transcript import judge_transcript
from pipeline_ops.stages.label_and_mux import label_and_mux
from pipeline_ops.stages.match_subtitles import match_subtitles
from pipeline_ops.stages.measure_av_offset import measure_av_offset
from pipeline_ops.stages.measure_prosody import measure_prosody
from pipeline_ops.stages.mix import mix
from pipeline_ops.stages.package import package
from pipeline_ops.stages.package_source import package_source
from pipeline_ops.stages.pick_terms import pick_terms
from pipeline_ops.stages.probe import probe
from pipeline_ops.stages.read_subtitles import read_subtitles
from pipeline_ops.stages.render_lips import render_lips
from pipeline_ops.stages.revise_lines import revise_lines
from pipeline_ops.stages.screen_toxicity import screen_toxicity
from pipeline_ops.stages.separate import separate
from pipeline_ops.stages.sign import sign
from pipeline_ops.stages.split_sentences import split_sentences
from pipeline_ops.stages.synthesize import synthesize
from pipeline_ops.stages.track_faces import track_faces
from pipeline_ops.stages.transcribe import transcribe
from pipeline_ops.stages.translate import translate
from pipeline_ops.stages.watermark import watermark

Scope = Literal["video", "language"]

INGEST = "ingest"
"""The name under which what came from outside stands in the store: checkpoints that no stage makes.

A feed `ingest.source` is the video; any other is an attachment of the request, None where it has none."""

SOURCE = "source"
"""What an ingested file is called within its checkpoint."""


@dataclass(frozen=True, slots=True)
class Node:
    """A stage in its place.

    Attributes:
        stage: What runs.
        scope: Once per video, or once per target language.
        feeds: Input name -> `stage.artefact`.
        after: Stages that must have passed before, though nothing of them is read.
        gate: The stage whose `verdicts` decide whether this language goes on.
    """

    stage: Stage[..., Any]
    scope: Scope
    feeds: Mapping[str, str] = field(default_factory=dict)
    after: tuple[str, ...] = ()
    gate: str | None = None

    @property
    def name(self) -> str:
        """The stage's name."""
        return self.stage.name

    @property
    def upstream(self) -> tuple[str, ...]:
        """Every stage that must come before, the source video not counted."""
        feeding = (feed.partition(".")[0] for feed in self.feeds.values())
        gates = (self.gate,) if self.gate else ()
        return tuple(dict.fromkeys(name for name in (*feeding, *self.after, *gates) if name != INGEST))


GRAPH: tuple[Node, ...] = (
    Node(probe, "video", {"source": "ingest.source"}),
    Node(decode_audio, "video", {"source": "ingest.source", "media": "probe.media"}),
    Node(detect_speech, "video", {"analysis": "decode_audio.analysis"}),
    Node(
        identify_language,
        "video",
        {"analysis": "decode_audio.analysis", "regions": "detect_speech.regions"},
    ),
    Node(judge_eligibility, "video", {"language": "identify_language.language"}),
    Node(separate, "video", {"audio": "decode_audio.audio"}, after=("judge_eligibility",)),
    Node(
        transcribe,
        "video",
        {
            "speech": "separate.speech",
            "background": "separate.background",
            "regions": "detect_speech.regions",
            "language": "identify_language.language",
        },
    ),
    Node(
        read_subtitles,
        "video",
        {
            "file": "ingest.source_subtitles",
            "transcript": "transcribe.transcript",
            "regions": "detect_speech.regions",
            "language": "identify_language.language",
            "media": "probe.media",
        },
    ),
    Node(
        diarize,
        "video",
        {"analysis": "decode_audio.analysis", "regions": "detect_speech.regions"},
        after=("judge_eligibility",),
    ),
    Node(
        judge_transcript,
        "video",
        {
            "transcript": "read_subtitles.transcript",
            "speech": "separate.speech",
            "regions": "detect_speech.regions",
        },
    ),
    Node(
        split_sentences,
        "video",
        {"transcript": "read_subtitles.transcript", "turns": "diarize.turns"},
        after=("judge_transcript",),
    ),
    Node(encode_speech, "video", {"speech": "separate.speech"}, after=("judge_transcript",)),
    Node(
        track_faces,
        "video",
        {
            "source": "ingest.source",
            "media": "probe.media",
            "regions": "detect_speech.regions",
            "encoding": "encode_speech.encoding",
        },
    ),
    Node(
        measure_av_offset,
        "video",
        {
            "source": "ingest.source",
            "tracks": "track_faces.tracks",
            "frame_times_s": "track_faces.frame_times_s",
            "records": "track_faces.records",
            "encoding": "encode_speech.encoding",
        },
    ),
    Node(
        fit_lips,
        "video",
        {
            "source": "ingest.source",
            "media": "probe.media",
            "tracks": "track_faces.tracks",
            "frame_times_s": "track_faces.frame_times_s",
            "records": "track_faces.records",
            "turns": "track_faces.turns",
            "offset": "measure_av_offset.offset",
            "speech": "separate.speech",
            "encoding": "encode_speech.encoding",
            "consent": "ingest.lips_consent",
        },
    ),
    Node(
        measure_prosody,
        "video",
        {"speech": "separate.speech", "utterances": "split_sentences.utterances"},
    ),
    Node(
        package_source,
        "video",
        {
            "source": "ingest.source",
            "media": "probe.media",
            "audio": "decode_audio.audio",
            "lines": "split_sentences.subtitles",
            "origin": "read_subtitles.origin",
            "language": "identify_language.language",
        },
    ),
    Node(
        pick_terms,
        "language",
        {
            "utterances": "split_sentences.utterances",
            "language": "identify_language.language",
            "glossary": "ingest.glossary",
        },
        gate="judge_eligibility",
    ),
    Node(
        match_subtitles,
        "language",
        {
            "file": "ingest.target_subtitles",
            "utterances": "split_sentences.utterances",
            "media": "probe.media",
        },
        gate="judge_eligibility",
    ),
    Node(
        translate,
        "language",
        {
            "utterances": "split_sentences.utterances",
            "language": "identify_language.language",
            "terms": "pick_terms.terms",
            "given": "match_subtitles.given",
        },
        gate="judge_eligibility",
    ),
    Node(
        revise_lines,
        "language",
        {
            "lines": "translate.lines",
            "language": "identify_language.language",
            "terms": "pick_terms.terms",
        },
    ),
    Node(
        screen_toxicity,
        "language",
        {"lines": "revise_lines.lines", "language": "identify_language.language"},
    ),
    Node(
        fit_voice,
        "language",
        {
            "speech": "separate.speech",
            "utterances": "split_sentences.utterances",
            "known": "ingest.known_voices",
            "consent": "ingest.voice_consent",
        },
        gate="judge_eligibility",
    ),
    Node(
        gate_wording,
        "language",
        {
            "utterances": "split_sentences.utterances",
            "lines": "screen_toxicity.lines",
            "language": "identify_language.language",
            "media": "probe.media",
        },
    ),
    Node(
        synthesize,
        "language",
        {
            "utterances": "split_sentences.utterances",
            "lines": "screen_toxicity.lines",
            "voices": "fit_voice.voices",
            "prosody": "measure_prosody.prosody",
            "media": "probe.media",
        },
        after=("gate_wording",),
    ),
    Node(
        check_takes,
        "language",
        {
            "utterances": "split_sentences.utterances",
            "takes": "synthesize.takes",
            "takes_audio": "synthesize.audio",
            "voices": "fit_voice.voices",
            "prosody": "measure_prosody.prosody",
            "media": "probe.media",
        },
    ),
    Node(
        align,
        "language",
        {
            "utterances": "split_sentences.utterances",
            "takes": "check_takes.takes",
            "takes_audio": "check_takes.audio",
            "media": "probe.media",
        },
    ),
    Node(
        gate_timing,
        "language",
        {
            "utterances": "split_sentences.utterances",
            "lines": "screen_toxicity.lines",
            "takes": "check_takes.takes",
            "placements": "align.placements",
            "subtitles": "align.subtitles",
            "media": "probe.media",
        },
    ),
    Node(watermark, "language", {"speech": "align.speech"}),
    Node(
        mix,
        "language",
        {
            "original": "decode_audio.audio",
            "original_speech": "separate.speech",
            "background": "separate.background",
            "dub_speech": "watermark.speech",
            "placements": "align.placements",
            "utterances": "split_sentences.utterances",
            "regions": "detect_speech.regions",
        },
    ),
    Node(encode_dub, "language", {"speech": "align.speech"}),
    Node(
        render_lips,
        "language",
        {
            "source": "ingest.source",
            "media": "probe.media",
            "shots": "track_faces.shots",
            "tracks": "track_faces.tracks",
            "turns": "track_faces.turns",
            "frame_times_s": "track_faces.frame_times_s",
            "records": "track_faces.records",
            "offset": "measure_av_offset.offset",
            "people": "fit_lips.people",
            "models": "fit_lips.models",
            "dub_speech": "align.speech",
            "dub_encoding": "encode_dub.encoding",
            "placements": "align.placements",
            "consent": "ingest.lips_consent",
        },
        after=("gate_timing",),
    ),
    Node(
        judge_lips,
        "language",
        {
            "source": "ingest.source",
            "media": "probe.media",
            "tracks": "track_faces.tracks",
            "frame_times_s": "track_faces.frame_times_s",
            "records": "track_faces.records",
            "picture": "render_lips.picture",
            "drawn": "render_lips.drawn",
            "dub_encoding": "encode_dub.encoding",
            "dub": "mix.dub",
        },
    ),
    Node(
        label_and_mux,
        "language",
        {
            "source": "ingest.source",
            "media": "probe.media",
            "dub": "mix.dub",
            "source_lines": "split_sentences.subtitles",
            "target_lines": "align.subtitles",
            "language": "identify_language.language",
            "new_picture": "render_lips.picture",
            "lips": "judge_lips.judgement",
        },
    ),
    Node(
        evaluate,
        "language",
        {
            "source": "ingest.source",
            "media": "probe.media",
            "utterances": "split_sentences.utterances",
            "lines": "screen_toxicity.lines",
            "regions": "detect_speech.regions",
            "language": "identify_language.language",
            "takes": "check_takes.takes",
            "placements": "align.placements",
            "dub_speech": "align.speech",
            "original": "decode_audio.audio",
            "original_speech": "separate.speech",
            "facts": "mix.facts",
            "voices": "fit_voice.voices",
            "lips": "judge_lips.judgement",
            "video": "label_and_mux.video",
        },
    ),
    Node(
        gate_translation,
        "language",
        {
            "utterances": "split_sentences.utterances",
            "lines": "screen_toxicity.lines",
            "takes": "check_takes.takes",
            "placements": "align.placements",
            "language": "identify_language.language",
            "metrics": "evaluate.metrics",
            "heard": "evaluate.heard",
        },
    ),
    Node(
        package,
        "language",
        {
            "source": "package_source.streams",
            "media": "probe.media",
            "dub": "mix.dub",
            "lines": "label_and_mux.subtitles",
            "new_picture": "render_lips.picture",
            "lips": "judge_lips.judgement",
        },
        after=("gate_translation",),
    ),
    Node(fingerprint, "language", {"dub": "mix.dub"}, after=("gate_translation",)),
    Node(
        sign,
        "language",
        {
            "source": "ingest.source",
            "media": "probe.media",
            "language": "identify_language.language",
            "lips": "judge_lips.judgement",
            "edits": "revise_lines.applied",
            "fingerprint": "fingerprint.words",
            "video": "label_and_mux.video",
            "subtitles": "label_and_mux.subtitles",
            "subtitles_srt": "label_and_mux.subtitles_srt",
            "source_subtitles": "label_and_mux.source_subtitles",
            "source_subtitles_srt": "label_and_mux.source_subtitles_srt",
        },
    ),
)
"""Every stage, in an order in which they can run."""

NODES: Mapping[str, Node] = {node.name: node for node in GRAPH}

FINAL_STAGE = "sign"
"""The stage whose checkpoint is the finished translation as one file."""

PACKAGE_STAGE = "package"
"""The stage whose checkpoint is the finished translation as streams."""

SOURCE_PACKAGE_STAGE = "package_source"
"""The stage whose checkpoint is the original as streams, which all languages share."""

GATES = ("gate_wording", "gate_timing", "gate_translation")
"""The stages that hold tables against expectations; their results are stored even where they reject."""


def nodes_of(scope: Scope) -> tuple[Node, ...]:
    """Return the nodes of one scope, in order."""
    return tuple(node for node in GRAPH if node.scope == scope)


def last_stages(scope: Scope = "language") -> tuple[str, ...]:
    """Return the stages of a scope that nothing comes after: a language is done when all of them are."""
    followed = {name for node in GRAPH for name in node.upstream}
    return tuple(node.name for node in nodes_of(scope) if node.name not in followed)


def unread_stages(scope: Scope = "language") -> tuple[str, ...]:
    """Return the stages of a scope of which no stage reads anything: no lineage leads to them but by name."""
    read = {feed.partition(".")[0] for node in GRAPH for feed in node.feeds.values()}
    return tuple(node.name for node in nodes_of(scope) if node.name not in read)


def check_graph(graph: tuple[Node, ...] = GRAPH) -> None:
    """Raise ValueError where a feed is missing, misspelt, of another type, or comes too late."""
    known: dict[str, Node] = {}
    for node in graph:
        if set(node.feeds) != set(node.stage.input_types):
            message = f"{node.name} takes {sorted(node.stage.input_types)} but is fed {sorted(node.feeds)}"
            raise ValueError(message)
        for name, feed in node.feeds.items():
            stage_name, _, artefact = feed.partition(".")
            if stage_name == INGEST:
                continue
            if stage_name not in known:
                message = f"{node.name} is fed by {feed}, which does not come before it"
                raise ValueError(message)
            given = known[stage_name].stage.output_types.get(artefact)
            if group_kind(given) is not None:
                message = f"{node.name} is fed {feed}, a group of files; feed it what describes them"
                raise ValueError(message)
            wanted = node.stage.input_types[name]
            if given != wanted:
                message = f"{node.name} wants {name}: {wanted}, but {feed} is {given}"
                raise ValueError(message)
        missing = set(node.upstream) - set(known)
        if missing:
            message = f"{node.name} comes after {sorted(missing)}, which do not come before it"
            raise ValueError(message)
        known[node.name] = node
