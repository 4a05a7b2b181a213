"""Measures who is heard to speak: the number of speakers, their turns, and whose words are whose.

    python -m benchmarks.diarization --media ../shared/media [--out var/benchmarks/diarization]

Runs the stages themselves, from the sound to the utterances, on clips of one speaker, on real conversations,
and on conversations made of single recordings, of which it is known who speaks when.
"""

from __future__ import annotations

import argparse
import itertools
import multiprocessing
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from benchmarks.deployment import tell
from benchmarks.engines import engine
from models.types import LanguageIdentification, SpeakerTurn, TimeSpan, Utterance
from pipeline_ops import costs
from pipeline_ops.media.ffmpeg import own_input, run_ffmpeg
from pipeline_ops.stages.detect_speech import SpeechParameters, detect_speech
from pipeline_ops.stages.diarize import DiarizeParameters, diarize
from pipeline_ops.stages.separate import separate
from pipeline_ops.stages.split_sentences import SplitParameters, split_sentences
from pipeline_ops.stages.transcribe import transcribe

RATE_HZ = 48_000
STEP_S = 0.01
"""Errors are counted in steps of this length, without a collar, overlaps included."""

GAP_S = 0.3
"""Between two of a made conversation's turns."""

Sound = NDArray[np.float32]


@dataclass(frozen=True)
class Heard:
    """A sound at 48 kHz, and who speaks when in it as far as that is known; persons are named by letters."""

    name: str
    language: str
    persons: int
    samples: Sound
    truth: tuple[SpeakerTurn, ...] = ()


@dataclass(frozen=True)
class Row:
    """What became of one sound; an error rate is None where the truth is not known, a share too."""

    name: str
    seconds: float
    persons: int
    speakers: int
    error_rate: float | None
    words: int
    words_right: float | None
    flagged: int
    real_time_factor: float


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--media", type=Path, default=Path("../shared/media"))
    parser.add_argument("--out", type=Path, default=Path("var/benchmarks/diarization"))
    arguments = parser.parse_args()
    out: Path = arguments.out.absolute()
    out.mkdir(parents=True, exist_ok=True)
    rows = []
    tell(
        "| sound | seconds | persons | speakers | diarization error | words | right | flagged lines | rtf |\n"
        "|---|---|---|---|---|---|---|---|---|"
    )
    for heard in itertools.chain(alone(arguments.media), together(arguments.media)):
        rows.append(measure(heard, out))
        tell(as_line(rows[-1]))
    right = [row for row in rows if row.speakers == row.persons]
    tell(f"\nThe right number of speakers in {len(right)} of {len(rows)}.")
    for minutes in (1, 10):
        path = lengthened(arguments.media, minutes, out)
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as fresh:
            peak_mb, cpu_s = fresh.submit(memory, path).result()
        tell(f"{minutes} min: {peak_mb:.0f} MB at most, {cpu_s:.1f} s of CPU")


def as_line(row: Row) -> str:
    """Return a row of the table."""
    cells = [
        row.name,
        f"{row.seconds:.0f}",
        str(row.persons),
        str(row.speakers),
        "" if row.error_rate is None else f"{100 * row.error_rate:.1f} %",
        str(row.words),
        "" if row.words_right is None else f"{100 * row.words_right:.0f} %",
        str(row.flagged),
        f"{row.real_time_factor:.3f}",
    ]
    return f"| {' | '.join(cells)} |"


def measure(heard: Heard, out: Path) -> Row:
    """Run the stages on one sound and hold what they say against the truth."""
    audio = out / "audio.flac"
    write(audio, heard.samples)
    regions = detect_speech(
        analysis=audio, model=engine("voice_activity_detection"), parameters=SpeechParameters()
    ).regions
    began_s = time.perf_counter()
    turns = diarize(
        analysis=audio, regions=regions, model=engine("diarization"), parameters=DiarizeParameters()
    ).turns
    taken_s = time.perf_counter() - began_s
    separated = separate(audio=audio, model=engine("speech_separation"), scratch=out)
    transcript = transcribe(
        speech=separated.speech,
        background=separated.background,
        regions=regions,
        language=LanguageIdentification(heard.language, 1.0),
        model=engine("speech_recognition", heard.language),
    ).transcript
    lines = split_sentences(transcript=transcript, turns=turns, parameters=SplitParameters()).utterances
    seconds = heard.samples.shape[-1] / RATE_HZ
    return Row(
        name=heard.name,
        seconds=seconds,
        persons=heard.persons,
        speakers=len({line.speaker for line in lines}),
        error_rate=diarization_error(heard.truth, turns) if heard.truth else None,
        words=len(transcript.words),
        words_right=words_right(lines, heard.truth) if heard.truth else None,
        flagged=sum(bool(line.flags) for line in lines),
        real_time_factor=taken_s / seconds,
    )


def diarization_error(truth: Sequence[SpeakerTurn], turns: Sequence[SpeakerTurn]) -> float:
    """Return missed, false and confused speech together, as a share of all speech (NIST, RT-09)."""
    end_s = max(turn.end_s for turn in (*truth, *turns))
    real, found = activity(truth, end_s), activity(turns, end_s)
    both = np.minimum(real.sum(axis=0), found.sum(axis=0)).sum()
    shared = real.astype(np.int64) @ found.T.astype(np.int64)
    persons, voices = linear_sum_assignment(-shared)
    right = shared[persons, voices].sum()
    missed_or_false = np.maximum(real.sum(axis=0), found.sum(axis=0)).sum() - both
    return float((missed_or_false + both - right) / real.sum())


def activity(turns: Sequence[SpeakerTurn], end_s: float) -> NDArray[np.bool_]:
    """Return who talks at each step, shape (voices, steps)."""
    voices = sorted({turn.voice for turn in turns})
    talking = np.zeros((len(voices), round(end_s / STEP_S)), np.bool_)
    for turn in turns:
        talking[voices.index(turn.voice), round(turn.start_s / STEP_S) : round(turn.end_s / STEP_S)] = True
    return talking


def words_right(lines: Sequence[Utterance], truth: Sequence[SpeakerTurn]) -> float:
    """Return the share of words whose speaker is right; where two talk at once, both are."""
    speakers = sorted({line.speaker for line in lines})
    persons = sorted({turn.voice for turn in truth})
    said = np.zeros((len(speakers), len(persons)))
    count = 0
    for line in lines:
        for word in line.words:
            middle_s = (word.start_s + word.end_s) / 2
            distances_s = [max(turn.start_s - middle_s, middle_s - turn.end_s, 0.0) for turn in truth]
            count += 1
            for person in {
                turn.voice
                for turn, away_s in zip(truth, distances_s, strict=True)
                if away_s == min(distances_s)
            }:
                said[speakers.index(line.speaker), persons.index(person)] += 1
    return float(said[linear_sum_assignment(-said)].sum() / count) if count else 0.0


def alone(media: Path) -> Iterator[Heard]:
    """Yield sounds of one speaker each."""
    for name, language in (
        ("grid_bbaf2n.mpg", "en"),
        ("grid_id2_swwp2s.mpg", "en"),
        ("opendubbing_english.mp4", "en"),
        ("opendubbing_english_plus_music.mp4", "en"),
        ("opendubbing_english_plus_noise.mp4", "en"),
        ("retalking_1.mp4", "en"),
        ("retalking_4.mp4", "en"),
        ("retalking_5.mp4", "en"),
        ("sadtalker_WDA_AOC.mp4", "en"),
        ("syncnet_example.avi", "en"),
    ):
        yield Heard(name, language, 1, sound(media / "video" / name))
    yield Heard("fw_jfk.flac", "en", 1, sound(media / "audio" / "fw_jfk.flac"))
    yield Heard("uberi_french.aiff", "fr", 1, sound(media / "speech" / "uberi_french.aiff"))
    for language, number in itertools.product(("de", "en", "es", "fr", "pt"), range(5)):
        name = f"fleurs-{language}-{number:03}.ogg"
        yield Heard(name, language, 1, sound(media / "speech" / name))
    read = {name: talk(media, [("A", each) for each in names]) for name, names in readings().items()}
    for name, heard in read.items():
        yield Heard(f"{name}, one after another", "en", 1, *heard)
    for name, noise in (("noise", "speechbrain_noise1.wav"), ("music", "bk_music_30s.mp3")):
        for reader, (samples, truth) in read.items():
            yield Heard(
                f"{reader}, {name} 10 dB below",
                "en",
                1,
                under(samples, sound(media / "music" / noise)),
                truth,
            )


def together(media: Path) -> Iterator[Heard]:
    """Yield conversations."""
    speech = media / "speech"
    truth = tuple(read_rttm(speech / "pyannote_two_speakers.rttm"))
    yield Heard("pyannote_two_speakers.wav", "en", 2, sound(speech / "pyannote_two_speakers.wav"), truth)
    # opendubbing_english.mp4, and from 5.09 s on retalking_4.mp4 beside it: the times are those clips' own.
    truth = (
        *(SpeakerTurn(*span_s, "A", 1.0) for span_s in ((1.25, 2.05), (2.63, 3.97), (5.2, 6.6), (7.6, 8.6))),
        *(SpeakerTurn(*span_s, "B", 1.0) for span_s in ((5.09, 5.69), (6.1, 9.9))),
    )
    two_faces = media / "bad" / "two_faces_two_speakers.mp4"
    yield Heard("two_faces_two_speakers.mp4", "en", 2, sound(two_faces), truth)
    # A question ("... what have you seen at school?") and its answer.
    truth = (SpeakerTurn(0.0, 2.7, "A", 1.0), SpeakerTurn(3.3, 10.0, "B", 1.0))
    yield Heard("sonitranslate_video.mp4", "es", 2, sound(media / "video" / "sonitranslate_video.mp4"), truth)
    first, second, third = readings().values()
    turns = [pair for both in zip(first, second, strict=True) for pair in zip("AB", both, strict=True)]
    yield Heard("speechbrain 1 and 2 in turns", "en", 2, *talk(media, turns))
    yield Heard("the same, each 0.5 s into the other", "en", 2, *talk(media, turns, gap_s=-0.5))
    samples, truth = talk(media, turns)
    noise = sound(media / "music" / "speechbrain_noise1.wav")
    yield Heard("the same, noise 10 dB below", "en", 2, under(samples, noise), truth)
    three = [
        pair
        for all_three in zip(first, second, third, strict=False)
        for pair in zip("ABC", all_three, strict=True)
    ]
    yield Heard("speechbrain 1, 2 and LJ in turns", "en", 3, *talk(media, three))
    for language, one, other in (
        ("de", 0, 1),
        ("de", 1, 3),
        ("en", 0, 2),
        ("en", 1, 2),
        ("es", 0, 3),
        ("es", 1, 2),
        ("fr", 0, 1),
        ("fr", 1, 3),
        ("pt", 0, 1),
        ("pt", 1, 3),
    ):
        names = [(who, f"fleurs-{language}-{number:03}.ogg") for who, number in (("A", one), ("B", other))]
        conversation = talk(media, names * 2, halves=True)
        yield Heard(f"FLEURS {language}, {one} and {other} in turns", language, 2, *conversation)


def readings() -> dict[str, list[str]]:
    """Return the recordings of three readers."""
    return {
        "speechbrain 1": [f"speechbrain_spk1_snt{number}.wav" for number in (1, 2, 3)],
        "speechbrain 2": [f"speechbrain_spk2_snt{number}.wav" for number in (1, 2, 3)],
        "LJ": [f"LJ001-000{number}.wav" for number in (2, 4, 1, 3, 5)],
    }


def talk(
    media: Path, turns: Sequence[tuple[str, str]], *, gap_s: float = GAP_S, halves: bool = False
) -> tuple[Sound, tuple[SpeakerTurn, ...]]:
    """Join recordings into a conversation, all equally loud; return it with who speaks when.

    Args:
        media: Where the recordings are.
        turns: Who speaks, and the name of the recording.
        gap_s: Between two turns; below 0 the next one begins before the last one ends.
        halves: Each recording comes twice: first its first half, up to its longest pause, then the rest.
    """
    joined = np.zeros((1, 0), np.float32)
    truth: list[SpeakerTurn] = []
    seen: set[str] = set()
    for person, name in turns:
        samples = sound(media / "speech" / name)
        regions = speech_in(samples)
        if halves:
            pauses_s = [after.start_s - before.end_s for before, after in itertools.pairwise(regions)]
            cut = int(np.argmax(pauses_s)) + 1 if pauses_s else len(regions)
            regions = regions[cut:] if name in seen else regions[:cut]
            seen.add(name)
        if not regions:
            continue
        start_s, end_s = regions[0].start_s, regions[-1].end_s
        part = samples[:, round(start_s * RATE_HZ) : round(end_s * RATE_HZ)]
        part = part * np.float32(0.06 / max(float(np.sqrt((part**2).mean())), 1e-6))
        begin_s = max(joined.shape[1] / RATE_HZ + (gap_s if truth else 0.5), 0.0)
        begin = round(begin_s * RATE_HZ)
        longer = np.zeros((1, begin + part.shape[1]), np.float32)
        longer[:, : joined.shape[1]] = joined
        longer[:, begin:] += part
        joined = longer
        truth += [
            SpeakerTurn(region.start_s - start_s + begin_s, region.end_s - start_s + begin_s, person, 1.0)
            for region in regions
        ]
    return joined, tuple(truth)


def under(samples: Sound, noise: Sound) -> Sound:
    """Return speech over noise of a tenth of its power."""
    noise = np.tile(noise, -(-samples.shape[1] // noise.shape[1]))[:, : samples.shape[1]]
    ratio = np.sqrt((samples**2).mean() / max(float((noise**2).mean()), 1e-9))
    mixed: Sound = samples + noise * np.float32(ratio / np.sqrt(10.0))
    return mixed


def speech_in(samples: Sound) -> tuple[TimeSpan, ...]:
    """Return where a clean recording holds speech."""
    model = engine("voice_activity_detection")
    heard = soxr.resample(samples[0], RATE_HZ, model.sample_rate_hz)
    found: tuple[TimeSpan, ...] = model.detect_speech([heard])
    return found


def read_rttm(path: Path) -> Iterator[SpeakerTurn]:
    """Yield the turns of a file of NIST's Rich Transcription Time Marked format."""
    for line in path.read_text(encoding="utf-8").splitlines():
        fields = line.split()
        if fields and fields[0] == "SPEAKER":
            yield SpeakerTurn(float(fields[3]), float(fields[3]) + float(fields[4]), fields[7], 1.0)


def lengthened(media: Path, minutes: int, out: Path) -> Path:
    """Write a conversation of two, over and over, as a sound of some length."""
    first, second, _ = readings().values()
    turns = [pair for both in zip(first, second, strict=True) for pair in zip("AB", both, strict=True)]
    samples, _ = talk(media, turns)
    frames = minutes * 60 * RATE_HZ
    path = out / "long.flac"
    write(path, np.tile(samples, -(-frames // samples.shape[1]))[:, :frames])
    return path


def memory(path: Path) -> tuple[float, float]:
    """Return the peak memory of this process in MB, and how much CPU diarizing takes in seconds."""
    vad, diarizer = engine("voice_activity_detection"), engine("diarization")
    regions = detect_speech(analysis=path, model=vad, parameters=SpeechParameters()).regions
    with costs.measure() as usage:
        diarize(analysis=path, regions=regions, model=diarizer, parameters=DiarizeParameters())
    return usage.peak_memory_mb, usage.cpu_s


def write(path: Path, samples: Sound) -> None:
    """Write a mono sound as FLAC."""
    loudest = max(1.0, float(np.abs(samples).max()) / 0.99)
    soundfile.write(str(path), samples[0] / loudest, RATE_HZ, format="FLAC", subtype="PCM_24")


def sound(path: Path) -> Sound:
    """Return a file's sound, mono at 48 kHz, shape (1, frames)."""
    raw = run_ffmpeg(
        [*own_input(path), "-ac", "1", "-ar", str(RATE_HZ), "-f", "f32le", "pipe:1"],
        task=f"decode {path.name}",
        timeout_s=60,
    ).output
    return np.frombuffer(raw, np.float32)[None].copy()


if __name__ == "__main__":
    main()
