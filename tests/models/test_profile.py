from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import models
from models.catalog import CatalogError, load_catalog, read_yaml
from models.errors import UnknownModelError, UnsupportedLanguageError
from models.profile import CAPABILITIES, load_profile, normalise_language, profile_names
from tests.models.weights_support import catalog_of, entry_of

COMMERCIAL_NOT = {"spdx": "CC-BY-NC-4.0", "non_commercial": True}


def write(tmp_path: Path, body: str) -> Path:
    path = tmp_path / "mine.yaml"
    path.write_text(f"name: mine\ndescription: A test.\n{body}")
    return path


@pytest.mark.parametrize("name", sorted({*profile_names()} - {"seamless"}))  # it needs a catalog of one's own
def test_every_profile_that_comes_with_dubwright_names_a_model_for_every_capability(name: str):
    profile = load_profile(name, load_catalog())
    assert profile.name == name
    assert all(profile.entries(capability) for capability in CAPABILITIES)


def test_the_seamless_profile_names_a_model_for_every_capability_too():
    path = Path(models.__file__).parent / "profiles" / "seamless.yaml"
    assert set(read_yaml(path)["models"]) == set(CAPABILITIES)


def test_a_capability_that_stands_twice_is_an_error(tmp_path: Path):
    path = write(tmp_path, "models: {translation: [], translation: []}")
    with pytest.raises(CatalogError, match="the key 'translation' stands twice"):
        load_profile(path, load_catalog())


def test_the_embedded_profile_forbids_non_commercial_licences():
    assert load_profile("embedded", load_catalog()).forbid_non_commercial


def test_a_profile_can_be_a_file(tmp_path: Path):
    catalog = catalog_of(entry_of("a"), entry_of("b"))
    profile = load_profile(write(tmp_path, "models: {voice_activity_detection: [b, a]}"), catalog)
    assert [entry.id for entry in profile.entries("voice_activity_detection")] == ["b", "a"]


def test_an_unknown_profile_model_or_capability_is_an_error(tmp_path: Path):
    catalog = catalog_of(entry_of("abcdef"))
    with pytest.raises(UnknownModelError, match="did you mean embedded"):
        load_profile("embeded", catalog)
    with pytest.raises(UnknownModelError, match="did you mean abcdef"):
        load_profile(write(tmp_path, "models: {voice_activity_detection: [abcdeg]}"), catalog)
    with pytest.raises(UnknownModelError, match="voice_activity_detection"):
        load_profile(write(tmp_path, "models: {voice_activity: [abcdef]}"), catalog)


def test_a_model_at_the_wrong_capability_is_an_error(tmp_path: Path):
    path = write(tmp_path, "models: {speech_separation: [a]}")
    with pytest.raises(CatalogError, match="is for voice_activity_detection"):
        load_profile(path, catalog_of(entry_of("a")))


def test_a_file_that_is_no_profile_is_an_error(tmp_path: Path):
    with pytest.raises(CatalogError, match="models"):
        load_profile(write(tmp_path, "model: {}"), catalog_of(entry_of("a")))


def test_a_profile_that_forbids_non_commercial_licences_refuses_such_a_model(tmp_path: Path):
    catalog = catalog_of(entry_of("free"), entry_of("bound", licence=COMMERCIAL_NOT))
    body = "forbid_non_commercial: true\nmodels: {voice_activity_detection: [%s]}"
    with pytest.raises(CatalogError, match="CC-BY-NC"):
        load_profile(write(tmp_path, body % "bound"), catalog)
    profile = load_profile(write(tmp_path, body % "free"), catalog)
    with pytest.raises(CatalogError, match="CC-BY-NC"):
        profile.with_model("voice_activity_detection", "bound")


def test_a_swapped_in_model_comes_first_and_the_profile_itself_stays_as_it_was(tmp_path: Path):
    catalog = catalog_of(entry_of("a"), entry_of("b"))
    profile = load_profile(write(tmp_path, "models: {voice_activity_detection: [a, b]}"), catalog)
    swapped = profile.with_model("voice_activity_detection", "b")
    assert [entry.id for entry in swapped.entries("voice_activity_detection")] == ["b", "a"]
    assert [entry.id for entry in profile.entries("voice_activity_detection")] == ["a", "b"]


@pytest.mark.parametrize(
    ("tag", "language"), [("pt", "pt"), ("pt-BR", "pt"), ("PT_br", "pt"), ("por", "pt"), ("zh-Hant-TW", "zh")]
)
def test_a_language_tag_is_read_as_its_language(tag: str, language: str):
    assert normalise_language(tag) == language


@pytest.mark.parametrize("tag", ["", "portuguese please", "qq", "und", "a" * 500])
def test_what_names_no_language_is_an_error(tag: str):
    with pytest.raises(UnsupportedLanguageError):
        normalise_language(tag)


@given(st.text(max_size=12))
def test_any_text_is_either_a_language_or_an_error(tag: str):
    try:
        language = normalise_language(tag)
    except UnsupportedLanguageError:
        return
    assert normalise_language(language) == language
