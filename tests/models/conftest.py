"""What tests of several capabilities share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.models.seamless.tiny_checkpoint import make_tiny_checkpoint


@pytest.fixture(scope="session")
def tiny_seamless(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The files of a tiny SeamlessM4T v2 checkpoint; it takes some seconds to learn its sentences."""
    return make_tiny_checkpoint(tmp_path_factory.mktemp("seamless"))
