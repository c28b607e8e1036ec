"""What all tests share."""

from __future__ import annotations

from hypothesis import settings

# The same examples in every run, so that a failure is a failure of the change at hand.
settings.register_profile("repeatable", derandomize=True, deadline=None, database=None)
settings.load_profile("repeatable")
