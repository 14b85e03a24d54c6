"""The admin pages as they leave the server: each opens for whom the matrix says, and what is posted is what counts."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from channels import pacing
from inbox import practice, template, voicemenu
from inbox.actors import Actor
from inbox.store import paces
from inbox.store import tables as t
from tests.support.cast import ADMIN, AGENT, CLERK, COMPLIANCE, EVERYONE, MANAGER, MARIA, NOW, NURSE, SUPERVISOR
from tests.support.programs import Desk, desk

PAGE = {"accept": "text/html"}
RULES = {"supervisor", "manager", "compliance", "admin"}
STAFF = {"compliance", "admin"}
#: Every page and the roles it opens for.
PAGES: dict[str, set[Any]] = {
    "/admin/rules": RULES,
    "/admin/rules?mode=new": RULES,
    "/admin/rules?mode=text": RULES,
    "/admin/rules/past": RULES - {"compliance"},
    "/admin/policies": RULES,
    "/admin/flags": RULES,
    "/admin/versions?kind=flags": RULES,
    "/admin/calendars": RULES,
    "/admin/versions?kind=rules": RULES,
    "/admin/templates": RULES,
    "/admin/forms": RULES,
    "/admin/forms?slug=": RULES,
    "/admin/forms/versions?slug=contact": RULES,
    "/admin/people": STAFF,
    f"/admin/people?person={AGENT.id}": STAFF,
    "/admin/roles": RULES,
    "/admin/roles?role=nurse": RULES,
    "/admin/channels": STAFF,
    "/admin/phone": STAFF,
    "/admin/audit": STAFF,
    "/admin/looks": {"supervisor", "compliance"},
    "/audit/mine": {actor.role for actor in EVERYONE},
    "/admin/jobs": STAFF,
}
HOURS = {"start": "08:00", "end": "17:00"}


@pytest.fixture
async def office(database_url: str, tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(database_url, tmp_path) as opened:
        yield opened


async def post(office: Desk, actor: Actor, path: str, **body: Any) -> Any:
    answer = await office.call(actor, "POST", path, json=body)
    return answer.status_code, answer.json()


async def test_each_page_opens_for_whom_the_matrix_says(office: Desk) -> None:
    for path, roles in PAGES.items():
        for actor in EVERYONE:
            answer = await office.call(actor, "GET", path, headers=PAGE)
            assert (path, actor.role, answer.status_code) == (path, actor.role, 200 if actor.role in roles else 403)


async def test_a_look_with_a_reason_from_the_page_to_its_verdict(office: Desk) -> None:
    values = {"team": "nursing", "clinical": True, "subject_certainty": "confirmed"}
    conversation = office.cast.add_conversation(**values, subject_patient_id=MARIA)
    office.cast.add_message(conversation, "chest pain", **{"class": "clinical"})
    here = f"/conversations/{conversation}"

    async def shown(actor: Actor) -> str:
        return (await office.call(actor, "GET", here, headers=PAGE)).text

    page = await shown(CLERK)
    assert ("Look with a reason" in page, "chest pain" in page) == (True, False)
    short = await office.post(CLERK, f"{here}/glass", {"why": "because"})
    assert (short.status_code, [one["field"] for one in short.json()["errors"]]) == (422, ["why"])
    assert (await office.post(CLERK, f"{here}/glass", {"why": "She stands here and asks"})).status_code == 204
    page = await shown(CLERK)
    assert ("You look with a reason until" in page, "chest pain" in page) == (True, True)
    assert "Look with a reason" not in await shown(NURSE)
    looks = await office.call(COMPLIANCE, "GET", "/admin/looks", headers=PAGE)
    assert looks.text.count("She stands here and asks") == 1
    (glass_id,) = re.findall(r'id="look-(\d+)"', looks.text)
    assert (await post(office, COMPLIANCE, f"/admin/looks/{glass_id}/verdict", verdict="Right"))[0] == 200
    looks = await office.call(COMPLIANCE, "GET", "/admin/looks", headers=PAGE)
    assert "She stands here and asks" not in looks.text
    assert (await office.call(CLERK, "DELETE", f"{here}/glass")).status_code == 204
    assert "chest pain" not in await shown(CLERK)
    why = {"why": "A complaint names this conversation"}
    assert (await office.post(COMPLIANCE, f"{here}/glass", why)).status_code == 204
    assert f'href="/admin/audit?patient={MARIA}"' in await shown(COMPLIANCE)


async def test_a_rule_is_drafted_by_a_supervisor_and_published_by_a_manager(office: Desk) -> None:
    rule = {"name": "Chats first", "channel": ["chat"], "raise_to": 2}
    status, answer = await post(office, SUPERVISOR, "/admin/rules/edits", seen=0, act="save", at=None, rule=rule)
    assert (status, answer) == (200, {"go": "/admin/rules?rule=10"})
    page = await office.call(COMPLIANCE, "GET", "/admin/rules?rule=10", headers=PAGE)
    assert page.text.count("Chats first") == 3
    publication = {"seen": 1, "based_on": 0, "why": "Chats wait at the door"}
    assert (await post(office, SUPERVISOR, "/admin/rules/publication", **publication))[0] == 403
    assert (await post(office, MANAGER, "/admin/rules/publication", **publication)) == (200, {"go": "/admin/rules"})
    assert [one.name for one in office.house.configuration.practice().rules.rule][-1] == "Chats first"
    versions = await office.call(MANAGER, "GET", "/admin/versions?kind=rules", headers=PAGE)
    assert versions.text.count("Chats wait at the door") == 1


async def test_a_mistake_stands_beside_its_field_and_changes_nothing(office: Desk) -> None:
    rule = {"name": "Odd", "team": "nurses"}
    status, answer = await post(office, MANAGER, "/admin/rules/edits", seen=0, act="save", at=None, rule=rule)
    assert (status, [one["field"] for one in answer["errors"]]) == (422, ["rule.team"])
    text = '[[rule]]\nname = "x"\nteam = "nurses"\n'
    status, answer = await post(office, MANAGER, "/admin/rules/text", seen=0, text=text)
    assert (status, answer["errors"][0]["detail"].partition(":")[0]) == (422, "line 3")


async def test_the_other_change_is_told_and_nothing_is_lost(office: Desk) -> None:
    rule = {"name": "One", "team": "billing"}
    await post(office, SUPERVISOR, "/admin/rules/edits", seen=0, act="save", at=None, rule=rule)
    status, answer = await post(office, MANAGER, "/admin/rules/edits", seen=0, act="save", at=None, rule=rule)
    assert (status, answer["version"], answer["actor"]) == (409, 1, SUPERVISOR.name)


async def test_the_bench_tries_the_draft(office: Desk) -> None:
    status, answer = await post(office, MANAGER, "/admin/rules/trials", text="I have a question about my bill")
    assert (
        status,
        answer["html"].count("<mark>bill</mark>"),
        answer["html"].count("<b>Bills</b> set team billing"),
    ) == (200, 1, 1)
    assert (await post(office, COMPLIANCE, "/admin/rules/trials", text="bill"))[0] == 403


async def test_promises_are_shown_and_published(office: Desk) -> None:
    rest = {metric: {"amount": 1, "unit": "business"} for metric in ("read", "first_response", "resolution")}
    quick = {"name": "texts", "channel": ["sms"], "targets": {"read": {"amount": 15, "unit": "min", "runs": "always"}}}
    policies = [quick, {"name": "rest", "targets": rest, "warn": 50, "pauses": False}]
    status, answer = await post(office, SUPERVISOR, "/admin/policies/preview", policies=policies)
    assert (status, answer["html"].count("<tr>")) == (200, 5)
    assert (await post(office, ADMIN, "/admin/policies", policies=policies, why="Because"))[0] == 403
    assert (await post(office, MANAGER, "/admin/policies", policies=policies, why="Because"))[0] == 200
    kept = office.house.configuration.practice().policies
    assert [
        (one.name, one.version, [(t.metric, t.seconds, t.business_days, t.warn) for t in one.targets]) for one in kept
    ] == [
        ("texts", 1, [("read", 900, 0, 0.75)]),
        ("rest", 1, [(metric, 0, 1, 0.5) for metric in rest]),
    ]
    status, answer = await post(office, MANAGER, "/admin/policies", policies=policies[:1], based_on=1, why="Because")
    assert (status, [one["field"] for one in answer["errors"]]) == (422, ["policies"])


async def test_hours_are_drawn_and_published(office: Desk) -> None:
    week = [{"intervals": [HOURS]}] * 5 + [{}, {}]
    file = "BEGIN:VEVENT\nDTSTART;VALUE=DATE:20260312\nSUMMARY:Spring day\nEND:VEVENT"
    form = {"zone": "America/Chicago", "week": week, "ical": file, "special": [{"on": "2026-03-13", **HOURS}]}
    status, answer = await post(office, SUPERVISOR, "/admin/calendars/preview", **form)
    assert (status, answer["html"].count("Closed (Spring day)"), answer["html"].count("(Special hours)")) == (200, 1, 1)
    assert (await post(office, MANAGER, "/admin/calendars", **form, why="We open on weekdays"))[0] == 200
    clinic = office.house.configuration.practice()
    assert (clinic.zone, clinic.holidays, clinic.holiday_names) == (
        "America/Chicago",
        ("2026-03-12",),
        {"2026-03-12": "Spring day"},
    )
    status, answer = await post(
        office, MANAGER, "/admin/calendars", **form | {"zone": "Mars"}, based_on=1, why="Because"
    )
    assert (status, [one["field"] for one in answer["errors"]]) == (422, ["zone"])


async def test_people_come_and_go(office: Desk) -> None:
    hired = {"email": "new@clinic.example", "name": "Nora New", "role": "agent", "teams": ["billing"]}
    status, answer = await post(office, ADMIN, "/admin/people", **hired)
    assert (status, answer["html"].count("One-time password of Nora New")) == (200, 1)
    assert (await post(office, COMPLIANCE, "/admin/people", **hired))[0] == 403
    changed = {"version": 1, "name": "Jess Moreno", "role": "nurse", "teams": ["nursing"], "languages": "en, es"}
    path = f"/admin/people/{AGENT.id}"
    assert (await post(office, ADMIN, path, **changed)) == (200, {"go": f"/admin/people?person={AGENT.id}"})
    assert (await post(office, ADMIN, path, **changed))[0] == 409
    for act in ("sign-out", "departure", "comeback"):
        assert (await post(office, ADMIN, f"{path}/{act}"))[0] == 200
    assert (await post(office, ADMIN, f"{path}/password"))[1]["html"].count('class="secret"') == 1
    assert (await post(office, ADMIN, f"{path}/tokens", label="reports"))[0] == 422
    robot = office.cast.add(t.actors, email="robot@clinic.example", name="Robot", role="service", created_at=NOW)
    own = f"/admin/people/{robot}/tokens"
    assert (await post(office, ADMIN, own, label=""))[1]["errors"][0]["field"] == "label"
    assert (await post(office, ADMIN, own, label="reports"))[1]["html"].count("wl_") == 1


async def test_a_reply_is_written_approved_and_retired(office: Desk) -> None:
    written = {"code": "late_note", "language": "en", "title": "Running late", "text": "We run late, {patient_name}."}
    for role in (COMPLIANCE, ADMIN):
        assert (await post(office, role, "/admin/templates", **written))[0] == 403
    assert (await post(office, SUPERVISOR, "/admin/templates", **written | {"text": "{nobody}"}))[0] == 422
    assert (await post(office, SUPERVISOR, "/admin/templates", **written)) == (200, {"go": "/admin/templates"})
    with office.house.database.snapshot() as reading:
        (draft,) = [one for one in template.every(reading) if one.code == "late_note"]
    for act in ("approval", "retirement"):
        assert (await post(office, MANAGER, f"/admin/templates/{draft.id}/{act}"))[0] == 200
    page = await office.call(MANAGER, "GET", "/admin/templates", headers=PAGE)
    assert page.text.count("late_note") == 0


async def test_a_form_is_built_shown_and_published(office: Desk) -> None:
    question = {"name": "reason", "type": "choice", "holds": "routing", "label_en": "Why?", "label_es": "¿Por qué?"}
    mail = {"name": "email", "type": "email", "holds": "contact", "label_en": "E-mail", "label_es": "Correo"}
    form = {"slug": "intake", "title_en": "Intake", "title_es": "Ingreso", "fields": [question]}
    status, answer = await post(office, SUPERVISOR, "/admin/forms/preview", **form)
    assert (status, answer["title"]) == (422, "Some fields need another look")
    form["fields"] = [mail, question | {"choices": "a = First = Primero\nb = Second = Segundo"}]
    status, answer = await post(office, SUPERVISOR, "/admin/forms/preview", **form)
    assert (status, answer["html"].count("○ First ○ Second")) == (200, 1)
    assert (await post(office, SUPERVISOR, "/admin/forms", **form, why="Ask first"))[0] == 403
    assert (await post(office, MANAGER, "/admin/forms", **form, why="Ask first"))[0] == 200
    assert (await office.client.get("/forms/intake")).text.count("First") >= 1


async def test_two_versions_of_a_form_stand_side_by_side(office: Desk) -> None:
    def asked(name: str, **values: Any) -> dict[str, Any]:
        return {"name": name, "type": "email", "holds": "contact", "label_en": name, "label_es": name, **values}

    form = {"slug": "intake", "title_en": "Intake", "title_es": "Ingreso"}
    first, second = [asked("email"), asked("old"), asked("kept")], [asked("kept"), asked("email", required=True)]
    for based_on, fields in enumerate((first, [*second, asked("new")])):
        sent = {**form, "fields": fields, "based_on": based_on, "why": "Ask less"}
        assert (await post(office, MANAGER, "/admin/forms", **sent))[0] == 200
    page = await office.call(SUPERVISOR, "GET", "/admin/forms/versions?slug=intake", headers=PAGE)
    assert re.findall(r'<th scope="row">(\w+) <span class="chip">(\w+)', page.text) == [
        ("Kept", "moved"),
        ("Email", "changed"),
        ("New", "added"),
        ("Old", "removed"),
    ]
    same = await office.call(SUPERVISOR, "GET", "/admin/forms/versions?slug=contact", headers=PAGE)
    assert (same.status_code, same.text.count('class="chip"')) == (200, 0)
    assert (await office.call(SUPERVISOR, "GET", "/admin/forms/versions?slug=no", headers=PAGE)).status_code == 404


async def test_lines_are_published_and_their_health_told(office: Desk) -> None:
    office.cast.add_message(office.cast.add_conversation(), "Hello")
    page = await office.call(ADMIN, "GET", "/admin/channels", headers=PAGE)
    assert (page.text.count("not configured"), page.text.count("Hello")) == (1, 0)
    line = {"address": "+14155550100", "label": "Texts", "team": "billing", "answers_keywords": True}
    status, answer = await post(office, ADMIN, "/admin/channels", lines=[line, line], why="New number")
    assert (status, [one["field"] for one in answer["errors"]]) == (422, ["lines"])
    assert (await post(office, ADMIN, "/admin/channels", lines=[line | {"per_second": 0}], why="Slow"))[0] == 422
    assert (await post(office, ADMIN, "/admin/channels", lines=[line], why="New number"))[0] == 200
    found = office.house.configuration.practice().line("+14155550100")
    assert (found and found.label, found and found.answers_keywords) == ("Texts", True)
    assert (await office.call(ADMIN, "GET", "/admin/channels", headers=PAGE)).text.count("not configured") == 0


async def test_vendors_are_published_with_the_day_of_their_agreement(office: Desk) -> None:
    vendor = {"name": "Carrier", "channels": ["sms"], "baa_on": "", "phi_allowed": True}
    address, why = "/admin/channels/vendors", {"why": "They signed"}
    assert (await post(office, ADMIN, address, vendors=[vendor], **why))[0] == 422
    assert (await post(office, ADMIN, address, vendors=[vendor | {"baa_on": "soon"}], **why))[0] == 422
    assert (await post(office, SUPERVISOR, address, vendors=[vendor | {"baa_on": "2026-01-31"}], **why))[0] == 403
    assert (await post(office, ADMIN, address, vendors=[vendor | {"baa_on": "2026-01-31"}], **why))[0] == 200
    page = await office.call(ADMIN, "GET", "/admin/channels", headers=PAGE)
    assert page.text.count('value="2026-01-31"') == 1


async def test_a_carrier_that_is_away_is_told_over_the_jobs(office: Desk) -> None:
    for name, since in (("carrier:clinic@x.example", NOW.timestamp()), ("carrier:ACwell", 0.0)):
        breaker = msgspec.json.encode(pacing.Breaker(5, since, since + 60)).decode()
        with office.house.database.transaction() as unit:
            paces.put(unit, name, breaker)
    page = await office.call(ADMIN, "GET", "/admin/jobs", headers=PAGE)
    assert re.findall(r"The carrier of (\S+) is away since", page.text) == ["clinic@x.example"]
    assert page.text.count("0 messages wait") == 1


CHOICE = {"digit": "7", "reason": "billing", "en": "bills", "es": "facturas"}


async def test_the_phones_menu_is_heard_before_it_is_published_and_is_a_version_then(office: Desk) -> None:
    wanted = {"choices": [CHOICE], "records_calls": True, "music": "waltz", "site_numbers": "MRN"}
    status, answer = await post(office, ADMIN, "/admin/phone/preview", **wanted)
    assert (status, "For bills, press 7." in answer["html"], "Para facturas, oprima 7." in answer["html"]) == (
        200,
        True,
        True,
    )
    assert office.house.configuration.practice().menu_choices == practice.CHOICES
    assert (await post(office, SUPERVISOR, "/admin/phone", **wanted, why="Bills by phone"))[0] == 403
    assert (await post(office, ADMIN, "/admin/phone", **wanted, why="Bills by phone"))[0] == 200
    clinic = office.house.configuration.practice()
    menu = voicemenu.menu_of(clinic)
    assert ([one.digit for one in menu.choices], menu.records, menu.music, clinic.site_numbers) == (
        ["7"],
        True,
        voicemenu.MUSIC["waltz"],
        "MRN",
    )
    assert (await post(office, ADMIN, "/admin/phone", **wanted, why="Again"))[0] == 409
    back = {"kind": "phone", "number": 0, "based_on": 1, "why": "As before"}
    assert (await post(office, ADMIN, "/admin/versions", **back))[0] == 200
    assert office.house.configuration.practice().menu_choices == practice.CHOICES


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"choices": [CHOICE | {"digit": "2"}]}, "choices"),
        ({"choices": [CHOICE, CHOICE]}, "choices"),
        ({"choices": [CHOICE | {"reason": "nonsense"}]}, "choices"),
        ({"choices": [CHOICE | {"es": " "}]}, "choices"),
        ({"music": "own", "address": "http://music.example/a.mp3"}, "music"),
        ({"music": "own", "address": "https://[half"}, "music"),
    ],
)
async def test_a_menu_that_no_caller_could_use_is_refused(office: Desk, wrong: dict[str, Any], field: str) -> None:
    status, answer = await post(office, ADMIN, "/admin/phone", **wrong, why="because")
    assert (status, [one["field"] for one in answer["errors"]]) == (422, [field])


async def test_an_administrator_says_where_a_colleague_is_called(office: Desk) -> None:
    address = f"/admin/phone/numbers/{AGENT.id}"
    assert (await post(office, SUPERVISOR, address, number="(415) 555-0142"))[0] == 403
    assert (await post(office, ADMIN, address, number="12"))[0] == 422
    assert (await post(office, ADMIN, "/admin/phone/numbers/99", number="(415) 555-0142"))[0] == 404
    assert (await post(office, ADMIN, address, number="(415) 555-0142"))[0] == 200
    page = await office.call(ADMIN, "GET", "/admin/phone", headers=PAGE)
    assert page.text.count("(415) 555-0142") == 1


async def test_looking_at_the_trail_leaves_a_row(office: Desk) -> None:
    address = f"/admin/audit?patient={MARIA}"
    assert (await office.call(COMPLIANCE, "GET", address, headers=PAGE)).status_code == 200
    again = await office.call(COMPLIANCE, "GET", address, headers=PAGE)
    assert again.text.count("Saw in a list: audit") == 1
    file = await office.call(COMPLIANCE, "GET", "/admin/audit/file?person=107")
    assert file.headers["content-type"] == "text/csv; charset=utf-8"
    assert file.text.count("token.issued") == 1
    assert (await office.call(ADMIN, "GET", "/admin/audit/file")).status_code == 403
    assert (await post(office, ADMIN, "/admin/audit/verification"))[1]["html"].count("The chain holds") == 1
    own = await office.call(NURSE, "GET", "/audit/mine", headers=PAGE)
    assert own.text.count("Hana Mori") == 0


async def test_a_job_that_gave_up_is_tried_again(office: Desk) -> None:
    values = {"queue": "bulk", "due_at": NOW, "ref": 7, "tries": 12, "last_error": "KeyError: 'Maria'"}
    dead = office.cast.add(t.jobs, kind="media", state="dead", **values)
    send = office.cast.add(t.jobs, kind="send", state="dead", **values | {"queue": "outbound"})
    page = await office.call(ADMIN, "GET", "/admin/jobs", headers=PAGE)
    assert (page.text.count("KeyError"), page.text.count("Maria")) == (2, 0)
    assert (await post(office, COMPLIANCE, f"/admin/jobs/{dead}/retry"))[0] == 403
    assert (await post(office, ADMIN, f"/admin/jobs/{dead}/retry"))[0] == 200
    assert (await post(office, ADMIN, f"/admin/jobs/{dead}/retry"))[0] == 409
    assert (await post(office, ADMIN, f"/admin/jobs/{dead}/cancel"))[0] == 200
    assert (await post(office, ADMIN, f"/admin/jobs/{send}/cancel"))[0] == 403


@pytest.mark.parametrize("actor", [AGENT, NURSE], ids=lambda actor: actor.role)
async def test_whoever_has_no_page_has_no_menu(office: Desk, actor: Actor) -> None:
    assert (await office.call(actor, "GET", "/admin", headers=PAGE)).status_code == 403
    assert (await office.call(actor, "GET", "/audit/mine", headers=PAGE)).text.count('aria-label="Admin"') == 0
    assert (await office.call(MANAGER, "GET", "/audit/mine", headers=PAGE)).text.count('aria-label="Admin"') == 2
