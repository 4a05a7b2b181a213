from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from models.catalog import load_catalog
from models.weights import WeightsStore
from pipeline_ops.commands.models import app


@pytest.fixture(autouse=True)
def weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> WeightsStore:
    monkeypatch.setenv("DUBWRIGHT_WEIGHTS_DIR", str(tmp_path / "weights"))
    for variable in ("DUBWRIGHT_WEIGHTS_SOURCE_DIR", "DUBWRIGHT_WEIGHTS_MIRROR_URL", "DUBWRIGHT_PROFILE"):
        monkeypatch.delenv(variable, raising=False)
    return WeightsStore.from_environment()


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def test_list_shows_every_model_with_licence_and_presence():
    result = run("list")
    assert result.exit_code == 0
    rows = {line.split()[0]: line for line in result.stdout.splitlines() if line.strip()}
    assert {entry.id for entry in load_catalog().models} <= rows.keys()
    assert "non-commercial" in rows["nllb-200-distilled-600m-int8"]
    assert rows["silero-vad"].split()[-1] == "yes"
    assert rows["whisper-base"].split()[-1] == "no"


def test_pull_of_what_is_present_fetches_nothing():
    result = run("pull", "silero-vad", "bergamot-tiny-en-pt")
    assert result.exit_code == 0
    assert result.stdout.count("present") == 2


def test_pull_of_an_unknown_model_suggests_near_ones_without_a_stack_trace():
    result = run("pull", "wisper-base")
    assert result.exit_code == 2
    assert "did you mean whisper-" in result.stderr
    assert "Traceback" not in result.output


def test_pull_of_an_unknown_profile_names_the_profiles():
    result = run("pull", "--profile", "nothing-like-it")
    assert result.exit_code == 2
    assert "embedded" in result.stderr


def test_a_failed_pull_tells_each_source_and_goes_on_with_the_next_model(
    monkeypatch: pytest.MonkeyPatch,
):
    # A proxy that nothing answers at makes every hub unreachable, as on a machine without network.
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    result = run("pull", "htdemucs", "silero-vad")
    assert result.exit_code == 1
    assert "dl.fbaipublicfiles.com" in result.stderr
    assert "silero-vad: present" in result.stdout


def test_verify_of_sound_files_says_so():
    result = run("verify")
    assert result.exit_code == 0
    assert "files are sound" in result.stdout


def test_verify_names_damaged_files_and_ends_with_an_error(weights: WeightsStore):
    file = next(file for file in load_catalog().entry("whisper-base").files if file.name == "config.json")
    blob = weights.folder / "blobs" / file.sha256
    blob.parent.mkdir(parents=True)
    blob.write_bytes(b"x" * file.size_bytes)
    result = run("verify")
    assert result.exit_code == 1
    assert "DAMAGED config.json of whisper-base" in result.stderr
    assert "models pull whisper-base" in result.stderr
    assert not blob.exists()


def test_languages_shows_the_pairs_their_models_their_figures_and_what_to_pull():
    result = run("languages")
    assert result.exit_code == 0
    rows = [line.split() for line in result.stdout.splitlines()]
    assert ["en", "pt", "whisper-base", "bergamot-tiny-en-pt", "kokoro-82m-int8"] in rows
    assert "word error rate 0.08 for en" in result.stdout
    assert "models pull qwen2.5-coder-1.5b-instruct-q4_k_m" in result.stdout
    assert "es-en" in result.stdout


def test_describe_prints_a_catalog_for_files_that_were_fetched(tmp_path: Path):
    names = ["config.json", "generation_config.json", "preprocessor_config.json", "sentencepiece.bpe.model"]
    for name in [*names, "model.safetensors"]:
        (tmp_path / name).write_text("content")
    result = run("describe", "seamless-m4t-v2-large", str(tmp_path), "--option", "beam_size=3")
    assert result.exit_code == 0, result.stderr
    (tmp_path / "catalog.yaml").write_text(result.stdout)
    entries = load_catalog(tmp_path / "catalog.yaml").models
    assert [entry.id for entry in entries] == ["seamless-m4t-v2-large", "seamless-m4t-v2-large-speech"]
    assert entries[0].options == {"beam_size": 3}


def test_describe_says_which_file_is_missing(tmp_path: Path):
    result = run("describe", "seamless-m4t-v2-large", str(tmp_path))
    assert result.exit_code == 2
    assert "has no config.json" in result.stderr
    assert run("describe", "seamless-m4t-v2-large", str(tmp_path), "--option", "cuda").exit_code == 2
