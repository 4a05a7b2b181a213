"""Makes demo/talking_head.mp4: the project's own clip, from a public-domain portrait and synthetic speech.

The picture is scikit-image's `astronaut` (NASA, public domain), animated; the voice is the embedded
synthesizer's; the music is made here. Nobody in the picture says what is heard.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import av
import cv2
import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray
from skimage.data import astronaut

from models.catalog import load_catalog
from models.faces.mouth_motion import MEASURES
from models.lip_sync.personal.other_speakers import mouths_of_others
from models.lip_sync.personal.sound_to_shape import hear
from models.profile import load_profile
from models.registry import resolve
from models.types import SpeechEncoding, VoiceDesign
from models.weights import WeightsStore
from pipeline_ops.media.ffmpeg import own_input, run_ffmpeg

OUT = Path(__file__).parents[1] / "demo" / "talking_head.mp4"
LINES = (
    (0.6, "Hello everyone, and welcome back to my kitchen."),
    (4.0, "Today I want to show you how I bake bread at home."),
    (7.9, "You only need flour, water, salt and a little time."),
    (12.3, "Let us begin with the dough."),
)
DURATION_S = 15.0
FRAME_RATE_HZ = 25
RATE_HZ = 48_000
MOUTH_XY = (223.0, 148.5)  # between the teeth and the lower lip in the portrait, pixels
MOUTH_WIDTH = 17.0
CORNERS_HIGHER = 6.0  # the line of the teeth rises by this at its ends, pixels
LARGEST_DROP = 12.0  # pixels; the mouth is as high then as a smile is wide by half
AS_IN_PORTRAIT = 0.4
CHIN_Y = 174.0


def main() -> None:
    """Speak, compose, animate, and write the clip."""
    voice = speak()
    sound = 0.9 * voice[:, None] + music()
    with tempfile.TemporaryDirectory() as folder:
        wav, silent = Path(folder) / "sound.wav", Path(folder) / "picture.mp4"
        soundfile.write(wav, np.clip(sound, -1, 1), RATE_HZ)
        animate(silent, *mouth_of(voice))
        OUT.parent.mkdir(exist_ok=True)
        coding = ["-c:v", "copy", "-c:a", "aac", "-b:a", "128k", "-movflags", "+faststart", "-shortest"]
        run_ffmpeg(
            [*own_input(silent), *own_input(wav), *coding, "-map_metadata", "-1", str(OUT)],
            task="write the demo clip",
            timeout_s=60,
        )


def speak() -> NDArray[np.float64]:
    """Say the lines at their times; mono, 48 kHz."""
    catalog = load_catalog()
    model = resolve(
        catalog,
        load_profile("embedded", catalog),
        "speech_synthesis",
        target_language="en",
        weights=WeightsStore.from_environment(),
    ).load()
    track = np.zeros(round(DURATION_S * RATE_HZ))
    for start_s, text in LINES:
        clip = model.synthesize(text, "en", VoiceDesign.of("af_heart"), 1.0)
        samples = soxr.resample(clip.samples[0], clip.sample_rate_hz, RATE_HZ)
        first = round(start_s * RATE_HZ)
        track[first : first + len(samples)] += samples
    return track


def music() -> NDArray[np.float64]:
    """Soft chords, wide, some 25 dB under the voice, over a little room tone; shape (frames, 2)."""
    time_s = np.arange(round(DURATION_S * RATE_HZ)) / RATE_HZ
    chords = ((220.0, 277.2, 329.6), (196.0, 246.9, 293.7), (174.6, 220.0, 261.6), (196.0, 246.9, 311.1))
    bed = np.zeros((len(time_s), 2))
    for number, notes in enumerate(chords):
        begin_s = number * DURATION_S / len(chords)
        swell = np.clip(1 - np.abs(time_s - begin_s - DURATION_S / 8) / (DURATION_S / 6), 0, 1) ** 0.7
        for place, pitch_hz in enumerate(notes):
            tone = np.sin(2 * np.pi * pitch_hz * time_s) + 0.3 * np.sin(4 * np.pi * pitch_hz * time_s)
            pan = place / (len(notes) - 1)
            bed += 0.006 * (swell * tone)[:, None] * np.array([1 - 0.6 * pan, 0.4 + 0.6 * pan])
    return bed + np.random.default_rng(7).normal(0, 0.0006, bed.shape)


def mouth_of(voice: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return how far the mouth is open in each frame, 0 to 1, and how wide, -1 to 1.

    Loud sounds open it; within them it moves as the mouths of those from whom the lip-sync engine learnt.
    """
    hop = RATE_HZ // FRAME_RATE_HZ
    level = np.sqrt(np.mean(voice[: len(voice) // hop * hop].reshape(-1, hop) ** 2, axis=1))
    spoken = (
        np.clip(np.convolve(level / np.quantile(level, 0.95), np.hanning(9) / 4, mode="same"), 0, 1) ** 0.5
    )
    middles_s = (np.arange(len(level)) + 0.5) / FRAME_RATE_HZ
    motion = hear(listen(voice), middles_s) @ mouths_of_others(None)
    motion /= np.sqrt(np.average(motion**2, axis=0, weights=spoken))
    opening, width = (motion[:, MEASURES.index(name)] for name in ("opening", "width"))
    return np.clip(spoken * (0.4 + 0.3 * opening), 0, 1), np.clip(spoken * 0.5 * width, -1, 1)


def listen(voice: NDArray[np.float64]) -> SpeechEncoding:
    """Encode what the voice says."""
    catalog = load_catalog()
    profile, weights = load_profile("embedded", catalog), WeightsStore.from_environment()
    encoder = resolve(catalog, profile, "speech_encoding", weights=weights).load()
    samples = soxr.resample(voice, RATE_HZ, encoder.sample_rate_hz).astype(np.float32)
    return SpeechEncoding(np.concatenate(list(encoder.encode([samples]))))


def animate(path: Path, opening: NDArray[np.float64], width: NDArray[np.float64]) -> None:
    """Encode the portrait with a moving mouth and a slight sway."""
    portrait = np.ascontiguousarray(astronaut()[:, :, ::-1])
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=FRAME_RATE_HZ, options={"crf": "21", "preset": "slow"})
        stream.width, stream.height, stream.pix_fmt = 512, 512, "yuv420p"
        for number, (share, wider) in enumerate(zip(opening, width, strict=True)):
            mouth = move_mouth(portrait, float(share), float(wider))
            image = sway(mouth, number / FRAME_RATE_HZ)
            for packet in stream.encode(av.VideoFrame.from_ndarray(image, format="bgr24")):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)


def move_mouth(image: NDArray[np.uint8], opening: float, wider: float) -> NDArray[np.uint8]:
    """Move lower lip and chin, and the corners of the mouth; what opens between teeth and lip is dark.

    Args:
        image: The portrait, in which she smiles and shows her teeth.
        opening: 0 draws the lower lip over the teeth, `AS_IN_PORTRAIT` leaves it, 1 opens the mouth.
        wider: -1 to 1.
    """
    height, width = image.shape[:2]
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    aside_px = x - MOUTH_XY[0]
    across = np.exp(-((aside_px / (1.4 * MOUTH_WIDTH)) ** 2))
    lip_y = MOUTH_XY[1] - CORNERS_HIGHER * np.minimum((aside_px / MOUTH_WIDTH) ** 2, 2.0)
    lip = np.clip(1 - (aside_px / (1.1 * MOUTH_WIDTH)) ** 2, 0, 1)  # no gap at the corners
    drop = LARGEST_DROP * (opening - AS_IN_PORTRAIT)
    chin = np.clip((y - lip_y) / 14.0, 0, 1) * np.clip((CHIN_Y + 18 - y) / 20.0, 0, 1)  # the neck stays
    shift = drop * (lip * np.clip(1 - (y - lip_y - drop) / 14.0, 0, 1) + across * chin).clip(0, 1)
    below = np.clip(y - (lip_y + drop * lip) + 0.5, 0, 1)
    near = across * np.exp(-(((y - MOUTH_XY[1]) / MOUTH_WIDTH) ** 2))
    aside = 0.15 * wider * near * aside_px

    def drawn_from(source_y: NDArray[np.float32]) -> NDArray[np.float32]:
        taken = cv2.remap(
            image,
            (x - aside).astype(np.float32),
            source_y.astype(np.float32),
            cv2.INTER_CUBIC,
            borderMode=cv2.BORDER_REPLICATE,
        )
        return taken.astype(np.float32)

    moved, still = drawn_from(y - shift), drawn_from(y)
    gap = (np.clip(y - lip_y + 0.5, 0, 1) * (lip > 0))[..., None]
    inside = still * (1 - gap) + np.array([30, 24, 60]) * gap
    return np.clip(moved * below[..., None] + inside * (1 - below[..., None]), 0, 255).astype(np.uint8)


def sway(image: NDArray[np.uint8], time_s: float) -> NDArray[np.uint8]:
    """Frame the head, moving a little as a held camera does; 512 by 512."""
    zoom = 1.75 + 0.03 * np.sin(0.5 * time_s)
    angle_deg = 0.7 * np.sin(0.9 * time_s)
    matrix = cv2.getRotationMatrix2D((230.0, 150.0), angle_deg, zoom)
    matrix[:, 2] += np.array([256 + 3 * np.sin(0.7 * time_s), 250 + 2 * np.sin(1.1 * time_s)]) - (
        230.0,
        150.0,
    )
    return cv2.warpAffine(image, matrix, (512, 512), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)


if __name__ == "__main__":
    main()
