from __future__ import annotations

from pathlib import Path

import pytest

from pipeline_ops.errors import SettingsError
from pipeline_ops.settings import HousekeepingSettings, Settings


def test_everything_has_a_default_under_one_home() -> None:
    settings = Settings.from_environment({"DUBWRIGHT_HOME": "/srv/dubs"})
    assert settings.store_url == "/srv/dubs/store"
    assert settings.media_dir == Path("/srv/dubs/media")
    assert settings.scratch_dir == Path("/srv/dubs/scratch")
    assert settings.profile == "embedded"


def test_scratch_files_may_lie_on_another_disk() -> None:
    settings = Settings.from_environment({"DUBWRIGHT_HOME": "/srv", "DUBWRIGHT_SCRATCH_DIR": "/fast/dubs"})
    assert settings.scratch_dir == Path("/fast/dubs")


def test_limits_come_from_the_file_that_the_environment_names(tmp_path: Path) -> None:
    file = tmp_path / "settings.yaml"
    file.write_text("stages: {probe: {maximum_duration_s: 60}}")
    settings = Settings.from_environment({"DUBWRIGHT_SETTINGS": str(file)})
    assert settings.stage_parameters == {"probe": {"maximum_duration_s": 60}}


@pytest.mark.parametrize("content", ["stages: [1]", "- stages", "stages: {probe: 3}", "a: [unclosed"])
def test_a_file_of_another_shape_is_refused_by_name(tmp_path: Path, content: str) -> None:
    file = tmp_path / "settings.yaml"
    file.write_text(content)
    with pytest.raises(SettingsError, match=r"settings\.yaml"):
        Settings.from_environment({"DUBWRIGHT_SETTINGS": str(file)})


def test_a_missing_file_is_refused_by_name() -> None:
    with pytest.raises(SettingsError, match=r"nowhere\.yaml"):
        Settings.from_environment({"DUBWRIGHT_SETTINGS": "/nowhere.yaml"})


def test_how_long_things_are_kept_comes_from_the_file(tmp_path: Path) -> None:
    file = tmp_path / "settings.yaml"
    file.write_text("housekeeping: {rejected_days: 3, scrub_share: 0.5}")
    housekeeping = Settings.from_environment({"DUBWRIGHT_SETTINGS": str(file)}).housekeeping
    assert housekeeping == HousekeepingSettings(rejected_days=3, scrub_share=0.5)


@pytest.mark.parametrize(
    "content", ["{grace_days: 0}", "{scrub_share: 0}", "{scrub_share: 2}", "{lost_after_hours: soon}"]
)
def test_housekeeping_that_makes_no_sense_is_refused_by_name(tmp_path: Path, content: str) -> None:
    file = tmp_path / "settings.yaml"
    file.write_text(f"housekeeping: {content}")
    with pytest.raises(SettingsError, match="housekeeping"):
        Settings.from_environment({"DUBWRIGHT_SETTINGS": str(file)})


def test_how_long_a_run_may_take_comes_from_the_file(tmp_path: Path) -> None:
    file = tmp_path / "settings.yaml"
    file.write_text("runs: {late_after_hours: 2}")
    assert Settings.from_environment({"DUBWRIGHT_SETTINGS": str(file)}).runs.late_after_hours == 2
    file.write_text("runs: {late_after_hours: 0}")
    with pytest.raises(SettingsError, match="runs"):
        Settings.from_environment({"DUBWRIGHT_SETTINGS": str(file)})
