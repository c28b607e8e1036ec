"""A real browser for pages; tests that ask for one skip where there is none."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def browser():
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as driver:
        installed = driver.chromium.executable_path
        names = ("chromium", "chromium-browser", "google-chrome", "chrome")
        path = (
            installed
            if Path(installed).exists()
            else next(filter(None, map(shutil.which, names)), None)
        )
        if path is None:
            pytest.skip("no Chromium is installed: apt install chromium, or playwright install")
        opened = driver.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield opened
        opened.close()


class Window:
    """A page in the browser, and what went wrong in it."""

    def __init__(self, page):
        self.page = page
        page.set_default_timeout(10_000)
        self.errors = []
        self.requests = []
        page.on("console", lambda message: self._said(message))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("dialog", lambda dialog: (self.errors.append("dialog"), dialog.dismiss()))

    def _said(self, message):
        if message.type in ("error", "warning"):
            self.errors.append(message.text)

    def show(self, html):
        """Load a text as if it came from a server of its own; nothing else answers."""

        def answer(route):
            if route.request.url == "http://page.test/":
                route.fulfill(body=html, content_type="text/html; charset=utf-8")
            else:
                self.requests.append(route.request.url)
                route.abort()

        self.page.route("**/*", answer)
        self.page.goto("http://page.test/")
        return self.page


@pytest.fixture
def window(browser, request):
    """A window whose page must log no error, open no dialog and ask the network for nothing."""
    options = {"viewport": {"width": 1200, "height": 760}} | getattr(request, "param", {})
    context = browser.new_context(**options)
    window = Window(context.new_page())
    yield window
    context.close()
    assert window.errors == []
    assert window.requests == []
