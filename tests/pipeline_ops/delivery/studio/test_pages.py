"""The studio's pages in a real Chromium: by mouse and by keyboard, on a desk and on a phone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route

from pipeline_ops.catalog.tables import RunRow, TranslationRow
from tests.e2e.browser import NARROW, WIDE, start_chromium, wait_until
from tests.pipeline_ops.catalog.making import facts
from tests.pipeline_ops.delivery.studio.airflow_server import task
from tests.pipeline_ops.delivery.studio.conftest import StudioServer, store_dub

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with start_chromium() as started:
        yield started


def logged_in(browser: Browser, studio: StudioServer, creator_id: str, width_px: int = WIDE) -> Page:
    page = browser.new_page(viewport={"width": width_px, "height": 800})
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    page.goto(f"{studio.address}/")
    wait_until(page, "document.activeElement.id === 'token'")
    page.keyboard.type(studio.token(creator_id))
    page.keyboard.press("Enter")
    page.wait_for_url(f"{studio.address}/")
    return page


def test_a_file_that_broke_off_goes_on_when_it_is_chosen_again(
    browser: Browser, studio: StudioServer, clip: bytes, tmp_path: Path
) -> None:
    free = 3 * (8 << 20)
    content = clip + free.to_bytes(4, "big") + b"free" + bytes(free - 8)
    file = tmp_path / "My talk.mp4"
    file.write_bytes(content)
    page = logged_in(browser, studio, "bob")
    page.route("**/parts/3", lambda route: route.abort())
    page.set_input_files("#file", str(file))
    wait_until(page, "document.querySelector('#sending-words').textContent.includes('broke')")
    page.close()
    with studio.client("bob") as client:
        (upload,) = (each for each in client.get("uploads").json() if each["state"] == "open")
        came = {part["number"] for part in client.get(f"uploads/{upload['id']}").json()["parts"]}
    assert came == {1, 2, 4}

    page = logged_in(browser, studio, "bob")
    assert "Not all of it has come" in page.inner_text("#arrivals")
    sent: list[str] = []

    def note(route: Route) -> None:
        sent.append(route.request.url.rpartition("/")[2])
        route.continue_()

    page.route("**/parts/*", note)
    page.set_input_files("#file", str(file))
    page.wait_for_url("**/videos/*", timeout=30_000)
    assert sent == ["3"]
    assert page.inner_text("h1") == "My talk.mp4"
    page.close()


def test_languages_are_chosen_and_progress_is_seen_without_loading_the_page_again(
    browser: Browser, studio: StudioServer
) -> None:
    video = studio.video()
    page = logged_in(browser, studio, "ann", NARROW)
    page.goto(f"{studio.address}/videos/{video}")
    assert page.get_by_label("Portuguese").is_checked()  # one of those that Ann is enrolled for
    page.get_by_label("Spanish").uncheck()
    page.get_by_role("button", name="Translate").click()
    wait_until(page, "document.body.innerText.includes('not begun yet')")
    (run_id,) = studio.airflow.runs
    studio.airflow.tasks[run_id] = [task("probe", "success"), task("decode_audio", "running")]
    with studio.catalog.writing() as session:
        session.get_one(RunRow, run_id).status = "running"
    wait_until(page, "document.querySelector('.now')?.textContent.includes('Reading the sound')")
    assert page.get_by_role("progressbar").get_attribute("aria-label") == "Portuguese: how far it is"
    assert page.evaluate("document.documentElement.scrollWidth") == NARROW
    page.close()


def test_a_dub_is_played_and_approved_and_taken_down(
    browser: Browser, studio: StudioServer, clip: bytes, tmp_path: Path
) -> None:
    video = studio.video()
    run = facts(f"run-{video}", video=video, creator_id="ann", upload_id=video)
    store_dub(studio, run, clip, tmp_path)
    studio.record(run)
    with studio.catalog.writing() as session:
        session.get_one(TranslationRow, (f"run-{video}", "pt")).state = "awaiting_review"
    page = logged_in(browser, studio, "ann")
    page.goto(f"{studio.address}/videos/{video}")
    page.evaluate("document.querySelector('figure video').play()")
    wait_until(page, "document.querySelector('figure video').currentTime > 0.2")
    page.get_by_role("button", name="Approve").click()
    wait_until(page, "document.querySelector('#in-pt h2').textContent.includes('published')")
    page.get_by_text("Take down", exact=True).click()
    page.get_by_label("Why").fill("wrong word")
    page.get_by_role("button", name="Take down for good").click()
    wait_until(page, "document.querySelector('#in-pt h2').textContent.includes('taken down')")
    assert page.locator("figure video").count() == 0
    page.close()
    with studio.catalog.reading() as session:
        row = session.get_one(TranslationRow, (f"run-{video}", "pt"))
        assert (row.state, row.decided_by, row.note) == ("withdrawn", "ann", "wrong word")


def test_every_field_and_player_has_a_name_and_a_keyboard_reaches_what_matters(
    browser: Browser, studio: StudioServer, clip: bytes, tmp_path: Path
) -> None:
    video = studio.video()
    run = facts(f"run-{video}", video=video, creator_id="ann", upload_id=video)
    store_dub(studio, run, clip, tmp_path)
    studio.record(run)
    page = logged_in(browser, studio, "ann")
    for path in ("", f"videos/{video}"):
        page.goto(f"{studio.address}/{path}")
        nameless = page.evaluate(
            """[...document.querySelectorAll("input:not([type=hidden]), button, a, video, progress, select")]
            .filter((each) => !(each.labels?.length || each.ariaLabel || each.textContent.trim()))
            .map((each) => each.outerHTML)"""
        )
        assert nameless == []
        assert page.evaluate("document.documentElement.lang") == "en"
        assert page.locator("h1").count() == 1
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to content"
    page.goto(f"{studio.address}/")
    for _ in range(4):  # skip, home, log out, file
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "file"
    page.close()
