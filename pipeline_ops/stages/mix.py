"""Lays the dub's speech over the original's bed: full length, full width, as loud as the source.

Each line is brought to the loudness of the original line that it replaces, within bounds, so that a
whisper stays a whisper, and lifted a little where the background would drown it; the background is not
touched. Everything is read and written in blocks.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import numpy as np
import soundfile

from models.types import TimeSpan, Utterance
from pipeline_ops.artefacts import FlacFile, Validation
from pipeline_ops.media.bed import bed_blocks, spoken_spans
from pipeline_ops.media.ffmpeg import own_input, run_ffmpeg
from pipeline_ops.media.loudness import Loudness, LoudnessMeter, measure_file
from pipeline_ops.stage import Resources, stage
from pipeline_ops.timing import Placement

if TYPE_CHECKING:
    from numpy.typing import NDArray

BLOCK_S = 5.0

LINE_FREEDOM_DB = 4.0
"""How far one line's gain may differ from the others': more would lift a synthesizer's own noises."""

CLEAR_OVER_BED_LU = 3.0
"""How far over its background a line should stand. Whisper base, in a line of three words over a song, heard
none of them at 1 LU and two of three at 4."""

MOST_LIFT_DB = 6.0
"""The most that a line is lifted for that. People follow a voice 3 dB below music whose words they expect; at
that level the last line of a dub, three words long, was lost."""

LEAST_LIFT_DB = 0.2
"""Less is not heard."""

MATCHING_ROUNDS = 6
"""Gating makes loudness jump as gain rises, so every step is at most half the one before. One or two
rounds are enough for most videos."""

PEAK_LIMIT_DBTP = -1.5
"""Half a decibel under the -1 dBTP of EBU R128, because AAC's coding noise adds to peaks."""

LOUDNESS_TOLERANCE_LU = 1.0
"""A difference that viewers do not notice between the original and the dub (EBU R128, live tolerance)."""

LOUDEST_BY_LIFTS_LU = 0.9
"""How much louder than the original lifted lines may make the whole: within that tolerance."""


@dataclass(frozen=True, slots=True)
class MixFacts:
    """What was measured and decided; levels in LUFS (BS.1770), gains in dB.

    Attributes:
        original_lufs: Loudness of the original sound.
        dub_lufs: Loudness of the result.
        dub_true_peak_dbtp: Its true peak.
        speech_gain_db: The gain common to all lines.
        line_gains_db: The gain of each line, in order.
        line_lifts_db: How much of it lifts the line out of its background.
        limited: Whether peaks had to be held down.
    """

    original_lufs: float | None
    dub_lufs: float | None
    dub_true_peak_dbtp: float | None
    speech_gain_db: float
    line_gains_db: tuple[float, ...]
    line_lifts_db: tuple[float, ...]
    limited: bool


@dataclass(frozen=True, slots=True)
class Mix:
    """The dub's finished sound, 48 kHz, with as many channels as the original, and how it was made."""

    dub: FlacFile
    facts: MixFacts

    def validations(self) -> tuple[Validation, ...]:
        """Check loudness against the original, and the true peak."""
        original, dub, peak = self.facts.original_lufs, self.facts.dub_lufs, self.facts.dub_true_peak_dbtp
        audible = Validation("audible", dub is not None, f"{dub} LUFS")
        if original is None or dub is None or peak is None:
            return (audible,)
        return (
            audible,
            Validation(
                "as_loud_as_the_original",
                abs(dub - original) <= LOUDNESS_TOLERANCE_LU,
                f"{dub:.1f} LUFS against {original:.1f}",
            ),
            Validation("true_peak", peak <= -1.0, f"{peak:.1f} dBTP"),
        )


@stage(version=6, resources=Resources(memory_mb=400, timeout_s=1800))
def mix(
    *,
    original: FlacFile,
    original_speech: FlacFile,
    background: FlacFile,
    dub_speech: FlacFile,
    placements: tuple[Placement, ...],
    utterances: tuple[Utterance, ...],
    regions: tuple[TimeSpan, ...],
    scratch: Path,
) -> Mix:
    """Mix speech and background, then hold loudness and peaks to the source's.

    Args:
        original: The source's sound.
        original_speech: The original voice alone.
        background: Everything else, as long as `original`, with as many channels.
        dub_speech: The dub's speech, mono, any rate, as long as the video.
        placements: Where the dub's lines stand.
        utterances: Where the original's lines stand.
        regions: Where somebody speaks in the original.
        scratch: Where to write.
    """
    bed = scratch / "bed.wav"
    _write_bed(bed, original, background, spoken_spans(regions, utterances))
    original_lufs = _finite(measure_file(original).integrated_lufs)
    levels = _levels(original_speech, dub_speech, bed, utterances, placements)
    mixed = scratch / "mixed.wav"

    def laid_over(line_gains_db: tuple[float, ...]) -> Loudness:
        _lay_over(mixed, bed, dub_speech, placements, line_gains_db)
        return measure_file(mixed)

    common_db, matched, loudness = _match(levels, original_lufs, laid_over)
    lifts, loudness = _lift_clear(levels, matched, loudness, original_lufs, laid_over)
    line_gains = _sums(matched, lifts)
    limited = loudness.true_peak_dbtp > PEAK_LIMIT_DBTP
    dub = scratch / "dub.flac"
    _finish(mixed, dub, limited=limited)
    if limited:
        loudness = measure_file(dub)
    return Mix(
        dub,
        MixFacts(
            original_lufs=original_lufs,
            dub_lufs=_finite(loudness.integrated_lufs),
            dub_true_peak_dbtp=_finite(loudness.true_peak_dbtp),
            speech_gain_db=round(common_db, 2),
            line_gains_db=tuple(round(gain, 2) for gain in line_gains),
            line_lifts_db=tuple(round(lift, 2) for lift in lifts),
            limited=limited,
        ),
    )


def _write_bed(path: Path, original: Path, background: Path, spoken: tuple[TimeSpan, ...]) -> None:
    """Write what the speech is laid over, once for all rounds."""
    with _writing(path, original) as out:
        for block in bed_blocks(original, background, spoken):
            out.write(block)


def _writing(path: Path, like: Path) -> soundfile.SoundFile:
    """Open a file of another's rate and channels for writing.

    In floating point, so that what exceeds full scale is limited later instead of clipped now.
    """
    with soundfile.SoundFile(str(like)) as sound:
        rate_hz, channels = sound.samplerate, sound.channels
    return soundfile.SoundFile(
        str(path), "w", samplerate=rate_hz, channels=channels, format="RF64", subtype="FLOAT"
    )


_LaidOver = Callable[[tuple[float, ...]], Loudness]
"""Lays the lines over the bed, each with its gain in dB, and tells how loud the mix is."""


@dataclass(frozen=True, slots=True)
class _LineLevels:
    """How loud a line's original was, how loud the line would be untouched, and its background, in LUFS."""

    original_lufs: float | None
    line_lufs: float | None
    bed_lufs: float | None


def _levels(
    original_speech: Path,
    dub_speech: Path,
    bed: Path,
    utterances: tuple[Utterance, ...],
    placements: tuple[Placement, ...],
) -> tuple[_LineLevels, ...]:
    """Measure every line of the dub beside what it replaces and what it is laid over."""
    with soundfile.SoundFile(str(bed)) as sound:
        # The mono dub goes to every channel, and BS.1770 adds the channels' energies.
        widening_db = 10 * math.log10(sound.channels)
    by_index = {line.index: line for line in utterances}
    original, dub, beneath = (LoudnessMeter.of_file(path) for path in (original_speech, dub_speech, bed))
    levels = []
    for place in placements:
        line = by_index[place.index]
        given = _loudness_of(dub, place.start_s, place.end_s)
        levels.append(
            _LineLevels(
                _loudness_of(original, line.start_s, line.end_s),
                None if given is None else given + widening_db,
                _loudness_of(beneath, place.start_s, place.end_s),
            )
        )
    return tuple(levels)


def _matched_gains(levels: tuple[_LineLevels, ...]) -> tuple[float, tuple[float, ...]]:
    """Return the gain common to all lines and each line's own, in dB, that make them as loud as theirs."""
    differences = [
        None
        if level.original_lufs is None or level.line_lufs is None
        else level.original_lufs - level.line_lufs
        for level in levels
    ]
    measured = [difference for difference in differences if difference is not None]
    common_db = median(measured) if measured else 0.0
    gains = tuple(
        common_db if difference is None else common_db + _clamp(difference - common_db, LINE_FREEDOM_DB)
        for difference in differences
    )
    return common_db, gains


def _match(
    levels: tuple[_LineLevels, ...], original_lufs: float | None, laid_over: _LaidOver
) -> tuple[float, tuple[float, ...], Loudness]:
    """Match every line to its original, then the whole to the whole.

    Returns:
        The gain common to all lines and each line's own, in dB, and how loud the mix is.
    """
    common_db, gains_db = _matched_gains(levels)
    loudness = laid_over(gains_db)
    step_db = LINE_FREEDOM_DB
    for _ in range(MATCHING_ROUNDS - 1):
        difference_lu = _difference(original_lufs, loudness.integrated_lufs)
        if abs(difference_lu) <= LOUDNESS_TOLERANCE_LU / 4:
            break
        correction_db = _clamp(difference_lu, step_db)
        step_db = abs(correction_db) / 2
        common_db += correction_db
        gains_db = tuple(gain + correction_db for gain in gains_db)
        loudness = laid_over(gains_db)
    return common_db, gains_db, loudness


def _lift_clear(
    levels: tuple[_LineLevels, ...],
    gains_db: tuple[float, ...],
    loudness: Loudness,
    original_lufs: float | None,
    laid_over: _LaidOver,
) -> tuple[tuple[float, ...], Loudness]:
    """Raise what its background would drown, as far as the whole does not become too loud.

    Returns:
        What each line is raised by on top of `gains_db`, in dB, and how loud the mix is then.
    """
    lifts_db = tuple(_lift(level, gain) for level, gain in zip(levels, gains_db, strict=True))
    if not any(lifts_db):
        return lifts_db, loudness
    while True:
        # Matching again would take from all lines what some are lifted by.
        loudness = laid_over(_sums(gains_db, lifts_db))
        too_loud = _difference(original_lufs, loudness.integrated_lufs) < -LOUDEST_BY_LIFTS_LU
        if not (too_loud and any(lifts_db)):
            return lifts_db, loudness
        lifts_db = tuple(lift / 2 if lift > LEAST_LIFT_DB else 0.0 for lift in lifts_db)


def _lift(level: _LineLevels, gain_db: float) -> float:
    """Return by how much more a line must be raised to stand clear of its background, within bounds."""
    if level.line_lufs is None or level.bed_lufs is None:
        return 0.0
    missing_lu = level.bed_lufs + CLEAR_OVER_BED_LU - (level.line_lufs + gain_db)
    return min(missing_lu, MOST_LIFT_DB) if missing_lu > LEAST_LIFT_DB else 0.0


def _sums(gains_db: tuple[float, ...], lifts_db: tuple[float, ...]) -> tuple[float, ...]:
    return tuple(gain + lift for gain, lift in zip(gains_db, lifts_db, strict=True))


def _loudness_of(meter: LoudnessMeter, start_s: float, end_s: float) -> float | None:
    return _finite(meter.integrated_lufs([TimeSpan(start_s, end_s)]))


def _lay_over(
    path: Path,
    bed: Path,
    dub_speech: Path,
    placements: tuple[Placement, ...],
    line_gains_db: tuple[float, ...],
) -> None:
    waiting = np.zeros(0, dtype=np.float32)
    with soundfile.SoundFile(str(bed)) as beneath, _writing(path, bed) as out:
        rate_hz = beneath.samplerate
        speech = _resampled_speech(dub_speech, rate_hz, placements, line_gains_db)
        for block in beneath.blocks(round(BLOCK_S * rate_hz), dtype="float32", always_2d=True):
            while len(waiting) < len(block):
                more = next(speech, None)
                if more is None:
                    waiting = np.pad(waiting, (0, len(block) - len(waiting)))
                else:
                    waiting = np.concatenate([waiting, more])
            out.write(block + waiting[: len(block), None])
            waiting = waiting[len(block) :]


def _resampled_speech(
    path: Path, rate_hz: int, placements: tuple[Placement, ...], line_gains_db: tuple[float, ...]
) -> Iterator[NDArray[np.float32]]:
    """Yield the dub's speech with every line's gain applied, at another rate, block by block."""
    import soxr

    with soundfile.SoundFile(str(path)) as sound:
        stream = soxr.ResampleStream(sound.samplerate, rate_hz, 1, dtype="float32")
        position = 0
        for block in sound.blocks(round(BLOCK_S * sound.samplerate), dtype="float32"):
            gains = _gain_curve(position, len(block), sound.samplerate, placements, line_gains_db)
            position += len(block)
            yield np.asarray(stream.resample_chunk(block * gains), dtype=np.float32)
        yield np.asarray(stream.resample_chunk(np.zeros(0, np.float32), last=True), dtype=np.float32)


def _gain_curve(
    start_frame: int,
    length: int,
    rate_hz: int,
    placements: tuple[Placement, ...],
    line_gains_db: tuple[float, ...],
) -> NDArray[np.float32]:
    """Return one gain a sample; between lines there is silence, so a step there is not heard."""
    curve = np.zeros(length, dtype=np.float32)
    for place, gain_db in zip(placements, line_gains_db, strict=True):
        first = max(round(place.start_s * rate_hz) - start_frame, 0)
        last = min(round(place.end_s * rate_hz) + 1 - start_frame, length)
        if first < last:
            curve[first:last] = 10 ** (gain_db / 20)
    return curve


def _finish(source: Path, target: Path, *, limited: bool) -> None:
    """Write the mix as FLAC, its true peaks held under `PEAK_LIMIT_DBTP` where it is `limited`.

    The limiter looks ahead and works at four times the rate, so that it sees peaks between samples.
    """
    filters: list[str] = []
    if limited:
        with soundfile.SoundFile(str(source)) as sound:
            rate_hz = sound.samplerate
        ceiling = 10 ** ((PEAK_LIMIT_DBTP - 0.2) / 20)  # coming back to 48 kHz adds up to 0.2 dB
        limiter = f"alimiter=limit={ceiling:.5f}:level=disabled:attack=2:release=60:latency=1"
        up, down = (f"aresample={rate}:resampler=soxr" for rate in (4 * rate_hz, rate_hz))
        filters = ["-af", f"{up},{limiter},{down}"]
    coding = ["-c:a", "flac", "-sample_fmt", "s32", "-bits_per_raw_sample", "24"]
    coding += ["-flags:a", "+bitexact", "-fflags", "+bitexact"]  # no version of FFmpeg in the bytes
    run_ffmpeg(
        [*own_input(source), *filters, *coding, str(target)],
        task="write the mix as FLAC",
        timeout_s=mix.resources.timeout_s,
    )


def _difference(wanted_lufs: float | None, given_lufs: float) -> float:
    """Return what is missing in loudness; nothing where one side is silent."""
    return wanted_lufs - given_lufs if wanted_lufs is not None and math.isfinite(given_lufs) else 0.0


def _clamp(value: float, limit: float) -> float:
    return max(-limit, min(limit, value))


def _finite(value: float) -> float | None:
    return round(value, 2) if math.isfinite(value) else None
