"""Measures what becomes of music under a voice: its energy over time, and what is left of the voice in it.

    python -m benchmarks.background --media ../shared/media --results var/benchmarks/dubs

First as far as the bed, before any dub is laid over it: of the clip with music, and of voices over songs that
are mixed here. Then of the dubs of that clip, for which it needs the results of `benchmarks.dubs`
(`--beds-only` leaves them out). The music itself is known: the clip is another one with music mixed over it,
so what the clean clip leaves is music. Compared are the third-octave bands and moments in which that music is
at least 10 dB above every voice, the old and the new.
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from benchmarks.dubs import CLEAN_VOICES, RATE_HZ, mono, report_of, sound_of
from benchmarks.engines import engine
from benchmarks.lips import checkpoint, value
from models.types import LanguageIdentification
from pipeline_ops.errors import RejectedInputError
from pipeline_ops.media.bed import bed_blocks, spoken_spans
from pipeline_ops.platform import Platform
from pipeline_ops.quality.back_transcription import normalise_for_comparison
from pipeline_ops.quality.voice_residual import voice_residual
from pipeline_ops.stages.detect_speech import SpeechParameters, detect_speech
from pipeline_ops.stages.separate import separate
from pipeline_ops.stages.split_sentences import SplitParameters, split_sentences
from pipeline_ops.stages.transcribe import transcribe

MOMENT_S = 0.5
MASKED_DB = 10.0
"""At 10 dB below, what lies under the music changes its level by 0.4 dB at most."""

UNHEARD_DB = 1.5
"""What the project asks of music: a change of level that hardly anybody hears."""

LOWEST_BAND_HZ, BANDS = 100.0, 18
"""Third octaves from 100 Hz to 5 kHz; below, short moments tell no level, above, coders thin sound out."""

SILENCE = 1e-12

Levels = NDArray[np.float64]


@dataclass(frozen=True)
class MadeMix:
    """A voice over a song.

    Attributes:
        voice: A file of the media folder.
        language: What is spoken in it.
        song: Another file of it.
        song_start_s: Where the part of the song begins that is laid under the voice.
    """

    voice: str
    language: str
    song: str
    song_start_s: float


MADE_MIXES = (
    MadeMix("speech/fleurs-en-001.ogg", "en", "audio/demucs_test.mp3", 0.0),
    MadeMix("speech/LJ001-0001.wav", "en", "audio/demucs_test.mp3", 9.0),
    MadeMix("speech/fleurs-es-002.ogg", "es", "audio/demucs_test.mp3", 5.0),
    MadeMix("speech/fleurs-en-002.ogg", "en", "music/bk_music_30s.mp3", 15.0),
    MadeMix("video/sonitranslate_video.mp4", "es", "music/bk_music_30s.mp3", 12.0),
)

SOUND_RATE_HZ = 48_000
MUSIC_ABOVE_VOICE_DB = 3.5
"""As in the clip with music."""

MIX_LEVEL_DB = -31.0
"""RMS against full scale, as in the clip with music."""


def main() -> int:
    """Measure the beds, then the dubs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--media", type=Path, required=True)
    parser.add_argument("--results", type=Path, default=Path("var/benchmarks/dubs"))
    parser.add_argument("--beds-only", action="store_true", help="measure no dubs")
    arguments = parser.parse_args()
    clips = arguments.media / "video"
    for clip, clean in CLEAN_VOICES.items():
        measure_bed(clip, "en", *(_sound(clips / each) for each in (clip, clean)))
    for made in MADE_MIXES:
        name = f"{made.voice} over {made.song} from {made.song_start_s:g} s"
        measure_bed(name, made.language, *mix_of(arguments.media, made))
    if not arguments.beds_only:
        measure_dubs(clips, arguments.results)
    return 0


def mix_of(media: Path, made: MadeMix) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the mix and its voice, 48 kHz mono."""
    voice, song = _sound(media / made.voice), _sound(media / made.song)
    music = song[round(made.song_start_s * SOUND_RATE_HZ) :][: len(voice)]
    voice = voice[: len(music)]
    music = music * 10 ** ((_level(voice) + MUSIC_ABOVE_VOICE_DB - _level(music)) / 20)
    gain = 10 ** ((MIX_LEVEL_DB - _level(voice + music)) / 20)
    return gain * (voice + music), gain * voice


def measure_bed(name: str, language: str, mixed: NDArray[np.float32], voice: NDArray[np.float32]) -> None:
    """Lead a mix through the stages that make a bed, and measure that."""
    recogniser = engine("speech_recognition", language)
    detector = engine("voice_activity_detection")
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        audio = scratch / "audio.flac"
        soundfile.write(audio, mixed, SOUND_RATE_HZ, subtype="PCM_24")
        separated = separate(audio=audio, model=engine("speech_separation"), scratch=scratch)
        try:
            regions = detect_speech(analysis=audio, model=detector, parameters=SpeechParameters()).regions
        except RejectedInputError as rejected:
            show(f"{name}: {rejected}")
            return
        heard = transcribe(
            speech=separated.speech,
            background=separated.background,
            regions=regions,
            language=LanguageIdentification(language, 1.0),
            model=recogniser,
        )
        lines = split_sentences(transcript=heard.transcript, turns=(), parameters=SplitParameters())
        spans = spoken_spans(regions, lines.utterances)
        bed = np.concatenate(list(bed_blocks(audio, separated.background, spans)))[:, 0]
        background = mono(separated.background)
    mixed, voice, bed = (_resampled(each) for each in (mixed, voice, bed))
    shortest = min(len(each) for each in (mixed, voice, bed))  # coders pad by some milliseconds
    mixed, voice, bed = (each[:shortest] for each in (mixed, voice, bed))
    show(f"{name}, bed: {music_kept(mixed, voice, bed, np.zeros_like(voice))}")
    left = voice_residual(mixed, bed, voice, RATE_HZ, detector.detect_speech([voice]))
    show(f"{name}, bed: voice left {left.residual_db:.1f} dB (floor {left.floor_db:.1f})")
    said = recogniser.transcribe(voice, language).text
    show(f"{name}: {voice_left(background, said, language)}")


def _sound(path: Path) -> NDArray[np.float32]:
    """Decode a sound, 48 kHz mono."""
    with tempfile.TemporaryDirectory() as folder:
        samples, _ = soundfile.read(sound_of(path, Path(folder) / "sound.wav"), dtype="float32")
    decoded: NDArray[np.float32] = samples
    return decoded


def _resampled(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    lower: NDArray[np.float32] = soxr.resample(samples, SOUND_RATE_HZ, RATE_HZ).astype(np.float32)
    return lower


def measure_dubs(clips: Path, results: Path) -> None:
    """Measure each language of the clip with music."""
    platform = Platform.from_environment()
    for clip, clean in CLEAN_VOICES.items():
        out = results / Path(clip).stem
        report = json.loads((out / "report.json").read_text(encoding="utf-8"))
        mixed = mono(sound_of(clips / clip, out / "original.wav"))
        voice = mono(sound_of(clips / clean, out / "voice.wav"))
        for entry in report["languages"]:
            of_language = report_of(report, entry["language"])
            dub = mono(sound_of(out / entry["language"] / "video.mp4", out / "dub.wav"))
            speech = mono(platform.store.fetch(checkpoint(of_language, "align"), "speech", out))
            show(f"{clip} to {entry['language']}: {music_kept(mixed, voice, dub, speech)}")
        background = mono(platform.store.fetch(checkpoint(report, "separate"), "background", out))
        said = [line.text for line in value(report, platform, "split_sentences", "utterances")]
        show(f"{clip}: {voice_left(background, ' '.join(said), report['source_language'])}")


def music_kept(
    mixed: NDArray[np.float32],
    voice: NDArray[np.float32],
    dub: NDArray[np.float32],
    speech: NDArray[np.float32],
) -> str:
    """Compare dub and original where the music covers both voices; the new one may be silence."""
    shortest = min(len(each) for each in (mixed, voice, dub, speech))
    mixed, voice, dub, speech = (each[:shortest] for each in (mixed, voice, dub, speech))
    music = mixed - voice * (np.dot(mixed, voice) / np.dot(voice, voice))
    spoken = speech * (np.dot(dub, speech) / max(float(np.dot(speech, speech)), SILENCE))
    before, after, alone, old, new = (band_levels_db(each) for each in (mixed, dub, music, voice, spoken))
    covered = (alone > old + MASKED_DB) & (alone > new + MASKED_DB)
    covered &= alone > alone.max() - 60.0  # what is that faint is noise of the coder
    change_db = np.abs(after - before)[covered]
    per_moment = [
        abs(_sum_db(after[moment][seen]) - _sum_db(before[moment][seen]))
        for moment, seen in enumerate(covered)
        if seen.any()
    ]
    share = np.mean(np.array(per_moment) <= UNHEARD_DB)
    return (
        f"music {_level(music):.1f} dB, voice {_level(voice):.1f} dB; it covers both in {covered.sum()} of "
        f"{covered.size} bands and moments; a moment changes by {np.median(per_moment):.2f} dB (median) and "
        f"{max(per_moment):.2f} dB (most), {share:.0%} of {len(per_moment)} by {UNHEARD_DB} dB or less; a "
        f"band by {np.median(change_db):.2f} dB (median)"
    )


def voice_left(background: NDArray[np.float32], said: str, language: str) -> str:
    """Tell how many of the words that were said a recogniser finds in the background."""
    heard = engine("speech_recognition", language).transcribe(background, language).text
    words, left = normalise_for_comparison(said).split(), normalise_for_comparison(heard).split()
    found = _in_order(words, left)
    share = found / len(words)
    return f"in the background {found} of {len(words)} words are found ({share:.0%}); heard: {heard!r}"


def _in_order(words: list[str], heard: list[str]) -> int:
    """Return the length of the longest common subsequence."""
    lengths = np.zeros((len(words) + 1, len(heard) + 1), dtype=int)
    for row, word in enumerate(words, 1):
        for column, other in enumerate(heard, 1):
            longer = max(lengths[row - 1, column], lengths[row, column - 1])
            lengths[row, column] = lengths[row - 1, column - 1] + 1 if word == other else longer
    return int(lengths[-1, -1])


def band_levels_db(samples: NDArray[np.float32]) -> Levels:
    """Return the level of each third octave at each moment, shape (moments, bands)."""
    frames = round(MOMENT_S * RATE_HZ)
    moments = samples[: len(samples) // frames * frames].reshape(-1, frames).astype(np.float64)
    power = np.abs(np.fft.rfft(moments * np.hanning(frames))) ** 2
    hz = np.fft.rfftfreq(frames, 1 / RATE_HZ)
    edges_hz = LOWEST_BAND_HZ * 2.0 ** (np.arange(BANDS + 1) / 3.0)
    bands = [power[:, (hz >= low) & (hz < high)].sum(axis=1) for low, high in itertools.pairwise(edges_hz)]
    levels: Levels = 10.0 * np.log10(np.stack(bands, axis=1) + 1e-12)
    return levels


def _sum_db(levels_db: Levels) -> float:
    return float(10.0 * np.log10(np.sum(10.0 ** (levels_db / 10.0))))


def _level(samples: NDArray[np.float32]) -> float:
    return float(10.0 * np.log10(np.mean(samples.astype(np.float64) ** 2) + 1e-12))


def show(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main())
