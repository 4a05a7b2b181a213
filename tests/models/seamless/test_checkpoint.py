from __future__ import annotations

import gc
import json
import shutil
import weakref
from pathlib import Path
from typing import Any

import pytest

from models.errors import FaultError
from models.seamless.checkpoint import SeamlessCheckpoint, SeamlessOptions, open_checkpoint
from models.speech_synthesis.seamless_m4t import SeamlessSynthesizer
from models.translation.seamless_m4t import SeamlessTranslator
from tests.models.seamless.tiny_checkpoint import OPTIONS

pytestmark = pytest.mark.models


def copied(files: dict[str, Path], folder: Path) -> dict[str, Path]:
    return {name: Path(shutil.copy(path, folder / name)) for name, path in files.items()}


def test_a_checkpoint_says_what_it_reads_and_speaks_without_loading_its_networks(
    tiny_seamless: dict[str, Path], tmp_path: Path
) -> None:
    files = copied(tiny_seamless, tmp_path)
    files["model.safetensors"].write_bytes(b"no weights")
    checkpoint = open_checkpoint(files, OPTIONS)
    assert checkpoint.text_languages == {"en": "eng", "fr": "fra", "pt": "por"}
    assert [(voice.id, voice.language) for voice in checkpoint.voices] == [
        ("eng-0", "en"),
        ("fra-1", "fr"),
        ("fra-2", "fr"),
        ("por-3", "pt"),
    ]
    with pytest.raises(FaultError, match="cannot be loaded as a SeamlessM4T v2 checkpoint"):
        _ = checkpoint.network


def test_translator_and_synthesizer_share_one_checkpoint_and_let_go_of_it(
    tiny_seamless: dict[str, Path], tmp_path: Path
) -> None:
    # Each entry of the catalog has a folder of its own, with links to the same content.
    linked = {name: tmp_path / name for name in tiny_seamless}
    for name, path in linked.items():
        path.symlink_to(tiny_seamless[name])
    translator = SeamlessTranslator.load(tiny_seamless, OPTIONS)
    synthesizer = SeamlessSynthesizer.load(linked, OPTIONS)
    assert translator._checkpoint is synthesizer._checkpoint
    other = SeamlessSynthesizer.load(linked, {**OPTIONS, "batch_tokens": 64})
    assert other._checkpoint is not synthesizer._checkpoint
    held = weakref.ref(translator._checkpoint)
    del translator, synthesizer
    gc.collect()
    assert held() is None


def test_speakers_that_the_vocoder_does_not_have_are_no_voices(tiny_seamless: dict[str, Path]) -> None:
    checkpoint = SeamlessCheckpoint(tiny_seamless, SeamlessOptions())
    assert checkpoint.voices == ()  # Meta's begin at 10 for English; this vocoder has four


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"beams": 5}, "no option"),
        ({"dtype": "int8"}, "float32 or float16"),
        ({"batch_tokens": 0}, "above 0"),
    ],
)
def test_an_option_that_it_cannot_have_is_an_error(
    tiny_seamless: dict[str, Path], options: dict[str, Any], said: str
) -> None:
    with pytest.raises(FaultError, match=said):
        open_checkpoint(tiny_seamless, options)


def test_a_gpu_that_is_not_there_is_named(tiny_seamless: dict[str, Path]) -> None:
    import torch

    if torch.cuda.is_available():
        pytest.skip("this machine has a GPU")
    checkpoint = open_checkpoint(tiny_seamless, {**OPTIONS, "device": "cuda", "dtype": "float16"})
    with pytest.raises(FaultError, match="sees no GPU"):
        _ = checkpoint.network


def test_missing_files_are_named(tiny_seamless: dict[str, Path]) -> None:
    without = {name: path for name, path in tiny_seamless.items() if not name.endswith((".model", "tensors"))}
    with pytest.raises(FaultError, match=r"needs sentencepiece\.bpe\.model, model\.safetensors"):
        open_checkpoint(without, OPTIONS)


def test_another_model_is_told_from_a_seamless_one(tiny_seamless: dict[str, Path], tmp_path: Path) -> None:
    files = copied(tiny_seamless, tmp_path)
    generation = json.loads(files["generation_config.json"].read_text())
    del generation["vocoder_lang_code_to_id"]
    files["generation_config.json"].write_text(json.dumps(generation))
    with pytest.raises(
        FaultError, match="is no SeamlessM4T v2 checkpoint: it lacks 'vocoder_lang_code_to_id'"
    ):
        open_checkpoint(files, OPTIONS)
    files["generation_config.json"].write_text("<html>")
    with pytest.raises(FaultError, match="cannot be read as JSON"):
        open_checkpoint(files, OPTIONS)


def test_weights_that_are_missing_are_an_error_and_not_noise(
    tiny_seamless: dict[str, Path], tmp_path: Path
) -> None:
    from safetensors.torch import load_file, save_file

    files = copied(tiny_seamless, tmp_path)
    weights = load_file(files["model.safetensors"])
    save_file(
        {name: value for name, value in weights.items() if not name.startswith("t2u_model.model.encoder")},
        files["model.safetensors"],
        {"format": "pt"},
    )
    with pytest.raises(FaultError, match=r"lacks \d+ weights .* t2u_model\.model\.encoder"):
        _ = open_checkpoint(files, OPTIONS).network
