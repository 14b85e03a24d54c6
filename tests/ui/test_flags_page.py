"""The page of red flags: what ships, a try that changes nothing, and words of one's own that raise once published."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.inbox.test_red_flags import PACK
from tests.support.cast import AGENT, MANAGER, SUPERVISOR
from tests.support.programs import Desk, desk

FORM = {"text": PACK, "words": "my fistula", "signed_off_by": "Ana Ruiz, MD", "based_on": 0, "why": "We dialyse"}


@pytest.fixture
async def office(database_url: str, tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(database_url, tmp_path) as opened:
        yield opened


async def test_own_words_are_tried_then_published_and_shown_with_who_signed(office: Desk) -> None:
    async def post(actor: Any, path: str, **changed: Any) -> Any:
        return await office.call(actor, "POST", f"/admin/flags/{path}", json=FORM | changed)

    tried = await post(SUPERVISOR, "trials")
    assert (tried.status_code, "clinic.fistula" in tried.json()["html"]) == (200, True)
    assert (await post(AGENT, "trials")).status_code == 403
    assert (await post(SUPERVISOR, "publication")).status_code == 403
    wrong = await post(MANAGER, "publication", signed_off_by="")
    assert (wrong.status_code, [one["field"] for one in wrong.json()["errors"]]) == (422, ["signed_off_by"])
    assert (await post(MANAGER, "publication")).json() == {"go": "/admin/flags"}
    page = await office.call(MANAGER, "GET", "/admin/flags", headers={"accept": "text/html"})
    assert ("Signed off by Ana Ruiz, MD" in page.text, "Version 1" in page.text) == (True, True)
    back = {"kind": "flags", "number": 0, "based_on": 1, "why": "Too many"}
    assert (await office.call(MANAGER, "POST", "/admin/versions", json=back)).json() == {"go": "/admin/flags"}
    history = await office.call(MANAGER, "GET", "/admin/versions?kind=flags", headers={"accept": "text/html"})
    assert ("Too many" in history.text, "fistula" in history.text) == (True, True)
