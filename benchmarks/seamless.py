"""Prints how fast Meta's Seamless models are on this machine, against the time that their speech lasts.

    python -m benchmarks.seamless FOLDER --option device=cuda --option dtype=float16
    python -m benchmarks.seamless --expressive FOLDER --option device=cuda

FOLDER holds the files of facebook/seamless-m4t-v2-large for transformers; that of --expressive those of
Meta's release of SeamlessExpressive, whose environment DUBWRIGHT_SEAMLESS_PYTHON names. Text is the project's
own twenty sentences, speech the demo clip's four lines. A real-time factor is seconds of work a second of
speech: of what was made, or, for the first half of speech to speech, of what was heard. Loading is told
apart, and each row begins with a line that does not count.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import yaml

from benchmarks.deployment import tell
from benchmarks.translation_quality import parallel_sentences
from models.seamless.expressive import ExpressiveSpeechTranslator
from models.seamless.m4t_speech import M4TSpeechTranslator
from models.seamless.network import HEARD_RATE_HZ
from models.seamless.speech import SpeechTranslator
from models.speech_synthesis.seamless_m4t import SeamlessSynthesizer
from models.translation.seamless_m4t import SeamlessTranslator
from models.types import Utterance, VoiceDesign
from pipeline_ops.media.ffmpeg import own_input, run_ffmpeg

if TYPE_CHECKING:
    from numpy.typing import NDArray

CLIP = Path(__file__).parents[1] / "demo" / "talking_head.mp4"
LINES_S = ((0.6, 3.9), (4.0, 7.8), (7.9, 12.2), (12.3, 16.0))
"""When the demo clip's lines are spoken."""


@dataclass(frozen=True)
class Row:
    """One row of the table.

    Attributes:
        what: What was done.
        lines: To how many lines.
        work_s: How long that took, in seconds of wall clock.
        speech_s: How much speech was made or heard; None where it is text alone.
    """

    what: str
    lines: int
    work_s: float
    speech_s: float | None

    def __str__(self) -> str:
        factor = "" if self.speech_s is None else f"{self.work_s / self.speech_s:.3f}"
        spoken = "" if self.speech_s is None else f"{self.speech_s:.1f}"
        return f"| {self.what} | {self.lines} | {self.work_s:.2f} | {spoken} | {factor} |"


def main() -> None:
    """Measure what was asked for and print it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", help="SeamlessM4T v2, for transformers")
    parser.add_argument("--expressive", type=Path, help="SeamlessExpressive")
    parser.add_argument("--option", action="append", default=[], help="of the engines, as device=cuda")
    parser.add_argument("--language", default="es", help="into which (default es)")
    parser.add_argument("--lines", type=int, default=20, help="at most so many lines (default 20)")
    asked = parser.parse_args()
    options = {
        name: yaml.safe_load(value) for name, _, value in (each.partition("=") for each in asked.option)
    }
    tell("| what | lines | work, s | speech, s | real-time factor |\n|---|---|---|---|---|")
    if asked.folder:
        files = {path.name: path for path in asked.folder.iterdir() if path.is_file()}
        for row in measure_m4t(files, options, asked.language, asked.lines):
            tell(str(row))
    if asked.expressive:
        files = {path.name: path for path in asked.expressive.iterdir() if path.is_file()}
        translator = ExpressiveSpeechTranslator.load(files, options)
        for row in measure_speech(translator, asked.language, asked.lines):
            tell(str(row))
    tell(f"\n{memory()}")


def measure_m4t(files: dict[str, Path], options: dict[str, Any], language: str, lines: int) -> Sequence[Row]:
    """Measure text to text, text to speech, and speech to speech of one checkpoint."""
    translator = SeamlessTranslator.load(files, options)
    synthesizer = SeamlessSynthesizer.load(files, options)
    sentences = parallel_sentences()["en"][:lines]
    utterances = [Utterance(number, "speaker", 0.0, 3.0, text) for number, text in enumerate(sentences)]
    rows = [Row("loading", 0, timed(lambda: translator.translate(utterances[:1], "en", language))[0], None)]
    work_s, answers = timed(lambda: translator.translate(utterances, "en", language))
    rows.append(Row("text to text, batches by length", len(answers), work_s, None))
    voice = VoiceDesign.of(next(voice.id for voice in synthesizer.voices if voice.language == language))
    texts = [wordings[0].text for wordings in answers]
    synthesizer.synthesize(texts[0], language, voice, 1.0)
    work_s, clips = timed(lambda: [synthesizer.synthesize(text, language, voice, 1.0) for text in texts])
    rows.append(Row("text to speech", len(clips), work_s, sum(clip.duration_s for clip in clips)))
    return [*rows, *measure_speech(M4TSpeechTranslator.load(files, options), language, lines)]


def measure_speech(translator: SpeechTranslator, language: str, lines: int) -> Sequence[Row]:
    """Measure both halves of speech to speech on the demo clip's lines."""
    sounds = demo_lines()[:lines]
    name = type(translator).__name__
    loading_s, _ = timed(lambda: translator.translate(sounds[:1], language))
    work_s, translated = timed(lambda: translator.translate(sounds, language))
    heard_s = sum(len(sound) for sound in sounds) / HEARD_RATE_HZ
    translator.say(translated[0], sound=sounds[0])
    pairs = list(zip(translated, sounds, strict=True))
    said_s, clips = timed(lambda: [translator.say(line, sound=sound) for line, sound in pairs])
    return [
        Row(f"{name}: first line, loading counted", 1, loading_s, None),
        Row(f"{name}: speech to units", len(translated), work_s, heard_s),
        Row(f"{name}: units to sound", len(clips), said_s, sum(clip.duration_s for clip in clips)),
    ]


def demo_lines() -> list[NDArray[np.float32]]:
    """Return the demo clip's lines, each mono, shape (frames,), at 16 kHz."""
    raw = run_ffmpeg(
        [*own_input(CLIP), "-ac", "1", "-ar", str(HEARD_RATE_HZ), "-f", "f32le", "pipe:1"],
        task="decode the demo clip",
        timeout_s=60,
    ).output
    samples = np.frombuffer(raw, np.float32)
    return [
        samples[round(start_s * HEARD_RATE_HZ) : round(end_s * HEARD_RATE_HZ)] for start_s, end_s in LINES_S
    ]


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Do something; return the seconds that it took, and its result."""
    began_s = time.perf_counter()
    result = work()
    return time.perf_counter() - began_s, result


def memory() -> str:
    """Say how much memory this process took at most, and of a GPU where there is one."""
    own_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    torch = sys.modules.get("torch")
    on_gpu = (
        f", {torch.cuda.get_device_name()}: {torch.cuda.max_memory_allocated() / 1e6:.0f} MB"
        if torch is not None and torch.cuda.is_available()
        else ""
    )
    return f"At most {own_mb:.0f} MB in this process{on_gpu}; another environment's process is not counted."


if __name__ == "__main__":
    main()
