"""The watch page in a real Chromium: what is heard is told by its tone, each language having its own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route

from pipeline_ops.catalog.database import CatalogDatabase
from pipeline_ops.catalog.playback_tables import PlaybackRow
from pipeline_ops.catalog.publishing import publish, withdraw
from pipeline_ops.catalog.reports import reports
from pipeline_ops.catalog.tables import TranslationRow
from tests.e2e.browser import start_chromium, wait_until
from tests.pipeline_ops.delivery.making import TONES_HZ, MadeVideo

pytestmark = pytest.mark.e2e

READY = "document.getElementById('player').dataset.ready === 'true'"
LISTEN = """() => {
  const video = document.getElementById('video');
  const context = new AudioContext();
  window.listener = context.createAnalyser();
  window.listener.fftSize = 8192;
  context.createMediaElementSource(video).connect(window.listener);
}"""
TONE_HZ = """() => {
  const levels = new Float32Array(window.listener.frequencyBinCount);
  window.listener.getFloatFrequencyData(levels);
  const loudest = levels.indexOf(Math.max(...levels));
  return levels[loudest] < -60 ? 0 : loudest * window.listener.context.sampleRate / window.listener.fftSize;
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with start_chromium() as chromium:
        yield chromium


@contextmanager
def viewer(browser: Browser, accept_language: str, width_px: int = 1280) -> Iterator[BrowserContext]:
    """A browser of one person, which knows nothing yet."""
    context = browser.new_context(
        viewport={"width": width_px, "height": 900}, extra_http_headers={"Accept-Language": accept_language}
    )
    try:
        yield context
    finally:
        context.close()


@contextmanager
def watching(context: BrowserContext, address: str) -> Iterator[tuple[Page, list[str]]]:
    """Open a watch page, and note what it asks for; fail at the end where it or its policy complained."""
    page = context.new_page()
    asked: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.goto(address)
    wait_until(page, READY)
    try:
        yield page, asked
        assert complaints == []
    finally:
        page.close()


def heard(page: Page) -> str:
    """Return the language whose tone is heard, once it plays."""
    tones = {str(tone): language for language, tone in TONES_HZ.items()}
    nearest = f"[{', '.join(tones)}].find((tone) => Math.abs(tone - ({TONE_HZ})()) < 20)"
    wait_until(page, f"({nearest}) !== undefined")
    return tones[str(page.evaluate(nearest))]


def play(page: Page) -> None:
    page.click("#big-play")
    page.evaluate(LISTEN)  # after a click, or Chromium keeps it silent
    wait_until(page, "document.getElementById('video').currentTime > 0.3")


def sounds(asked: list[str]) -> set[str]:
    """Return the languages whose sound was asked for."""
    return {found[1] for each in asked if (found := re.search(r"/playlists/(\w+)-audio-", each))}


@pytest.mark.parametrize(
    ("accept_language", "language"), [("es", "es"), ("pt-BR", "pt"), ("en", "en"), ("de", "en")]
)
def test_each_viewer_hears_a_language_that_they_know_or_the_original(
    browser: Browser, server_address: str, talk: MadeVideo, accept_language: str, language: str
) -> None:
    with (
        viewer(browser, accept_language) as context,
        watching(context, f"{server_address}/v/{talk.media_id}") as (page, asked),
    ):
        play(page)
        assert heard(page) == language
        assert sounds(asked) == {language}
        assert page.locator("#ai-label").is_visible() == (language != "en")


@pytest.mark.parametrize("player", ["hls", "shaka"])
def test_the_language_changes_while_it_plays_and_stays_on_return(
    browser: Browser, server_address: str, talk: MadeVideo, player: str
) -> None:
    address = f"{server_address}/v/{talk.media_id}?player={player}"
    with viewer(browser, "es") as context:
        with watching(context, address) as (page, _):
            page.evaluate("window.isTheSamePage = true")
            play(page)
            assert heard(page) == "es"
            page.click("#offers button[data-track=original]")
            wait_until(page, f"Math.abs(({TONE_HZ})() - {TONES_HZ['en']}) < 20")
            assert not page.locator("#ai-label").is_visible()
            page.click("#sound")
            page.keyboard.press("End")  # Portuguese, which has another picture
            page.keyboard.press("Enter")
            wait_until(page, f"Math.abs(({TONE_HZ})() - {TONES_HZ['pt']}) < 20")
            assert page.evaluate("window.isTheSamePage && document.getElementById('video').currentTime > 0.3")
            assert page.locator("#ai-label").is_visible()
        with watching(context, address) as (page, _):
            play(page)
            assert heard(page) == "pt"


def test_subtitles_are_chosen_by_keyboard_and_told_to_screen_readers(
    browser: Browser, server_address: str, talk: MadeVideo
) -> None:
    with (
        viewer(browser, "es", width_px=390) as context,
        watching(context, f"{server_address}/v/{talk.media_id}") as (page, _),
    ):
        shown = "[...document.getElementById('video').textTracks].filter((t) => t.mode === 'showing')"
        page.focus("#subtitles")
        page.keyboard.press("ArrowDown")
        menu = page.get_by_role("menu", name="Subtítulos")
        assert menu.get_by_role("menuitemradio").all_inner_texts()[0] == "Desactivados"
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        assert page.evaluate(f"{shown}.map((t) => t.language)") == ["en"]
        page.keyboard.press("c")
        assert page.evaluate(f"{shown}.length") == 0
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_viewer_reports_a_dub_and_is_counted(
    browser: Browser, untroubled_server_address: str, talk: MadeVideo, catalog: CatalogDatabase
) -> None:
    with (
        viewer(browser, "es") as context,
        watching(context, f"{untroubled_server_address}/v/{talk.media_id}") as (page, _),
    ):
        play(page)
        page.click("#open-report")
        page.check("input[value=bad_sound]")
        page.fill("textarea", "Suena a pitido.")
        page.click("#report-form .primary")
        wait_until(page, "document.querySelector('.outcome').textContent.startsWith('Gracias')")
        view_id = page.evaluate("JSON.parse(document.getElementById('video-data').textContent).view")[:32]
    with catalog.reading() as session:
        assert [row.text for row in reports(session, media_id=talk.media_id) if row.reason == "bad_sound"]
    with viewer(browser, "es") as context, context.new_page() as page:
        for _ in range(50):
            page.wait_for_timeout(100)
            with catalog.reading() as session:
                row = session.get(PlaybackRow, (view_id, "es"))
            if row is not None and row.watched_s > 0:
                break
        assert row is not None and row.given and row.started and 0.2 < row.watched_s < 20


def test_a_dub_that_is_withdrawn_before_it_plays_gives_way_to_the_original(
    browser: Browser, server_address: str, talk: MadeVideo, catalog: CatalogDatabase
) -> None:
    def withdraw_first(route: Route) -> None:
        with catalog.writing() as session:
            withdraw(session, session.get_one(TranslationRow, (talk.run_id, "es")))
        route.continue_()

    with viewer(browser, "es") as context:
        page = context.new_page()
        page.route("**/files/*/*.m4a", withdraw_first, times=1)
        try:
            page.goto(f"{server_address}/v/{talk.media_id}")
            wait_until(page, "!document.getElementById('trouble').hidden")
            assert page.inner_text("#trouble") == "Esta traducción ya no está disponible. Suena el original."
            page.click("#play")
            page.evaluate(LISTEN)
            assert heard(page) == "en"
        finally:
            with catalog.writing() as session:
                publish(session, session.get_one(TranslationRow, (talk.run_id, "es")))


def test_addresses_that_hold_no_longer_are_renewed_while_it_plays(
    browser: Browser, server_address: str, talk: MadeVideo
) -> None:
    with viewer(browser, "es") as context:
        page = context.new_page()
        page.route("**/files/*/*.m4a", lambda route: route.fulfill(status=403), times=1)
        page.goto(f"{server_address}/v/{talk.media_id}")
        wait_until(page, READY)
        play(page)
        assert heard(page) == "es"
        assert not page.locator("#trouble").is_visible()
