"""In what state the fingerprint finds an excerpt of 5 s again, and what looking for it costs.

    python -m benchmarks.fingerprint --media ../shared/media [--clips 10]

Each spoilt excerpt is looked for in its own clip and in all others, as it is and, where it is not found, at
the other speeds that `dubwright identify` tries.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from benchmarks.deployment import tell
from benchmarks.watermark import EXCERPT_S, RATE_HZ, Sound, middle, read, speech_of, spoils, spread
from pipeline_ops.identification import SPEEDS
from pipeline_ops.safety.fingerprint import (
    SAMPLE_RATE_HZ,
    WORDS_A_SECOND,
    FingerprintMatch,
    find,
    fingerprint,
)

PUBLICATION_S = 600


def main() -> None:
    """Spoil, look, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--media", type=Path, default=Path("../shared/media"))
    parser.add_argument("--clips", type=int, default=10)
    arguments = parser.parse_args()
    with TemporaryDirectory() as folder:
        paths = spread(speech_of(arguments.media), arguments.clips)
        clips = [clip for path in paths if len(clip := read(path, Path(folder))) > 1.2 * EXCERPT_S * RATE_HZ]
        clips.append(read(Path("demo/talking_head.mp4"), Path(folder)))
        music = read(arguments.media / "music" / "bk_music_30s.mp3", Path(folder))
        began_s = time.process_time()
        known = [taken(clip) for clip in clips]
        seconds = sum(map(len, clips)) / RATE_HZ
        tell(f"{len(clips)} clips, {(time.process_time() - began_s) / seconds:.4f} s of CPU a second")
        for name, spoil in spoils(music, Path(folder)).items():
            report(name, [middle(spoil(clip)) for clip in clips], known)
    cost(taken(middle(clips[0])))


def taken(sound: Sound, tempo: float = 1.0, pitch: float = 1.0) -> NDArray[np.uint32]:
    """Return the fingerprint of sound at `RATE_HZ`."""
    import soxr

    resampled = np.asarray(soxr.resample(sound, RATE_HZ, SAMPLE_RATE_HZ), np.float32)
    return fingerprint([resampled], tempo=tempo, pitch=pitch)


def looked_for(sound: Sound, known: NDArray[np.uint32]) -> tuple[FingerprintMatch | None, bool]:
    """Return where the sound is found, and whether other speeds had to be tried."""
    match = find(taken(sound), known)
    if match is not None:
        return match, False
    for pitched in (False, True):
        for speed in SPEEDS:
            match = find(taken(sound, speed, speed if pitched else 1.0), known)
            if match is not None:
                return match, True
    return None, True


def report(name: str, spoilt: list[Sound], known: list[NDArray[np.uint32]]) -> None:
    """Print how many excerpts are found in their own clip, and in others."""
    own = [looked_for(sound, words) for sound, words in zip(spoilt, known, strict=True)]
    found = [match.bit_error_rate for match, _ in own if match is not None]
    at_other_speeds = sum(tried and match is not None for match, tried in own)
    elsewhere = sum(
        find(taken(sound), words) is not None
        for place, sound in enumerate(spoilt)
        for other, words in enumerate(known)
        if place != other
    )
    worst = f", at most {max(found):.0%} of bits wrong" if found else ""
    tell(
        f"{name}: found {len(found)} of {len(spoilt)}{worst}, {at_other_speeds} of them at another speed;"
        f" {elsewhere} in other clips"
    )


def cost(wanted: NDArray[np.uint32]) -> None:
    """Print how long looking through ten minutes of sound takes that is not what is looked for."""
    generator = np.random.default_rng(0)
    words = generator.integers(1, 2**32, round(PUBLICATION_S * WORDS_A_SECOND), dtype=np.uint32)
    began_s = time.process_time()
    find(wanted, words)
    tell(f"looking through {PUBLICATION_S} s: {(time.process_time() - began_s) * 1000:.0f} ms of CPU")


if __name__ == "__main__":
    main()
