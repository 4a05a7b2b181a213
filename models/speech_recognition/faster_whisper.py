"""Whisper through faster-whisper and CTranslate2.

Method: Radford et al., "Robust Speech Recognition via Large-Scale Weak Supervision", 2022. The files are a
converted model: `model.bin`, `config.json`, `tokenizer.json`, `vocabulary.*`, and
`preprocessor_config.json` where the model hears other features than the first Whispers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

from models.errors import FaultError, UnsupportedLanguageError
from models.types import Transcript, TranscriptSegment, Word

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

WHISPER_RATE_HZ = 16_000

WHISPER_CODES = {"jv": "jw"}
"""Where Whisper writes a language otherwise than BCP 47: Javanese was `jw` until 2001."""

BCP_47_TAGS = {code: tag for tag, code in WHISPER_CODES.items()}


@dataclass(frozen=True, slots=True)
class WhisperOptions:
    """How Whisper runs.

    Attributes:
        device: `cpu` or `cuda`.
        compute_type: `int8` for CPUs; `float16` for GPUs (CTranslate2's names).
        cpu_threads: Threads within one inference.
        beam_size: Hypotheses kept; 5 is the paper's.
    """

    device: str = "cpu"
    compute_type: str = "int8"
    cpu_threads: int = 2
    beam_size: int = 5


def load_whisper(files: Mapping[str, Path], options: Mapping[str, Any]) -> tuple[Any, WhisperOptions]:
    """Load a converted Whisper from the folder in which its files stand.

    Raises:
        FaultError: an option is not known, or the files do not stand in one folder.
    """
    from faster_whisper import WhisperModel

    try:
        chosen = WhisperOptions(**options)
    except TypeError as error:
        message = f"Whisper's options are the fields of WhisperOptions: {error}"
        raise FaultError(message) from error
    folders = {path.parent for path in files.values()}
    if len(folders) != 1:
        message = f"Whisper's files must stand in one folder, not in {sorted(map(str, folders))}"
        raise FaultError(message)
    model = WhisperModel(
        str(folders.pop()),
        device=chosen.device,
        compute_type=chosen.compute_type,
        cpu_threads=chosen.cpu_threads,
        local_files_only=True,
    )
    return model, chosen


class FasterWhisperRecognizer:
    """Writes down speech with the time of every word."""

    sample_rate_hz: ClassVar[int] = WHISPER_RATE_HZ

    def __init__(self, model: Any, options: WhisperOptions) -> None:
        self._model = model
        self._options = options
        self.languages = frozenset(BCP_47_TAGS.get(code, code) for code in model.supported_languages)

    @classmethod
    def load(cls, files: Mapping[str, Path], options: Mapping[str, Any]) -> Self:
        """Load a converted Whisper.

        Args:
            files: The model's files, all in one folder.
            options: Fields of `WhisperOptions`, each optional.

        Raises:
            FaultError: an option is not known, or the files do not stand in one folder.
        """
        return cls(*load_whisper(files, options))

    def transcribe(self, samples: NDArray[np.float32], language: str) -> Transcript:
        """Recognise speech in `language`; the same samples give the same words.

        Args:
            samples: Mono, shape (frames,), at 16 kHz.
            language: One of `languages`.

        Raises:
            UnsupportedLanguageError: `language` is not one of `languages`.
        """
        import ctranslate2

        if language not in self.languages:
            message = f"This Whisper does not write {language!r}"
            raise UnsupportedLanguageError(message)
        # Where beam search fails, Whisper falls back to sampling: from the same seed, so that it repeats.
        ctranslate2.set_random_seed(0)
        segments, _ = self._model.transcribe(
            samples,
            language=WHISPER_CODES.get(language, language),
            beam_size=self._options.beam_size,
            word_timestamps=True,
            # A mistake must not be carried into what follows; the pipeline hands over one piece at a time.
            condition_on_previous_text=False,
            vad_filter=False,
        )
        return Transcript(language, _segments(segments, len(samples) / self.sample_rate_hz))


def _segments(segments: Iterable[Any], duration_s: float) -> tuple[TranscriptSegment, ...]:
    clock_s = 0.0
    heard = []
    for segment in segments:
        words = []
        for word in segment.words or ():
            text = word.word.strip()
            if not text:
                continue
            # Whisper's times may run backwards by a frame, or past the end of the sound.
            start_s = min(max(float(word.start), clock_s), duration_s)
            end_s = min(max(float(word.end), start_s), duration_s)
            words.append(Word(text, start_s, end_s, float(word.probability)))
            clock_s = end_s
        heard.append(
            TranscriptSegment(
                words=tuple(words),
                mean_log_probability=float(segment.avg_logprob),
                no_speech_probability=float(segment.no_speech_prob),
                compression_ratio=float(segment.compression_ratio),
            )
        )
    return tuple(heard)
