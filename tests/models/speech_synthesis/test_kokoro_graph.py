from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import onnx
import onnxruntime
import pytest

from models.errors import FaultError
from models.speech_synthesis.kokoro_graph import ensure_prepared, prepared, prepared_path
from models.speech_synthesis.kokoro_melody import PITCH_RANGE, PITCH_SHIFT
from tests.models.speech_synthesis.pitch_graph import pitch_graph


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "kokoro.onnx"
    path.write_bytes(pitch_graph().SerializeToString())
    return path


def test_the_result_is_kept_beside_the_source_under_its_digest(source: Path) -> None:
    path = ensure_prepared(source, "float32")
    assert path == prepared_path(source, "float32")
    assert path.parent == source.parent
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert path.read_bytes() == prepared(source, "float32")
    assert {each.name for each in source.parent.iterdir()} == {"kokoro.onnx", path.name}


@pytest.mark.parametrize("arithmetic", ["float32", "int8"])
def test_what_is_kept_can_move_the_melody(source: Path, arithmetic: str) -> None:
    session = onnxruntime.InferenceSession(ensure_prepared(source, arithmetic))
    assert {each.name for each in session.get_inputs()} == {"x", PITCH_SHIFT, PITCH_RANGE}


def test_it_is_prepared_once_and_another_source_or_arithmetic_has_another_name(source: Path) -> None:
    kept = source.parent / "kept"
    path = ensure_prepared(source, "float32", kept)
    path.write_bytes(b"kept from before")
    assert ensure_prepared(source, "float32", kept).read_bytes() == b"kept from before"
    assert prepared_path(source, "int8", kept) != path
    onnx.save(pitch_graph(nodes_more=1), source)
    assert prepared_path(source, "float32", kept) != path


def test_many_at_once_leave_one_whole_file(source: Path) -> None:
    paths: list[Path] = []
    threads = [
        threading.Thread(target=lambda: paths.append(ensure_prepared(source, "float32"))) for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(paths) == 6
    assert set(paths) == {prepared_path(source, "float32")}
    assert paths[0].read_bytes() == prepared(source, "float32")
    assert len(list(source.parent.iterdir())) == 2


def test_what_is_no_model_is_named(source: Path) -> None:
    source.write_bytes(b"\x08 no model")
    with pytest.raises(FaultError, match=r"kokoro\.onnx is not an ONNX model.*pull the weights again"):
        ensure_prepared(source, "float32")


def test_nothing_half_written_is_left_where_the_name_cannot_be_taken(source: Path) -> None:
    in_the_way = prepared_path(source, "float32")
    (in_the_way / "folder").mkdir(parents=True)
    with pytest.raises(OSError, match=os.strerror(21)):
        ensure_prepared(source, "float32")
    assert {each.name for each in source.parent.iterdir()} == {"kokoro.onnx", in_the_way.name}
