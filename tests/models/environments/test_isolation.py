from __future__ import annotations

import ast
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[3] / "models" / "environments"
RUN_ELSEWHERE = sorted(
    path.name for path in FOLDER.glob("*.py") if path.name not in ("__init__.py", "process.py")
)


def test_the_worker_and_its_engines_are_found() -> None:
    assert RUN_ELSEWHERE == ["seamless_expressive.py", "worker.py"]


@pytest.mark.parametrize("name", RUN_ELSEWHERE)
def test_what_runs_in_another_environment_imports_nothing_of_this_one(name: str) -> None:
    imported = set()
    for node in ast.walk(ast.parse((FOLDER / name).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            imported |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            imported.add((node.module or "").partition(".")[0])
    assert not imported & {"models", "pipeline_ops", "dags", "plugins", "airflow", "transformers"}


def test_the_environment_is_pinned_to_the_last_package() -> None:
    lines = (FOLDER / "seamless.txt").read_text(encoding="utf-8").splitlines()
    packages = [line for line in lines if line and not line.startswith("#")]
    pins = dict(line.split("==") for line in packages if "==" in line)
    assert (pins["fairseq2"], pins["torch"]) == ("0.2.1", "2.2.2")
    assert int(pins["setuptools"].partition(".")[0]) < 81
    assert int(pins["numpy"].partition(".")[0]) < 2
    (meta,) = (line for line in packages if "==" not in line)
    assert meta.startswith("seamless_communication @ git+https://github.com/facebookresearch/")
    assert len(meta.rpartition("@")[2]) == 40
