"""Writes a tiny random SeamlessExpressive: the files of Meta's release, and cards that say how small it is.

Run by the interpreter of the Seamless environment, as `python make_tiny_expressive.py FOLDER`; the tokenizers
are in that folder already. It imports nothing of Dubwright.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import soundfile  # noqa: F401  brings the libsndfile that fairseq2 looks for
import torch
from fairseq2.assets import asset_store
from fairseq2.assets.metadata_provider import InProcAssetMetadataProvider
from seamless_communication.models.generator.builder import create_vocoder_model
from seamless_communication.models.generator.loader import load_pretssel_vocoder_config
from seamless_communication.models.unity import load_unity_text_tokenizer
from seamless_communication.models.unity.builder import create_unity_model
from seamless_communication.models.unity.loader import load_unity_config

PIECES = 80
"""How many pieces the text tokenizer has."""

CHARACTERS = 60
"""At least as many letters as the character tokenizer knows."""


def main() -> None:
    """Write everything into the folder that the command line names."""
    folder = Path(sys.argv[1])
    metadata = [
        {
            "name": "seamless_expressivity@tiny",
            "tokenizer": folder / "tokenizer.model",
            "char_tokenizer": folder / "spm_char_lang38_tc.model",
        },
    ]
    asset_store.env_resolvers.append(lambda: "tiny")
    asset_store.metadata_providers.append(InProcAssetMetadataProvider(metadata))
    vocabulary = load_unity_text_tokenizer("seamless_expressivity").vocab_info.size
    cards = {
        "seamless_expressivity": {"model_config": _unity(vocabulary)},
        "vocoder_pretssel": {"model_config": {**_pretssel(), **_gcmvn()}},
    }
    (folder / "cards.json").write_text(json.dumps(cards))
    asset_store.metadata_providers.append(
        InProcAssetMetadataProvider(
            [
                {**metadata[0], **cards["seamless_expressivity"]},
                {"name": "vocoder_pretssel@tiny", **cards["vocoder_pretssel"]},
            ]
        )
    )
    torch.manual_seed(3)
    unity = create_unity_model(load_unity_config("seamless_expressivity"))
    with torch.no_grad():  # languages and other symbols stand last: it shall write words
        unity.text_decoder_frontend.embed.weight[PIECES:].mul_(0.1)
    torch.save({"model": unity.state_dict()}, folder / "m2m_expressive_unity.pt")
    pretssel = create_vocoder_model(load_pretssel_vocoder_config("vocoder_pretssel"))
    pretssel.scale.fill_(4.0)  # what the sound network divides by; zero until it is trained
    torch.save({"model": pretssel.state_dict()}, folder / "pretssel_melhifigan_wm.pt")


def _ecapa() -> dict[str, Any]:
    return {
        "channels": [16, 16, 16, 16, 48],
        "attention_channels": 8,
        "res2net_scale": 2,
        "se_channels": 8,
        "embed_dim": 16,
    }


def _unity(vocabulary: int) -> dict[str, Any]:
    layers = {"num_encoder_layers": 1, "num_decoder_layers": 1}
    heads = {"num_encoder_attn_heads": 2, "num_decoder_attn_heads": 2}
    return {
        "model_dim": 32,
        "w2v2_encoder_config": {
            "model_dim": 32,
            "num_encoder_layers": 1,
            "num_encoder_attn_heads": 2,
            "ffn_inner_dim": 32,
            "depthwise_conv_kernel_size": 5,
        },
        "mt_model_config": {
            "model_dim": 32,
            "ffn_inner_dim": 32,
            "vocab_info": {"size": vocabulary},
            **layers,
            **heads,
        },
        "t2u_config": {
            "model_dim": 32,
            "ffn_inner_dim": 32,
            "prosody_encoder_dim": 16,
            "nar_decoder_frontend_config": {
                "duration_predictor_config": {"var_pred_hidden_dim": 16, "film_cond_dim": 16}
            },
            "nar_decoder_config": {
                "char_vocabulary_size": CHARACTERS,
                "conv1d_inner_dim": 32,
                "film_cond_dim": 16,
            },
            **layers,
            **heads,
        },
        "prosody_encoder_config": _ecapa(),
    }


def _pretssel() -> dict[str, Any]:
    return {
        "encoder_frontend_config": {"prosody_encoder_config": _ecapa(), "lang_embed_dim": 8},
        "fft_layer_config": {"hidden_dim": 32, "film_cond_dim": 24},
        "decoder_frontend_config": {
            "variance_predictor_config": {"var_pred_hidden_dim": 16, "film_cond_dim": 24}
        },
        "pn_conv_dim": 16,
        "model_dim": 32,
        "encoder_layers": 1,
        "decoder_layers": 1,
        "upsample_initial_channel": 64,
        "dimension": 16,
        "n_filters": 4,
        "langs": ["cmn", "deu", "eng", "fra", "ita", "spa"],
    }


def _gcmvn() -> dict[str, Any]:
    return {"gcmvn_stats": {"mean": [12.0] * 80, "std": [4.0] * 80}}


if __name__ == "__main__":
    main()
