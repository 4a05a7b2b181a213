"""The network of CAM++, in terms of its published weights.

Source: Wang et al., "CAM++: A fast and efficient network for speaker verification using context-aware
masking", Interspeech 2023: a two-dimensional front end, then densely connected time-delay layers whose
channels are masked by what the whole and the surroundings sound like.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from models.errors import FaultError

if TYPE_CHECKING:
    import torch

WIDTH = 192
"""Of the answer, for the variant trained on Chinese and English."""

BLOCKS = ((12, 1), (24, 2), (16, 2))
"""Of the time-delay part: how many layers each block has, and how far apart its taps lie (the paper, 2.1)."""

SURROUNDINGS = 100
"""Steps of 20 ms that are pooled to say what a stretch sounds like."""


@contextmanager
def _without_onednn() -> Iterator[None]:
    """Let PyTorch do without oneDNN for a while.

    It prepares every layer for each length that it meets and keeps that: a third faster, but 250 MB larger
    after 60 lengths, and every stretch of speech has a length of its own.
    """
    import torch

    onednn: Any = torch.backends.mkldnn
    before = onednn.enabled
    onednn.enabled = False
    try:
        yield
    finally:
        onednn.enabled = before


class CamPlusPlus:
    """Turns mel bands into a voice. It only infers: weights are used as they are, no gradients are kept."""

    def __init__(self, weights: Mapping[str, torch.Tensor]) -> None:
        last = weights.get("xvector.dense.linear.weight")
        if last is None or last.shape[0] != WIDTH:
            message = "These are no weights of CAM++ with 192 dimensions; pull the model again"
            raise FaultError(message)
        self._weights = weights

    def __call__(self, bands: torch.Tensor) -> torch.Tensor:
        """Return shape (192,), of any length, for mel bands of shape (rows, 80) whose mean was taken off."""
        import torch

        with torch.inference_mode(), _without_onednn():
            heard = self._front(bands.T[None, None])
            heard = self._time_delay(heard)
            pooled = torch.cat([heard.mean(dim=-1), heard.std(dim=-1)], dim=-1)[..., None]
            dense = self._convolve(pooled, "xvector.dense.linear")
            return self._normalise(dense, "xvector.dense.nonlinear.batchnorm")[0, :, 0]

    def _front(self, picture: torch.Tensor) -> torch.Tensor:
        """Return shape (1, 320, rows): bands are halved three times, time is kept."""
        heard = self._normalised_relu(self._convolve(picture, "head.conv1", padding=1), "head.bn1")
        for layer in ("head.layer1", "head.layer2"):
            heard = self._residual(heard, f"{layer}.0", band_step=2)
            heard = self._residual(heard, f"{layer}.1", band_step=1)
        heard = self._convolve(heard, "head.conv2", stride=(2, 1), padding=1)
        return self._normalised_relu(heard, "head.bn2").flatten(1, 2)

    def _residual(self, heard: torch.Tensor, name: str, band_step: int) -> torch.Tensor:
        stride = (band_step, 1)
        straight = self._convolve(heard, f"{name}.conv1", stride=stride, padding=1)
        straight = self._normalised_relu(straight, f"{name}.bn1")
        straight = self._convolve(straight, f"{name}.conv2", padding=1)
        straight = self._normalise(straight, f"{name}.bn2")
        beside = heard
        if band_step > 1:
            beside = self._convolve(heard, f"{name}.shortcut.0", stride=stride)
            beside = self._normalise(beside, f"{name}.shortcut.1")
        return (straight + beside).relu()

    def _time_delay(self, heard: torch.Tensor) -> torch.Tensor:
        """Return shape (1, 512, rows / 2)."""
        import torch

        heard = self._convolve(heard, "xvector.tdnn.linear", stride=2, padding=2)
        heard = self._normalised_relu(heard, "xvector.tdnn.nonlinear.batchnorm")
        for block, (layers, dilation) in enumerate(BLOCKS, start=1):
            for layer in range(1, layers + 1):
                name = f"xvector.block{block}.tdnnd{layer}"
                narrow = self._normalised_relu(heard, f"{name}.nonlinear1.batchnorm")
                narrow = self._convolve(narrow, f"{name}.linear1")
                narrow = self._normalised_relu(narrow, f"{name}.nonlinear2.batchnorm")
                heard = torch.cat([heard, self._masked(narrow, f"{name}.cam_layer", dilation)], dim=1)
            transit = f"xvector.transit{block}"
            heard = self._normalised_relu(heard, f"{transit}.nonlinear.batchnorm")
            heard = self._convolve(heard, f"{transit}.linear")
        return self._normalised_relu(heard, "xvector.out_nonlinear.batchnorm")

    def _masked(self, heard: torch.Tensor, name: str, dilation: int) -> torch.Tensor:
        """Context-aware masking: what the whole and the surroundings sound like decides what counts here."""
        from torch.nn import functional

        local = self._convolve(heard, f"{name}.linear_local", padding=dilation, dilation=dilation)
        pooled = functional.avg_pool1d(heard, SURROUNDINGS, SURROUNDINGS, ceil_mode=True)
        surroundings = pooled.repeat_interleave(SURROUNDINGS, dim=-1)[..., : heard.shape[-1]]
        context = heard.mean(dim=-1, keepdim=True) + surroundings
        context = self._convolve(context, f"{name}.linear1").relu()
        return local * self._convolve(context, f"{name}.linear2").sigmoid()

    def _convolve(
        self,
        heard: torch.Tensor,
        name: str,
        *,
        stride: int | tuple[int, int] = 1,
        padding: int = 0,
        dilation: int = 1,
    ) -> torch.Tensor:
        from torch.nn import functional

        convolve = functional.conv2d if heard.ndim == 4 else functional.conv1d  # noqa: PLR2004
        weight, bias = self._weights[f"{name}.weight"], self._weights.get(f"{name}.bias")
        return convolve(heard, weight, bias, stride=stride, padding=padding, dilation=dilation)

    def _normalise(self, heard: torch.Tensor, name: str) -> torch.Tensor:
        from torch.nn import functional

        weights = self._weights
        return functional.batch_norm(
            heard,
            weights[f"{name}.running_mean"],
            weights[f"{name}.running_var"],
            weights.get(f"{name}.weight"),
            weights.get(f"{name}.bias"),
        )

    def _normalised_relu(self, heard: torch.Tensor, name: str) -> torch.Tensor:
        return self._normalise(heard, name).relu()
