from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.errors import FaultError, ModelOutputError
from models.speech_separation.demucs import DemucsSeparator

RATE_HZ = 48_000
SEGMENT_S = 0.1
SOURCES = ("drums", "bass", "other", "vocals")

# The architecture of the official weights at a hundredth of its size: what is tested is how it is loaded
# and fed, which is the same whatever it has learnt.
TINY = {
    "channels": 4,
    "depth": 2,
    "nfft": 256,
    "t_layers": 1,
    "t_heads": 2,
    "dconv_comp": 2,
    "segment": SEGMENT_S,
}

Weights = Callable[..., Path]


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Weights:
    """Writes a file of weights as Demucs' authors publish them: class, arguments, state in half precision."""
    import torch
    from demucs.htdemucs import HTDemucs
    from demucs.states import get_state, save_with_checksum

    def write(*, broken: bool = False, **changes: Any) -> Path:
        torch.manual_seed(5)
        arguments = {"sources": list(SOURCES), "samplerate": 44_100, **TINY, **changes}
        model = HTDemucs(**arguments)
        if broken:
            next(model.parameters()).data.fill_(float("nan"))
        package = {
            "klass": HTDemucs,
            "args": (),
            "kwargs": arguments,
            "state": get_state(model, None, half=True),
        }
        folder = tmp_path_factory.mktemp("weights")
        save_with_checksum(package, folder / "tiny.th")
        [path] = folder.iterdir()
        return path

    return write


@pytest.fixture(scope="module")
def separator(weights: Weights) -> DemucsSeparator:
    path = weights()
    return DemucsSeparator.load({path.name: path}, {})


def noise(channels: int, frames: int) -> np.ndarray:
    return np.random.default_rng(6).uniform(-0.5, 0.5, (channels, frames)).astype(np.float32)


def separated(
    separator: DemucsSeparator, samples: np.ndarray, blocks: int = 1
) -> tuple[np.ndarray, np.ndarray]:
    pieces = np.array_split(samples, blocks, axis=1)
    parts = list(separator.separate(iter(pieces), samples.shape[0]))
    speech, background = (np.concatenate(side, axis=1) for side in zip(*parts, strict=True))
    return speech, background


SEGMENT = round(SEGMENT_S * RATE_HZ)


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize(
    "frames", [1, 100, SEGMENT - 1, SEGMENT, SEGMENT + 1, 3 * SEGMENT // 2, 3 * SEGMENT + 777]
)
def test_speech_and_background_add_up_to_the_input_and_last_as_long(
    separator: DemucsSeparator, channels: int, frames: int
) -> None:
    samples = noise(channels, frames)
    speech, background = separated(separator, samples, blocks=3)
    assert speech.shape == background.shape == samples.shape
    assert np.abs(speech + background - samples).max() < 1e-6


def test_the_answer_does_not_depend_on_the_blocks(separator: DemucsSeparator) -> None:
    samples = noise(2, 2 * SEGMENT + 1234)
    whole, _ = separated(separator, samples)
    pieces, _ = separated(separator, samples, blocks=37)
    assert np.abs(whole).max() > 1e-4
    assert np.abs(whole - pieces).max() < 1e-5


def test_segments_fade_into_each_other_as_in_demucs_itself(weights: Weights) -> None:
    import torch
    from demucs.apply import apply_model
    from demucs.states import load_model

    path = weights(samplerate=RATE_HZ)  # the rate outside, so that nothing is resampled
    samples = noise(2, 4 * SEGMENT)
    speech, _ = separated(DemucsSeparator.load({path.name: path}, {}), samples, blocks=5)
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        own = apply_model(load_model(path), torch.from_numpy(samples)[None], shifts=0, overlap=0.25)
    expected = own[0, SOURCES.index("vocals")].numpy()
    # Demucs puts the last, shorter segment into the middle of its silence; here it lies at the beginning.
    alike = slice(0, 3 * SEGMENT)
    assert np.abs(speech[:, alike] - expected[:, alike]).max() < 1e-5


def test_no_sound_gives_no_sound(separator: DemucsSeparator) -> None:
    assert sum(speech.shape[1] for speech, _ in separator.separate(iter([]), 2)) == 0


def test_a_model_that_returns_no_numbers_is_an_error(weights: Weights) -> None:
    path = weights(broken=True)
    with pytest.raises(ModelOutputError, match="not a number"):
        separated(DemucsSeparator.load({path.name: path}, {}), noise(2, 1000))


@pytest.mark.parametrize("changes", [{"sources": ["speech", "noise"]}, {"audio_channels": 1}])
def test_a_model_without_stereo_vocals_is_refused(weights: Weights, changes: dict[str, Any]) -> None:
    path = weights(**changes)
    with pytest.raises(FaultError, match="a stereo model with 'vocals' is needed"):
        DemucsSeparator.load({path.name: path}, {})


def test_one_file_and_known_options_are_taken(weights: Weights) -> None:
    path = weights()
    with pytest.raises(FaultError, match="one file and `device`"):
        DemucsSeparator.load({path.name: path}, {"shifts": 2})
    with pytest.raises(FaultError, match="one file and `device`"):
        DemucsSeparator.load({"one": path, "two": path}, {})
