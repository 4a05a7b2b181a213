"""The library in a real Chromium, on a real Airflow and a catalog as runs leave it."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, expect

from pipeline_ops.catalog.creators import Creator, put_creator
from pipeline_ops.catalog.database import open_catalog
from pipeline_ops.catalog.recorder import record_end
from tests.e2e.browser import NARROW, WIDE, open_page, start_chromium
from tests.e2e.deployment import Deployment
from tests.pipeline_ops.catalog.making import NOW, facts

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(200)]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with start_chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def library(browser: Browser, environment: Deployment) -> str:
    """The page's address, Bea's and Cai's runs being in the catalog; Cai wants reviews."""
    with open_catalog(environment.platform.settings) as catalog, catalog.writing() as session:
        put_creator(session, Creator("bea", "Bea", True, ("pt", "es"), NOW))
        put_creator(session, Creator("cai", "Cai", True, ("pt",), NOW, review_wanted=True))
        for number in range(4):
            record_end(session, facts(f"bea-{number}", f"bea-{number}", done=("pt",), creator_id="bea"))
        rejected = {"pt": "no_speech", "es": "no_speech"}
        record_end(session, facts("bea-4", "bea-4", done=(), rejected=rejected, creator_id="bea"))
        record_end(session, facts("bea-5", "<bea-5>", done=("pt",), failed=("es",), creator_id="bea"))
        record_end(session, facts("cai-0", "cai-0", done=("pt",), creator_id="cai"))
    return f"{environment.address}/dubwright/library"


def test_backlogs_rejections_failures_and_reviews_are_told(browser: Browser, library: str) -> None:
    with open_page(browser, library) as page:
        row = page.locator(".backlog tbody tr", has_text="Bea").filter(has_text="Portuguese")
        expect(row.locator(".number").first).to_have_text("6")
        expect(row.locator("svg.bar")).to_have_attribute("aria-label", "5 published, 1 rejected")
        expect(page.locator("#eligibility")).to_contain_text("no_speech")
        expect(page.locator("#failures")).to_contain_text("Stage align failed.")
        expect(page.locator("#waiting")).to_contain_text("cai-0")


def test_one_creators_videos_can_be_looked_at_alone(browser: Browser, library: str) -> None:
    with open_page(browser, library) as page:
        page.get_by_label("Creator").select_option("cai")
        page.get_by_role("button", name="Show").click()
        expect(page.locator(".backlog tbody tr")).to_have_count(1)
        expect(page.locator("#failures")).to_contain_text("Nothing failed")


def test_a_failure_leads_to_its_runs_page(browser: Browser, library: str) -> None:
    with open_page(browser, f"{library}?creator=bea") as page:
        link = page.locator("#failures a").first
        assert (link.get_attribute("href") or "").endswith("/runs/bea-5?language=es")


@pytest.mark.parametrize("width_px", [WIDE, NARROW])
def test_nothing_runs_out_of_the_page(browser: Browser, library: str, width_px: int) -> None:
    with open_page(browser, library, width_px) as page:
        assert page.evaluate("document.documentElement.scrollWidth") <= width_px


def test_a_creator_whom_nobody_knows_has_no_videos(library: str) -> None:
    answer = httpx.get(library, params={"creator": "<script>"})
    assert answer.status_code == httpx.codes.OK
    assert "knows of no video of this creator" in answer.text
    assert "<script>" not in answer.text


def test_airflows_menu_leads_there(browser: Browser, library: str, environment: Deployment) -> None:
    page = browser.new_page()
    page.goto(f"{environment.address}/plugin/dubwright-library")
    expect(page.frame_locator("iframe").locator("h1")).to_have_text("Library", timeout=20_000)
    page.close()
