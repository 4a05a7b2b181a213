from __future__ import annotations

from pathlib import Path

import pytest

from pipeline_ops.errors import SettingsError
from pipeline_ops.model_evaluation.evaluation_set import Clip, parse_evaluation_set, read_evaluation_set

YAML = """
name: talking heads
clips:
  - {file: ann.mp4, speaker: ann, glasses: yes}
  - {file: ann_music.mp4, recording: ann, speaker: ann, music: loud, glasses: yes}
  - {file: bob.mp4, name: bob by night, glasses: no}
"""

CSV = "file,recording,speaker,music\nann.mp4,,ann,\nann_music.mp4,ann,ann,loud\n"


def test_a_list_in_yaml_names_clips_with_their_conditions() -> None:
    found = parse_evaluation_set(YAML, "set.yaml")
    assert found.name == "talking heads"
    assert found.clips == (
        Clip("ann", "ann.mp4", "ann", {"speaker": "ann", "glasses": "yes"}),
        Clip("ann_music", "ann_music.mp4", "ann", {"speaker": "ann", "music": "loud", "glasses": "yes"}),
        Clip("bob by night", "bob.mp4", "bob by night", {"glasses": "no"}),
    )


def test_a_list_in_csv_says_the_same_and_an_empty_cell_is_not_known() -> None:
    found = parse_evaluation_set(CSV, "heads.csv")
    assert found.name == "heads"
    assert found.clips == (
        Clip("ann", "ann.mp4", "ann", {"speaker": "ann"}),
        Clip("ann_music", "ann_music.mp4", "ann", {"speaker": "ann", "music": "loud"}),
    )


def test_of_a_folder_every_video_is_a_clip(tmp_path: Path) -> None:
    for name in ("b.MP4", "a.webm", "notes.txt"):
        (tmp_path / name).touch()
    found = read_evaluation_set(tmp_path)
    assert [(clip.name, clip.file) for clip in found.clips] == [("a", "a.webm"), ("b", "b.MP4")]


def test_a_list_that_names_a_file_which_is_not_there_is_refused(tmp_path: Path) -> None:
    (tmp_path / "set.yaml").write_text("clips: [{file: none.mp4}]")
    with pytest.raises(SettingsError, match=r"none\.mp4, and there is no such file beside it"):
        read_evaluation_set(tmp_path / "set.yaml")


@pytest.mark.parametrize(
    ("content", "name", "message"),
    [
        ("clips: []", "set.yaml", "no clip"),
        ("[]", "set.yaml", "should hold `clips:`"),
        ("clips: [{name: ann}]", "set.yaml", "has no `file`"),
        ("clips: [ann.mp4]", "set.yaml", "has no `file`"),
        ("clips: [{file: a/x.mp4}, {file: b/x.mp4}]", "set.yaml", "Two clips .* are called x"),
        ("clips: {", "set.yaml", "is no YAML"),
        ("file\n", "set.csv", "no clip"),
        ("", "clip.mp4", "a folder, or a list in YAML or CSV"),
    ],
)
def test_what_is_no_list_of_clips_is_refused_with_a_reason(content: str, name: str, message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        parse_evaluation_set(content, name)
