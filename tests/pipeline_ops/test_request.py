from __future__ import annotations

from dataclasses import dataclass

import pytest

from pipeline_ops.errors import SettingsError
from pipeline_ops.request import parameters_for, parse_languages
from pipeline_ops.stage import stage


@dataclass(frozen=True)
class _Limits:
    maximum_s: float = 60.0
    target_language: str = ""


@dataclass(frozen=True)
class _Nothing:
    done: bool


@stage(version=1)
def _limited(*, parameters: _Limits) -> _Nothing:
    return _Nothing(parameters.maximum_s > 0)


@stage(version=1)
def _free() -> _Nothing:
    return _Nothing(True)


@pytest.mark.parametrize(
    ("written", "codes"),
    [("pt,es", ("pt", "es")), (" pt , pt-BR ", ("pt",)), (["es", "por"], ("es", "pt"))],
)
def test_languages_are_read_as_people_write_them(written: str | list[str], codes: tuple[str, ...]) -> None:
    assert parse_languages(written) == codes


@pytest.mark.parametrize("written", ["", " , ", "no such language", "pt;rm -rf"])
def test_what_names_no_language_is_refused(written: str) -> None:
    with pytest.raises(SettingsError):
        parse_languages(written)


def test_overrides_stand_over_defaults_and_the_run_over_both() -> None:
    parameters = parameters_for(
        _limited, {"maximum_s": 5, "target_language": "xx"}, {"target_language": "pt", "other": 1}
    )
    assert parameters == _Limits(5.0, "pt")


def test_a_misspelt_parameter_is_refused_by_name() -> None:
    with pytest.raises(SettingsError, match="maximum_sec"):
        parameters_for(_limited, {"maximum_sec": 5}, {})


def test_a_parameter_of_the_wrong_type_is_refused() -> None:
    with pytest.raises(SettingsError, match="_limited"):
        parameters_for(_limited, {"maximum_s": "long"}, {})


def test_a_stage_without_parameters_takes_none() -> None:
    assert parameters_for(_free, {}, {"target_language": "pt"}) is None
