"""The report as people open it: a file, in a real browser."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser

from pipeline_ops.checkpoints.manifest import CheckpointReference
from pipeline_ops.model_evaluation.making import make_evaluation_report
from pipeline_ops.model_evaluation.report_page import report_html
from pipeline_ops.platform import Platform
from pipeline_ops.settings import Settings
from tests.e2e.browser import NARROW, WIDE, open_page, start_chromium, wait_until
from tests.pipeline_ops.media.clips import H264_AAC, make_clip
from tests.pipeline_ops.model_evaluation.making import VERSIONS, clips, evaluated
from tests.pipeline_ops.rating_app.making import SHORT_PICTURE, SHORT_SOUND

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
LOADED = "[...document.querySelectorAll('video')].every(video => video.readyState >= 1)"
PARTS = "document.querySelectorAll('.scroll')"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with start_chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A report of six clips with a worse voice, one of them stopped by a gate, as a file."""
    folder = tmp_path_factory.mktemp("report")
    clip = make_clip(folder / "clip.mp4", *SHORT_PICTURE, *SHORT_SOUND, *H264_AAC)
    (folder / "media").mkdir()

    def write_media(reference: CheckpointReference, artefact: str, _name: str) -> str:
        name = f"media/{artefact}-{reference.key[:8]}.mp4"
        shutil.copyfile(clip, folder / name)
        return name

    report = make_evaluation_report(
        clips(6),
        VERSIONS,
        ("pt",),
        evaluated(clips(6), fall=0.3, rejected=("clip 2",)),
        Platform.from_environment(Settings.from_environment({"DUBWRIGHT_HOME": str(folder / "home")})),
        made_at=NOW,
        write_media=write_media,
    )
    (folder / "report.html").write_text(report_html(report), encoding="utf-8")
    return (folder / "report.html").as_uri()


@pytest.mark.parametrize("width_px", [WIDE, NARROW])
def test_the_page_fits_its_window_and_its_players_play(browser: Browser, address: str, width_px: int) -> None:
    with open_page(browser, address, width_px) as page:
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert page.locator("video").count() == 15
        wait_until(page, LOADED)
        assert page.locator("section.card").first.get_by_label("Original, clip").is_visible()


def test_tables_that_are_wider_than_the_window_are_reached_by_keyboard(
    browser: Browser, address: str
) -> None:
    with open_page(browser, address, NARROW) as page:
        assert page.evaluate(f"[...{PARTS}].every(part => part.tabIndex === 0 && part.ariaLabel)")
        assert page.evaluate(f"[...{PARTS}].some(part => part.scrollWidth > part.clientWidth)")


def test_it_is_readable_in_the_dark(browser: Browser, address: str) -> None:
    with open_page(browser, address) as page:
        colours = []
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            colours.append(page.evaluate("getComputedStyle(document.body).backgroundColor"))
        assert colours[0] != colours[1]
