"""The system's own Chromium, for what only a real browser shows."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Page, sync_playwright


@contextmanager
def opened_page(**context: Any) -> Iterator[Page]:
    """A page in a browser of these settings; meanwhile this thread calls no engine: both want its event loop."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no Chromium on this machine")
    with sync_playwright() as playwright:
        # Without a sandbox of its own, because root may not make one; the pages are ours, on loopback.
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        yield browser.new_page(**context)
        browser.close()
