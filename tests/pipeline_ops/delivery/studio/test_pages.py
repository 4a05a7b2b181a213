"""The studio's pages in a real Chromium: by mouse and by keyboard, on a desk and on a phone."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route

from pipeline_ops.catalog.consents import agreed_uses
from pipeline_ops.catalog.tables import RunRow, TranslationRow
from pipeline_ops.checkpoints.bucket_cors import SENDING_PARTS, allow_origin
from pipeline_ops.media_bucket import open_media_bucket
from tests.e2e.browser import NARROW, WIDE, start_chromium, wait_until
from tests.pipeline_ops.catalog.making import facts
from tests.pipeline_ops.delivery.studio.airflow_server import task
from tests.pipeline_ops.delivery.studio.conftest import StudioServer, store_dub
from tests.pipeline_ops.delivery.studio.test_uploads import PART, padded

pytestmark = pytest.mark.e2e

BROKE = "document.querySelector('#sending-words')?.textContent.includes('broke')"


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
    file = tmp_path / "My talk.mp4"
    file.write_bytes(padded(clip, len(clip) + 3 * PART))
    page = logged_in(browser, studio, "bob")
    page.route("**/parts/3", lambda route: route.abort())
    page.set_input_files("#file", str(file))
    wait_until(page, BROKE)
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


PARTS_OF_S3 = r"[?&]partNumber=(\d+)"

BREAK_OFF_PART_3 = r"""
const open = XMLHttpRequest.prototype.open;
XMLHttpRequest.prototype.open = function (method, address) {
  const isThird = /[?&]partNumber=3(&|$)/.test(address);
  return open.call(this, method, isThird ? address.replace(/:\d+\//, ":1/") : address);
};
"""
"""Part 3 goes where nobody listens. Playwright's own interception would speak for the bucket."""


def test_a_bucket_that_allows_the_studio_takes_a_file_straight_from_the_page_also_in_two_goes(
    browser: Browser, s3_studio: StudioServer, clip: bytes, tmp_path: Path
) -> None:
    content = padded(clip, len(clip) + 3 * PART)
    file = tmp_path / "My talk.mp4"
    file.write_bytes(content)
    media_url = s3_studio.platform.settings.media_url

    def chosen(script: str = "") -> tuple[Page, list[int]]:
        sent: list[int] = []
        page = logged_in(browser, s3_studio, "bob")
        if script:
            page.add_init_script(script)
            page.reload()
        page.on("requestfinished", lambda each: sent.extend(map(int, re.findall(PARTS_OF_S3, each.url))))
        page.set_input_files("#file", str(file))
        return page, sent

    def came() -> set[int]:
        with s3_studio.client("bob") as client:
            (upload,) = client.get("uploads").json()
            return {part["number"] for part in client.get(f"uploads/{upload['id']}").json()["parts"]}

    page, _ = chosen()
    wait_until(page, BROKE)
    page.close()
    assert came() == set(), "a bucket without a rule takes nothing from a page"

    origin = s3_studio.address.removesuffix("/studio")
    assert allow_origin(media_url, "DUBWRIGHT_MEDIA_URL", origin, SENDING_PARTS)
    page, sent = chosen(BREAK_OFF_PART_3)
    wait_until(page, BROKE)
    deadline = time.monotonic() + 20
    while not {1, 2, 4} <= set(sent):
        assert time.monotonic() < deadline
        page.wait_for_timeout(50)
    page.close()
    assert came() == {1, 2, 4}

    page, sent = chosen()
    page.wait_for_url("**/videos/*", timeout=30_000)
    assert set(sent) == {3}
    assert page.inner_text("h1") == "My talk.mp4"
    page.close()
    bucket = open_media_bucket(media_url)
    [stored] = bucket.files("bob")
    assert bucket.fetch(stored.name, tmp_path).read_bytes() == content


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


def test_what_is_missing_is_said_where_languages_are_chosen_and_agreed_to_by_keyboard_on_a_phone(
    browser: Browser, studio: StudioServer
) -> None:
    video = studio.video(creator_id="cat")  # of whom no consent is recorded
    page = logged_in(browser, studio, "cat", NARROW)
    page.goto(f"{studio.address}/videos/{video}")
    assert page.locator(".choices").count() == 0
    page.get_by_role("link", name="Read what it means, and agree").click()
    wait_until(page, "document.querySelector('h1')?.textContent === 'What you agree to'")
    assert page.locator("input[type=checkbox]:checked").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") == NARROW
    for name in ("Being dubbed", "A voice like yours"):
        page.get_by_role("checkbox", name=f"I have read this and agree ({name})").focus()
        page.keyboard.press("Space")
    for _ in range(2):  # the box of lips, the button
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{studio.address}/videos/{video}#languages")
    news = page.inner_text("#languages .verdict")
    assert "The picture stays exactly as it is" in news and "stock voice" not in news
    assert page.locator(".choices").count() == 1
    page.get_by_role("link", name="Consent").click()
    page.locator("#voice .danger summary").click()
    page.locator("#voice .danger").get_by_role("button").click()
    wait_until(page, "document.querySelector('#voice h2')?.textContent.includes('not agreed')")
    assert page.evaluate("document.documentElement.scrollWidth") == NARROW
    page.close()
    with studio.catalog.reading() as session:
        assert agreed_uses(session, "cat") == {"dub"}


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
    wait_until(page, "document.querySelector('#in-pt h2')?.textContent.includes('published')")
    page.get_by_text("Take down", exact=True).click()
    page.get_by_label("Why").fill("wrong word")
    page.get_by_role("button", name="Take down for good").click()
    wait_until(page, "document.querySelector('#in-pt h2')?.textContent.includes('taken down')")
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
    for path in ("", f"videos/{video}", "consent"):
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
    for _ in range(5):  # skip, home, consent, log out, file
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "file"
    page.close()
