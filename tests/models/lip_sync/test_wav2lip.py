"""The whole way from speech and frames to new mouths, through a small generator of Wav2Lip's shape."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.base import LipPlan, LipSynchronizer
from models.errors import FaultError
from models.faces.points import MOUTH
from models.lip_sync.wav2lip import Wav2LipPlan, Wav2LipSynchronizer
from models.types import FaceFootage, FaceFrame, FacePatch
from tests.models.lip_sync.wav2lip_support import (
    RATE_HZ,
    copying,
    draw_face,
    footage_of,
    frame_of,
    heard,
    hearing_level,
    speech_like,
    write_generator,
)

AT_25_HZ = np.arange(25) / 25
AT_A_PHONES_RATE = np.cumsum(np.random.default_rng(2).choice([1 / 30, 1 / 29, 1 / 15, 1 / 24], 30))


def loaded(path: Path, **options: Any) -> Wav2LipSynchronizer:
    return Wav2LipSynchronizer.load({"wav2lip.onnx": path}, {"threads": 1, **options})


@pytest.fixture(scope="module")
def synchronizer(tmp_path_factory: pytest.TempPathFactory) -> Wav2LipSynchronizer:
    return loaded(write_generator(tmp_path_factory.mktemp("weights") / "wav2lip.onnx"))


def planned(
    synchronizer: Wav2LipSynchronizer,
    folder: Path,
    footage: FaceFootage,
    speech: np.ndarray,
    strength: np.ndarray | None = None,
) -> Wav2LipPlan:
    model = synchronizer.fit(footage, [], folder).model
    weight = np.ones(len(footage.times_s), np.float32) if strength is None else strength
    return synchronizer.plan(model, footage, heard(speech), weight)


def rendered(plan: LipPlan, index: int) -> FacePatch:
    patch = plan.render(frame_of(index, draw_face()))
    assert patch is not None
    return patch


def test_it_is_a_lip_synchronizer(synchronizer: Wav2LipSynchronizer, tmp_path: Path) -> None:
    assert isinstance(synchronizer, LipSynchronizer)
    assert isinstance(planned(synchronizer, tmp_path, footage_of(AT_25_HZ), speech_like(1.0)), LipPlan)


def test_it_learns_nothing_always_writes_the_same_and_looks_at_no_picture(
    synchronizer: Wav2LipSynchronizer, tmp_path: Path
) -> None:
    def unwanted() -> Iterator[FaceFrame]:
        pytest.fail("a picture was decoded for nothing")
        yield

    fits = []
    for name, times_s in (("one", AT_25_HZ), ("other", AT_A_PHONES_RATE)):
        (tmp_path / name).mkdir()
        fits.append(synchronizer.fit(footage_of(times_s), unwanted(), tmp_path / name))
    for fit in fits:
        assert (fit.held_out_correlation, fit.noise_correlation) == (None, None)
        assert (fit.speech_s, fit.exemplars) == (0.0, 0)
    assert fits[0].model.read_bytes() == fits[1].model.read_bytes()


@pytest.mark.parametrize("times_s", [AT_25_HZ, AT_A_PHONES_RATE], ids=["25 Hz", "a phone"])
def test_only_the_mouth_region_of_any_frame_changes(
    synchronizer: Wav2LipSynchronizer, tmp_path: Path, times_s: np.ndarray
) -> None:
    plan = planned(synchronizer, tmp_path, footage_of(times_s), speech_like(3.0))
    for index in range(0, len(times_s), 6):
        frame = frame_of(index, draw_face())
        patch = rendered(plan, index)
        np.testing.assert_array_equal(patch.pixels[~patch.changed], frame.pixels[~patch.changed])
        rows, columns = np.nonzero(patch.changed)
        mouth = draw_face()[list(MOUTH), :2]
        assert rows.min() > mouth[:, 1].min() - 10
        assert columns.min() > mouth[:, 0].min() - 10
        assert columns.max() < mouth[:, 0].max() + 10
        assert np.abs(patch.pixels - frame.pixels)[patch.changed].max() > 0.02
        assert patch.pixels.dtype == np.float32


def test_other_speech_gives_other_mouths_and_the_same_speech_the_same(
    synchronizer: Wav2LipSynchronizer, tmp_path: Path
) -> None:
    footage = footage_of(AT_25_HZ)
    one, again, other = (
        planned(synchronizer, tmp_path, footage, speech_like(1.0, seed)) for seed in (0, 0, 1)
    )
    for index in (0, 9, 24):
        first = rendered(one, index)
        assert first.pixels.tobytes() == rendered(again, index).pixels.tobytes()
        assert np.abs(first.pixels - rendered(other, index).pixels).max() > 0.01


def test_frames_in_any_order_and_any_batches_come_out_the_same(tmp_path: Path) -> None:
    path = write_generator(tmp_path / "wav2lip.onnx")
    footage, speech = footage_of(AT_25_HZ), speech_like(1.0)
    strength = np.ones(25, np.float32)
    strength[[3, 4]] = 0.0
    frames = [frame_of(index, draw_face()) for index in range(25)]
    alone = planned(loaded(path, batch_size=1), tmp_path, footage, speech, strength)
    together = planned(loaded(path, batch_size=8), tmp_path, footage, speech, strength).render_all(frames)
    for index in (24, 4, 11, 3, 0):
        one, other = alone.render(frames[index]), together[index]
        assert (one is None) == (other is None) == (strength[index] == 0.0)
        if one is not None and other is not None:
            np.testing.assert_allclose(one.pixels, other.pixels, atol=1e-6)
            np.testing.assert_array_equal(one.changed, other.changed)


@pytest.mark.parametrize("times_s", [AT_25_HZ, AT_A_PHONES_RATE], ids=["25 Hz", "a phone"])
@pytest.mark.parametrize("offset_s", [0.0, -0.04])
def test_a_frame_hears_the_fifth_of_a_second_that_begins_with_it(
    tmp_path: Path, times_s: np.ndarray, offset_s: float
) -> None:
    path = write_generator(
        tmp_path / "wav2lip.onnx",
        face_weights=copying(3, 4, 5),
        mel_weights=hearing_level(),
        sigmoid=False,
    )
    # One click, whose spectrum reaches over two steps (25 ms) to both sides.
    click_s = float(times_s[len(times_s) // 2]) + 0.09
    speech = np.zeros(round((times_s[-1] + 0.5) * RATE_HZ), np.float32)
    speech[round(click_s * RATE_HZ)] = 1.0
    plan = planned(
        loaded(path, window_offset_s=offset_s, batch_size=4), tmp_path, footage_of(times_s), speech
    )
    silent = planned(loaded(path), tmp_path, footage_of(times_s), np.zeros_like(speech))
    changes = [
        np.abs(rendered(plan, index).pixels - rendered(silent, index).pixels).max() > 1e-4
        for index in range(len(times_s))
    ]
    begins_s = times_s + offset_s
    surely = (begins_s < click_s - 0.0125) & (click_s < begins_s + 0.1875)
    maybe = (begins_s < click_s + 0.0375) & (click_s < begins_s + 0.225)
    assert surely.any()
    assert (np.array(changes)[surely]).all()
    assert not (np.array(changes)[~maybe]).any()


def test_strength_leaves_a_frame_alone_blends_it_or_changes_it(
    synchronizer: Wav2LipSynchronizer, tmp_path: Path
) -> None:
    strength = np.ones(25, np.float32)
    strength[:3] = [0.0, 0.25, 1.0]
    footage, speech = footage_of(AT_25_HZ), speech_like(1.0)
    plan = planned(synchronizer, tmp_path, footage, speech, strength)
    full = planned(synchronizer, tmp_path, footage, speech)
    assert plan.render(frame_of(0, draw_face())) is None
    old = frame_of(1, draw_face()).pixels
    expected = old + 0.25 * (rendered(full, 1).pixels - old)
    np.testing.assert_allclose(rendered(plan, 1).pixels, expected, atol=1e-6)
    np.testing.assert_array_equal(rendered(plan, 2).pixels, rendered(full, 2).pixels)


def test_frames_without_a_face_stay_as_they_are(synchronizer: Wav2LipSynchronizer, tmp_path: Path) -> None:
    faces = np.repeat(draw_face()[None], 25, axis=0)
    faces[7] = np.nan
    plan = planned(synchronizer, tmp_path, footage_of(AT_25_HZ, faces), speech_like(1.0))
    assert plan.render(frame_of(7, faces[7])) is None
    assert plan.render(frame_of(8, faces[8])) is not None
    assert plan.render_all([]) == []


def test_speech_that_ends_before_the_picture_is_followed_by_silence(
    synchronizer: Wav2LipSynchronizer, tmp_path: Path
) -> None:
    footage, speech = footage_of(AT_25_HZ), speech_like(0.3)
    short = planned(synchronizer, tmp_path, footage, speech)
    padded = planned(synchronizer, tmp_path, footage, np.pad(speech, (0, RATE_HZ)))
    np.testing.assert_array_equal(rendered(short, 20).pixels, rendered(padded, 20).pixels)


def test_a_model_of_another_engine_and_strengths_of_another_video_are_refused(
    synchronizer: Wav2LipSynchronizer, tmp_path: Path
) -> None:
    footage, speech = footage_of(AT_25_HZ), speech_like(1.0)
    other = tmp_path / "personal.npz"
    other.write_bytes(b"\xff\xfe learnt elsewhere")
    with pytest.raises(FaultError, match="not written by Wav2Lip"):
        synchronizer.plan(other, footage, heard(speech), np.ones(25, np.float32))
    model = synchronizer.fit(footage, [], tmp_path).model
    with pytest.raises(FaultError, match=r"25 frames, but strengths of shape \(24,\)"):
        synchronizer.plan(model, footage, heard(speech), np.ones(24, np.float32))


@pytest.mark.parametrize(
    "options",
    [
        {"batch_size": 0},
        {"threads": -1},
        {"providers": []},
        {"providers": "CPUExecutionProvider"},
        {"sharpen": 2},
    ],
)
def test_options_that_make_no_sense_are_refused_and_named(tmp_path: Path, options: dict[str, Any]) -> None:
    path = write_generator(tmp_path / "wav2lip.onnx")
    with pytest.raises(FaultError, match=next(iter(options))):
        Wav2LipSynchronizer.load({"wav2lip.onnx": path}, options)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(FaultError, match=r"needs wav2lip\.onnx"):
        Wav2LipSynchronizer.load({"other.onnx": tmp_path / "other.onnx"}, {})
