"""Makes the two files that say how people's mouths go with what they say.

    python -m scripts.learn_talking_mouths --clips ../shared/media/video

One is the measure's (`pipeline_ops/quality/data/lip_sync_speakers.npz`), the other the lip-sync engine's
(`models/lip_sync/personal/other_speakers.npz`); no speaker is in both. Reads one talking clip a speaker,
finds by how much each one's sound is late against its lips, and keeps the second moments of sound and mouth
with that corrected. Run it again whenever landmarks, encodings of speech or measures of the mouth change, and
raise the version of the engine in the catalog and of the stages that judge.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.talking_clips import JUDGES, SPEAKERS, TEACHERS, Readers, load_readers, read_clip
from models.faces.mouth_motion import MouthMotion, mouth_motion
from models.faces.sound_around import sound_around
from models.faces.talking_speakers import SpeakerMoments, moments_of, save_speakers
from models.lip_sync.personal.other_speakers import DATA as ENGINE_DATA
from pipeline_ops.digests import sha256_of_file
from pipeline_ops.quality.lip_sync import LipSync, judge
from pipeline_ops.quality.lip_sync_model import DATA as MEASURE_DATA
from pipeline_ops.quality.lip_sync_model import solve

if TYPE_CHECKING:
    from models.types import SpeechEncoding

PASSES = 5
"""Offsets move by less than 2 ms in the last."""

LEAST_ABOVE_NOISE = 2.5
"""In spreads: a clip whose peak is lower may have it anywhere, and is taken to be in sync."""


@dataclass(frozen=True, slots=True)
class TrainingClip:
    """One speaker's mouth and sound, and the digests of all clips that show them."""

    name: str
    mouth: MouthMotion
    speech: SpeechEncoding
    digests: frozenset[str]

    def moments(self, offset_s: float) -> SpeakerMoments:
        """Return what is kept, with the sound taken `offset_s` later."""
        around = sound_around(self.speech, self.mouth.times_s + offset_s)
        return moments_of(around, self.mouth.motion, self.mouth.seen, self.digests)


def main() -> int:
    """Train and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=Path, required=True)
    arguments = parser.parse_args()
    readers = load_readers()
    clips = [read_speaker(arguments.clips, names, readers) for names in SPEAKERS]
    offsets_s, syncs = align(clips)
    for clip in clips:
        sync = syncs[clip.name]
        sys.stdout.write(
            f"{clip.name}: {sync.frames} frames, sound {1000 * offsets_s[clip.name]:+.0f} ms late, "
            f"correlation {sync.best_correlation:.2f}, {sync.best_above_noise:.1f} spreads above noise\n"
        )
    for speakers, data in ((JUDGES, MEASURE_DATA), (TEACHERS, ENGINE_DATA)):
        firsts = {names[0] for names in speakers}
        save_speakers([clip.moments(offsets_s[clip.name]) for clip in clips if clip.name in firsts], data)
        sys.stdout.write(f"{data}: {data.stat().st_size} bytes\n")
    return 0


def read_speaker(folder: Path, names: Sequence[str], readers: Readers) -> TrainingClip:
    """Read a speaker's first clip; of all others only the digests."""
    clip = read_clip(folder / names[0], readers)
    mouth = mouth_motion(clip.landmarks, clip.times_s, clip.usable)
    if mouth is None:
        message = f"{clip.name} shows no mouth that can be used"
        raise SystemExit(message)
    return TrainingClip(
        clip.name, mouth, clip.speech, frozenset(sha256_of_file(folder / name) for name in names)
    )


def align(clips: Sequence[TrainingClip]) -> tuple[dict[str, float], Mapping[str, LipSync]]:
    """Find each clip's offset by a model of the others, again and again; the median one is taken for zero."""
    offsets_s = {clip.name: 0.0 for clip in clips}
    syncs: dict[str, LipSync] = {}
    for _ in range(PASSES):
        moments = {clip.name: clip.moments(offsets_s[clip.name]) for clip in clips}
        for clip in clips:
            others = [moments[other.name] for other in clips if other is not clip]
            sync = judge([clip.mouth], clip.speech, solve(others))
            if sync is None:
                message = f"{clip.name} is too short or silent"
                raise SystemExit(message)
            syncs[clip.name] = sync
        clear = {
            name: sync.offset_s for name, sync in syncs.items() if sync.best_above_noise >= LEAST_ABOVE_NOISE
        }
        middle_s = float(np.median(list(clear.values())))
        offsets_s = {name: clear[name] - middle_s if name in clear else 0.0 for name in syncs}
    return offsets_s, syncs


if __name__ == "__main__":
    raise SystemExit(main())
