"""A browser for each story. A module that tells its stories otherwise has fixtures of its own by these names."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.support.browser import FLAGS


@pytest.fixture
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as player, player.chromium.launch(executable_path=chromium, args=FLAGS) as opened:
        yield opened
