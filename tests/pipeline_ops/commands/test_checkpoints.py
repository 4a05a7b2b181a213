"""`dubwright checkpoints`, as a person calls it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from pipeline_ops.checkpoints.blobs import blob_key
from pipeline_ops.checkpoints.manifest import Manifest
from pipeline_ops.checkpoints.storage import open_storage
from pipeline_ops.checkpoints.store import CheckpointStore, manifest_key
from pipeline_ops.commands.checkpoints import app
from tests.pipeline_ops.checkpoints.making import commit


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CheckpointStore:
    monkeypatch.setenv("DUBWRIGHT_STORE_URL", str(tmp_path / "store"))
    return CheckpointStore(open_storage(str(tmp_path / "store")))


@pytest.fixture
def manifest(store: CheckpointStore, tmp_path: Path) -> Manifest:
    return commit(store, tmp_path, "one", sound=b"[red]la la", text=b"words")


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments, env={"COLUMNS": "200"})


def _damage(store: CheckpointStore, manifest: Manifest) -> None:
    store.storage.put_bytes(blob_key(manifest.artefact("sound").sha256), b"[red]la lo", "audio/flac")


def test_an_empty_store_lists_nothing(store: CheckpointStore) -> None:
    result = _run("list")
    assert (result.exit_code, result.output) == (0, "")


def test_a_list_has_a_line_for_each_checkpoint(store: CheckpointStore, manifest: Manifest) -> None:
    result = _run("list")
    assert result.output.split() == [
        str(manifest.reference), "completed", "15", "bytes", manifest.created_at
    ]  # fmt: skip
    assert _run("list", "--stage", "mix").output == result.output
    assert _run("list", "--stage", "align").output == ""
    assert _run("list", "--stage", "../x").exit_code == 2


def test_a_list_tells_of_an_unreadable_manifest(store: CheckpointStore, manifest: Manifest) -> None:
    store.storage.put_bytes(manifest_key(manifest.reference), b"{", "application/json")
    assert _run("list").output == f"{manifest.reference}  damaged\n"


def test_the_store_can_be_named(store: CheckpointStore, manifest: Manifest, tmp_path: Path) -> None:
    assert _run("list", "--store", str(tmp_path / "another")).output == ""


def test_a_checkpoint_is_shown_for_people(store: CheckpointStore, manifest: Manifest) -> None:
    result = _run("show", str(manifest.reference))
    assert result.exit_code == 0
    assert str(manifest.reference) in result.output
    assert manifest.artefact("sound").sha256 in result.output
    assert '{"languages": ["pt"], "speed": 1.0}' in result.output


def test_a_checkpoint_is_shown_for_machines(store: CheckpointStore, manifest: Manifest) -> None:
    result = _run("show", str(manifest.reference), "--json")
    assert json.loads(result.output)["artefacts"][0]["sha256"] == manifest.artefacts[0].sha256


def test_the_first_digits_of_a_key_are_enough(store: CheckpointStore, manifest: Manifest) -> None:
    assert str(manifest.reference) in _run("show", str(manifest.reference)[:10]).output
    assert _run("show", "mix/zzz").exit_code == 2
    assert _run("show", "mix").exit_code == 2
    assert _run("show", "../..").exit_code == 2
    assert _run("show", "mix/" + "0" * 64).exit_code == 2


def test_a_whole_store_is_verified(store: CheckpointStore, manifest: Manifest) -> None:
    result = _run("verify")
    assert (result.exit_code, result.output) == (0, "1 checkpoints verified, 0 damaged\n")


def test_damage_is_named_and_the_exit_code_tells(store: CheckpointStore, manifest: Manifest) -> None:
    _damage(store, manifest)
    result = _run("verify", str(manifest.reference))
    assert result.exit_code == 1
    assert "'sound'" in result.output and str(manifest.reference) in result.output
    assert store.find(manifest.reference) is not None


def test_damage_is_set_aside_on_demand(store: CheckpointStore, manifest: Manifest) -> None:
    _damage(store, manifest)
    assert _run("verify", "--set-aside").exit_code == 1
    assert store.find(manifest.reference) is None
    assert _run("verify").exit_code == 0


def test_garbage_is_only_reported_at_first(store: CheckpointStore, manifest: Manifest) -> None:
    result = _run("gc", "--grace-days", "0")
    assert result.exit_code == 0
    assert f"would remove {manifest.reference}" in result.output
    assert "Nothing was removed" in result.output
    assert store.find(manifest.reference) is not None


def test_garbage_is_removed_on_demand(store: CheckpointStore, manifest: Manifest) -> None:
    assert _run("gc", "--yes").exit_code == 0
    assert store.find(manifest.reference) is not None
    result = _run("gc", "--yes", "--grace-days", "0")
    assert f"removed {manifest.reference}" in result.output
    assert "no run may be going on" in result.output
    assert store.find(manifest.reference) is None


def test_garbage_is_not_collected_over_an_unreadable_manifest(
    store: CheckpointStore, manifest: Manifest
) -> None:
    store.storage.put_bytes(manifest_key(manifest.reference), b"{", "application/json")
    result = _run("gc", "--yes", "--grace-days", "0")
    assert result.exit_code == 1
    assert "verify --set-aside" in result.output


@pytest.mark.parametrize("command", [["list"], ["show", "mix/0"], ["verify"], ["gc"]])
def test_a_senseless_store_is_told_in_a_sentence(command: list[str]) -> None:
    result = _run(*command, "--store", "ftp://host/store")
    assert result.exit_code == 1
    assert "SettingsError: The store should be a path" in result.output
    assert isinstance(result.exception, SystemExit)
