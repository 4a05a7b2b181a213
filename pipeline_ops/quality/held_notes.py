"""Does a voice sing? Sung notes are held at one pitch; the pitch of speech glides all the time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

LOWEST_HZ = 65.0
HIGHEST_HZ = 800.0
"""From a bass to a soprano's middle; speech lies within."""

FRAME_S = 0.064
"""Four periods of the lowest pitch, which is what YIN needs (de Cheveigné and Kawahara, 2002)."""

HOP_S = 0.01

NOTE_S = 0.2
"""An eighth note at 150 beats a minute; vowels of speech keep one pitch for about half as long."""

NOTE_WIDTH_SEMITONES = 1.0
"""How far the pitch may move within a note: to the next note, vibrato included."""

OUTLIER_PERCENT = 5.0
"""Of a note's frames on either side, one in twenty: YIN's octave errors."""

LOUD_SHARE = 0.5
"""The louder half of the frames counts: vowels, not consonants and pauses."""


def held_note_share(samples: NDArray[np.float32], sample_rate_hz: int) -> float | None:
    """Return which share of a voice's loud frames lies within held notes, 0 to 1.

    Measured on separated voices of 5 to 12 s: 0.56 to 0.81 on fifteen pieces of seven songs, 0.00 to 0.48 on
    twenty-three people talking, eight of them over music as loud as they.

    Args:
        samples: The voice where it is heard, mono, shape (frames,), at most half a minute: memory grows
            with it.
        sample_rate_hz: Their rate; 16 kHz is enough.

    Returns:
        The share, or None where there is less than a note.
    """
    import librosa

    frame, hop = round(FRAME_S * sample_rate_hz), round(HOP_S * sample_rate_hz)
    note = round(NOTE_S / HOP_S)
    if len(samples) < frame + note * hop or not np.any(samples):
        return None
    pitch = librosa.yin(
        samples, fmin=LOWEST_HZ, fmax=HIGHEST_HZ, sr=sample_rate_hz, frame_length=frame, hop_length=hop
    )
    energy = librosa.feature.rms(y=samples, frame_length=frame, hop_length=hop)[0]
    count = min(len(pitch), len(energy))
    loud = energy[:count] > np.quantile(energy[:count], 1.0 - LOUD_SHARE)
    windows = np.lib.stride_tricks.sliding_window_view(12 * np.log2(pitch[:count]), note)
    lowest, highest = np.percentile(windows, [OUTLIER_PERCENT, 100.0 - OUTLIER_PERCENT], axis=1)
    held = np.convolve(highest - lowest < NOTE_WIDTH_SEMITONES, np.ones(note)) > 0
    counted = int(np.count_nonzero(loud))
    return int(np.count_nonzero(held & loud)) / max(counted, 1)
