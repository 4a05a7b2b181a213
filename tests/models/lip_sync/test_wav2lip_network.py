"""What goes into a Wav2Lip generator, what comes out, and which files are none."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest

from models.errors import FaultError, ModelOutputError
from models.lip_sync.wav2lip_network import Wav2LipNetwork
from tests.models.lip_sync.wav2lip_support import copying, deaf, hearing_level, write_generator

CPU = ("CPUExecutionProvider",)


def opened(path: Path, batch_size: int = 16) -> Wav2LipNetwork:
    return Wav2LipNetwork.open(path, batch_size, CPU, threads=1)


def sounds_and_faces(count: int) -> tuple[np.ndarray, np.ndarray]:
    chance = np.random.default_rng(3)
    mel = chance.uniform(-4, 4, (count, 80, 16)).astype(np.float32)
    return mel, chance.uniform(0, 1, (count, 96, 96, 3)).astype(np.float32)


def test_the_first_three_channels_lack_the_lower_half_of_the_face(tmp_path: Path) -> None:
    path = write_generator(
        tmp_path / "g.onnx", face_weights=copying(0, 1, 2), mel_weights=deaf(), sigmoid=False
    )
    mel, faces = sounds_and_faces(2)
    seen = opened(path).generate(mel, faces)
    np.testing.assert_array_equal(seen[:, :48], faces[:, :48])
    assert (seen[:, 48:] == 0.0).all()


def test_the_last_three_channels_show_the_whole_face(tmp_path: Path) -> None:
    path = write_generator(
        tmp_path / "g.onnx", face_weights=copying(3, 4, 5), mel_weights=deaf(), sigmoid=False
    )
    mel, faces = sounds_and_faces(2)
    np.testing.assert_array_equal(opened(path).generate(mel, faces), faces)


def test_colours_go_in_as_blue_green_red(tmp_path: Path) -> None:
    path = write_generator(
        tmp_path / "g.onnx", face_weights=copying(3, 3, 3), mel_weights=deaf(), sigmoid=False
    )
    mel, faces = sounds_and_faces(1)
    copied = opened(path).generate(mel, faces)
    for channel in range(3):
        np.testing.assert_array_equal(copied[..., channel], faces[..., 2])


def test_each_face_goes_with_its_own_speech(tmp_path: Path) -> None:
    path = write_generator(
        tmp_path / "g.onnx", face_weights=0 * copying(3, 4, 5), mel_weights=hearing_level(), sigmoid=False
    )
    mel, faces = sounds_and_faces(5)
    heard = opened(path, batch_size=2).generate(mel, faces)
    np.testing.assert_allclose(heard[:, 70, 48, 0], np.clip(0.125 * mel.mean(axis=(1, 2)), 0, 1), atol=1e-5)


@pytest.mark.parametrize("batch_size", [1, 2, 7, 64])
def test_the_batch_size_changes_nothing(tmp_path: Path, batch_size: int) -> None:
    path = write_generator(tmp_path / "g.onnx")
    mel, faces = sounds_and_faces(7)
    alone = np.concatenate(
        [opened(path).generate(mel[index : index + 1], faces[index : index + 1]) for index in range(7)]
    )
    np.testing.assert_allclose(opened(path, batch_size).generate(mel, faces), alone, atol=1e-6)


@pytest.mark.parametrize(
    ("names", "mel_first", "batch"),
    [
        (("mel_spectrogram", "video_frames", "predicted_frames"), True, "n"),
        (("audio_sequences", "face_sequences", "output"), False, 1),
        (("input", "onnx::Conv_1", "1042"), False, 4),
        (("source", "target", "out"), True, 8),
    ],
)
def test_exports_with_other_names_orders_and_fixed_batches_are_the_same_generator(
    tmp_path: Path, names: tuple[str, str, str], mel_first: bool, batch: int | str
) -> None:
    plain = write_generator(tmp_path / "plain.onnx")
    other = write_generator(tmp_path / "other.onnx", names=names, mel_first=mel_first, batch=batch)
    mel, faces = sounds_and_faces(6)
    np.testing.assert_allclose(
        opened(other).generate(mel, faces), opened(plain).generate(mel, faces), atol=1e-6
    )


def test_an_export_in_half_precision_gives_nearly_the_same(tmp_path: Path) -> None:
    plain = write_generator(tmp_path / "plain.onnx")
    half = write_generator(tmp_path / "half.onnx", half_precision=True)
    mel, faces = sounds_and_faces(2)
    result = opened(half).generate(mel, faces)
    assert result.dtype == np.float32
    np.testing.assert_allclose(result, opened(plain).generate(mel, faces), atol=5e-3)


@pytest.mark.parametrize("changes", [{"side_px": 288}, {"steps": 20}])
def test_a_generator_of_another_size_is_refused_with_what_to_do(
    tmp_path: Path, changes: dict[str, int]
) -> None:
    path = write_generator(tmp_path / "other.onnx", **changes)
    with pytest.raises(FaultError, match=r"other\.onnx is no Wav2Lip generator") as caught:
        opened(path)
    message = str(caught.value)
    assert "(batch, 1, 80, 16) and (batch, 6, 96, 96)" in message
    assert "Export the class `Wav2Lip`" in message
    assert "docs/adding-a-model.md" in message


def test_a_file_that_is_no_onnx_is_refused_with_what_to_do(tmp_path: Path) -> None:
    checkpoint = tmp_path / "wav2lip.pth"
    checkpoint.write_bytes(b"PK\x03\x04 a checkpoint of PyTorch")
    with pytest.raises(FaultError, match=r"wav2lip\.pth cannot be run.*docs/adding-a-model\.md"):
        opened(checkpoint)


def test_a_provider_that_is_not_there_is_an_error_and_not_a_slow_run(tmp_path: Path) -> None:
    path = write_generator(tmp_path / "g.onnx")
    with pytest.raises(FaultError, match=r"no QuantumExecutionProvider here; it has .*CPUExec"):
        Wav2LipNetwork.open(path, 1, ("QuantumExecutionProvider", *CPU), threads=1)


def test_what_is_not_a_number_is_an_error(tmp_path: Path) -> None:
    path = write_generator(tmp_path / "g.onnx", mel_weights=np.full((3, 1, 80, 16), np.nan))
    with pytest.raises(ModelOutputError, match="not a number"):
        opened(path).generate(*sounds_and_faces(1))


def test_it_travels_to_another_process_and_answers_the_same(tmp_path: Path) -> None:
    path = write_generator(
        tmp_path / "g.onnx", face_weights=copying(3, 4, 5), mel_weights=deaf(), sigmoid=False
    )
    mel, faces = sounds_and_faces(2)
    network = opened(path)
    travelled = pickle.loads(pickle.dumps(network))
    np.testing.assert_array_equal(travelled.generate(mel, faces), network.generate(mel, faces))
