"""The contract of the checkpoint store, on a folder and on a real S3 server."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_ops.checkpoints.blobs import blob_key
from pipeline_ops.checkpoints.manifest import Artefact, CheckpointReference
from pipeline_ops.checkpoints.storage import open_storage
from pipeline_ops.checkpoints.store import CheckpointStore, manifest_key
from pipeline_ops.errors import DamagedArtefactError, SettingsError, StageOutputError
from tests.pipeline_ops.checkpoints.making import commit, make_manifest, make_reference, write_files

BINARY = "application/octet-stream"


def _damage(store: CheckpointStore, sha256: str, how: str) -> None:
    key = blob_key(sha256)
    content = bytearray(store.storage.get_bytes(key))
    content[len(content) // 2] ^= 1
    if how == "deleted":
        store.storage.delete(key)
    elif how == "truncated":
        store.storage.put_bytes(key, bytes(content[:-1]), BINARY)
    else:
        store.storage.put_bytes(key, bytes(content), BINARY)


def test_what_was_committed_is_found_and_read(store: CheckpointStore, tmp_path: Path) -> None:
    manifest = commit(store, tmp_path, "one", sound=b"la la", text=b"words")
    assert store.find(manifest.reference) == manifest
    assert store.read_bytes(manifest.reference, "text") == b"words"
    path = store.fetch(manifest.reference, "sound")
    assert path.read_bytes() == b"la la"
    assert path.stat().st_mode & 0o222 == 0


def test_what_was_never_committed_is_not_found(store: CheckpointStore) -> None:
    assert store.find(make_reference("nothing")) is None
    assert list(store.references()) == []
    with pytest.raises(DamagedArtefactError, match="no such checkpoint"):
        store.read_bytes(make_reference("nothing"), "sound")


def test_an_artefact_that_the_checkpoint_does_not_have_is_a_key_error(
    store: CheckpointStore, tmp_path: Path
) -> None:
    manifest = commit(store, tmp_path, "one")
    with pytest.raises(KeyError, match="picture"):
        store.fetch(manifest.reference, "picture")


def test_a_commit_can_be_repeated(store: CheckpointStore, tmp_path: Path) -> None:
    assert commit(store, tmp_path, "one") == commit(store, tmp_path, "one")
    assert len(list(store.references())) == 1


def test_the_first_of_two_different_commits_stays(store: CheckpointStore, tmp_path: Path) -> None:
    first = commit(store, tmp_path, "one", sound=b"first")
    second = commit(store, tmp_path, "one", sound=b"second")
    assert second == first
    assert store.read_bytes(first.reference, "sound") == b"first"


def test_equal_artefacts_are_stored_once(store: CheckpointStore, tmp_path: Path) -> None:
    commit(store, tmp_path, "one", sound=b"same", again=b"same")
    commit(store, tmp_path, "two", sound=b"same")
    assert len(list(store.storage.walk("blobs"))) == 1


@pytest.mark.parametrize(
    "content", [b"", b"other", b"longer than it was"], ids=["empty", "same size", "longer"]
)
def test_a_file_that_is_not_what_the_manifest_says_is_not_committed(
    local_store: CheckpointStore, tmp_path: Path, content: bytes
) -> None:
    files = write_files(tmp_path, sound=b"sound")
    manifest = make_manifest(make_reference("one"), files)
    files["sound"].write_bytes(content)
    with pytest.raises(StageOutputError, match="'sound'"):
        local_store.commit(manifest, files)
    assert local_store.find(manifest.reference) is None
    assert list(local_store.storage.walk("blobs")) == []


def test_files_and_recorded_artefacts_must_be_the_same(local_store: CheckpointStore, tmp_path: Path) -> None:
    files = write_files(tmp_path, sound=b"sound", text=b"text")
    manifest = make_manifest(make_reference("one"), files)
    with pytest.raises(StageOutputError, match="text"):
        local_store.commit(manifest, {"sound": files["sound"]})
    with pytest.raises(StageOutputError, match="there is no file"):
        local_store.commit(manifest, {**files, "text": tmp_path / "none"})


@pytest.mark.parametrize(
    "artefact",
    [
        Artefact("sound", "../../evil", BINARY, "0" * 64, 1),
        Artefact("sound", "/etc/passwd", BINARY, "0" * 64, 1),
        Artefact("sound", ".hidden", BINARY, "0" * 64, 1),
        Artefact("sound", "sound.bin", BINARY, "../../../../etc/passwd", 1),
        Artefact("sound", "sound.bin", BINARY, "A" * 64, 1),
        Artefact("sound", "sound.bin", BINARY, "0" * 64, -1),
    ],
)
def test_a_manifest_that_leads_elsewhere_is_refused_and_set_aside(
    local_store: CheckpointStore, tmp_path: Path, artefact: Artefact
) -> None:
    manifest = commit(local_store, tmp_path, "one")
    evil = replace(manifest, artefacts=(artefact,))
    with pytest.raises(ValueError, match="malformed"):
        local_store.commit(evil, {"sound": tmp_path})
    record = json.loads(local_store.storage.get_bytes(manifest_key(manifest.reference)))
    record["artefacts"] = [{name: getattr(artefact, name) for name in Artefact.__dataclass_fields__}]
    local_store.storage.put_bytes(manifest_key(manifest.reference), json.dumps(record).encode(), BINARY)
    with pytest.raises(DamagedArtefactError, match="malformed"):
        local_store.fetch(manifest.reference, "sound", tmp_path)
    assert local_store.find(manifest.reference) is None


@given(st.text(max_size=80), st.text("0123456789abcdefg/.", max_size=70))
def test_no_reference_leads_out_of_the_store(stage: str, key: str) -> None:
    try:
        reference = CheckpointReference.parse(f"{stage}/{key}")
    except ValueError:
        return
    assert "/" not in reference.stage and "." not in str(reference)
    assert CheckpointReference.parse(str(reference)) == reference


@given(st.from_regex(r"[a-z_][a-z_]{0,20}", fullmatch=True), st.binary(min_size=32, max_size=32))
def test_a_reference_is_read_back_as_it_was_written(stage: str, digest: bytes) -> None:
    reference = CheckpointReference(stage, digest.hex())
    assert CheckpointReference.parse(str(reference)) == reference


@pytest.mark.parametrize("how", ["flipped", "truncated", "deleted"])
@pytest.mark.parametrize("reader", ["fetch", "read_bytes"])
def test_a_damaged_artefact_is_named_set_aside_and_can_be_made_again(
    store: CheckpointStore, tmp_path: Path, how: str, reader: str
) -> None:
    manifest = commit(store, tmp_path, "one", sound=b"la la la", text=b"words")
    other = commit(store, tmp_path, "two", text=b"words")
    _damage(store, manifest.artefact("sound").sha256, how)

    problems = store.verify(manifest.reference)
    assert len(problems) == 1
    assert str(manifest.reference) in problems[0] and "'sound'" in problems[0]

    with pytest.raises(DamagedArtefactError, match="'sound'") as caught:
        getattr(store, reader)(manifest.reference, "sound")
    assert caught.value.reference == str(manifest.reference)
    assert store.find(manifest.reference) is None
    kept = [stored.key for stored in store.storage.walk(f"quarantine/{manifest.reference}")]
    assert len(kept) == (2 if how == "deleted" else 3)
    reason = next(key for key in kept if key.endswith("reason.json"))
    assert "'sound'" in json.loads(store.storage.get_bytes(reason))["reason"]

    assert commit(store, tmp_path, "one", sound=b"la la la", text=b"words") == manifest
    assert store.fetch(manifest.reference, "sound").read_bytes() == b"la la la"
    assert store.verify(manifest.reference) == []
    assert store.read_bytes(other.reference, "text") == b"words"


@pytest.mark.parametrize("how", ["truncated", "deleted"])
def test_a_checkpoint_without_its_artefacts_is_not_found(
    store: CheckpointStore, tmp_path: Path, how: str
) -> None:
    manifest = commit(store, tmp_path, "one")
    _damage(store, manifest.artefact("sound").sha256, how)
    assert store.find(manifest.reference) is None
    assert list(store.references()) == []


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"\xff\xfe", b'{"reference":1}'])
def test_an_unreadable_manifest_is_set_aside(store: CheckpointStore, tmp_path: Path, data: bytes) -> None:
    manifest = commit(store, tmp_path, "one")
    store.storage.put_bytes(manifest_key(manifest.reference), data, BINARY)
    assert len(store.verify(manifest.reference)) == 1
    with pytest.raises(DamagedArtefactError, match=r"manifest\.json"):
        store.inspect(manifest.reference)
    assert store.find(manifest.reference) is None
    assert commit(store, tmp_path, "one") == manifest


def test_a_manifest_under_another_ones_key_is_damaged(local_store: CheckpointStore, tmp_path: Path) -> None:
    one, two = commit(local_store, tmp_path, "one"), commit(local_store, tmp_path, "two")
    copy = local_store.storage.get_bytes(manifest_key(one.reference))
    local_store.storage.put_bytes(manifest_key(two.reference), copy, BINARY)
    assert local_store.find(two.reference) is None
    assert local_store.find(one.reference) == one


def test_a_damaged_download_is_not_trusted_a_second_time(store: CheckpointStore, tmp_path: Path) -> None:
    manifest = commit(store, tmp_path, "one", sound=b"la la la")
    path = store.fetch(manifest.reference, "sound", tmp_path / "work")
    if path.is_relative_to(tmp_path / "work"):  # a local store hands out its own file
        path.chmod(0o600)
        path.write_bytes(b"la la lo")
        again = store.fetch(manifest.reference, "sound", tmp_path / "work")
        assert again.read_bytes() == b"la la la"
        assert [found.name for found in (tmp_path / "work").iterdir()] == [again.name]


def test_references_are_listed_by_stage(store: CheckpointStore, tmp_path: Path) -> None:
    files = write_files(tmp_path, sound=b"1")
    for stage in ("mix", "align", "mix_more"):
        store.commit(make_manifest(make_reference("x", stage), files), files)
    assert [reference.stage for reference in store.references()] == ["align", "mix", "mix_more"]
    assert list(store.references("mix")) == [make_reference("x", "mix")]
    assert list(store.references("nothing")) == []


def test_foreign_objects_are_no_checkpoints(store: CheckpointStore, tmp_path: Path) -> None:
    manifest = commit(store, tmp_path, "one")
    store.storage.put_bytes("checkpoints/mix/notes.txt", b"?", BINARY)
    assert list(store.references()) == [manifest.reference]


def test_the_lineage_is_everything_that_it_was_made_of(store: CheckpointStore, tmp_path: Path) -> None:
    source = commit(store, tmp_path, "source").reference
    left = commit(store, tmp_path, "left", parents=[source]).reference
    right = commit(store, tmp_path, "right", parents=[source]).reference
    end = commit(store, tmp_path, "end", parents=[left, right]).reference
    commit(store, tmp_path, "stranger")
    assert store.walk_lineage([end]) == {source, left, right, end}
    assert store.walk_lineage([left]) == {source, left}


def test_a_publication_remembers_what_it_was_made_of(store: CheckpointStore, tmp_path: Path) -> None:
    source = commit(store, tmp_path, "source").reference
    end = commit(store, tmp_path, "end", parents=[source]).reference
    published = store.publish("video-1.pt", [end], {"language": "pt"})
    assert list(store.publications()) == [published]
    assert published.references == (end,)
    assert set(published.lineage) == {source, end}
    assert published.metadata == {"language": "pt"}
    assert store.unpublish("video-1.pt")
    assert not store.unpublish("video-1.pt")
    assert list(store.publications()) == []


def test_only_what_is_there_can_be_published(local_store: CheckpointStore, tmp_path: Path) -> None:
    reference = commit(local_store, tmp_path, "one").reference
    with pytest.raises(DamagedArtefactError):
        local_store.publish("x", [make_reference("nothing")])
    with pytest.raises(SettingsError, match="names no checkpoint"):
        local_store.publish("x", [])
    for name in ("", "../x", "a/b", ".x", "x" * 300):
        with pytest.raises(SettingsError, match="cannot name"):
            local_store.publish(name, [reference])


@pytest.mark.e2e
def test_s3_without_a_folder_for_downloads_is_told(s3_url: str, tmp_path: Path) -> None:
    store = CheckpointStore(open_storage(s3_url))
    manifest = commit(store, tmp_path, "one")
    with pytest.raises(SettingsError, match="folder"):
        store.fetch(manifest.reference, "sound")
