from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline_ops.model_evaluation.making import make_evaluation_report
from pipeline_ops.model_evaluation.report_page import headline, report_html, report_json
from pipeline_ops.model_evaluation.report_types import EvaluationReport
from pipeline_ops.platform import Platform
from pipeline_ops.settings import Settings
from tests.pipeline_ops.model_evaluation.making import VERSIONS, clips, evaluated

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


def made(home: Path, count: int, **how: object) -> EvaluationReport:
    return make_evaluation_report(
        clips(count),
        VERSIONS,
        ("pt",),
        evaluated(clips(count), **how),  # type: ignore[arg-type]
        Platform.from_environment(Settings.from_environment({"DUBWRIGHT_HOME": str(home)})),
        made_at=NOW,
        write_media=lambda reference, _artefact, _name: f"media/{reference.key[:8]}.mp4",
    )


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    return report_html(made(tmp_path_factory.mktemp("home"), 6, fall=0.3, rejected=("clip 2",)))


def test_the_page_names_nothing_outside_its_folder(page: str) -> None:
    assert re.findall(r"https?://|<script|<link|@import", page) == []
    addresses = re.findall(r'(?:src|href)="([^"]*)"', page)
    assert addresses
    assert all(re.fullmatch(r"media/[0-9a-f]{8}\.mp4#t=0\.1", address) for address in addresses)


def test_names_are_escaped(page: str) -> None:
    assert "a &lt;b&gt;new&lt;/b&gt; voice" in page
    assert "<b>new</b>" not in page


def test_the_verdict_is_in_words_and_first(page: str) -> None:
    assert "is worse in voice." in page
    assert page.index("is worse in voice.") < page.index("Metrics that decide")


def test_every_plot_says_in_words_what_it_shows(page: str) -> None:
    plots = re.findall(r"<svg[^>]*>", page)
    assert plots
    assert all('role="img"' in plot and "times its noise" in plot for plot in plots)


def test_slices_that_are_too_small_say_so(page: str) -> None:
    assert "too small for a verdict" in page


def test_what_a_gate_held_back_is_listed_with_its_reason(page: str) -> None:
    assert "Not finished" in page
    assert "The voice is a stranger&#39;s." in page


@pytest.mark.parametrize(
    ("count", "how", "sentence"),
    [
        (6, {"same_files": True}, "makes the very same files: no difference can be told."),
        (6, {}, "Cannot tell a <b>new</b> voice from embedded."),
        (3, {"fall": 0.5}, "Cannot tell: too few recordings (3)."),
    ],
)
def test_what_cannot_be_told_is_not_told(
    tmp_path: Path, count: int, how: dict[str, object], sentence: str
) -> None:
    assert headline(made(tmp_path, count, **how)).endswith(sentence)


def test_the_same_is_there_as_json(tmp_path: Path) -> None:
    report = json.loads(report_json(made(tmp_path, 1)))
    assert report["b"]["models"] == {"speech_synthesis": "other"}
    voice = next(
        each for each in report["comparison"]["metrics"] if each["metric"]["name"] == "voice_likeness"
    )
    assert (voice["verdict"], voice["difference"]["low"]) == ("cannot_tell", None)
