"""What the watermark bears, what it costs, and whether unmarked sound is ever taken for marked.

    python -m benchmarks.watermark --media ../shared/media [--clips 20] [--unmarked 100]
    python -m benchmarks.watermark --dubs HOME

Marks recorded speech as the stage does, spoils it as the world does, and listens for the mark as `dubwright
identify` does. Then it listens to clips of 5 s that nobody marked, and asks DNSMOS what the mark costs in
quality. With `--dubs` it asks that of the speech of all dubs in a home's store, and nothing else.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryDirectory

import numpy as np
import soundfile
from numpy.typing import NDArray

from benchmarks.deployment import tell
from benchmarks.engines import engine
from models.types import WatermarkReading
from models.watermarking.perth import PerthWatermarker
from pipeline_ops.checkpoints.manifest import CheckpointReference
from pipeline_ops.errors import DubwrightError
from pipeline_ops.media.ffmpeg import own_input, run_ffmpeg
from pipeline_ops.platform import Platform
from pipeline_ops.safety.hear_watermark import hear_watermark
from pipeline_ops.settings import Settings

RATE_HZ = 48_000
EXCERPT_S = 5.0
ASKED_MOS = 0.1
"""No clip is to lose more."""
BEGUN_LATER_S = (0.0, 0.013, 0.061)
"""DNSMOS is asked about the same clip from these moments on: its answers differ by more than many marks."""
AUDIBLE = 0.001
"""Of full scale: -60 dB."""

MUSIC_BELOW_SPEECH_DB = (10.0, 5.0, 0.0)
TEMPOS = (0.85, 0.9, 0.95, 1.05, 1.1, 1.15)

Sound = NDArray[np.float32]
Spoil = Callable[[Sound], Sound]


def main() -> None:
    """Mark, spoil, listen, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--media", type=Path, default=Path("../shared/media"))
    parser.add_argument("--clips", type=int, default=20)
    parser.add_argument("--unmarked", type=int, default=100)
    parser.add_argument("--dubs", type=Path, help="judge the dubs of this home instead")
    arguments = parser.parse_args()
    if arguments.dubs is not None:
        quality(*zip(*dubs_of(arguments.dubs.absolute()), strict=True))
        return
    model: PerthWatermarker = engine("watermarking")
    with TemporaryDirectory() as folder:
        clips = [read(path, Path(folder)) for path in spread(speech_of(arguments.media), arguments.clips)]
        music = read(arguments.media / "music" / "bk_music_30s.mp3", Path(folder))
        marked = cost(model, clips)
        quality(clips, marked)
        unmarked(model, arguments.media, Path(folder), arguments.unmarked)
        bears(model, clips, marked, spoils(music, Path(folder)))
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    tell(f"peak memory of this process: {peak_mb:.0f} MB")


def speech_of(media: Path) -> list[Path]:
    """Return the clips of people who speak and nothing else."""
    return sorted(path for path in (media / "speech").iterdir() if path.suffix in {".ogg", ".wav", ".aiff"})


def spread(paths: list[Path], count: int) -> list[Path]:
    """Return that many, from all over the list."""
    return [paths[place * len(paths) // count] for place in range(min(count, len(paths)))]


def read(path: Path, folder: Path, options: tuple[str, ...] = ()) -> Sound:
    """Return the sound of any file, mono at `RATE_HZ`."""
    decoded = folder / "decoded.wav"
    run_ffmpeg(
        [*own_input(path), "-map", "0:a:0", "-ac", "1", "-ar", str(RATE_HZ), *options, "-y", str(decoded)],
        task=f"decode {path.name}",
        timeout_s=120,
    )
    return np.asarray(soundfile.read(str(decoded), dtype="float32")[0])


def marked_by(model: PerthWatermarker, sound: Sound) -> Sound:
    """Return speech with the mark, as the stage marks it."""
    return np.concatenate(list(model.mark(np.split(sound, range(RATE_HZ, len(sound), RATE_HZ)), RATE_HZ)))


def heard(model: PerthWatermarker, sound: Sound) -> WatermarkReading:
    """Return what is heard by the way that `dubwright identify` goes."""
    with NamedTemporaryFile(suffix=".wav") as file:
        soundfile.write(file.name, sound, RATE_HZ, subtype="FLOAT")
        return hear_watermark(Path(file.name), model, engine("voice_activity_detection"))


def cost(model: PerthWatermarker, clips: list[Sound]) -> list[Sound]:
    """Mark the clips; print what it costs and how strong the mark is."""
    seconds = sum(map(len, clips)) / RATE_HZ
    marked_by(model, clips[0])  # so that nothing is loaded within the time
    began_s = time.process_time()
    marked = [marked_by(model, clip) for clip in clips]
    spent_s = time.process_time() - began_s
    began_s = time.process_time()
    for clip in clips:
        heard(model, clip)
    listened_s = time.process_time() - began_s
    levels_db = [
        level_db(after - before) - level_db(before) for before, after in zip(clips, marked, strict=True)
    ]
    louder_db = [level_db(after) - level_db(before) for before, after in zip(clips, marked, strict=True)]
    tell(
        f"{len(clips)} clips, {seconds:.0f} s: marking {spent_s / seconds:.4f} s of CPU a second,"
        f" listening {listened_s / seconds:.4f}; the mark lies {statistics.median(levels_db):.1f} dB from the"
        f" speech (median), which gets {min(louder_db):+.2f} to {max(louder_db):+.2f} dB louder"
    )
    return marked


def level_db(sound: Sound) -> float:
    """Return the level of the whole sound, RMS."""
    return float(10 * np.log10(np.mean(np.square(sound, dtype=np.float64)) + 1e-12))


def spoils(music: Sound, folder: Path) -> dict[str, Spoil]:
    """Return what the world does to sound, by name."""

    def through(suffix: str, *coding: str) -> Spoil:
        def spoil(sound: Sound) -> Sound:
            plain, coded = folder / "plain.wav", folder / f"coded{suffix}"
            soundfile.write(str(plain), sound, RATE_HZ, subtype="PCM_16")
            run_ffmpeg([*own_input(plain), *coding, "-y", str(coded)], task="code a clip", timeout_s=120)
            return read(coded, folder)

        return spoil

    def over(difference_db: float) -> Spoil:
        def spoil(sound: Sound) -> Sound:
            bed = np.resize(music, len(sound))
            gain = 10 ** ((level_db(sound) - level_db(bed) - difference_db) / 20)
            return np.asarray(sound + gain * bed, np.float32)

        return spoil

    return {
        "nothing": lambda sound: sound,
        "AAC 128k": through(".m4a", "-c:a", "aac", "-b:a", "128k"),
        "AAC 64k": through(".m4a", "-c:a", "aac", "-b:a", "64k"),
        "Opus 24k": through(".ogg", "-c:a", "libopus", "-b:a", "24k"),
        **{f"{rate / 1000:g} kHz": through(".wav", "-ar", str(rate)) for rate in (16_000, 22_050, 44_100)},
        **{f"tempo x{tempo}": through(".wav", "-af", f"atempo={tempo}") for tempo in TEMPOS},
        **{
            f"tape x{tempo}": through(".wav", "-af", f"asetrate={RATE_HZ * tempo:.0f},aresample={RATE_HZ}")
            for tempo in TEMPOS
        },
        f"excerpt of {EXCERPT_S:g} s": middle,
        **{f"music {level:g} dB below": over(level) for level in MUSIC_BELOW_SPEECH_DB},
        "all of: 5 s, music 10 dB below, AAC 64k": lambda sound: through(
            ".m4a", "-c:a", "aac", "-b:a", "64k"
        )(over(10.0)(middle(sound))),
    }


def middle(sound: Sound) -> Sound:
    """Return five seconds out of the middle."""
    length = round(EXCERPT_S * RATE_HZ)
    first = max(0, (len(sound) - length) // 2)
    return sound[first : first + length]


def bears(model: PerthWatermarker, clips: list[Sound], marked: list[Sound], spoils: dict[str, Spoil]) -> None:
    """Print how many of the marked clips are found after each spoiling, and of the same clips unmarked."""
    for name, spoil in spoils.items():
        readings = [heard(model, spoil(sound)) for sound in marked]
        found = sum(reading.marked_s > 0 for reading in readings)
        falsely = sum(heard(model, spoil(sound)).marked_s > 0 for sound in clips)
        strongest = sorted(reading.strongest for reading in readings)
        tell(
            f"{name}: found {found} of {len(marked)}, weakest {strongest[0]:.2f},"
            f" median {statistics.median(strongest):.2f}; of the unmarked {falsely}"
        )


def unmarked(model: PerthWatermarker, media: Path, folder: Path, count: int) -> None:
    """Print what is heard in clips that nobody marked: speech, music, noise, films."""
    strongest = []
    for name, sound in excerpts(media, folder, count):
        reading = heard(model, sound)
        strongest.append((reading.strongest, name))
    strongest.sort(reverse=True)
    falsely = sum(presence >= reading.full_presence for presence, _ in strongest)
    tell(f"{len(strongest)} unmarked clips of {EXCERPT_S:g} s: {falsely} taken for marked; the strongest: ")
    for presence, name in strongest[:5]:
        tell(f"  {presence:.2f} {name}")


def excerpts(media: Path, folder: Path, count: int) -> Iterator[tuple[str, Sound]]:
    """Yield that many clips of five seconds, from as many files as there are."""
    length = round(EXCERPT_S * RATE_HZ)
    files = [
        path
        for kind in ("speech", "audio", "music", "video")
        for path in sorted((media / kind).iterdir())
        if path.suffix not in {".txt", ".csv", ".md", ".rttm", ".align"}
    ]
    sounds = {}
    for path in files:
        try:
            sounds[path.name] = read(path, folder)
        except DubwrightError as error:  # a clip without sound is none of those wanted
            tell(f"passed over {path.name}: {str(error).splitlines()[0][:80]}")
    given = 0
    for turn in range(count):
        for name, sound in sounds.items():
            part = sound[turn * length : (turn + 1) * length]
            if len(part) == length and given < count:
                given += 1
                yield f"{name} from {turn * EXCERPT_S:g} s", part


def dubs_of(home: Path) -> Iterator[tuple[Sound, Sound]]:
    """Yield the speech of every dub in a store, before and after it was marked, at `RATE_HZ`."""
    store = Platform.from_environment(Settings.from_environment({"DUBWRIGHT_HOME": str(home)})).store
    with TemporaryDirectory() as folder:
        for reference in sorted(store.references("watermark")):
            manifest = store.find(reference)
            if manifest is not None:
                spoken = CheckpointReference.parse(manifest.inputs["speech"].reference)
                files = (
                    store.fetch(spoken, "speech", Path(folder)),
                    store.fetch(reference, "speech", Path(folder)),
                )
                before, after = (read(file, Path(folder)) for file in files)
                begins = int(np.argmax(np.abs(before) > AUDIBLE))
                yield before[begins:], after[begins:]


def quality(clips: Sequence[Sound], marked: Sequence[Sound]) -> None:
    """Print what the mark costs in DNSMOS (P.835, overall), and how noisy that measure is itself."""
    before = np.array([ratings(clip) for clip in clips])
    after = np.array([ratings(clip) for clip in marked])
    own = float(np.sqrt(((before - before.mean(1, keepdims=True)) ** 2).sum() / (before.size - len(clips))))
    tell(
        f"DNSMOS of one clip begun at {BEGUN_LATER_S} s: standard deviation {own:.3f}, at most"
        f" {np.ptp(before, axis=1).max():.3f} apart"
    )
    for name, change in (
        ("the first reading alone", after[:, 0] - before[:, 0]),
        ("the mean of all readings", after.mean(1) - before.mean(1)),
    ):
        losing = int((change < -ASKED_MOS).sum())
        tell(
            f"by {name}: {before.mean():.3f} before, {change.mean():+.3f} by the mark (worst"
            f" {change.min():+.3f}, best {change.max():+.3f}, {losing} lose over {ASKED_MOS})"
        )


def ratings(sound: Sound) -> list[float]:
    """Return DNSMOS of the clip's first nine seconds, begun at several moments."""
    import soxr

    judge = engine("speech_quality")
    longest = round(judge.longest_s * RATE_HZ)
    found = []
    for later_s in BEGUN_LATER_S:
        first = round(later_s * RATE_HZ)
        heard = soxr.resample(sound[first : first + longest], RATE_HZ, judge.sample_rate_hz)
        found.append(judge.rate_speech(np.asarray(heard, np.float32)).overall)
    return found


if __name__ == "__main__":
    main()
