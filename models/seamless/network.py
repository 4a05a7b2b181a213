"""The networks of SeamlessM4T v2: text or speech to text, text to units of speech, units to sound.

Method: Seamless Communication et al., "Seamless: Multilingual Expressive and Streaming Speech Translation",
2023 (arXiv 2312.05187), sec. 3: UnitY2. Text is decoded word piece by word piece; its decoder's states,
letter by letter, are stretched by predicted durations and become units, all at once; the vocoder makes 20 ms
of sound of each unit.

The code is that of `transformers`, called part by part rather than through `generate`, for four reasons: a
text that people have reworded can be spoken (its tokens are forced on the decoder); units are a result of
their own; durations can be scaled; and a batch gives what its lines give alone.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from models.errors import FaultError
from models.seamless.tokens import END, PADDING, TextTokens

if TYPE_CHECKING:
    from numpy.typing import NDArray

HEARD_RATE_HZ = 16_000
LEAST_HEARD_S = 0.1
"""Shorter sounds are filled up with silence: their features would be too few to be normalised."""

LONGEST_ANSWER_TOKENS = 256
"""Where a checkpoint does not say: what the official one says. No line is longer; it is a minute of
speech."""


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """One translation.

    Attributes:
        text: What it says.
        mean_log_probability: Natural log, a token, its end counted.
    """

    text: str
    mean_log_probability: float


@dataclass(frozen=True, slots=True)
class Encoded:
    """What was read or heard, as the text decoder attends to it.

    Attributes:
        states: Shape (lines, steps, width).
        mask: Shape (lines, steps), int64: 1 where there is something, 0 at padding.
    """

    states: Any
    mask: Any


class SeamlessNetwork:
    """The networks on their device; one call at a time.

    Languages are Seamless's codes here.
    """

    def __init__(self, model: Any, tokens: TextTokens, features: Any) -> None:
        """Take a `SeamlessM4Tv2Model` in evaluation mode and its feature extractor."""
        self._model = model
        self._tokens = tokens
        self._features = features
        self._lock = threading.RLock()
        self._duration_factor = 1.0
        model.t2u_model.model.decoder.duration_predictor.register_forward_hook(self._scale_durations)
        model.vocoder.dur_predictor.register_forward_hook(_one_frame_a_unit)
        # From here on whatever is decoded was encoded before, be it text or speech.
        model.set_modality("text")

    def token_count(self, text: str) -> int:
        """Return how long a text is for these networks."""
        return len(self._tokens.encode(text))

    def read(self, texts: Sequence[str], language: str) -> Encoded:
        """Encode lines of text in their own language."""
        torch = _torch()
        rows = [[self._language(language), *self._tokens.encode(text), END] for text in texts]
        with self._working():
            numbers, mask = self._padded(rows)
            states = self._model.text_encoder(input_ids=numbers, attention_mask=mask).last_hidden_state
        return Encoded(states, mask.to(torch.int64))

    def hear(self, sounds: Sequence[NDArray[np.float32]]) -> Encoded:
        """Encode lines of speech, whatever their language.

        Args:
            sounds: Mono, shape (frames,), at `HEARD_RATE_HZ`.
        """
        torch = _torch()
        with self._working():
            # One at a time: in a batch, the adaptor's convolution hears the padding after a shorter line.
            heard = [self._hear_one(sound) for sound in sounds]
            states = torch.nn.utils.rnn.pad_sequence(heard, batch_first=True)
            mask = self._tensor([[step < len(line) for step in range(states.shape[1])] for line in heard])
        return Encoded(states, mask)

    def _hear_one(self, sound: NDArray[np.float32]) -> Any:
        """Return one line's states, shape (steps, width), without those of padding."""
        missing = max(0, round(LEAST_HEARD_S * HEARD_RATE_HZ) - len(sound))
        features = self._features(
            np.pad(np.asarray(sound, np.float32), (0, missing)),
            sampling_rate=HEARD_RATE_HZ,
            return_tensors="pt",
        )
        mask = features["attention_mask"].to(self._model.device)
        states = self._model.speech_encoder(
            input_features=features["input_features"].to(self._model.device, self._model.dtype),
            attention_mask=mask,
        ).last_hidden_state
        # The adaptor strides over time: eight steps become one.
        steps = int(self._model._compute_sub_sample_lengths_from_attention_mask(mask))
        return states[0, :steps]

    def write(
        self, encoded: Encoded, language: str, *, beam_size: int, hypotheses: int = 1
    ) -> list[list[Hypothesis]]:
        """Translate what was encoded; each line's hypotheses, the likeliest first.

        Args:
            encoded: Of `read` or `hear`.
            language: Into which.
            beam_size: Hypotheses kept while searching.
            hypotheses: How many of them to return, at most `beam_size`.
        """
        from transformers import GenerationMixin
        from transformers.modeling_outputs import BaseModelOutput

        with self._working():
            start = self._tensor([[END, self._language(language)]] * len(encoded.states))
            # Past the model's own `generate`, which keeps every step's scores of all 256 thousand tokens.
            found = GenerationMixin.generate(
                self._model,
                encoder_outputs=BaseModelOutput(last_hidden_state=encoded.states),
                attention_mask=encoded.mask,
                decoder_input_ids=start,
                num_beams=beam_size,
                num_return_sequences=hypotheses,
                do_sample=False,
                max_new_tokens=self._model.generation_config.max_new_tokens or LONGEST_ANSWER_TOKENS,
            ).tolist()
            answers = [_without_control(row[2:]) for row in found]
            return [
                [
                    Hypothesis(self._tokens.decode(answer), score)
                    for answer, score in zip(
                        answers[line * hypotheses : (line + 1) * hypotheses],
                        self._scores(encoded, line, answers[line * hypotheses :][:hypotheses], language),
                        strict=True,
                    )
                ]
                for line in range(len(encoded.states))
            ]

    def units_of(
        self, encoded: Encoded, texts: Sequence[str], language: str, duration_factor: float
    ) -> list[tuple[int, ...]]:
        """Turn each text into units, as a translation of what was encoded: its tokens are forced.

        Args:
            encoded: What the texts say in other words: the source's speech or text, or the texts themselves.
            texts: One a line, in `language`.
            language: That of the texts.
            duration_factor: Above 1 slower, below 1 faster: the predicted durations times this.
        """
        torch, model = _torch(), self._model
        rows = [self._tokens.encode(text) for text in texts]
        with self._working(duration_factor):
            states, mask = self._forced(encoded, rows, language)
            # The last state of [end, language, tokens...] says that the line ends; it is no letter's. The
            # first foretells the language. Neither has letters, hence the zeros around the counts.
            numbers, _ = self._padded(rows)
            pieces = model._indices_to_subwords(numbers)
            counts = model._count_character_length_in_subword(numbers, pieces, pad_token_id=PADDING)
            counts = torch.nn.functional.pad(counts, (1, 1))
            letters = model._get_char_input_ids(numbers, pieces, counts, pad_token_id=PADDING)
            answer = model.t2u_model(
                inputs_embeds=states, char_input_ids=letters, char_count_per_id=counts, attention_mask=mask
            )
            chosen = answer[0].argmax(dim=-1) - model.config.vocoder_offset
            present = answer[1].bool()
        vocabulary = range(model.config.unit_hifi_gan_vocab_size)
        return [
            tuple(unit for unit in units[there].tolist() if unit in vocabulary)
            for units, there in zip(chosen, present, strict=True)
        ]

    def sound_of(self, units: Sequence[int], language: str, speaker: int) -> NDArray[np.float32]:
        """Say units: 20 ms each, shape (frames,), at 16 kHz."""
        generation = self._model.generation_config
        with self._working():
            waveform, _ = self._model.vocoder(
                input_ids=self._tensor([list(units)]),
                speaker_id=self._tensor([[speaker]]),
                lang_id=self._tensor([[generation.vocoder_lang_code_to_id[language]]]),
            )
            samples: NDArray[np.float32] = waveform.reshape(-1).float().cpu().numpy()
        return samples

    def _scores(self, encoded: Encoded, line: int, answers: list[list[int]], language: str) -> list[float]:
        """Return the mean log probability a token of several answers to one line."""
        torch = _torch()
        alone = Encoded(
            encoded.states[line : line + 1].expand(len(answers), -1, -1),
            encoded.mask[line : line + 1].expand(len(answers), -1),
        )
        states, _ = self._forced(alone, answers, language)
        scores = []
        for row, answer in zip(states, answers, strict=True):
            # The state after each token foretells the next; that of the language's symbol the first.
            foretold = self._model.lm_head(row[1 : len(answer) + 2]).float().log_softmax(dim=-1)
            wanted = self._tensor([*answer, END])
            scores.append(float(torch.gather(foretold, 1, wanted[:, None]).mean()))
        return scores

    def _forced(self, encoded: Encoded, rows: Sequence[list[int]], language: str) -> tuple[Any, Any]:
        """Return the text decoder's states of given tokens, and which of them are no padding."""
        numbers, mask = self._padded([[END, self._language(language), *row] for row in rows])
        states = self._model.text_decoder(
            input_ids=numbers,
            encoder_hidden_states=encoded.states,
            encoder_attention_mask=encoded.mask,
        ).last_hidden_state
        return states, mask

    def _padded(self, rows: Sequence[Sequence[int]]) -> tuple[Any, Any]:
        """Return rows of one width, and where they are no padding."""
        width = max(map(len, rows))
        numbers = self._tensor([[*row, *[PADDING] * (width - len(row))] for row in rows])
        mask = self._tensor([[1] * len(row) + [0] * (width - len(row)) for row in rows])
        return numbers, mask

    def _tensor(self, values: Any) -> Any:
        return _torch().tensor(values, dtype=_torch().int64, device=self._model.device)

    def _language(self, code: str) -> int:
        return int(self._model.generation_config.text_decoder_lang_to_code_id[code])

    @contextmanager
    def _working(self, duration_factor: float = 1.0) -> Iterator[None]:
        """Hold the networks for one call, at one pace."""
        with self._lock, _torch().inference_mode():
            self._duration_factor = duration_factor
            yield

    def _scale_durations(self, _module: Any, _inputs: Any, log_durations: Any) -> Any:
        """Scale predicted durations, in units, before they are rounded; Meta does it at the same place."""
        if self._duration_factor == 1.0:
            return log_durations
        torch = _torch()
        # In float32: float16 would round a second time.
        return torch.log1p(torch.expm1(log_durations.float()).clamp(min=0.0) * self._duration_factor)


def _one_frame_a_unit(_module: Any, _inputs: Any, log_durations: Any) -> Any:
    """Let each unit last one frame.

    UnitY2 has decided durations when it gives units. The vocoder's own predictor is for the first version's,
    which came without repetitions; Meta's code leaves it out for the second, `transformers` does not.
    """
    return _torch().zeros_like(log_durations)


def _without_control(row: Sequence[int]) -> list[int]:
    """Return what comes before the end, without padding."""
    row = [number for number in row if number != PADDING]
    return row[: row.index(END)] if END in row else row


def load_network(folder: Path, pieces: Path, device: str, dtype: str) -> SeamlessNetwork:
    """Load the networks of a checkpoint onto a device.

    Args:
        folder: Where its files stand, as `transformers` names them.
        pieces: Its sentencepiece model.
        device: As PyTorch names it.
        dtype: `float32` or `float16`.

    Raises:
        FaultError: there is no such device, or the files are no such checkpoint.
    """
    torch = _torch()
    from safetensors import SafetensorError
    from transformers import SeamlessM4TFeatureExtractor, SeamlessM4Tv2Model

    if device.startswith("cuda") and not torch.cuda.is_available():
        message = (
            f"SeamlessM4T is to run on {device}, but PyTorch sees no GPU here; set the model's option device"
            " to cpu, or install a CUDA build of PyTorch"
        )
        raise FaultError(message)
    try:
        model, report = SeamlessM4Tv2Model.from_pretrained(
            folder,
            dtype=getattr(torch, dtype),
            local_files_only=True,
            use_safetensors=True,
            output_loading_info=True,
        )
        features = SeamlessM4TFeatureExtractor.from_pretrained(folder, local_files_only=True)
    except (OSError, ValueError, RuntimeError, SafetensorError) as error:
        message = f"{folder} cannot be loaded as a SeamlessM4T v2 checkpoint: {error}"
        raise FaultError(message) from error
    missing = sorted(key for key in report["missing_keys"] if not key.startswith("vocoder.dur_predictor."))
    if missing:  # transformers would fill them with noise and only warn; the vocoder's durations are not used
        message = f"{folder} lacks {len(missing)} weights of SeamlessM4T v2, the first of them {missing[0]}"
        raise FaultError(message)
    # A small part of the weights, and sums of loud sound can be more than float16 holds.
    model.vocoder.float()
    return SeamlessNetwork(model.to(device).eval(), TextTokens.load(pieces), features)


def _torch() -> Any:
    import torch

    return torch
