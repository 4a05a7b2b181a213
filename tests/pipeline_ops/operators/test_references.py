from __future__ import annotations

import pytest

from pipeline_ops.checkpoints.manifest import CheckpointReference
from pipeline_ops.errors import SettingsError
from pipeline_ops.operators.references import XComReferences
from tests.pipeline_ops.operators.running import TaskInstance

KEY = "a" * 64
OTHER_KEY = "b" * 64


def test_the_source_is_what_the_first_task_handed_on() -> None:
    task_instance = TaskInstance(xcoms={("accept_request", -1, "source"): f"ingest/{KEY}"})
    assert XComReferences(task_instance)["ingest"] == CheckpointReference("ingest", KEY)


def test_a_language_stage_sees_its_own_languages_checkpoints() -> None:
    xcoms = {
        ("translate", 0, "return_value"): f"translate/{KEY}",
        ("translate", 1, "return_value"): f"translate/{OTHER_KEY}",
        ("probe", -1, "return_value"): f"probe/{KEY}",
    }
    references = XComReferences(TaskInstance("align", map_index=1, xcoms=xcoms))
    assert references["translate"] == CheckpointReference("translate", OTHER_KEY)
    assert references["probe"] == CheckpointReference("probe", KEY)


def test_nothing_is_read_before_it_is_asked_for() -> None:
    task_instance = TaskInstance(xcoms={("probe", -1, "return_value"): f"probe/{KEY}"})
    references = XComReferences(task_instance)
    assert task_instance.pulled == []
    assert references["probe"].key == KEY
    assert task_instance.pulled == ["probe"]


def test_a_stage_without_a_checkpoint_is_an_error_that_says_what_to_do() -> None:
    with pytest.raises(SettingsError, match=r"probe .* Clear it"):
        XComReferences(TaskInstance())["probe"]
