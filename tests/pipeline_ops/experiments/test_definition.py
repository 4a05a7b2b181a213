from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from pipeline_ops.experiments.assignment import assign
from pipeline_ops.experiments.definition import ExperimentDefinition

ARMS = {"name": "lips", "arms": {"a": 1, "b": 2}}


def test_the_name_is_the_salt_unless_another_is_said() -> None:
    named = ExperimentDefinition.model_validate(ARMS)
    salted = ExperimentDefinition.model_validate({**ARMS, "salt": "other"})
    for unit in map(str, range(50)):
        assert named.arm_of(unit) == assign(unit, {"a": 1, "b": 2}, "lips")
        assert salted.arm_of(unit) == assign(unit, {"a": 1, "b": 2}, "other")


@pytest.mark.parametrize("shows", [{"c": {"lips": True}}, {"b": {}}, {"b": {"stage": "translate"}}], ids=str)
def test_what_an_arm_shows_names_an_arm_and_a_version(shows: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=r"no arm|left out"):
        ExperimentDefinition.model_validate({**ARMS, "shows": shows})
