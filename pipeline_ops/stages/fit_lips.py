"""Learns how each speaker's mouth moves, from this video's own footage, and whether that is good enough."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from models.base import LipSynchronizer
from models.types import LipFit
from pipeline_ops.artefacts import FlacFile, NumpyFile, SourceFile, ZipFile
from pipeline_ops.digests import sha256_of_file
from pipeline_ops.faces.heard_speech import SpeechInParts
from pipeline_ops.faces.records import FaceTrack, open_tracks
from pipeline_ops.lips.footage import best_pieces, person_footage, person_frames
from pipeline_ops.lips.people import Person, people_of
from pipeline_ops.media.frame_times import read_frame_times
from pipeline_ops.media.probe import MediaInfo
from pipeline_ops.quality.speaking_face import Turn
from pipeline_ops.safety.consent import Consent, agrees
from pipeline_ops.stage import Resources, stage
from pipeline_ops.stages.measure_av_offset import AvOffset

FitReason = Literal["no_consent", "too_little_footage", "not_predictable"]
"""Why a person's lips are left alone."""


@dataclass(frozen=True, slots=True)
class FitParameters:
    """When a mouth was learnt well enough to be changed.

    Attributes:
        minimum_speech_s: How long a person must speak in the picture: before, a mouth has not shown its
            shapes.
        minimum_gain: By how much the held-out correlation of mouth and sound must be above that of foreign
            sound. From five seconds of speech it is measured to some 0.1 only: this keeps out mouths of which
            nothing was learnt, and `judge_lips` decides on what was drawn.
    """

    minimum_speech_s: float = 2.5
    minimum_gain: float = 0.05


@dataclass(frozen=True, slots=True)
class FittedPerson:
    """How well one person's mouth was learnt.

    Attributes:
        tracks: Ids of the tracks that show this person.
        model: The name of the model's file within `models`; None where lips are left alone.
        reason: Why they are left alone; None where they are not.
        speech_s: Usable footage that it was learnt from.
        held_out_correlation: Predicted against real mouth on footage that was held out.
        noise_correlation: The same with foreign sound.
        exemplars: Real mouths in its library.
    """

    tracks: tuple[int, ...]
    model: str | None
    reason: FitReason | None
    speech_s: float
    held_out_correlation: float | None
    noise_correlation: float | None
    exemplars: int


@dataclass(frozen=True, slots=True)
class FittedLips:
    """Every person who speaks, who speaks most first, and the models of those whose lips are changed."""

    people: tuple[FittedPerson, ...]
    models: ZipFile | None


@stage(version=5, capability="lip_sync", resources=Resources(memory_mb=900, gpu=True, timeout_s=7200))
def fit_lips(
    *,
    source: SourceFile,
    media: MediaInfo,
    tracks: tuple[FaceTrack, ...],
    frame_times_s: tuple[float, ...],
    records: NumpyFile,
    turns: tuple[Turn, ...],
    offset: AvOffset,
    speech: FlacFile,
    encoding: NumpyFile,
    consent: Consent | None,
    model: LipSynchronizer,
    parameters: FitParameters,
    scratch: Path,
) -> FittedLips:
    """Fit a model to each person who speaks; a video without a speaking face gets none, and that is no error.

    Nor does one without consent to changed lips.

    Raises:
        MediaToolError: the picture cannot be decoded.
    """
    reader = open_tracks(records, frame_times_s)
    people = people_of(tracks, reader)
    if not people:
        return FittedLips((), None)
    if not agrees(consent, "lips"):
        return FittedLips(tuple(_left_alone(person) for person in people), None)
    times = read_frame_times(source, media)
    heard = SpeechInParts(speech, encoding, scratch / "speech.f32", offset.offset_s)
    digest = sha256_of_file(source)
    fitted: list[FittedPerson] = []
    path = scratch / "models.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for number, person in enumerate(people):
            ids = tuple(track.id for track in person.tracks)
            if person.speaking_s < parameters.minimum_speech_s:
                fitted.append(FittedPerson(ids, None, "too_little_footage", person.speaking_s, None, None, 0))
                continue
            pieces = best_pieces(person.tracks, reader)
            footage = person_footage(pieces, reader, turns, heard, digest)
            folder = scratch / f"person{number}"
            folder.mkdir()
            fit = model.fit(footage, person_frames(source, media, times, pieces, footage), folder)
            learnt = judge_fit(person, fit, parameters)
            fitted.append(learnt)
            if learnt.model is not None:
                # A fixed date: the same footage gives the same bytes.
                archive.writestr(zipfile.ZipInfo(learnt.model), fit.model.read_bytes())
    return FittedLips(tuple(fitted), path if any(each.model for each in fitted) else None)


def _left_alone(person: Person) -> FittedPerson:
    ids = tuple(track.id for track in person.tracks)
    return FittedPerson(ids, None, "no_consent", person.speaking_s, None, None, 0)


def judge_fit(person: Person, fit: LipFit, parameters: FitParameters) -> FittedPerson:
    """Decide whether a person's lips are changed with this model."""
    reason: FitReason | None = None
    if fit.held_out_correlation is not None:
        gain = fit.held_out_correlation - (fit.noise_correlation or 0.0)
        reason = None if gain >= parameters.minimum_gain else "not_predictable"
    ids = tuple(track.id for track in person.tracks)
    return FittedPerson(
        tracks=ids,
        model=f"person{ids[0]}{fit.model.suffix}" if reason is None else None,
        reason=reason,
        speech_s=round(fit.speech_s, 3),
        held_out_correlation=fit.held_out_correlation,
        noise_correlation=fit.noise_correlation,
        exemplars=fit.exemplars,
    )
