"""Every act of the admin pages by every role, cell by cell: a new act is red here until somebody says whose it is."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from litestar import Litestar
from litestar.routes import HTTPRoute

from tests.conftest import FreshDatabase
from tests.support.cast import ADMIN, AGENT, CLERK, COMPLIANCE, MANAGER, NURSE, SUPERVISOR
from tests.support.programs import Desk, desk

ROLES = (CLERK, AGENT, NURSE, SUPERVISOR, MANAGER, COMPLIANCE, ADMIN)
RULE = {"name": "x", "team": "billing"}
FORM = {"slug": "news", "fields": []}
LINES: dict[str, Any] = {"lines": []}
WEEK: dict[str, Any] = {"zone": "America/Los_Angeles", "week": []}
WORDS = {"code": "news", "language": "en", "title": "News", "text": "Hello"}
PERSON = {"version": 99, "name": "X", "role": "agent"}
#: The path, the least that its body takes, and a letter for each of ROLES: y gets past the role, n is refused.
CELLS: dict[str, tuple[dict[str, Any], str]] = {
    "/admin/audit/verification": ({}, "nnnnnyy"),
    "/admin/calendars": ({**WEEK, "why": "because"}, "nnnnynn"),
    "/admin/calendars/preview": (WEEK, "nnnyyny"),
    "/admin/channels": ({**LINES, "why": "because"}, "nnnnnny"),
    "/admin/channels/vendors": ({"vendors": [], "based_on": 99, "why": "because"}, "nnnnnny"),
    "/admin/forms": ({**FORM, "why": "because"}, "nnnnyny"),
    "/admin/forms/preview": (FORM, "nnnyyny"),
    "/admin/jobs/{job_id}/cancel": ({}, "nnnnnny"),
    "/admin/jobs/{job_id}/retry": ({}, "nnnnnny"),
    "/admin/looks/{glass_id}/verdict": ({"verdict": "Fine"}, "nnnynyn"),
    "/admin/people": ({"email": "", "name": "", "role": ""}, "nnnnnny"),
    "/admin/people/{person_id}": (PERSON, "nnnnnny"),
    "/admin/people/{person_id}/comeback": ({}, "nnnnnny"),
    "/admin/people/{person_id}/departure": ({}, "nnnnnny"),
    "/admin/people/{person_id}/password": ({}, "nnnnnny"),
    "/admin/people/{person_id}/sign-out": ({}, "nnnnnny"),
    "/admin/people/{person_id}/tokens": ({}, "nnnnnny"),
    "/admin/people/{person_id}/tokens/{token_id}/end": ({}, "nnnnnny"),
    "/admin/flags/publication": ({"text": "", "signed_off_by": "Dr. Ada", "based_on": 99, "why": "because"}, "nnnnynn"),
    "/admin/flags/trials": ({"text": ""}, "nnnyyny"),
    "/admin/phone": ({"why": "because"}, "nnnnnny"),
    "/admin/phone/numbers/{person_id}": ({"number": ""}, "nnnnnny"),
    "/admin/phone/preview": ({"music": "own"}, "nnnnnyy"),
    "/admin/policies": ({"policies": [], "why": "because"}, "nnnnynn"),
    "/admin/policies/preview": ({"policies": []}, "nnnyyny"),
    "/admin/rules/discard": ({"seen": 99, "based_on": 0}, "nnnyyny"),
    "/admin/rules/edits": ({"seen": 0, "act": "save", "rule": RULE}, "nnnyyny"),
    "/admin/rules/effects": ({"draft": 99}, "nnnyyny"),
    "/admin/rules/publication": ({"seen": 99, "based_on": 0, "why": "because"}, "nnnnynn"),
    "/admin/rules/text": ({"seen": 99, "text": ""}, "nnnyyny"),
    "/admin/rules/trials": ({"text": "Hello"}, "nnnyyny"),
    "/admin/templates": ({**WORDS, "title": ""}, "nnnyynn"),
    "/admin/templates/{template_id}/approval": ({}, "nnnyynn"),
    "/admin/templates/{template_id}/retirement": ({}, "nnnyynn"),
    "/admin/walls": ({"label": ""}, "nnnnnny"),
    "/admin/walls/{wall_id}/end": ({}, "nnnnnny"),
    "/admin/versions": ({"kind": "policies", "number": 0, "based_on": 99, "why": "because"}, "nnnnynn"),
}


@pytest.fixture
async def office(fresh_database: FreshDatabase, tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(fresh_database("sqlite"), tmp_path) as opened:
        yield opened


async def test_each_cell_of_the_admin_acts(office: Desk) -> None:
    found: dict[str, str] = {}
    for path, (body, _) in CELLS.items():
        # nobody has this id, so that what gets past the role ends there
        here = re.sub(r"\{\w+\}", "987654321", path)
        codes = [(await office.post(actor, here, body)).status_code for actor in ROLES]
        assert {code for code in codes if code >= 500} == set(), path
        found[path] = "".join("n" if code == 403 else "y" for code in codes)
    assert found == {path: cells for path, (_, cells) in CELLS.items()}


def test_no_act_is_left_out(office: Desk) -> None:
    transport = office.client._transport
    assert isinstance(transport, httpx.ASGITransport)
    app: Any = transport.app
    assert isinstance(app, Litestar)
    acts = {
        route.path_format
        for route in app.routes
        if isinstance(route, HTTPRoute) and route.path_format.startswith("/admin") and "POST" in route.methods
    }
    assert acts == CELLS.keys()
