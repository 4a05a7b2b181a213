from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.environments.process import EnvironmentEngine, EnvironmentProcess
from models.errors import FaultError, ModelOutputError, ModelProcessError

BEHAVIOURS = f"{Path(__file__).with_name('behaviours.py')}:Behaviours"
SAMPLES = np.linspace(-1, 1, 700_000, dtype=np.float32)  # more than a socket holds


def process(python: str = sys.executable, load: str = "", **limits: float) -> EnvironmentProcess:
    return EnvironmentProcess(
        EnvironmentEngine("the model", Path(python), BEHAVIOURS, {"load": load}, **limits)
    )


@pytest.fixture(scope="module")
def model() -> Any:
    running = process()
    yield running
    running.close()


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_values_and_arrays_go_there_and_come_back(model: EnvironmentProcess) -> None:
    reply = model.call("scale", {"factor": 0.5}, {"samples": SAMPLES})
    assert reply.result == {"frames": len(SAMPLES)}
    np.testing.assert_array_equal(reply.arrays["samples"], SAMPLES / 2)
    assert reply.arrays["samples"].dtype == np.float32
    assert reply.arrays["none"].shape == (0,)


def test_one_process_answers_all_calls_of_all_threads(model: EnvironmentProcess) -> None:
    pids = set()
    threads = [threading.Thread(target=lambda: pids.add(model.call("pid", {}).result)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(pids) == 1
    assert pids != {os.getpid()}


def test_nothing_of_this_environment_shows_through(
    model: EnvironmentProcess, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    other = process()
    assert str(tmp_path) not in other.about()["path"]
    assert os.getcwd() not in other.about()["path"]  # noqa: PTH109  compared as text
    other.close()


def test_an_engine_that_writes_and_reads_the_standard_streams_does_no_harm(model: EnvironmentProcess) -> None:
    assert model.call("shout", {}).result == ""
    assert model.call("scale", {"factor": 2.0}, {"samples": SAMPLES[:3]}).arrays["samples"].tolist() == [
        pytest.approx(2 * sample) for sample in SAMPLES[:3]
    ]


@pytest.mark.parametrize(
    ("kind", "raised"), [("ModelOutputError", ModelOutputError), ("OutOfMemoryError", ModelProcessError)]
)
def test_errors_that_have_a_name_here_keep_it_and_the_process_goes_on(
    model: EnvironmentProcess, kind: str, raised: type[Exception]
) -> None:
    before = model.call("pid", {}).result
    with pytest.raises(raised, match="the model: of no use"):
        model.call("fail", {"kind": kind})
    assert model.call("pid", {}).result == before


def test_any_other_error_is_a_fault_that_shows_where_it_happened(model: EnvironmentProcess) -> None:
    with pytest.raises(FaultError, match=r"ValueError: of no use[^$]*behaviours\.py"):
        model.call("fail", {"kind": "ValueError"})
    with pytest.raises(FaultError, match="no method '_private'"):
        model.call("_private", {})


def test_a_process_that_dies_is_started_again_and_asked_again(
    model: EnvironmentProcess, tmp_path: Path
) -> None:
    before = model.call("pid", {}).result
    assert model.call("crash", {"once": str(tmp_path / "died")}).result == "well again"
    assert model.call("pid", {}).result != before


def test_a_process_that_dies_twice_is_an_error_with_its_last_words(model: EnvironmentProcess) -> None:
    with pytest.raises(ModelProcessError, match=r"died\. It wrote last:\nabout to die, for the second time"):
        model.call("crash", {})
    assert model.call("pid", {}).result  # and the next call finds another


def test_a_process_that_was_ended_between_two_calls_is_started_again(model: EnvironmentProcess) -> None:
    before = model.call("pid", {}).result
    os.kill(before, signal.SIGKILL)
    assert model.call("pid", {}).result != before


def test_a_call_that_takes_too_long_is_ended() -> None:
    slow = process(call_timeout_s=1.0)
    pid = slow.call("pid", {}).result
    with pytest.raises(ModelProcessError, match=r"did not answer within 1 s.*\n?going to sleep"):
        slow.call("hang", {})
    assert not alive(pid)
    slow.close()


@pytest.mark.parametrize(
    ("load", "raised", "said"),
    [
        ("fail", FaultError, r"FileNotFoundError: weights\.pt is not there"),
        ("exit", FaultError, r"ended before its model was loaded\. It wrote last:\ncannot go on"),
        ("killed", ModelProcessError, "ended before its model was loaded"),
        ("slow", ModelProcessError, "not loaded within 1 s"),
    ],
)
def test_a_model_that_cannot_be_loaded_says_why(load: str, raised: type[Exception], said: str) -> None:
    broken = process(load=load, start_timeout_s=1.0 if load == "slow" else 60.0)
    with pytest.raises(raised, match=said):
        broken.call("pid", {})


def test_an_environment_that_is_not_there_is_named() -> None:
    with pytest.raises(FaultError, match="cannot be started with /nowhere/python"):
        process("/nowhere/python").call("pid", {})


def test_nothing_is_started_before_it_is_needed_and_nothing_is_left_when_it_is_forgotten() -> None:
    forgotten = process(load="fail")
    del forgotten
    used = process()
    pid = used.call("pid", {}).result
    assert alive(pid)
    del used
    gc.collect()
    assert not alive(pid)


def test_the_process_ends_with_the_one_that_asked_however_that_ends() -> None:
    script = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from tests.models.environments.test_process import process\n"
        "model = process()\n"
        "print(model.call('pid', {}).result, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    root = Path(__file__).parents[3]
    ended = subprocess.run(
        [sys.executable, "-c", script], cwd=root, capture_output=True, text=True, check=False, timeout=60
    )
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    deadline_s = time.monotonic() + 10
    while alive(int(ended.stdout)) and time.monotonic() < deadline_s:
        time.sleep(0.05)
    assert not alive(int(ended.stdout))


def test_a_fork_starts_a_process_of_its_own_and_leaves_that_of_its_parent_alone() -> None:
    script = (
        "import os, sys\n"
        "from tests.models.environments.test_process import process\n"
        "model = process()\n"
        "own = model.call('pid', {}).result\n"
        "child = os.fork()\n"
        "if not child:\n"
        "    other = model.call('pid', {}).result\n"
        "    model.close()\n"
        "    os._exit(0 if other != own else 1)\n"
        "_, status = os.waitpid(child, 0)\n"
        "assert status == 0, status\n"
        "assert model.call('pid', {}).result == own\n"
    )
    root = Path(__file__).parents[3]
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=root, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
