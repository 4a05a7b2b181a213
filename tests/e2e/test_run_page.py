"""The page of a run in a real Chromium, on a real Airflow."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from pipeline_ops.graph import FINAL_STAGE, nodes_of
from pipeline_ops.operators.edges import ancestors
from tests.e2e.browser import NARROW, WIDE, open_page, start_chromium, wait_until
from tests.e2e.deployment import Deployment, made

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(400)]

IN_SYNC_S = 0.1
RERUN_LIMIT_S = 200.0

OVER = "document.getElementById('run')?.dataset.over === 'yes'"
NOW = """() => Object.fromEntries([...document.querySelectorAll("video, audio")]
    .map(media => [media.id, media.paused ? null : media.currentTime]))"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with start_chromium() as browser:
        yield browser


def address(deployment: Deployment, run_id: str, query: str = "") -> str:
    return f"{deployment.address}/dubwright/runs/{quote(run_id, safe='')}{query}"


@pytest.fixture
def page(browser: Browser, deployment: Deployment, translated: str) -> Iterator[Page]:
    with open_page(browser, address(deployment, translated)) as page:
        yield page


def playing(page: Page) -> dict[str, float]:
    return {name: now for name, now in page.evaluate(NOW).items() if now is not None}


def test_original_and_dub_play_in_sync_with_one_sound(page: Page) -> None:
    page.click("#play")
    page.wait_for_timeout(1500)
    moments = playing(page)
    assert set(moments) == {"picture-original", "picture-dub", "sound-dub"}
    assert min(moments.values()) > 0.5
    assert max(moments.values()) - min(moments.values()) < IN_SYNC_S
    page.click("#play")
    assert playing(page) == {}


@pytest.mark.parametrize("sound", ["original", "voice", "background", "dub-voice"])
def test_another_sound_goes_on_where_the_first_was(page: Page, sound: str) -> None:
    page.click("#play")
    page.wait_for_timeout(700)
    before = playing(page)["sound-dub"]
    page.check(f"input[value={sound}]")
    page.wait_for_timeout(700)
    moments = playing(page)
    assert {name for name in moments if name.startswith("sound")} == {f"sound-{sound}"}
    assert before < moments[f"sound-{sound}"] < before + 3
    assert abs(moments["picture-dub"] - moments[f"sound-{sound}"]) < IN_SYNC_S


@pytest.mark.parametrize(("modifiers", "sound"), [([], "dub"), (["Shift"], "original")])
def test_a_click_on_a_line_plays_that_line_and_stops(page: Page, modifiers: list[str], sound: str) -> None:
    row = page.locator("table.lines tbody tr").first
    names = ("data-source-start", "data-source-end") if sound == "original" else ("data-start", "data-end")
    start_s, end_s = (float(row.get_attribute(name) or "nan") for name in names)
    row.locator(".source p").first.click(modifiers=modifiers)  # type: ignore[arg-type]
    wait_until(page, f"!document.getElementById('sound-{sound}').paused")
    assert f"sound-{sound}" in playing(page)
    wait_until(page, f"document.getElementById('sound-{sound}').paused")
    ended_s = page.evaluate(f"document.getElementById('sound-{sound}').currentTime")
    assert start_s < ended_s < end_s + 0.3


def test_the_keyboard_is_enough(page: Page) -> None:
    page.keyboard.press("l")
    page.wait_for_timeout(400)
    assert "sound-dub" in playing(page)
    expect(page.locator("tr.said")).to_have_count(1)
    page.keyboard.press("k")
    assert playing(page) == {}
    page.keyboard.press("o")
    expect(page.locator("input[value=original]")).to_be_checked()


def test_the_timeline_shows_each_line_twice_and_plays_it(page: Page) -> None:
    count = page.locator("table.lines tbody tr").count()
    assert page.locator("#timeline .source").count() == count
    assert page.locator("#timeline .dub").count() == count
    page.locator("#timeline .dub").first.click()
    wait_until(page, "!document.getElementById('sound-dub').paused")


def test_stages_costs_checks_and_lineage_are_told(page: Page) -> None:
    expect(page.locator("table.stages")).to_contain_text("bergamot-tiny-en-pt")
    expect(page.locator("table.stages .badge.bad")).to_have_count(0)
    expect(page.locator("#stages")).to_contain_text("lines do not overlap")
    row = page.locator("table.lineage tr", has_text=FINAL_STAGE)
    expect(row).to_contain_text("label_and_mux")
    row.locator("a").first.click()
    expect(page.locator("h1")).to_have_text(FINAL_STAGE)


def test_a_language_that_was_turned_away_says_why(
    browser: Browser, deployment: Deployment, translated: str
) -> None:
    with open_page(browser, address(deployment, translated, "?language=en")) as page:
        expect(page.locator("#end")).to_contain_text("same_language")
        expect(page.locator(".no-picture")).to_contain_text("Rejected: This video is already in English.")
        page.click("#play")  # the original is there all the same
        page.wait_for_timeout(700)
        assert set(playing(page)) == {"picture-original", "sound-original"}


@pytest.mark.parametrize("width_px", [WIDE, NARROW])
def test_nothing_runs_out_of_the_page(
    browser: Browser, deployment: Deployment, translated: str, width_px: int
) -> None:
    with open_page(browser, address(deployment, translated), width_px) as page:
        assert page.evaluate("document.documentElement.scrollWidth") <= width_px


def test_airflows_own_pages_show_it(browser: Browser, deployment: Deployment, translated: str) -> None:
    page = browser.new_page()
    page.goto(f"{deployment.address}/dags/translate_video/runs/{translated}")
    page.get_by_role("link", name="Translation").first.click()
    frame = page.frame_locator("iframe")
    expect(frame.locator("h1")).to_contain_text("partial", timeout=20_000)
    expect(frame.locator(".in-airflow")).to_be_hidden()
    page.close()


@pytest.mark.thorough
def test_a_reworded_line_is_said_and_only_what_follows_is_made_again(
    page: Page, deployment: Deployment, translated: str
) -> None:
    words = "Uma frase muito melhor."
    page.locator(".edit-line").first.click()
    page.locator("textarea").first.fill(words)
    expect(page.locator("#edit-count")).to_have_text("1 line changed")
    page.locator("#edit-bar .primary").click()
    page.wait_for_url("**/runs/edit-pt-*")
    run_id = page.url.rsplit("/", 1)[-1].partition("?")[0]
    expect(page.locator("#head .crumbs")).to_contain_text(translated)
    wait_until(page, OVER, RERUN_LIMIT_S)
    page.reload()
    expect(page.locator("tr", has_text=words).locator(".flag.edited")).to_have_count(1)
    expect(page.locator("tr", has_text=words)).to_contain_text("Reworded by Anonymous")
    report = deployment.report(run_id)
    assert report.status == "done"
    # It was asked for one language this time, which may be judged for the first time.
    assert made(report) - {"judge_eligibility"} == {
        "revise_lines[pt]",
        *(f"{node.name}[pt]" for node in nodes_of("language") if "revise_lines" in ancestors(node)),
    }


def test_a_page_under_way_follows_the_run(
    browser: Browser, deployment: Deployment, silent_video: Path
) -> None:
    run_id = deployment.send(silent_video, "pt")
    with open_page(browser, address(deployment, run_id)) as page:
        wait_until(page, OVER, 60)
        expect(page.locator("#end")).to_contain_text("no_speech")
        expect(page.locator("#head .badge")).to_have_text("rejected")


def test_a_file_that_no_browser_shows_is_told(
    browser: Browser, deployment: Deployment, no_video: Path
) -> None:
    run_id = deployment.send(no_video, "pt")
    deployment.wait(run_id)
    with open_page(browser, address(deployment, run_id)) as page:
        expect(page.locator(".problem").first).to_have_text("This browser cannot show it.")
        expect(page.locator("#play")).to_be_hidden()
        expect(page.locator("#end")).to_contain_text("unreadable_media")


def test_a_request_that_made_no_sense_says_so(browser: Browser, deployment: Deployment) -> None:
    run_id = deployment.send_reference("nothing.mp4", "pt")
    deployment.wait(run_id)
    with open_page(browser, address(deployment, run_id)) as page:
        expect(page.locator("#end")).to_contain_text("There is no file 'nothing.mp4'")


def test_a_run_that_is_not_there_is_not_found(deployment: Deployment) -> None:
    answer = httpx.get(address(deployment, "<script>alert(1)</script>"))
    assert answer.status_code == httpx.codes.NOT_FOUND
    assert "<script>alert" not in answer.text


def test_runs_of_other_dags_have_no_page(deployment: Deployment, translated: str) -> None:
    answer = httpx.get(address(deployment, translated, "?dag_id=other"))
    assert answer.status_code == httpx.codes.NOT_FOUND


@pytest.mark.parametrize("path", ["edits", "decisions"])
def test_what_a_foreign_page_sends_changes_nothing(
    deployment: Deployment, translated: str, path: str
) -> None:
    fields = {"run_id": translated, "language": "pt", "text-0": "Oi.", "choice": "approve"}
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
        answer = httpx.post(f"{deployment.address}/dubwright/{path}", data=fields, headers=headers)
        assert answer.status_code == httpx.codes.FORBIDDEN


SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}


@pytest.mark.parametrize(
    "fields",
    [
        {"language": "xx"},
        {"text-99": "Oi."},
        {"text-0": ""},
        {"text-0": "x" * 1001},
        {"text-one": "Oi."},
        {"run_id": "no-such-run"},
    ],
)
def test_a_form_that_makes_no_sense_is_refused(
    deployment: Deployment, translated: str, fields: dict[str, str]
) -> None:
    sent = {"run_id": translated, "language": "pt", **fields}
    answer = httpx.post(f"{deployment.address}/dubwright/edits", data=sent, headers=SAME_ORIGIN)
    assert answer.status_code in {httpx.codes.BAD_REQUEST, httpx.codes.NOT_FOUND}
    assert "Traceback" not in answer.text


def test_a_dub_that_waits_is_approved_on_its_page(
    browser: Browser, deployment: Deployment, translated: str
) -> None:
    wait_for_review(deployment, translated)
    with open_page(browser, address(deployment, translated)) as page:
        expect(page.locator("#review .badge")).to_have_text("waits for review")
        page.fill("input[name=note]", "Well said.")
        page.get_by_role("button", name="Approve").click()
        expect(page.locator("#review .badge")).to_have_text("published")
        expect(page.locator("#review")).to_contain_text("Approved by Anonymous")
        expect(page.locator("#review")).to_contain_text("Well said.")
        expect(page.get_by_role("button", name="Approve")).to_have_count(0)


def wait_for_review(deployment: Deployment, run_id: str) -> None:
    """Let the catalog know the run as one of a creator who wants reviews."""
    from pipeline_ops.catalog.creators import Creator, put_creator
    from pipeline_ops.catalog.database import open_catalog
    from pipeline_ops.catalog.recorder import record_end
    from pipeline_ops.catalog.run_facts import RunOrder, gather
    from pipeline_ops.checkpoints.manifest import CheckpointReference
    from pipeline_ops.request import Request

    reference = CheckpointReference.parse(str(deployment.client.xcom("translate_video", run_id, "report")))
    report = deployment.report(run_id)
    request = Request(CheckpointReference.parse(report.source), ("pt", "en"), report.profile)
    now = datetime.now(UTC)
    order = RunOrder(run_id, requested_at=now, creator_id="ann")
    facts = gather(order, request, report, reference, deployment.platform, started_at=now, ended_at=now)
    with open_catalog(deployment.platform.settings) as catalog, catalog.writing() as session:
        put_creator(session, Creator("ann", "Ann", consented_at=now, review_wanted=True))
        record_end(session, facts)
