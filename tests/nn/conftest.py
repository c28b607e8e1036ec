"""What the tests of the package need around them."""

import signal

import pytest


@pytest.fixture(autouse=True)
def ctrl_c_is_heard():
    """A test run in the background starts with interrupts ignored, and so would its children."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
