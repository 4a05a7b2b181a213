from __future__ import annotations

from pathlib import Path

import pytest

from pipeline_ops.errors import SettingsError
from pipeline_ops.model_evaluation.versions import Version, parse_version, read_version


def test_a_word_is_a_profile() -> None:
    assert read_version("embedded") == Version("embedded")
    assert read_version("embedded").name == "embedded"


def test_a_file_with_a_profile_in_it_says_what_is_other(tmp_path: Path) -> None:
    file = tmp_path / "no-fit.yaml"
    file.write_text(
        "profile: embedded\nmodels: {translation: other}\nstage_parameters: {fit_voice: {tries: 0}}"
    )
    found = read_version(str(file))
    assert found == Version("embedded", "no-fit", {"translation": "other"}, {"fit_voice": {"tries": 0}})


def test_a_profiles_own_file_is_a_profile(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("name: mine\ndescription: My own.\nmodels: {translation: [other]}")
    assert read_version(str(file)) == Version(str(file), "mine")


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"profile": "embedded", "model": {}}, "says 'model'"),
        ({"profile": ""}, "profile: "),
        ({"profile": "embedded", "models": ["other"]}, "models: "),
        ({"profile": "embedded", "stage_parameters": {"fit_vioce": {}}}, "no stage 'fit_vioce'"),
        (["embedded"], "is no version to compare"),
    ],
)
def test_what_is_no_version_is_refused_with_a_reason(document: object, message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        parse_version(document, "b.yaml")


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        read_version(str(tmp_path / "none.yaml"))
