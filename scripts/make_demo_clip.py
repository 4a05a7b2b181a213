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
from models.profile import load_profile
from models.registry import resolve
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
MOUTH_XY = (223.0, 147.0)  # between the teeth and the lower lip in the portrait, pixels
MOUTH_WIDTH = 17.0
CHIN_Y = 174.0


def main() -> None:
    """Speak, compose, animate, and write the clip."""
    voice = speak()
    sound = 0.9 * voice[:, None] + music()
    with tempfile.TemporaryDirectory() as folder:
        wav, silent = Path(folder) / "sound.wav", Path(folder) / "picture.mp4"
        soundfile.write(wav, np.clip(sound, -1, 1), RATE_HZ)
        animate(silent, openness(voice))
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
        clip = model.synthesize(text, "en", "af_heart", 1.0)
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


def openness(voice: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far the mouth is open in each frame, 0 to 1, after the loudness of the voice."""
    hop = RATE_HZ // FRAME_RATE_HZ
    level = np.sqrt(np.mean(voice[: len(voice) // hop * hop].reshape(-1, hop) ** 2, axis=1))
    smooth = np.convolve(level / np.quantile(level, 0.95), [0.25, 0.5, 0.25], mode="same")
    return np.clip(smooth, 0, 1) ** 0.8


def animate(path: Path, opening: NDArray[np.float64]) -> None:
    """Encode the portrait with a moving mouth and a slight sway."""
    portrait = np.ascontiguousarray(astronaut()[:, :, ::-1])
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=FRAME_RATE_HZ, options={"crf": "21", "preset": "slow"})
        stream.width, stream.height, stream.pix_fmt = 512, 512, "yuv420p"
        for number, share in enumerate(opening):
            image = sway(open_mouth(portrait, float(share)), number / FRAME_RATE_HZ)
            for packet in stream.encode(av.VideoFrame.from_ndarray(image, format="bgr24")):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)


def open_mouth(image: NDArray[np.uint8], share: float) -> NDArray[np.uint8]:
    """Draw everything below the lips' line downwards, and darken what opens between."""
    height, width = image.shape[:2]
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    across = np.exp(-(((x - MOUTH_XY[0]) / (1.3 * MOUTH_WIDTH)) ** 2))
    below = np.clip((y - MOUTH_XY[1]) / 2.0, 0, 1) * np.clip((CHIN_Y + 8 - y) / 20.0, 0, 1)
    drop = 6.0 * share * across * below
    moved = cv2.remap(
        image, x, (y - drop).astype(np.float32), cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    centre_y = MOUTH_XY[1] + 3.0 * share
    inside = ((x - MOUTH_XY[0]) / (0.75 * MOUTH_WIDTH)) ** 2 + ((y - centre_y) / max(3.2 * share, 0.1)) ** 2
    dark = cv2.GaussianBlur(((inside < 1) * min(1.0, 2 * share)).astype(np.float32), (0, 0), 0.9)[..., None]
    return np.clip(moved * (1 - 0.8 * dark) + np.array([30, 24, 60]) * 0.8 * dark, 0, 255).astype(np.uint8)


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
