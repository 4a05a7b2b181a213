"""How many words are misheard under music and noise, by how much of the background is left in what is heard.

    python -m benchmarks.recognition --media ../shared/media

Read sentences whose words are known, over songs and noise at several levels, separated as the stage does;
then the recogniser hears the speech with a share of the background added again.
"""

from __future__ import annotations

import argparse
import itertools
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from benchmarks.deployment import tell
from benchmarks.engines import engine
from benchmarks.watermark import RATE_HZ, level_db, read
from pipeline_ops.quality.back_transcription import normalise_for_comparison, transcribe_back
from pipeline_ops.stages.separate import separate

SHARES = (0.0, 0.1, 0.2, 0.3, 0.5, 1.0)
"""1 is the sound as it was recorded."""

VOICE_OVER_BACKGROUND_DB = (15.0, 10.0, 5.0)
"""At 0 dB three words of four are misheard whatever is done."""

BACKGROUNDS = (
    ("music/bk_music_30s.mp3", 0.0),
    ("audio/demucs_test.mp3", 2.0),
    ("music/speechbrain_noise1.wav", 1.0),
)
LANGUAGES = ("en", "es", "pt", "fr", "de")
SENTENCES_OF_A_LANGUAGE = 2
MIX_LEVEL_DB = -26.0


@dataclass(frozen=True)
class ReadSentence:
    """A recording of somebody who reads, mono at `RATE_HZ`, and what they read."""

    language: str
    text: str
    sound: NDArray[np.float32]

    @property
    def word_count(self) -> int:
        """How many words are compared."""
        return len(normalise_for_comparison(self.text).split())


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--media", type=Path, required=True)
    media: Path = parser.parse_args().media
    wrong: dict[tuple[str, float], dict[float, float]] = defaultdict(lambda: dict.fromkeys(SHARES, 0.0))
    tell(f"| background | {' | '.join(f'{share:g}' for share in SHARES)} |")
    with tempfile.TemporaryDirectory() as folder:
        sentences = list(read_sentences(media / "speech", Path(folder)))
        songs = {file: read(media / file, Path(folder))[round(s * RATE_HZ) :] for file, s in BACKGROUNDS}
    for (file, background), above_db in itertools.product(songs.items(), VOICE_OVER_BACKGROUND_DB):
        for sentence in sentences:
            speech, rest = parted(laid_over(sentence.sound, background, above_db))
            for share in SHARES:
                wrong[file, above_db][share] += misheard(sentence, speech + np.float32(share) * rest)
        tell(row(f"{file}, {above_db:+.1f} dB", wrong[file, above_db], sentences))
    total = {share: sum(each[share] for each in wrong.values()) / len(wrong) for share in SHARES}
    tell(row("mean", total, sentences))


def read_sentences(speech: Path, folder: Path) -> Iterator[ReadSentence]:
    """Yield some sentences of each language."""
    for language, number in itertools.product(LANGUAGES, range(SENTENCES_OF_A_LANGUAGE)):
        stem = speech / f"fleurs-{language}-{number:03d}"
        text = stem.with_suffix(".txt").read_text(encoding="utf-8")
        yield ReadSentence(language, text, read(stem.with_suffix(".ogg"), folder))


def laid_over(
    voice: NDArray[np.float32], background: NDArray[np.float32], above_db: float
) -> NDArray[np.float32]:
    """Return the voice over a background that is that much softer."""
    under = np.resize(background, len(voice))
    mixed = voice + under * 10 ** ((level_db(voice) - above_db - level_db(under)) / 20)
    return np.asarray(mixed * 10 ** ((MIX_LEVEL_DB - level_db(mixed)) / 20), np.float32)


def parted(mixed: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return speech and background as the stage parts them, at the recogniser's rate."""
    with tempfile.TemporaryDirectory() as folder:
        audio = Path(folder) / "audio.flac"
        soundfile.write(audio, mixed, RATE_HZ, subtype="PCM_24")
        both = separate(audio=audio, model=engine("speech_separation"), scratch=Path(folder))
        rate_hz = engine("speech_recognition", "en").sample_rate_hz
        speech, rest = (
            soxr.resample(soundfile.read(str(file), dtype="float32")[0], RATE_HZ, rate_hz)
            for file in (both.speech, both.background)
        )
        return speech.astype(np.float32), rest.astype(np.float32)


def misheard(sentence: ReadSentence, heard: NDArray[np.float32]) -> float:
    """Return how many words are wrong, too many or missing; at most as many as there are."""
    recogniser = engine("speech_recognition", sentence.language)
    rate = transcribe_back(heard, sentence.language, sentence.text, recogniser).word_error_rate
    return min(rate, 1.0) * sentence.word_count


def row(name: str, wrong: dict[float, float], sentences: list[ReadSentence]) -> str:
    """Return one row: the share of words misheard, for each share of the background."""
    words = sum(sentence.word_count for sentence in sentences)
    cells = (f"{100 * wrong[share] / words:.1f}" for share in SHARES)
    return f"| {name} | {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
