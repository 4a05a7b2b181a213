from __future__ import annotations

import importlib
import sys
import types
from pathlib import Path

import numpy as np
import pytest
import soxr
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from models.errors import FaultError
from models.watermarking.perth import CHUNK_FRAMES, WEIGHTS, PerthWatermarker
from models.watermarking.perth_network import SAMPLE_RATE_HZ, PerthNetwork
from tests.models.embedded import engine, sound

pytestmark = pytest.mark.models

RATE_HZ = 48_000


def marked(samples: np.ndarray, rate_hz: int = RATE_HZ, block: int = RATE_HZ) -> np.ndarray:
    blocks = np.split(samples, range(block, len(samples), block))
    return np.concatenate(list(engine("watermarking").mark(blocks, rate_hz)))


def strongest(samples: np.ndarray, rate_hz: int = RATE_HZ) -> float:
    heard = soxr.resample(samples, rate_hz, SAMPLE_RATE_HZ).astype(np.float32)
    return engine("watermarking").detect([heard]).strongest


@pytest.fixture(scope="module")
def speech() -> np.ndarray:
    return sound(RATE_HZ, 1)[0, : 12 * RATE_HZ]


def test_marked_speech_is_told_from_unmarked_speech(speech: np.ndarray) -> None:
    assert strongest(speech) < 0.5
    assert strongest(marked(speech)) > 0.95


def test_the_mark_lies_below_two_kilohertz_and_leaves_the_band_above_alone(speech: np.ndarray) -> None:
    difference = np.abs(np.fft.rfft(marked(speech) - speech)) ** 2
    above = np.fft.rfftfreq(len(speech), 1 / RATE_HZ) > 2_200
    assert difference[above].sum() < 1e-4 * difference.sum()


@settings(max_examples=6, deadline=None)
@given(
    rate_hz=st.sampled_from([16_000, 24_000, 32_000, 44_100, 48_000]),
    lengths=st.lists(st.integers(0, 30_000), max_size=6),
)
def test_blocks_keep_their_number_and_lengths(rate_hz: int, lengths: list[int]) -> None:
    noise = np.random.default_rng(0).normal(0, 0.05, sum(lengths)).astype(np.float32)
    blocks = np.split(noise, np.cumsum(lengths)[:-1]) if lengths else []
    given_back = list(engine("watermarking").mark(blocks, rate_hz))
    assert [len(block) for block in given_back] == [len(block) for block in blocks]
    assert all(np.isfinite(block).all() and np.abs(block).max(initial=0) <= 1 for block in given_back)


def test_marking_in_chunks_leaves_no_seam(speech: np.ndarray) -> None:
    at_own_rate = soxr.resample(speech, RATE_HZ, SAMPLE_RATE_HZ).astype(np.float32)
    assert len(at_own_rate) > CHUNK_FRAMES
    whole = network().mark_of(at_own_rate)
    chunked = marked(at_own_rate, SAMPLE_RATE_HZ) - at_own_rate
    assert np.abs(chunked - whole).max() < 1e-3 * np.abs(whole).max()


def test_silence_stays_silence_and_says_nothing() -> None:
    nothing = np.zeros(3 * RATE_HZ, np.float32)
    assert not marked(nothing).any()
    assert engine("watermarking").detect([np.zeros(3 * SAMPLE_RATE_HZ, np.float32)]).windows == ()


def network() -> PerthNetwork:
    return engine("watermarking")._network


def test_the_networks_answer_as_those_of_perths_own_package_do(
    monkeypatch: pytest.MonkeyPatch, speech: np.ndarray
) -> None:
    """Perth's modules are imported with a stand-in for the torchaudio that they name, for this test alone."""
    samples = torch.from_numpy(soxr.resample(speech, RATE_HZ, SAMPLE_RATE_HZ)[: 5 * SAMPLE_RATE_HZ])
    before = set(sys.modules)
    stand_in, transforms = types.ModuleType("torchaudio"), types.ModuleType("torchaudio.transforms")
    for name in ("Spectrogram", "InverseSpectrogram", "TimeStretch"):
        setattr(transforms, name, torch.nn.Module)
    monkeypatch.setitem(sys.modules, "torchaudio", stand_in)
    monkeypatch.setitem(sys.modules, "torchaudio.transforms", transforms)
    resources = types.ModuleType("pkg_resources")
    resources.resource_filename = lambda *_: ""  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "pkg_resources", resources)
    try:
        package = "perth.perth_net.perth_net_implicit"
        encoder = importlib.import_module(f"{package}.model.encoder").Encoder(256, 128)
        decoder = importlib.import_module(f"{package}.model.decoder").Decoder(256, 128)
        utils = importlib.import_module(f"{package}.utils")
        config = importlib.import_module(f"{package}.config").default_hp
        state = torch.load(_weights(), map_location="cpu", weights_only=True)["model"]
        for name, module in (("encoder", encoder), ("decoder", decoder)):
            own = {key.partition(".")[2]: value for key, value in state.items() if key.startswith(name)}
            module.load_state_dict(own)
        window = torch.hann_window(2048)
        with torch.no_grad():
            spectrum = torch.stft(samples, 2048, 320, window=window, return_complex=True)
            level, phase = utils.cx_to_magphase(config, spectrum)
            changed, _ = encoder(level[None])
            theirs = torch.istft(
                utils.magphase_to_cx(config, changed[0], phase), 2048, 320, window=window, length=len(samples)
            )
            said = float(decoder(changed)[0])
    finally:
        for name in set(sys.modules) - before:
            if name.partition(".")[0] in ("perth", "torchaudio", "pkg_resources"):
                sys.modules.pop(name, None)
    ours = samples.numpy() + network().mark_of(samples.numpy())
    assert np.abs(ours - theirs.numpy()).max() < 1e-5
    assert network().presence(ours) == pytest.approx(said, abs=0.01)


def _weights() -> Path:
    import importlib.metadata

    folder = importlib.metadata.distribution("resemble-perth").locate_file("perth")
    return Path(str(folder)) / "perth_net" / "pretrained" / "implicit" / WEIGHTS


def test_a_file_that_holds_something_else_is_refused(tmp_path: Path) -> None:
    broken = tmp_path / WEIGHTS
    broken.write_bytes(b"no weights")
    with pytest.raises(FaultError, match="pull it again"):
        PerthWatermarker.load({WEIGHTS: broken}, {})
