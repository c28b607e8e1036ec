"""A window of a real browser for pages."""

from __future__ import annotations

import pytest


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
