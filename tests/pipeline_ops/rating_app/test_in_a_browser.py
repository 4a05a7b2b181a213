"""One whole session in a real browser, against a real server, resume included."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, Page
from sqlalchemy import select

from pipeline_ops.catalog.database import CatalogDatabase
from pipeline_ops.catalog.rating_campaigns import campaign_answers
from pipeline_ops.catalog.rating_tables import RatingRaterRow
from pipeline_ops.rating_app.app import create_rating_app
from pipeline_ops.ratings.headphones import trials_of
from tests.e2e.browser import NARROW, open_page, start_chromium, wait_until
from tests.pipeline_ops.rating_app.making import open_round

SEEN = "document.querySelectorAll('figure.seen').length === document.querySelectorAll('[data-clip]').length"
LISTENING_LIMIT_S = 20.0


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with start_chromium() as browser:
        yield browser


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[CatalogDatabase]:
    with CatalogDatabase(f"sqlite:///{tmp_path}/catalog.db") as database:
        database.migrate()
        yield database


@pytest.fixture
def serving(catalog: CatalogDatabase, tmp_path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """Serve a campaign; give the address and the tokens."""
    tokens = open_round(catalog, tmp_path)
    config = uvicorn.Config(create_rating_app(catalog, tmp_path / "media"), port=0, log_level="error")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + LISTENING_LIMIT_S
    while not server.started:
        assert time.monotonic() < deadline, "the server never began to listen"
        time.sleep(0.05)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}", tokens
    finally:
        server.should_exit = True
        thread.join(LISTENING_LIMIT_S)


def test_a_session_from_the_welcome_to_the_end_on_two_devices(
    browser: Browser, serving: tuple[str, dict[str, str]], catalog: CatalogDatabase
) -> None:
    address, tokens = serving
    link = f"{address}/join/{tokens['rater-01']}"
    with open_page(browser, link) as page:
        page.click("text=I take part")
        for number, trial in enumerate(trials_of(seed_of(catalog))):
            page.check(f"[name=trial{number}][value='{trial.quiet}']", force=True)
        page.click("[data-submit]")
        rate_by_keys(page, "1 of 3", "4", "3")
        page.get_by_text("2 of 3", exact=True).wait_for()
    with open_page(browser, link, NARROW) as page:  # another device goes on where the first one stopped
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        rate_by_keys(page, "2 of 3", "5", "5")
        rate_by_keys(page, "3 of 3", "2", "2")
        page.get_by_text("Done. Thank you!").wait_for()
    with catalog.reading() as session:
        answers = campaign_answers(session, "round").answers
    given = {(answer.position, answer.dimension): answer.value for answer in answers}
    assert given == {
        (0, "naturalness"): 4,
        (0, "lip_sync"): 3,
        (1, "naturalness"): 5,
        (1, "lip_sync"): 5,
        (2, "naturalness"): 2,
        (2, "lip_sync"): 2,
    }
    assert not any(answer.rushed for answer in answers)


def test_a_page_cannot_be_sent_before_its_clip_was_seen(
    browser: Browser, serving: tuple[str, dict[str, str]], catalog: CatalogDatabase
) -> None:
    address, tokens = serving
    with open_page(browser, f"{address}/join/{tokens['rater-01']}") as page:
        page.click("text=I take part")
        for number, trial in enumerate(trials_of(seed_of(catalog))):
            page.check(f"[name=trial{number}][value='{trial.quiet}']", force=True)
        page.click("[data-submit]")
        page.get_by_text("1 of 3", exact=True).wait_for()
        page.keyboard.press("4")
        page.keyboard.press("4")
        page.click("[data-submit]", force=True)
        assert page.get_by_role("status").inner_text() == "Watch the clip to its end."
        assert page.get_by_text("1 of 3", exact=True).is_visible()


def rate_by_keys(page: Page, number: str, *scores: str) -> None:
    """Watch the clip and answer, by the keyboard alone."""
    page.get_by_text(number, exact=True).wait_for()
    page.keyboard.press(" ")
    wait_until(page, SEEN)
    for score in scores:
        page.keyboard.press(score)
    page.keyboard.press("Enter")


def seed_of(catalog: CatalogDatabase) -> str:
    with catalog.reading() as session:
        return session.scalars(
            select(RatingRaterRow.headphones_seed).where(RatingRaterRow.name == "rater-01")
        ).one()
