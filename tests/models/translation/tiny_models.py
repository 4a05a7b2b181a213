"""Tiny models that know a few sentences by heart, in the formats of NLLB-200 and OPUS-MT.

They are trained in seconds and converted by CTranslate2's own converters, so that what is proven on
them (token order, language codes, vocabularies, file names) holds for the real weights.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ctranslate2.converters.transformers as converters
import sentencepiece
import torch
from transformers import M2M100Config, M2M100ForConditionalGeneration, MarianConfig, MarianMTModel

SENTENCES = {
    "en": ("I bake bread at home.", "The train is late again today.", "She has two cats."),
    "pt": ("Eu faço pão em casa.", "O trem está atrasado de novo hoje.", "Ela tem dois gatos."),
}
CODES = {"en": "eng_Latn", "pt": "por_Latn"}
SHAPE = {
    "d_model": 64,
    "encoder_layers": 1,
    "decoder_layers": 1,
    "encoder_attention_heads": 2,
    "decoder_attention_heads": 2,
    "encoder_ffn_dim": 128,
    "decoder_ffn_dim": 128,
    "max_position_embeddings": 64,
    "dropout": 0.0,
    "attention_dropout": 0.0,
    "activation_dropout": 0.0,
    "encoder_layerdrop": 0.0,
    "decoder_layerdrop": 0.0,
}
STEPS = 120


@dataclass
class Vocabulary:
    """The few attributes of a tokenizer that the converters read."""

    tokens: list[str]
    bos_token: str = "<s>"
    eos_token: str = "</s>"
    unk_token: str = "<unk>"
    pad_token: str = "<pad>"
    num_madeup_words: int = 0

    @property
    def unk_token_id(self) -> int:
        return self.tokens.index(self.unk_token)

    @property
    def special_tokens_map(self) -> dict[str, Any]:
        return {}

    def convert_ids_to_tokens(self, number: int) -> str:
        return self.tokens[number]

    def get_vocab(self) -> dict[str, int]:
        return {token: number for number, token in enumerate(self.tokens)}


def make_nllb(folder: Path) -> dict[str, Path]:
    """Return the files of a model that translates the sentences both ways, with language codes."""
    pieces = _train_pieces(folder, "sentencepiece.bpe.model", [*SENTENCES["en"], *SENTENCES["pt"]])
    tokens = ["<s>", "<pad>", "</s>", "<unk>", *_own_pieces(pieces), *CODES.values(), "<mask>"]
    config = M2M100Config(
        vocab_size=len(tokens),
        pad_token_id=1,
        bos_token_id=0,
        eos_token_id=2,
        decoder_start_token_id=2,
        **SHAPE,
    )
    torch.manual_seed(0)
    model = M2M100ForConditionalGeneration(config)
    examples = [
        (
            [CODES[source], *pieces.encode(text, out_type=str), "</s>"],
            [CODES[target], *pieces.encode(translation, out_type=str), "</s>"],
        )
        for source, target in (("en", "pt"), ("pt", "en"))
        for text, translation in zip(SENTENCES[source], SENTENCES[target], strict=True)
    ]
    _learn(model, tokens, examples)
    return _convert(folder, model, tokens, converters.M2M100Loader())


def make_marian(folder: Path) -> dict[str, Path]:
    """Return the files of a model that translates the English sentences, with a vocabulary a side."""
    source = _train_pieces(folder, "source.spm", list(SENTENCES["en"]))
    target = _train_pieces(folder, "target.spm", list(SENTENCES["pt"]))
    both = dict.fromkeys([*_own_pieces(source), *_own_pieces(target)])
    tokens = ["</s>", "<unk>", *both, "<pad>"]
    padding = len(tokens) - 1
    config = MarianConfig(
        vocab_size=len(tokens),
        pad_token_id=padding,
        eos_token_id=0,
        decoder_start_token_id=padding,
        forced_eos_token_id=0,
        scale_embedding=True,
        activation_function="swish",
        **SHAPE,
    )
    torch.manual_seed(0)
    model = MarianMTModel(config)
    examples = [
        (
            [*source.encode(text, out_type=str), "</s>"],
            [*target.encode(translation, out_type=str), "</s>"],
        )
        for text, translation in zip(SENTENCES["en"], SENTENCES["pt"], strict=True)
    ]
    _learn(model, tokens, examples)
    return _convert(folder, model, tokens, converters.MarianMTLoader())


def _train_pieces(folder: Path, name: str, sentences: list[str]) -> Any:
    text = folder / "sentences.txt"
    text.write_text("\n".join(sentences), encoding="utf-8")
    sentencepiece.SentencePieceTrainer.train(
        input=str(text),
        model_prefix=str(folder / "pieces"),
        vocab_size=60,
        hard_vocab_limit=False,
        model_type="bpe",
        minloglevel=2,
    )
    (folder / "pieces.model").rename(folder / name)
    return sentencepiece.SentencePieceProcessor(model_file=str(folder / name))


def _own_pieces(pieces: Any) -> list[str]:
    return [pieces.id_to_piece(number) for number in range(3, pieces.get_piece_size())]


def _learn(model: Any, tokens: list[str], examples: list[tuple[list[str], list[str]]]) -> None:
    """Learn the examples by heart, one batch with padding."""
    numbers = {token: number for number, token in enumerate(tokens)}
    padding = numbers["<pad>"]

    def batch(rows: list[list[str]], filler: int) -> torch.Tensor:
        width = max(map(len, rows))
        return torch.tensor(
            [[numbers[token] for token in row] + [filler] * (width - len(row)) for row in rows]
        )

    inputs = batch([source for source, _ in examples], padding)
    labels = batch([target for _, target in examples], -100)
    optimiser = torch.optim.Adam(model.parameters(), lr=3e-3)
    model.train()
    for _ in range(STEPS):
        optimiser.zero_grad()
        model(input_ids=inputs, attention_mask=inputs != padding, labels=labels).loss.backward()
        optimiser.step()
        # Marian starts its answers from a zero embedding, which is the padding's.
        model.get_input_embeddings().weight.data[padding].zero_()
    model.eval()


def _convert(folder: Path, model: Any, tokens: list[str], loader: Any) -> dict[str, Path]:
    with torch.no_grad():
        spec = loader(model, Vocabulary(tokens))
    spec.validate()
    spec.optimize(quantization="int8")
    spec.save(str(folder))
    return {path.name: path for path in folder.iterdir()}
