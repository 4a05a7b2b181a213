"""Chooses one take a line, places all lines together, and writes the dub's speech as long as the video."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import soundfile

from models.types import Utterance
from pipeline_ops.artefacts import FlacFile, Validation
from pipeline_ops.media.probe import MediaInfo
from pipeline_ops.media.stretch import MAX_TEMPO, stretch
from pipeline_ops.media.subtitles import SubtitleLine
from pipeline_ops.stage import Resources, stage
from pipeline_ops.timing import Placement, TimingRules, place_lines
from pipeline_ops.verdicts import rejection
from pipeline_ops.voices.takes import Take, line_options

if TYPE_CHECKING:
    from numpy.typing import NDArray

FADE_S = 0.005
"""Long enough to hide a click at an edge, too short to soften a consonant."""

SILENCE_BLOCK_S = 10.0
"""Silence is written in pieces of this length, so that memory does not grow with a pause."""

FALLS_TOGETHER_S = 1e-4
"""Two lines overlap only where they do so by more than rounding."""


@dataclass(frozen=True, slots=True)
class AlignParameters:
    """The limits of timing that a deployment may move; see `pipeline_ops/timing.py` for their reasons."""

    fastest: float = 1.3
    slowest: float = 0.85
    spill_s: float = 0.25


@dataclass(frozen=True, slots=True)
class Alignment:
    """Every line's place, the speech track (mono, as long as the video) and the subtitles that go with it."""

    placements: tuple[Placement, ...]
    speech: FlacFile
    subtitles: tuple[SubtitleLine, ...]

    def validations(self) -> tuple[Validation, ...]:
        """Check that no two lines overlap."""
        overlaps = [
            (before.index, after.index)
            for before, after in zip(self.placements, self.placements[1:], strict=False)
            if before.end_s > after.start_s + FALLS_TOGETHER_S
        ]
        return (Validation("lines_do_not_overlap", not overlaps, f"overlapping: {overlaps}"),)


@stage(version=6, resources=Resources(memory_mb=300, timeout_s=1800))
def align(
    *,
    utterances: tuple[Utterance, ...],
    takes: tuple[Take, ...],
    takes_audio: FlacFile,
    media: MediaInfo,
    parameters: AlignParameters,
    scratch: Path,
) -> Alignment:
    """Place the takes and write the speech track.

    Raises:
        RejectedInputError: `translation_too_long`: no placement fits the video.
    """
    rules = TimingRules(fastest=parameters.fastest, slowest=parameters.slowest, spill_s=parameters.spill_s)
    placements = place_lines(line_options(utterances, takes), media.duration_s, rules)
    if placements is None:
        raise rejection("translation_too_long")
    path = scratch / "speech.flac"
    _write_track(path, placements, takes, takes_audio, media.duration_s)
    speaker_of = {line.index: line.speaker for line in utterances}
    subtitles = tuple(
        SubtitleLine(place.start_s, place.end_s, takes[place.take].text, speaker_of[place.index])
        for place in placements
    )
    return Alignment(placements, path, subtitles)


def _write_track(
    path: Path,
    placements: tuple[Placement, ...],
    takes: tuple[Take, ...],
    takes_audio: Path,
    duration_s: float,
) -> None:
    with (
        soundfile.SoundFile(str(takes_audio)) as source,
        soundfile.SoundFile(
            str(path), "w", samplerate=source.samplerate, channels=1, format="FLAC", subtype="PCM_16"
        ) as track,
    ):
        rate_hz = source.samplerate
        total = round(duration_s * rate_hz)
        for place in placements:
            _write_silence(track, round(place.start_s * rate_hz))
            take = takes[place.take]
            source.seek(take.start_frame)
            samples = source.read(take.frame_count, dtype="float32")
            wanted = min(round(place.end_s * rate_hz), total) - track.frames
            if place.stretch != 1.0:
                shortest = math.ceil(take.frame_count / MAX_TEMPO)
                samples = stretch(samples[None, :], rate_hz, max(wanted, shortest))[0]
            # Rounding of times may leave a sample too many; a fade hides it.
            track.write(_faded(samples[:wanted], round(FADE_S * rate_hz)))
        _write_silence(track, total)


def _write_silence(track: soundfile.SoundFile, until_frame: int) -> None:
    block = round(SILENCE_BLOCK_S * track.samplerate)
    while track.frames < until_frame:
        track.write(np.zeros(min(block, until_frame - track.frames), dtype=np.float32))


def _faded(samples: NDArray[np.float32], fade_frames: int) -> NDArray[np.float32]:
    faded = np.array(samples, dtype=np.float32)
    length = min(fade_frames, len(faded) // 2)
    if length:
        ramp = np.linspace(0.0, 1.0, length, dtype=np.float32)
        faded[:length] *= ramp
        faded[-length:] *= ramp[::-1]
    return faded
