"""Kokoro-82M: speech in English, Spanish, French, Italian, Portuguese and Hindi, on a CPU.

Weights: the int8 ONNX export of kokoro-onnx (MIT) of hexgrad/Kokoro-82M (Apache-2.0), with one
style file a voice. A style file holds 510 rows: the style for a text of so many symbols.

The model is opened when something is first said: who only asks which voices there are does not wait for
it, nor hold its memory.
"""

from __future__ import annotations

import functools
import logging
import math
import re
import threading
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from models.errors import FaultError, ModelOutputError, UnsupportedLanguageError
from models.resampling import resampled
from models.speech_synthesis.kokoro_graph import Arithmetic, ensure_prepared, prepared
from models.speech_synthesis.kokoro_melody import PITCH_RANGE, PITCH_SHIFT
from models.speech_synthesis.kokoro_mixes import heard_mixes_of
from models.speech_synthesis.kokoro_pauses import with_pauses
from models.speech_synthesis.kokoro_voices import accent_of, accent_of_language, describe_voice
from models.speech_synthesis.phonemes import phonemes_of, split_phonemes, token_ids
from models.speech_synthesis.pieces import pause_after
from models.speech_synthesis.trimming import trim_silence
from models.types import AudioClip

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from models.types import HeardMixes, Voice, VoiceDesign

log = logging.getLogger(__name__)

MODEL_FILE = "kokoro-v1.0.int8.onnx"
SAMPLE_RATE_HZ = 24_000
STYLE_SHAPE = (510, 1, 256)
TIMBRE_WIDTH = 128
"""The first half of a style goes to the decoder, which makes the sound; the second to the predictor of
durations, pitch and loudness (Li et al., "StyleTTS 2", 2023, section 3)."""

HEARD_ROW = 36
"""Of a style, for texts of so many symbols: about as long is what the known mixes said."""

SEMITONES = 12.0
"""In an octave."""

SPEED_RANGE = (0.5, 2.0)
"""What the model's own demonstrations offer; beyond it, words fall apart."""

_PIECE_LIMIT = 400
"""Symbols said in one go. The model takes 510, but its authors find that it rushes beyond about 400."""


class KokoroSynthesizer:
    """Says text with Kokoro-82M; the same input gives the same samples on the same machine.

    Attributes:
        sample_rate_hz: 24 kHz.
        voices: Those whose style files were handed in.
        heard_mixes: A few hundred mixes of its voices, as a speaker encoder hears them.
    """

    sample_rate_hz = SAMPLE_RATE_HZ

    def __init__(self, open_session: Callable[[], Any], styles: Mapping[str, NDArray[np.float32]]) -> None:
        """Take what opens an `onnxruntime.InferenceSession`, and one (510, 1, 256) float32 style a voice."""
        self._open_session = open_session
        self._session: Any = None
        self._session_lock = threading.Lock()
        self._styles = dict(styles)
        self.voices: tuple[Voice, ...] = tuple(describe_voice(voice_id) for voice_id in self._styles)

    @functools.cached_property
    def heard_mixes(self) -> HeardMixes | None:
        """Mixes of the voices that were handed in; see `models.base.SpeechSynthesizer`."""
        return heard_mixes_of(
            {name: style[HEARD_ROW].reshape(2, TIMBRE_WIDTH) for name, style in self._styles.items()}
        )

    @classmethod
    def load(cls, files: Mapping[str, Path], options: Mapping[str, Any]) -> Self:
        """Read the voices; the model itself is opened when something is first said.

        Args:
            files: "kokoro-v1.0.int8.onnx", and "voices/<id>.bin" for each voice.
            options: `threads` (default 0: ONNX Runtime decides) and `arithmetic`, "float32" (default)
                or "int8" (as the weights came: half as fast on CPUs without 8-bit dot products, a little
                faster on those with them).

        Raises:
            FaultError: a file is missing or is not what it should be, or an option is unknown.
        """
        if unknown := set(options) - {"threads", "arithmetic"}:
            raise FaultError(f"Kokoro has no option {sorted(unknown)}; it has threads and arithmetic.")
        if MODEL_FILE not in files:
            raise FaultError(f"Kokoro needs the file {MODEL_FILE}; it was handed {sorted(files)}.")
        styles = {
            match[1]: _read_style(path)
            for name, path in sorted(files.items())
            if (match := re.fullmatch(r"voices/(\w+)\.bin", name))
        }
        if not styles:
            raise FaultError(f"Kokoro needs at least one voices/<id>.bin; it was handed {sorted(files)}.")
        arithmetic = options.get("arithmetic", "float32")
        if arithmetic not in ("float32", "int8"):
            raise FaultError(f"Kokoro's option arithmetic is float32 or int8, not {arithmetic!r}.")
        threads = int(options.get("threads", 0))
        return cls(functools.partial(_open_session, files[MODEL_FILE], arithmetic, threads), styles)

    def synthesize(self, text: str, language: str, voice: VoiceDesign, speed: float) -> AudioClip:
        """Say `text`; see `models.base.SpeechSynthesizer`.

        Raises:
            UnsupportedLanguageError: no such voice, or it does not speak `language`.
            FaultError: `speed` is outside `SPEED_RANGE`, or the model cannot be opened.
            ModelOutputError: nothing audible came out, or the text holds nothing to say.
        """
        accent = self._accent(language, voice, speed)
        pieces = split_phonemes(phonemes_of(text, accent), _PIECE_LIMIT)
        if not any(symbol.isalpha() for piece in pieces for symbol in piece):
            raise ModelOutputError(f"There is nothing to say in {text!r}.")
        parts: list[NDArray[np.float32]] = []
        for position, piece in enumerate(pieces):
            if position:
                parts.append(pause_after(pieces[position - 1], speed, SAMPLE_RATE_HZ))
            parts.append(self._say(piece, voice, speed, text))
        return AudioClip(np.concatenate(parts)[np.newaxis, :], SAMPLE_RATE_HZ)

    def _accent(self, language: str, voice: VoiceDesign, speed: float) -> str:
        """Return the accent to speak with, once all that was asked for is known to be possible."""
        for share in (*voice.timbre, *voice.manner):
            if share.voice_id not in self._styles:
                raise UnsupportedLanguageError(
                    f"Kokoro has no voice {share.voice_id!r} here; it has {', '.join(sorted(self._styles))}."
                )
        slowest, fastest = SPEED_RANGE
        if not slowest <= speed <= fastest:
            raise FaultError(f"Kokoro speaks at {slowest} to {fastest} times its pace, not at {speed}.")
        main, wanted = describe_voice(voice.main_voice_id), language.partition("-")[0].lower()
        return accent_of(main.id) if main.language == wanted else accent_of_language(wanted)

    def _style(self, voice: VoiceDesign, row: int) -> NDArray[np.float32]:
        """Return the voice's style for a text of so many symbols, shape (1, 256)."""
        timbre, manner = (
            np.sum([np.float32(share.weight) * self._styles[share.voice_id][row] for share in shares], axis=0)
            for shares in (voice.timbre, voice.manner)
        )
        return np.concatenate([timbre[:, :TIMBRE_WIDTH], manner[:, TIMBRE_WIDTH:]], axis=1)

    def _say(self, piece: str, voice: VoiceDesign, speed: float, text: str) -> NDArray[np.float32]:
        """Return one piece, shape (frames,), cut to what is audible.

        What is played faster has higher formants, a higher pitch and a higher pace; the latter two are asked
        for lower beforehand.
        """
        tokens = token_ids(piece)
        faster = voice.formant_factor
        shift = voice.melody.shift_semitones / SEMITONES - math.log2(faster)
        inputs = {
            "tokens": np.array([[0, *tokens, 0]], np.int64),
            "style": self._style(voice, max(len(tokens) - 1, 0)),
            "speed": np.array([speed / faster], np.float32),
            PITCH_SHIFT: np.array([shift], np.float32),
            PITCH_RANGE: np.array([voice.melody.range_factor], np.float32),
        }
        samples, durations = self._opened().run(None, inputs)
        pauses_s = tuple(faster * pause_s for pause_s in voice.pauses_s)
        said = with_pauses(samples.reshape(-1), durations.reshape(-1), piece, pauses_s)
        return trim_silence(resampled(said, faster * SAMPLE_RATE_HZ, SAMPLE_RATE_HZ), SAMPLE_RATE_HZ, text)

    def _opened(self) -> Any:
        """Return the session, opened once, whichever thread comes first."""
        with self._session_lock:
            if self._session is None:
                self._session = self._open_session()
            return self._session


def _read_style(path: Path) -> NDArray[np.float32]:
    style = np.fromfile(path, "<f4")
    if style.size != math.prod(STYLE_SHAPE) or not np.isfinite(style).all():
        raise FaultError(f"{path} is not a Kokoro voice (float32 {STYLE_SHAPE}); pull it again.")
    return style.astype(np.float32).reshape(STYLE_SHAPE)


def _open_session(path: Path, arithmetic: Arithmetic, threads: int) -> Any:
    """Open the model for inference, turned into float32 first where that is asked for."""
    import onnxruntime

    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = threads
    settings.inter_op_num_threads = 1
    # Threads that wait turn no circles: that costs a fifth of the CPU and, measured, saves no time.
    settings.add_session_config_entry("session.intra_op.allow_spinning", "0")
    model = _prepared(path, arithmetic)
    try:
        return onnxruntime.InferenceSession(model, settings, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime raises classes of its own that share no base
        raise FaultError(
            f"ONNX Runtime cannot open {path} ({error}); delete its folder and pull it again."
        ) from error


def _prepared(path: Path, arithmetic: Arithmetic) -> Path | bytes:
    try:
        return ensure_prepared(path, arithmetic)
    except PermissionError as error:
        log.warning("Kokoro is prepared anew each time: the result cannot be kept (%s)", error)
        return prepared(path, arithmetic)
