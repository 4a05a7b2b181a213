import subprocess
import sys
from pathlib import Path

import pytest

from models.catalog import CATALOG_FILE, CatalogError, HubSource, load_catalog
from models.errors import FaultError, UnknownModelError
from tests.models.weights_support import catalog_of, digest, entry_of, file_of

ENTRY = """
models:
  - id: tiny
    capability: {capability}
    version: "1"
    summary: A model.
    homepage: https://example.org
    licence: {{spdx: MIT, non_commercial: false}}
    engine: package.module:Engine
    {more}
    files:
      - name: {name}
        sha256: {sha256}
        size_bytes: 3
        sources: [{{kind: hub, url: https://example.org/f}}]
"""


def write(tmp_path: Path, **changes: str) -> Path:
    fields = {
        "capability": "voice_activity_detection",
        "more": "opt_in: false",
        "name": "f.bin",
        "sha256": digest(b"abc"),
    }
    path = tmp_path / "catalog.yaml"
    path.write_text(ENTRY.format(**(fields | changes)))
    return path


def test_the_catalog_that_comes_with_dubwright_is_valid_and_covers_every_capability():
    assert {entry.capability for entry in load_catalog().models} == {
        "voice_activity_detection",
        "language_identification",
        "speech_recognition",
        "speech_separation",
        "translation",
        "speech_synthesis",
        "speech_encoding",
        "speaker_embedding",
        "diarization",
        "face_landmarks",
        "lip_sync",
        "toxicity_detection",
        "watermarking",
        "sentence_similarity",
        "speech_quality",
    }


def test_hub_addresses_are_encrypted():
    for entry in load_catalog().models:
        for file in entry.files:
            for source in file.sources:
                assert not isinstance(source, HubSource) or source.url.startswith("https://")


def test_every_file_of_the_catalog_that_comes_with_dubwright_can_be_had_somewhere():
    assert all(file.sources for entry in load_catalog().models for file in entry.files)


def test_the_same_digest_always_has_the_same_length():
    lengths: dict[str, int] = {}
    for entry in load_catalog().models:
        for file in entry.files:
            assert lengths.setdefault(file.sha256, file.size_bytes) == file.size_bytes


def test_kokoro_lists_a_file_for_each_of_its_voices():
    entry = load_catalog().entry("kokoro-82m-int8")
    voices = {voice for voices in entry.voices.values() for voice in voices}
    files = {Path(file.name).stem for file in entry.files if file.name.startswith("voices/")}
    assert voices == files
    assert not {voice for voice in voices if voice[0] in "jz"}


def test_both_whisper_base_entries_share_their_files():
    catalog = load_catalog()
    assert catalog.entry("whisper-base").files == catalog.entry("whisper-base-language-id").files


def test_the_files_of_another_entry_count_as_an_entrys_own_where_they_are_named_as_a_whole():
    catalog = load_catalog()
    student = catalog.entry("bergamot-tiny-en-pt").files
    encoder = catalog.entry("universal-sentence-encoder-3").files
    model, *others = catalog.entry("qwen2.5-coder-1.5b-instruct-q4_k_m").files
    assert model.name.endswith(".gguf")
    assert tuple(others) == student + encoder


def test_an_unknown_model_is_an_error_that_suggests_near_ones():
    with pytest.raises(UnknownModelError, match="did you mean whisper-"):
        load_catalog().entry("wisper-base")


def test_between_serves_every_ordered_pair():
    entry = entry_of("t", capability="translation", between=["en", "es", "pt"], pairs=["de-en"])
    assert entry.served_pairs == {
        ("en", "es"),
        ("es", "en"),
        ("en", "pt"),
        ("pt", "en"),
        ("es", "pt"),
        ("pt", "es"),
        ("de", "en"),
    }


def test_a_written_catalog_is_read(tmp_path: Path):
    assert load_catalog(write(tmp_path)).entry("tiny").files[0].name == "f.bin"


@pytest.mark.parametrize(
    ("changes", "mistake"),
    [
        ({"sha256": "null"}, "sha256"),
        ({"sha256": "8726e21a"}, "sha256"),
        ({"name": "../escaped"}, "plain relative path"),
        ({"name": "/etc/passwd"}, "plain relative path"),
        ({"capability": "mind_reading"}, "capability"),
        ({"capability": "translation"}, "state pairs"),
        ({"more": "pairs: [en-pt]"}, "state pairs"),
        ({"more": "lisence: oops"}, "lisence"),
        ({"more": "voices: {en: [a]}"}, "voices"),
    ],
)
def test_a_mistake_in_the_catalog_is_an_error_that_names_the_entry(
    tmp_path: Path, changes: dict[str, str], mistake: str
):
    with pytest.raises(CatalogError) as caught:
        load_catalog(write(tmp_path, **changes))
    assert isinstance(caught.value, FaultError)
    assert "model tiny" in str(caught.value)
    assert mistake in str(caught.value)


def test_a_catalog_that_is_missing_or_no_yaml_is_an_error(tmp_path: Path):
    with pytest.raises(CatalogError, match="Cannot read"):
        load_catalog(tmp_path / "none.yaml")
    (tmp_path / "bad.yaml").write_text("models: [")
    with pytest.raises(CatalogError, match="is not YAML"):
        load_catalog(tmp_path / "bad.yaml")


def test_a_deployments_own_catalog_is_added_to_the_one_that_comes_with_dubwright(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    shipped = load_catalog(CATALOG_FILE)
    monkeypatch.setenv("DUBWRIGHT_CATALOG", str(write(tmp_path)))
    assert [entry.id for entry in load_catalog().models] == [*(entry.id for entry in shipped.models), "tiny"]
    monkeypatch.setenv("DUBWRIGHT_CATALOG", "")
    assert load_catalog() == shipped


def test_a_deployments_own_catalog_must_be_there_and_named_by_an_absolute_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("DUBWRIGHT_CATALOG", str(tmp_path / "none.yaml"))
    with pytest.raises(CatalogError, match="Cannot read"):
        load_catalog()
    monkeypatch.setenv("DUBWRIGHT_CATALOG", "mine.yaml")
    with pytest.raises(CatalogError, match=r"DUBWRIGHT_CATALOG is 'mine\.yaml'; give an absolute path"):
        load_catalog()


def test_a_deployments_own_catalog_cannot_take_the_place_of_a_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    path = write(tmp_path)
    path.write_text(path.read_text().replace("id: tiny", "id: silero-vad"))
    monkeypatch.setenv("DUBWRIGHT_CATALOG", str(path))
    with pytest.raises(CatalogError, match=r"catalog\.yaml \(DUBWRIGHT_CATALOG\) reuses .*: silero-vad"):
        load_catalog()


def test_two_models_or_files_of_the_same_name_are_an_error():
    with pytest.raises(ValueError, match="two models have the id 'a'"):
        catalog_of(entry_of("a"), entry_of("a"))
    file = file_of("f", b"abc", {"kind": "hub", "url": "https://example.org"})
    with pytest.raises(ValueError, match="two files have the same name"):
        entry_of("a", file, file)


def test_importing_the_registry_loads_no_heavy_library():
    code = (
        "import sys, models.registry\n"
        "heavy = {'torch', 'ctranslate2', 'onnxruntime', 'transformers', 'faster_whisper', 'numpy'}\n"
        "print(*(heavy & sys.modules.keys()))"
    )
    finished = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60
    )
    assert (finished.returncode, finished.stdout) == (0, "\n")
