"""A SeamlessM4T v2 checkpoint as `transformers` stores it, opened once a process however many engines use it.

Official weights: facebook/seamless-m4t-v2-large. What a checkpoint says of itself (languages, speakers) is
read at once; its networks, several gigabytes, are loaded when something is first asked of them.
"""

from __future__ import annotations

import dataclasses
import json
import threading
import weakref
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from models.errors import FaultError
from models.seamless.languages import SPEAKERS, iso_code
from models.seamless.network import SeamlessNetwork, load_network
from models.types import Voice

CONFIGURATION, GENERATION = "config.json", "generation_config.json"
PIECES, FEATURES = "sentencepiece.bpe.model", "preprocessor_config.json"
NEEDED_FILES = (CONFIGURATION, GENERATION, PIECES, FEATURES)
"""Besides the weights, in one `model.safetensors` or several with their index."""


@dataclass(frozen=True, slots=True)
class SeamlessOptions:
    """How a checkpoint runs; the `options` of its entries.

    Attributes:
        device: `cpu`, `cuda` or `cuda:1`.
        dtype: `float32`, or `float16`, which halves the memory and is for GPUs.
        beam_size: Hypotheses kept while translating; 5 is what Meta evaluates with.
        batch_tokens: The most tokens of text that go through the networks together, padding counted.
        batch_s: The same of sound, in seconds.
        speakers: Numbers of the vocoder's speakers by Seamless's code of their language, for a checkpoint
            whose vocoder has others than Meta's.
    """

    device: str = "cpu"
    dtype: str = "float32"
    beam_size: int = 5
    batch_tokens: int = 1024
    batch_s: float = 120.0
    speakers: Mapping[str, tuple[int, ...]] = field(default_factory=lambda: SPEAKERS)

    @classmethod
    def read(cls, options: Mapping[str, Any]) -> SeamlessOptions:
        """Read an entry's options.

        Raises:
            FaultError: one is unknown or has a value that it cannot have.
        """
        known = [each.name for each in dataclasses.fields(cls)]
        if unknown := sorted(set(options) - set(known)):
            message = f"SeamlessM4T has no option {unknown}; it has {known}"
            raise FaultError(message)
        chosen = cls(**options)
        if chosen.dtype not in ("float32", "float16"):
            message = f"SeamlessM4T's option dtype is float32 or float16, not {chosen.dtype!r}"
            raise FaultError(message)
        if min(chosen.beam_size, chosen.batch_tokens, chosen.batch_s) <= 0:
            message = f"SeamlessM4T's beam_size, batch_tokens and batch_s must be above 0; they are {options}"
            raise FaultError(message)
        return chosen


class SeamlessCheckpoint:
    """What a checkpoint can do, and its networks.

    Attributes:
        text_languages: ISO 639-1 to Seamless, of all that it reads and writes.
        voices: One a speaker of each language that it speaks; ids are Seamless's code and the speaker's
            number, as `por-40`.
    """

    def __init__(self, files: Mapping[str, Path], options: SeamlessOptions) -> None:
        """Read what the checkpoint says of itself.

        Raises:
            FaultError: a file is missing, or is not what it should be.
        """
        self._files = _checked(files)
        self.options = options
        configuration, generation = (_read_json(self._files[name]) for name in (CONFIGURATION, GENERATION))
        try:
            text_codes = generation["text_decoder_lang_to_code_id"]
            spoken_codes = (
                generation["t2u_lang_code_to_id"].keys() & generation["vocoder_lang_code_to_id"].keys()
            )
            speaker_count = int(configuration["vocoder_num_spkrs"])
        except (KeyError, AttributeError, TypeError) as error:
            message = f"{self._files[GENERATION].parent} is no SeamlessM4T v2 checkpoint: it lacks {error}"
            raise FaultError(message) from error
        named = {code: language for code in sorted(text_codes) if (language := iso_code(code))}
        self.text_languages = {language: code for code, language in named.items()}
        self.voices = tuple(
            Voice(f"{code}-{speaker}", named[code], "unknown")
            for code in sorted(spoken_codes & named.keys())
            for speaker in options.speakers.get(code, ())
            if speaker < speaker_count
        )
        self._network: SeamlessNetwork | None = None
        self._network_lock = threading.Lock()

    @property
    def network(self) -> SeamlessNetwork:
        """The networks, loaded once, whichever thread comes first.

        Raises:
            FaultError: they cannot be loaded, or not onto this device.
        """
        with self._network_lock:
            if self._network is None:
                options = self.options
                self._network = load_network(
                    self._files[CONFIGURATION].parent, self._files[PIECES], options.device, options.dtype
                )
            return self._network


_open: weakref.WeakValueDictionary[Any, SeamlessCheckpoint] = weakref.WeakValueDictionary()
_open_lock = threading.Lock()


def open_checkpoint(files: Mapping[str, Path], options: Mapping[str, Any]) -> SeamlessCheckpoint:
    """Return a checkpoint; the same one to all that ask for the same files with the same options.

    It is let go of with the last engine that holds it.

    Raises:
        FaultError: a file or an option is missing or not what it should be.
    """
    # Entries have a folder each, but the content behind it is the same.
    place = tuple(sorted((name, str(path.resolve())) for name, path in files.items()))
    key = (place, json.dumps(dict(options), sort_keys=True, default=str))
    with _open_lock:
        checkpoint = _open.get(key)
        if checkpoint is None:
            checkpoint = SeamlessCheckpoint(files, SeamlessOptions.read(options))
            _open[key] = checkpoint
        return checkpoint


def _checked(files: Mapping[str, Path]) -> Mapping[str, Path]:
    missing = [name for name in NEEDED_FILES if name not in files]
    if not any(name.endswith(".safetensors") for name in files):
        missing.append("model.safetensors")
    if missing:
        message = f"A SeamlessM4T v2 checkpoint needs {', '.join(missing)}; it was handed {sorted(files)}"
        raise FaultError(message)
    folders = sorted({str(path.parent) for path in files.values()})
    if len(folders) > 1:
        message = f"A SeamlessM4T v2 checkpoint's files must stand in one folder, not in {folders}"
        raise FaultError(message)
    return files


def _read_json(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        message = f"{path} cannot be read as JSON ({error}); pull the model again"
        raise FaultError(message) from error
    if not isinstance(value, dict):
        message = f"{path} is no configuration; pull the model again"
        raise FaultError(message)
    return value
