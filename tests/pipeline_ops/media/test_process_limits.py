from __future__ import annotations

import subprocess
import sys

import pytest

SCRIPT = """
from pipeline_ops.media.process_limits import limit_this_process
limit_this_process(cpu_s=1, memory_bytes=2**30)
{work}
"""


def run(work: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", SCRIPT.format(work=work)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize(("work", "wanted"), [("bytearray(2**31)", "MemoryError"), ("print('done')", "done")])
def test_a_process_gets_the_memory_that_it_allowed_itself(work: str, wanted: str) -> None:
    result = run(work)
    assert wanted in result.stdout + result.stderr


def test_a_process_that_never_ends_is_ended() -> None:
    assert run("while True: pass").returncode < 0
