"""Whether sound that nobody marked is taken for marked, on other sound than the threshold was chosen by.

    python -m benchmarks.unmarked_sound --media ../shared/media [--spoken 60]

The threshold was chosen by the clips of `benchmarks.watermark`, which begin every five seconds of a file.
Here are the clips between those, the files of no use for dubbing, speech that Kokoro synthesizes and that
bears no mark, noises and chords; a part of all of it coded and played faster or slower. It is listened to as
`dubwright identify` does.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.deployment import tell
from benchmarks.engines import engine
from benchmarks.run import CLIP
from benchmarks.translation_quality import parallel_sentences
from benchmarks.watermark import EXCERPT_S, RATE_HZ, Sound, heard, read, spoils
from models.types import VoiceDesign
from pipeline_ops.errors import DubwrightError

SPOILED = ("AAC 64k", "tempo x0.9", "tape x1.1", "16 kHz", "music 5 dB below")
EVERY_SPOILED = 4
"""Every fourth clip is also listened to in one of those ways, in turn."""


def main() -> None:
    """Listen, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--media", type=Path, default=Path("../shared/media"))
    parser.add_argument("--spoken", type=int, default=60, help="sentences to synthesize")
    arguments = parser.parse_args()
    model = engine("watermarking")
    found: dict[str, list[tuple[float, str]]] = {}
    with TemporaryDirectory() as folder:
        music = read(arguments.media / "music" / "bk_music_30s.mp3", Path(folder))
        ways = spoils(music, Path(folder))
        for number, (kind, name, sound) in enumerate(_clips(arguments.media, Path(folder), arguments.spoken)):
            found.setdefault(kind, []).append((heard(model, sound).strongest, name))
            if number % EVERY_SPOILED == 0:
                way = SPOILED[number // EVERY_SPOILED % len(SPOILED)]
                presence = heard(model, ways[way](sound)).strongest
                found.setdefault("spoiled", []).append((presence, f"{name}, {way}"))
    full = 0.0
    for kind, readings in found.items():
        readings.sort(reverse=True)
        full = heard(model, np.zeros(RATE_HZ, np.float32)).full_presence
        falsely = sum(presence >= full for presence, _ in readings)
        strongest = ", ".join(f"{presence:.2f} {name}" for presence, name in readings[:4])
        tell(f"{kind}: {len(readings)} clips, {falsely} taken for marked; the strongest: {strongest}")
    every = [presence for readings in found.values() for presence, _ in readings]
    tell(f"in all {len(every)} clips, {sum(presence >= full for presence in every)} taken for marked")


def _clips(media: Path, folder: Path, spoken: int) -> Iterator[tuple[str, str, Sound]]:
    """Yield kind, name and sound of every clip."""
    for kind in ("speech", "audio", "video", "bad", "music"):
        for path in sorted((media / kind).iterdir()):
            if path.suffix in {".txt", ".csv", ".md", ".rttm", ".align"}:
                continue
            try:
                sound = read(path, folder)
            except DubwrightError:
                continue  # a clip without sound
            # Between the clips that the threshold was chosen by; files of `bad` were not among those.
            first = 0 if kind == "bad" else round(EXCERPT_S / 2 * RATE_HZ)
            yield from ((kind, f"{path.name} {at}", part) for at, part in _parts(sound[first:]))
    yield from (("demo", f"demo {at}", part) for at, part in _parts(read(CLIP, folder)))
    yield from (("synthesized", name, sound) for name, sound in _spoken(spoken))
    yield from (("noise and chords", name, sound) for name, sound in _noises())


def _parts(sound: Sound) -> Iterator[tuple[str, Sound]]:
    length = round(EXCERPT_S * RATE_HZ)
    for number in range(min(3, len(sound) // length)):  # of a long file no more than of a short one
        yield f"part {number + 1}", sound[number * length : (number + 1) * length]


def _spoken(count: int) -> Iterator[tuple[str, Sound]]:
    """Yield sentences of creators in every language and voice of the synthesizer, in turn."""
    import soxr

    synthesizer = engine("speech_synthesis", "pt")
    sentences = parallel_sentences()
    voices = [voice for voice in synthesizer.voices if voice.language in sentences]
    for number in range(count):
        voice = voices[number * len(voices) // count]
        lines = sentences[voice.language]
        text = " ".join(lines[(number + step) % len(lines)] for step in range(2))
        clip = synthesizer.synthesize(text, voice.language, VoiceDesign.of(voice.id), 1.0)
        sound = soxr.resample(clip.samples[0], clip.sample_rate_hz, RATE_HZ)
        yield f"{voice.id} {number}", np.asarray(sound, np.float32)


def _noises() -> Iterator[tuple[str, Sound]]:
    """Yield ten of each: noise of several colours, hum, chords, clicks."""
    generator, length = np.random.default_rng(7), round(EXCERPT_S * RATE_HZ)
    time_s = np.arange(length) / RATE_HZ
    frequencies = np.fft.rfftfreq(length, 1 / RATE_HZ).clip(20)
    for number in range(10):
        white = np.fft.rfft(generator.standard_normal(length))
        for name, slope in (("white", 0.0), ("pink", 0.5), ("brown", 1.0)):
            noise = np.fft.irfft(white / frequencies**slope, length)
            yield f"{name} noise {number}", np.asarray(0.1 * noise / noise.std(), np.float32)
        pitches_hz = 110 * 2 ** (generator.integers(0, 36, 4) / 12)
        chord = sum(np.sin(2 * np.pi * pitch_hz * time_s) for pitch_hz in pitches_hz)
        yield f"chord {number}", np.asarray(0.1 * chord * np.exp(-(time_s % 1)), np.float32)
        hum = sum(np.sin(2 * np.pi * 50 * part * time_s) / part for part in range(1, 20, 1 + number % 3))
        yield f"hum {number}", np.asarray(0.1 * hum, np.float32)


if __name__ == "__main__":
    main()
