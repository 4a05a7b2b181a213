from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.types import TimeSpan, Utterance, Word
from pipeline_ops.artefacts import (
    JSON_KIND,
    FlacFile,
    VideoFile,
    artefact_kind,
    canonical_json,
    fields_of,
    file_kind,
    from_json,
    group_kind,
    is_json,
    may_be_absent,
    to_json,
)


@dataclass(frozen=True)
class _Result:
    sound: FlacFile
    spans: tuple[TimeSpan, ...]
    sounds: tuple[FlacFile, ...]
    picture: VideoFile | None


def test_equal_data_gives_equal_bytes_whatever_its_order() -> None:
    assert canonical_json({"b": 1, "a": [1.5, "é"]}) == canonical_json({"a": [1.5, "é"], "b": 1})


def test_what_is_no_number_has_no_place_in_a_key() -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        canonical_json({"level_db": float("nan")})


def test_a_field_knows_whether_it_is_a_file() -> None:
    kinds = {name: file_kind(annotation) for name, annotation in fields_of(_Result).items()}
    assert kinds["spans"] is None
    assert kinds["sound"] is not None
    assert kinds["sound"].suffix == ".flac"
    assert kinds["sounds"] is None
    assert kinds["picture"] is not None


def test_only_a_file_that_says_so_may_be_absent() -> None:
    absent = [name for name, annotation in fields_of(_Result).items() if may_be_absent(annotation)]
    assert absent == ["picture"]


@given(st.lists(st.tuples(st.text(), st.floats(0, 1e5), st.floats(0, 1e5)), max_size=5))
def test_values_come_back_as_they_were(words: list[tuple[str, float, float]]) -> None:
    spoken = tuple(Word(text, start_s, end_s, 0.5) for text, start_s, end_s in words)
    value = (Utterance(0, "speaker_1", 0.0, 1.0, "text", spoken),)
    annotation = tuple[Utterance, ...]
    assert from_json(annotation, to_json(annotation, value)) == value


@dataclass(frozen=True)
class _Renditions:
    description: int
    pictures: dict[str, VideoFile]
    names: dict[str, str]


def test_a_group_of_files_is_told_from_files_and_from_data() -> None:
    fields = fields_of(_Renditions)
    assert group_kind(fields["pictures"]) == file_kind(VideoFile)
    assert group_kind(fields["names"]) is None
    assert file_kind(fields["pictures"]) is None
    assert [name for name, annotation in fields.items() if is_json(annotation)] == ["description", "names"]


def test_each_file_of_a_group_is_of_its_groups_kind() -> None:
    fields = fields_of(_Renditions)
    assert artefact_kind(fields, "pictures.720p") == file_kind(VideoFile)
    assert artefact_kind(fields, "description") == artefact_kind(fields, "names") == JSON_KIND
