"""Reads Dag files as Airflow's Dag processor does, and tells what that imports."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from airflow.dag_processing.dagbag import DagBag
from airflow.sdk import DAG

DAGS = Path(__file__).parents[2] / "dags"

HEAVY = (
    "av",
    "ctranslate2",
    "cv2",
    "demucs",
    "faster_whisper",
    "great_expectations",
    "langcodes",
    "librosa",
    "onnx",
    "onnxruntime",
    "phonemizer",
    "pyloudnorm",
    "scipy",
    "torch",
    "transformers",
    "xllamacpp",
)


def parse(dag_id: str) -> DAG:
    """Return a Dag from the file of its name."""
    bag = DagBag(dag_folder=str(DAGS / f"{dag_id}.py"), bundle_path=DAGS)
    assert bag.import_errors == {}
    dag: DAG = bag.dags[dag_id]
    return dag


def imported_by_parsing(dag_id: str) -> set[str]:
    """Return the libraries that a Dag's file imports beyond Airflow's own, in a process of its own."""
    code = (
        "import json, runpy, sys\n"
        "import airflow.sdk\n"
        "before = set(sys.modules)\n"
        f"runpy.run_path({str(DAGS / f'{dag_id}.py')!r})\n"
        "print(json.dumps(sorted(set(sys.modules) - before)))\n"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return {name.partition(".")[0] for name in json.loads(result.stdout.splitlines()[-1])}


def validate(dag: DAG, conf: dict[str, Any]) -> None:
    """Check a run's parameters as Airflow does before it starts one."""
    params = copy.deepcopy(dag.params)
    params.update(conf)
    params.validate()
