"""What all tests share."""

from __future__ import annotations

import gc
import shutil
from pathlib import Path

import pytest
from hypothesis import settings

# The same examples in every run, so that a failure is a failure of the change at hand.
settings.register_profile("repeatable", derandomize=True, deadline=None, database=None)
settings.load_profile("repeatable")


@pytest.fixture
def few_objects():
    """For tests that walk through all objects: those of the suite itself are left out."""
    gc.freeze()
    yield
    gc.unfreeze()


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
    """A real browser for pages; tests that ask for one skip where there is none."""
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
