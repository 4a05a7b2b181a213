from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
import yaml

from models.base import Capability
from models.catalog import OWN_CATALOG_VARIABLE, CatalogError, load_catalog
from models.describe import describable, describe
from models.errors import FaultError, UnknownModelError
from models.profile import load_profile
from models.registry import resolve, unload_all
from models.types import Utterance, VoiceDesign
from models.weights import WeightsStore
from tests.models.seamless.tiny_checkpoint import OPTIONS, SENTENCES

SEAMLESS = "seamless-m4t-v2-large"
REVISION = "0123456789abcdef0123456789abcdef01234567"


def fetched(folder: Path, *without: str) -> Path:
    """A folder of files under the official names, with nothing of use in them."""
    names = ["config.json", "generation_config.json", "preprocessor_config.json", "sentencepiece.bpe.model"]
    names += ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"]
    names += ["model.safetensors.index.json", "README.md"]
    folder.mkdir()
    for name in names:
        if name not in without:
            (folder / name).write_text(f"content of {name}")
    return folder


def test_a_described_model_is_a_catalog_with_the_digest_of_every_file(tmp_path: Path) -> None:
    assert SEAMLESS in describable()
    path = tmp_path / "catalog.yaml"
    path.write_text(describe(SEAMLESS, fetched(tmp_path / "files"), options={"device": "cuda"}))
    translator, synthesizer = load_catalog(path).models
    assert (translator.capability, synthesizer.capability) == ("translation", "speech_synthesis")
    assert translator.files == synthesizer.files
    assert {file.name for file in translator.files} == {
        path.name for path in (tmp_path / "files").iterdir() if path.name != "README.md"
    }
    for file in translator.files:
        content = f"content of {file.name}".encode()
        assert (file.sha256, file.size_bytes) == (hashlib.sha256(content).hexdigest(), len(content))
        assert file.sources == ()
    for entry in (translator, synthesizer):
        assert entry.options == {"device": "cuda"}
        assert entry.licence.non_commercial
        assert entry.opt_in


def test_files_of_a_known_revision_can_be_fetched_again(tmp_path: Path) -> None:
    entry = yaml.safe_load(describe(SEAMLESS, fetched(tmp_path / "files"), revision=REVISION))["models"][0]
    assert entry["version"] == REVISION[:12]
    assert entry["files"][0]["sources"] == [
        {"kind": "hub", "url": f"https://huggingface.co/facebook/{SEAMLESS}/resolve/{REVISION}/config.json"}
    ]


def test_weights_in_one_file_need_no_index(tmp_path: Path) -> None:
    folder = fetched(tmp_path / "files", "model-00002-of-00002.safetensors", "model.safetensors.index.json")
    (folder / "model-00001-of-00002.safetensors").rename(folder / "model.safetensors")
    names = [file["name"] for file in yaml.safe_load(describe(SEAMLESS, folder))["models"][0]["files"]]
    assert names[-1] == "model.safetensors"


def test_a_file_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(FaultError, match=r"has no sentencepiece\.bpe\.model"):
        describe(SEAMLESS, fetched(tmp_path / "files", "sentencepiece.bpe.model"))


def test_another_model_cannot_be_described(tmp_path: Path) -> None:
    with pytest.raises(UnknownModelError, match=f"did you mean {SEAMLESS}"):
        describe("seamless-m4t-large", tmp_path)


def test_the_seamless_profile_says_what_it_needs_where_nothing_was_described() -> None:
    with pytest.raises(UnknownModelError, match=r"dubwright models describe.*docs/seamless\.md"):
        load_profile("seamless", load_catalog())


@pytest.mark.models
def test_the_seamless_profile_translates_and_speaks_with_the_files_that_were_described(
    tiny_seamless: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = next(iter(tiny_seamless.values())).parent
    path = tmp_path / "catalog.yaml"
    options = {**OPTIONS, "speakers": {code: list(group) for code, group in OPTIONS["speakers"].items()}}
    path.write_text(describe(SEAMLESS, folder, options=options))
    monkeypatch.setenv(OWN_CATALOG_VARIABLE, str(path))
    catalog = load_catalog()
    profile, weights = load_profile("seamless", catalog), WeightsStore(tmp_path / "weights", folder)
    assert profile.models.keys() == load_profile("standard", catalog).models.keys()
    weights.pull(catalog.entry(name) for name in (SEAMLESS, f"{SEAMLESS}-speech"))

    def engine(capability: Capability):  # type: ignore[no-untyped-def]
        languages = {"source_language": "en", "target_language": "pt"}
        return resolve(catalog, profile, capability, weights=weights, **languages).load()

    line = Utterance(0, "speaker", 0.0, 2.0, SENTENCES["en"][0])
    ((wording, *_),) = engine("translation").translate([line], "en", "pt")
    assert wording.text == SENTENCES["pt"][0]
    clip = engine("speech_synthesis").synthesize(wording.text, "pt", VoiceDesign.of("por-3"), 1.0)
    assert clip.duration_s > 0.5
    with pytest.raises(CatalogError, match="forbids non-commercial"):
        load_profile("embedded", catalog).with_model("translation", SEAMLESS)
    unload_all()
