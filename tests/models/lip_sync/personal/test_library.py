"""The file of what was learnt."""

from __future__ import annotations

import io
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest

from models.errors import ModelOutputError
from models.lip_sync.personal.library import Library, encode_picture, write_library


def written(path: Path) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    array, picture = random.normal(size=(4, 3)), random.uniform(0, 1, (20, 30, 3)).astype(np.float32)
    write_library(path, {"array": array}, [encode_picture(picture)])
    return array, picture


def test_arrays_come_back_to_the_bit_and_pictures_to_half_a_step_of_8_bits(tmp_path: Path) -> None:
    array, picture = written(tmp_path / "lips.zip")
    library = Library(tmp_path / "lips.zip")
    np.testing.assert_array_equal(library.arrays["array"], array)
    np.testing.assert_allclose(library.picture(0), picture, atol=0.5 / 255 + 1e-6)


def test_the_same_content_is_the_same_bytes(tmp_path: Path) -> None:
    written(tmp_path / "one.zip")
    written(tmp_path / "other.zip")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "other.zip").read_bytes()


def test_it_travels_as_its_place_and_is_opened_once(tmp_path: Path) -> None:
    written(tmp_path / "lips.zip")
    packed = pickle.dumps(Library(tmp_path / "lips.zip"))
    assert len(packed) < 500
    one, other = pickle.loads(packed), pickle.loads(packed)
    assert one is other
    np.testing.assert_array_equal(one.picture(0), Library(tmp_path / "lips.zip").picture(0))


def test_a_file_that_was_cut_off_is_refused(tmp_path: Path) -> None:
    written(tmp_path / "lips.zip")
    (tmp_path / "cut.zip").write_bytes((tmp_path / "lips.zip").read_bytes()[:300])
    with pytest.raises(ModelOutputError, match="cannot be read"):
        Library(tmp_path / "cut.zip")


def test_a_file_of_another_version_is_refused(tmp_path: Path) -> None:
    content = io.BytesIO()
    np.save(content, np.array(0))
    with zipfile.ZipFile(tmp_path / "old.zip", "w") as archive:
        archive.writestr("format.npy", content.getvalue())
    with pytest.raises(ModelOutputError, match="another version"):
        Library(tmp_path / "old.zip")


def test_arrays_of_objects_are_never_opened(tmp_path: Path) -> None:
    content = io.BytesIO()
    np.save(content, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with zipfile.ZipFile(tmp_path / "hostile.zip", "w") as archive:
        archive.writestr("array.npy", content.getvalue())
    with pytest.raises(ModelOutputError, match="cannot be read"):
        Library(tmp_path / "hostile.zip")


def test_a_damaged_picture_is_named(tmp_path: Path) -> None:
    write_library(tmp_path / "lips.zip", {}, [b"no picture"])
    with pytest.raises(ModelOutputError, match="Mouth 0"):
        Library(tmp_path / "lips.zip").picture(0)
