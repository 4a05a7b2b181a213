"""A real Chromium without a window, for tests of pages."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Error, Page, sync_playwright

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")

QUIET = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
"""Nothing is fetched but the pages under test."""

WIDE, NARROW = 1440, 420


@contextmanager
def start_chromium() -> Iterator[Browser]:
    """Start a browser, or skip where none is installed."""
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        pytest.skip("Chromium is not installed here (apt-get install chromium)")
    # A process of root's has no rights to give up, so Chromium's own sandbox does not start.
    flags = [*QUIET, "--no-sandbox"] if os.geteuid() == 0 else list(QUIET)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=flags)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def open_page(browser: Browser, address: str, width_px: int = WIDE) -> Iterator[Page]:
    """Open a page, and fail at the end where a script or the page's policy complained."""
    page = browser.new_page(viewport={"width": width_px, "height": 900})
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.goto(address)
    try:
        yield page
        assert complaints == []
    finally:
        page.close()


def wait_until(page: Page, expression: str, timeout_s: float = 20.0) -> None:
    """Wait until an expression of JavaScript is true; the page's policy forbids Playwright's own way."""
    deadline = time.monotonic() + timeout_s
    while not _is_true(page, expression):
        assert time.monotonic() < deadline, f"never true: {expression}"
        page.wait_for_timeout(100)


def _is_true(page: Page, expression: str) -> bool:
    try:
        return bool(page.evaluate(expression))
    except Error as error:
        if "context was destroyed" not in str(error):
            raise
        return False  # the page is being loaded anew
