"""Measures the finished translation as viewers get it: every figure of `pipeline_ops/quality/evaluation.py`.

What other stages measured (lips, the source's loudness, how alike a fitted voice is) is taken from them. Of a
long video a spread of lines and windows is measured, always the same ones.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass, replace
from pathlib import Path

from models.base import (
    LanguageIdentifier,
    SentenceEncoder,
    SpeakerEncoder,
    SpeechQualityJudge,
    SpeechRecognizer,
)
from models.types import LanguageIdentification, TimeSpan, Utterance
from pipeline_ops.artefacts import FlacFile, SourceFile, VideoFile
from pipeline_ops.errors import StageOutputError
from pipeline_ops.evaluation.figures import measure
from pipeline_ops.evaluation.listening import listen
from pipeline_ops.evaluation.material import DubbedLine, Judges, Material
from pipeline_ops.media.decode import decode_sound
from pipeline_ops.media.loudness import LoudnessMeter
from pipeline_ops.media.probe import MediaContents, MediaInfo, read_contents
from pipeline_ops.quality.evaluation import HeardLine, Metrics
from pipeline_ops.stage import Resources, stage
from pipeline_ops.stages.identify_language import spread_windows
from pipeline_ops.stages.judge_lips import LipJudgement
from pipeline_ops.stages.mix import MixFacts
from pipeline_ops.stages.revise_lines import worded_by_people
from pipeline_ops.stages.translate import TranslatedLine
from pipeline_ops.timing import Placement
from pipeline_ops.voices.records import SpeakerVoice
from pipeline_ops.voices.takes import Take

LANGUAGE_WINDOWS = 2
"""A minute of speech: more makes an answer no surer."""

ANY_PIXELS = 1 << 40
"""The picture is our own; the source's size was judged by `probe`."""


@dataclass(frozen=True, slots=True)
class EvaluateParameters:
    """How much is measured.

    Attributes:
        target_language: Of the dub; the run supplies it.
        lines: How many lines are listened to at most; each costs a recogniser 0.5 s.
    """

    target_language: str = ""
    lines: int = 24


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The figures of the whole, and of each line."""

    metrics: Metrics
    heard: tuple[HeardLine, ...]


@stage(
    version=3,
    resources=Resources(memory_mb=1500, timeout_s=3600),
    judges={
        "recognizer": "speech_recognition",
        "identifier": "language_identification",
        "encoder": "speaker_embedding",
        "sentences": "sentence_similarity",
        "listener": "speech_quality",
    },
)
def evaluate(
    *,
    source: SourceFile,
    media: MediaInfo,
    utterances: tuple[Utterance, ...],
    lines: tuple[TranslatedLine, ...],
    regions: tuple[TimeSpan, ...],
    language: LanguageIdentification,
    takes: tuple[Take, ...],
    placements: tuple[Placement, ...],
    dub_speech: FlacFile,
    original: FlacFile,
    original_speech: FlacFile,
    facts: MixFacts,
    voices: tuple[SpeakerVoice, ...],
    lips: LipJudgement,
    video: VideoFile,
    recognizer: SpeechRecognizer | None,
    identifier: LanguageIdentifier | None,
    encoder: SpeakerEncoder | None,
    sentences: SentenceEncoder | None,
    listener: SpeechQualityJudge | None,
    parameters: EvaluateParameters,
    scratch: Path,
) -> Evaluation:
    """Measure the finished translation.

    Raises:
        StageOutputError: the finished file cannot be read as picture and sound.
        MediaToolError: its sound could not be decoded.
    """
    finished, contents = _finished_media(video, media)
    sound, analysis = scratch / "sound.flac", scratch / "analysis.flac"
    decode_sound(video, finished, sound, analysis)
    material = Material(
        media=media,
        source=source,
        finished=finished,
        video=video,
        contents=contents,
        source_language=language.language,
        target_language=parameters.target_language,
        lines=dubbed_lines(utterances, placements, takes, worded_by_people(lines)),
        regions=regions,
        original=original,
        original_speech=original_speech,
        dub_speech=dub_speech,
        sound=sound,
        analysis=analysis,
        original_lufs=facts.original_lufs,
        voices=voices,
        lips=tuple((track.before, track.after) for track in lips.tracks) if lips.kept else None,
        language_windows=spread_windows(
            tuple(TimeSpan(place.start_s, place.end_s) for place in placements), LANGUAGE_WINDOWS
        ),
        most_lines=parameters.lines,
    )
    judges = Judges(recognizer, identifier, encoder, sentences, listener)
    meter = LoudnessMeter.of_file(sound)
    heard = listen(material, judges, meter)
    return Evaluation(measure(material, judges, heard, meter), heard)


def dubbed_lines(
    utterances: tuple[Utterance, ...],
    placements: tuple[Placement, ...],
    takes: tuple[Take, ...],
    by_people: Set[int] = frozenset(),
) -> tuple[DubbedLine, ...]:
    """Return the dub's lines with their originals; one that has none there is left to the gates."""
    by_index, by_take = {line.index: line for line in utterances}, {take.take: take.text for take in takes}
    return tuple(
        DubbedLine(by_index[place.index], place, by_take.get(place.take, ""), place.index in by_people)
        for place in placements
        if place.index in by_index
    )


def _finished_media(video: Path, media: MediaInfo) -> tuple[MediaInfo, MediaContents]:
    contents = read_contents(video, ANY_PIXELS)
    if contents is None or contents.video is None or not contents.audio:
        message = f"{video.name} cannot be read as picture and sound; let label_and_mux make it again"
        raise StageOutputError(message)
    finished = replace(
        media,
        container=contents.container,
        origin_s=contents.origin_s,
        video=contents.video,
        audio=contents.audio,
        chosen_audio_index=contents.audio[0].index,  # the dub comes first
    )
    return finished, contents
