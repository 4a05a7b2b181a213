"""The way to one's own Wav2Lip, as docs/adding-a-model.md describes it, with a small generator."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

import numpy as np
import pytest

from models.catalog import Catalog, CatalogError, load_catalog
from models.lip_sync.wav2lip import Wav2LipSynchronizer
from models.profile import Profile, load_profile
from models.registry import resolve, unload_all
from models.weights import WeightsStore
from tests.models.lip_sync.wav2lip_support import (
    draw_face,
    footage_of,
    frame_of,
    heard,
    speech_like,
    write_generator,
)
from tests.models.weights_support import digest

PAGE = Path(__file__).parents[3] / "docs" / "adding-a-model.md"


@pytest.fixture
def weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> WeightsStore:
    """A store whose local folder holds the user's file, and the documented entry in the user's catalog."""
    folder = tmp_path / "by hand"
    folder.mkdir()
    content = write_generator(folder / "wav2lip.onnx").read_bytes()
    blocks = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    (block,) = (block for block in blocks if "id: wav2lip-96" in block)
    entry = textwrap.dedent(block.removesuffix("   ")).replace("SHA256SUM", digest(content))
    catalog = tmp_path / "catalog.yaml"
    catalog.write_text(entry.replace("BYTES", str(len(content))), encoding="utf-8")
    monkeypatch.setenv("DUBWRIGHT_CATALOG", str(catalog))
    return WeightsStore(tmp_path / "weights", source_folder=folder)


def profile_of(catalog: Catalog, folder: Path) -> Profile:
    path = folder / "mine.yaml"
    path.write_text("name: mine\ndescription: Research.\nmodels: {lip_sync: [wav2lip-96]}\n")
    return load_profile(path, catalog)


def test_the_documented_entry_is_pulled_from_the_users_folder_and_draws(
    weights: WeightsStore, tmp_path: Path
) -> None:
    catalog = load_catalog()
    weights.pull([catalog.entry("wav2lip-96")])
    model = resolve(catalog, profile_of(catalog, tmp_path), "lip_sync", weights=weights)
    synchronizer = model.load()
    unload_all()
    assert isinstance(synchronizer, Wav2LipSynchronizer)
    footage = footage_of(np.arange(5) / 25)
    fit = synchronizer.fit(footage, [], tmp_path)
    plan = synchronizer.plan(fit.model, footage, heard(speech_like(0.5)), np.ones(5, np.float32))
    assert plan.render(frame_of(2, draw_face())) is not None


@pytest.mark.usefixtures("weights")
def test_a_profile_that_forbids_non_commercial_licences_refuses_it() -> None:
    catalog = load_catalog()
    with pytest.raises(CatalogError, match="LicenseRef-Wav2Lip"):
        load_profile("embedded", catalog).with_model("lip_sync", "wav2lip-96")
    assert load_profile("standard", catalog).with_model("lip_sync", "wav2lip-96").entries("lip_sync")


def test_it_is_never_fetched_unless_asked_for(weights: WeightsStore, tmp_path: Path) -> None:
    catalog = load_catalog()
    profile = profile_of(catalog, tmp_path).with_model("lip_sync", "wav2lip-96")
    with pytest.raises(CatalogError, match="dubwright models pull wav2lip-96"):
        resolve(catalog, profile, "lip_sync", weights=weights)
