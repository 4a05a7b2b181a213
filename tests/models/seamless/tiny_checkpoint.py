"""A tiny SeamlessM4T v2 checkpoint in the files of the official one, so that the same code loads both.

It knows three sentences in three languages by heart, read and heard; its units and its sound are random.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

SPEAKERS = {"eng": (0,), "fra": (1, 2), "por": (3,)}
OPTIONS: dict[str, Any] = {"speakers": SPEAKERS, "beam_size": 4}
SENTENCES = {
    "en": ("We bake bread at home.", "The train is late again today.", "She has two cats."),
    "fr": ("Nous faisons du pain.", "Le train est en retard.", "Elle a deux chats."),
    "pt": ("Fazemos pão em casa.", "O trem está atrasado de novo hoje.", "Ela tem dois gatos."),
}
CODES = {"en": "eng", "fr": "fra", "pt": "por"}
STEPS = 70

LETTERS = "▁" + "".join(sorted(set("".join(map("".join, SENTENCES.values()))) - {" "}))


def make_tiny_checkpoint(folder: Path) -> None:
    """Write a checkpoint of some hundred kilobytes."""
    import torch
    from transformers import SeamlessM4TFeatureExtractor, SeamlessM4Tv2Config, SeamlessM4Tv2Model

    pieces = _train_pieces(folder)
    first_language = pieces.get_piece_size() + 1
    languages = {code: first_language + place for place, code in enumerate(CODES.values())}
    torch.manual_seed(5)
    model = SeamlessM4Tv2Model(SeamlessM4Tv2Config(**_shape(first_language + len(CODES)))).eval()
    _learn(model, pieces, languages)
    _make_definite(model)
    generation = model.generation_config
    generation.text_decoder_lang_to_code_id = languages
    generation.t2u_lang_code_to_id = languages
    generation.vocoder_lang_code_to_id = {code: place for place, code in enumerate(CODES.values())}
    generation.id_to_text = {
        str(number + 1): pieces.id_to_piece(number) for number in range(pieces.get_piece_size())
    }
    generation.char_to_id = {letter: 4 + place for place, letter in enumerate(LETTERS)}
    generation._from_model_config = False  # else reading it again keeps only the fields that every model has
    model.save_pretrained(folder)
    SeamlessM4TFeatureExtractor().save_pretrained(folder)


def tiny_files(folder: Path) -> dict[str, Path]:
    """Return the files of a checkpoint that was written, by name."""
    return {path.name: path for path in sorted(folder.iterdir()) if path.suffix != ".txt"}


def _train_pieces(folder: Path) -> Any:
    import sentencepiece

    text = folder / "sentences.txt"
    text.write_text("\n".join(map("\n".join, SENTENCES.values())), encoding="utf-8")
    sentencepiece.SentencePieceTrainer.train(
        input=str(text),
        model_prefix=str(folder / "pieces"),
        vocab_size=120,
        hard_vocab_limit=False,
        model_type="bpe",
        minloglevel=2,
    )
    (folder / "pieces.vocab").unlink()
    path = (folder / "pieces.model").rename(folder / "sentencepiece.bpe.model")
    return sentencepiece.SentencePieceProcessor(model_file=str(path))


def spoken(language: str, line: int) -> Any:
    """A sound of half a second to a second that the checkpoint takes for one of the sentences, at 16 kHz."""
    import numpy as np

    seed = 10 * list(CODES).index(language) + line
    frames = 8000 + 4000 * line
    envelope = np.sin(np.arange(frames) / (900 + 500 * seed)) ** 2
    return (envelope * np.random.default_rng(seed).normal(0, 0.1, frames)).astype(np.float32)


def _learn(model: Any, pieces: Any, languages: dict[str, int]) -> None:
    """Learn by heart what each sentence, read or heard, is in every other language."""
    import torch
    from transformers import SeamlessM4TFeatureExtractor

    def padded(rows: list[list[int]], filler: int) -> torch.Tensor:
        width = max(map(len, rows))
        return torch.tensor([[*row, *[filler] * (width - len(row))] for row in rows])

    def symbols(language: str, line: int) -> list[int]:
        text = [number + 1 for number in pieces.encode(SENTENCES[language][line])]
        return [languages[CODES[language]], *text, 3]

    lessons = [
        (source, target, line)
        for source in SENTENCES
        for target in SENTENCES
        if source != target
        for line in range(len(SENTENCES["en"]))
    ]
    read = padded([symbols(source, line) for source, _, line in lessons], 0)
    heard = SeamlessM4TFeatureExtractor()(
        [spoken(source, line) for source, _, line in lessons], sampling_rate=16_000, return_tensors="pt"
    )
    answers = [symbols(target, line) for _, target, line in lessons]
    decoder_input_ids = padded([[3, *answer[:-1]] for answer in answers], 0)
    labels = padded(answers, -100)
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-2)
    model.train()
    for step in range(STEPS):
        optimiser.zero_grad()
        if step % 2:
            model.set_modality("text")
            inputs = {"input_ids": read, "attention_mask": (read != 0).long()}
        else:
            model.set_modality("speech")
            inputs = dict(heard)
        logits = model(**inputs, decoder_input_ids=decoder_input_ids, use_cache=False).logits
        torch.nn.functional.cross_entropy(logits.transpose(1, 2), labels).backward()
        optimiser.step()
    model.eval()


def _make_definite(model: Any) -> None:
    """Let what stays random be loud and lasting: units of several frames, sound that can be heard."""
    import torch

    with torch.no_grad():
        model.t2u_model.model.decoder.duration_predictor.proj.bias.fill_(1.6)  # about four frames a letter
        model.t2u_model.lm_head.weight[:4].zero_()  # control symbols are no sound
        for weight in model.vocoder.parameters():
            if weight.dim() > 1:
                weight.normal_(0.0, (4.0 / weight[0].numel()) ** 0.5)


def _shape(vocabulary: int) -> dict[str, Any]:
    """The official configuration's fields, each as small as it can be."""
    layers = {
        f"{part}_{field}": value
        for part in ("encoder", "decoder", "t2u_encoder", "t2u_decoder")
        for field, value in (("layers", 1), ("ffn_dim", 64), ("attention_heads", 2))
    }
    return {
        **layers,
        "vocab_size": vocabulary,
        "t2u_vocab_size": 64,
        "char_vocab_size": 4 + len(LETTERS),
        "hidden_size": 32,
        "max_position_embeddings": 256,
        "speech_encoder_layers": 1,
        "speech_encoder_attention_heads": 2,
        "speech_encoder_intermediate_size": 16,
        "conv_depthwise_kernel_size": 5,
        "t2u_max_position_embeddings": 256,
        "t2u_variance_predictor_embed_dim": 32,
        "t2u_variance_predictor_hidden_dim": 16,
        "unit_hifi_gan_vocab_size": 64,
        "unit_embed_dim": 16,
        "lang_embed_dim": 8,
        "spkr_embed_dim": 8,
        "vocoder_num_langs": len(CODES),
        "vocoder_num_spkrs": 4,
        "upsample_initial_channel": 32,
        "pad_token_id": 0,
        "bos_token_id": 2,
        "eos_token_id": 3,
        "decoder_start_token_id": 3,
        "t2u_pad_token_id": 1,
        "t2u_eos_token_id": 2,
        "max_new_tokens": 24,
        "dropout": 0.0,
        "attention_dropout": 0.0,
        "activation_dropout": 0.0,
        "speech_encoder_dropout": 0.0,
        "adaptor_dropout": 0.0,
        "encoder_layerdrop": 0.0,
        "decoder_layerdrop": 0.0,
        "speech_encoder_layerdrop": 0.0,
    }
