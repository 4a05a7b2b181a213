"""SeamlessExpressive through seamless_communication and fairseq2, as an engine of `worker.py`.

Runs in the environment of `seamless.txt` alone and imports nothing of Dubwright;
`models/seamless/expressive.py` asks it. Two networks: a UnitY2 whose units are coloured by the prosody of the
source line, and PRETSSEL, a vocoder that says units in the voice and manner of that line (arXiv 2312.05187,
sec. 4).

The files are those of Meta's release, and its two tokenizers, which other releases share. Cards of fairseq2
say how large the networks are; `cards` among the options changes them for a checkpoint of another size.
"""

from __future__ import annotations

import math
from typing import Any

UNITY, PRETSSEL = "seamless_expressivity", "vocoder_pretssel"
HEARD_RATE_HZ = 16_000
BEAM_SIZE = 5  # Meta's
PROSODY_MARKS = str.maketrans("", "", "*=")
"""The decoder writes stress and pauses into its text as these; nobody speaks or reads them."""


class UnsupportedLanguageError(ValueError):
    """Known by this name at the other end."""


class ModelOutputError(ValueError):
    """Known by this name at the other end."""


class SeamlessExpressive:
    """Translates one line at a time, in the voice and manner in which it was spoken.

    Languages are Seamless's codes here.
    """

    METHODS = ("translate", "retell", "say")

    def __init__(self, translator: Any, vocoder: Any, fbank: Any, mean: Any, deviation: Any) -> None:
        self._translator = translator
        self._vocoder = vocoder
        self._fbank = fbank
        self._mean = mean
        self._deviation = deviation

    @classmethod
    def load(cls, options: dict[str, Any]) -> SeamlessExpressive:
        """Load both networks.

        Args:
            options: `files` (paths by the names of Meta's release), `device` (as torch names it), `dtype`
                ("float32" or "float16"; a CPU always computes in float32), `cards` (fields of fairseq2's
                cards by their names, optional).
        """
        # fairseq2 looks for libsndfile among the system's libraries; this package brings one along.
        import soundfile  # noqa: F401
        import torch
        from fairseq2.data.audio import WaveformToFbankConverter
        from seamless_communication.cli.expressivity.predict.pretssel_generator import PretsselGenerator
        from seamless_communication.inference import Translator
        from seamless_communication.models.unity import load_gcmvn_stats, load_unity_unit_tokenizer

        _register(options["files"], options.get("cards") or {})
        device = torch.device(options["device"])
        dtype = torch.float32 if device.type == "cpu" else getattr(torch, options["dtype"])
        translator = Translator(UNITY, None, device=device, dtype=dtype)
        units = load_unity_unit_tokenizer(UNITY)
        vocoder = PretsselGenerator(PRETSSEL, vocab_info=units.vocab_info, device=device, dtype=dtype)
        fbank = WaveformToFbankConverter(
            num_mel_bins=80,
            waveform_scale=2**15,
            channel_last=True,
            standardize=False,
            device=device,
            dtype=dtype,
        )
        mean, deviation = (
            torch.tensor(values, device=device, dtype=dtype) for values in load_gcmvn_stats(PRETSSEL)
        )
        return cls(translator, vocoder, fbank, mean, deviation)

    def about(self) -> dict[str, Any]:
        """Return the rate of what it says and the languages that it speaks."""
        from fairseq2.assets import asset_store

        config = asset_store.retrieve_card(PRETSSEL).field("model_config").as_(dict)
        return {"sample_rate_hz": self._vocoder.output_sample_rate, "languages": sorted(config["langs"])}

    def translate(
        self, language: str, duration_factor: float, sound: Any
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return a line's translation as `text` and `units`.

        Args:
            language: Into which.
            duration_factor: Predicted durations are multiplied by it.
            sound: The line as it was spoken, mono, shape (frames,), float32, at 16 kHz.
        """
        from seamless_communication.inference import SequenceGeneratorOptions

        self._require(language)
        heard, prosody = self._features(sound)
        texts, speech = self._translator.predict(
            heard,
            "s2st",
            language,
            # An unknown letter cannot be spoken; so does Meta's evaluation.
            text_generation_opts=SequenceGeneratorOptions(
                beam_size=BEAM_SIZE, soft_max_seq_len=(1, 200), unk_penalty=math.inf
            ),
            duration_factor=duration_factor,
            prosody_encoder_input=prosody,
        )
        return _answer(" ".join(str(texts[0]).translate(PROSODY_MARKS).split()), speech.units[0]), {}

    def retell(
        self, text: str, language: str, duration_factor: float, sound: Any
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the units of a given translation of a line: its tokens are forced on the decoder.

        Args:
            text: What the line shall say, in `language`.
            language: As `translate` takes it.
            duration_factor: As `translate` takes it.
            sound: As `translate` takes it.
        """
        import torch
        from fairseq2.nn.padding import get_seqs_and_padding_mask

        self._require(language)
        model, tokenizer = self._translator.model, self._translator.text_tokenizer
        heard, prosody = self._features(sound)
        encoder = tokenizer.create_encoder(
            task="translation", lang=language, mode="target", device=self._translator.device
        )
        tokens = encoder(text).unsqueeze(0)
        with torch.inference_mode():
            encoded, encoded_mask = model.encode_speech(*get_seqs_and_padding_mask(heard))
            states, states_mask = model.decode(tokens, None, encoded, encoded_mask)
            manner = model.prosody_encoder_model(*get_seqs_and_padding_mask(prosody)).unsqueeze(1)
            answer, _, _ = model.t2u_model(
                text_decoder_output=states,
                text_decoder_padding_mask=states_mask,
                text_seqs=tokens,
                duration_factor=duration_factor,
                film_cond_emb=manner,
            )
            units = self._translator.unit_tokenizer.create_decoder()(answer.logits.argmax(dim=2))
        said = units[0][units[0] != model.t2u_model.target_vocab_info.pad_idx]
        return _answer(text, said.tolist()), {}

    def say(self, units: list[int], language: str, sound: Any) -> tuple[None, dict[str, Any]]:
        """Return units as `samples`, shape (frames,), float32, in the voice and manner of the line.

        Args:
            units: Of `translate` or `retell`.
            language: Theirs.
            sound: The line as it was spoken, as `translate` takes it.
        """
        self._require(language)
        _, prosody = self._features(sound)
        spoken = self._vocoder.predict([units], tgt_lang=language, prosody_encoder_input=prosody)
        return None, {"samples": spoken.audio_wavs[0].reshape(-1).float().cpu().numpy()}

    def _require(self, language: str) -> None:
        spoken = self.about()["languages"]
        if language not in spoken:
            raise UnsupportedLanguageError("it does not speak " + language + ", but " + ", ".join(spoken))

    def _features(self, sound: Any) -> tuple[Any, Any]:
        """Return a line as its words' encoder and as its prosody's encoder hear it.

        The first is normalised by the line itself, the second by what Meta trained on: how loud and how high
        it is must not be lost.
        """
        import torch
        from fairseq2.data import SequenceData

        # In the converter's own words: (frames, channels).
        waveform = torch.from_numpy(sound).unsqueeze(1)
        fbank = self._fbank({"waveform": waveform, "sample_rate": HEARD_RATE_HZ})["fbank"]
        deviation, mean = torch.std_mean(fbank, dim=0)
        return tuple(
            SequenceData(seqs=each.unsqueeze(0), seq_lens=torch.LongTensor([len(each)]), is_ragged=False)
            for each in (
                fbank.subtract(mean).divide(deviation),
                fbank.subtract(self._mean).divide(self._deviation),
            )
        )


def _answer(text: str, units: list[int]) -> dict[str, Any]:
    if not text or not units:
        raise ModelOutputError("a line came back without " + ("units" if text else "a word"))
    return {"text": text, "units": units}


def _register(files: dict[str, str], cards: dict[str, dict[str, Any]]) -> None:
    """Tell fairseq2 where the files lie: nothing is fetched by itself, and nothing that was not pinned."""
    from pathlib import Path

    from fairseq2.assets import InProcAssetMetadataProvider, asset_store

    named = [
        {
            "name": UNITY + "@dubwright",
            "checkpoint": Path(files["m2m_expressive_unity.pt"]),
            "tokenizer": Path(files["tokenizer.model"]),
            "char_tokenizer": Path(files["spm_char_lang38_tc.model"]),
            **cards.get(UNITY, {}),
        },
        {
            "name": PRETSSEL + "@dubwright",
            "checkpoint": Path(files["pretssel_melhifigan_wm.pt"]),
            **cards.get(PRETSSEL, {}),
        },
    ]
    asset_store.env_resolvers.append(lambda: "dubwright")
    asset_store.metadata_providers.append(InProcAssetMetadataProvider(named))
