from __future__ import annotations

from pathlib import Path

import pytest

from pipeline_ops.checkpoints.manifest import CheckpointReference
from pipeline_ops.commands.wishes import Wishes
from pipeline_ops.errors import SettingsError
from pipeline_ops.platform import Platform
from pipeline_ops.settings import Settings


@pytest.fixture
def platform(tmp_path: Path) -> Platform:
    return Platform.from_environment(Settings.from_environment({"DUBWRIGHT_HOME": str(tmp_path / "home")}))


def test_files_of_this_machine_become_parameters_of_a_run(tmp_path: Path, platform: Platform) -> None:
    glossary, subtitles = tmp_path / "glossary.json", tmp_path / "talk.srt"
    glossary.write_text('{"pt-BR": {"stream": "live"}}')
    subtitles.write_text("1")
    params = Wishes(glossary, subtitles, (f"pt-BR={subtitles}",)).params(platform, ("pt",))
    assert params["glossary"] == {"pt": {"stream": "live"}}
    assert params["target_subtitles"] == {"pt": params["source_subtitles"]}
    reference = CheckpointReference.parse(params["source_subtitles"])
    assert platform.store.read_bytes(reference, "source") == b"1"


def test_no_wishes_are_no_parameters(platform: Platform) -> None:
    assert Wishes().params(platform, ()) == {}


@pytest.mark.parametrize(
    "wishes",
    [
        Wishes(glossary=Path("no such file")),
        Wishes(source_subtitles=Path("no such file")),
        Wishes(target_subtitles=("talk.srt",)),
        Wishes(target_subtitles=("pt=no such file",)),
        Wishes(target_subtitles=("es=pyproject.toml",)),
    ],
    ids=str,
)
def test_what_is_no_file_is_refused(platform: Platform, wishes: Wishes) -> None:
    with pytest.raises(SettingsError):
        wishes.params(platform, ("pt",))


def test_a_glossary_without_end_is_not_read(tmp_path: Path, platform: Platform) -> None:
    file = tmp_path / "glossary.json"
    file.write_bytes(b" " * 2_000_001)
    with pytest.raises(SettingsError, match="larger than 2 MB"):
        Wishes(glossary=file).params(platform, ("pt",))
