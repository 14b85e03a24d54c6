"""Rules that the clinic changes: drafted together, tried, rehearsed, published with a reason, taken back."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import func, select

from inbox import accounts, effect, routing_rules, trial, worker
from inbox.actors import Actor
from inbox.configuration import Version
from inbox.errors import Conflict, Forbidden, Invalid, NotFound
from inbox.routing_rules import Draft, Edit
from inbox.store import tables as t
from routing.rules import Rule, When
from tests.support.house import MACHINERY, Clinic
from ui import cli

MANAGER = Actor(900, "cora@clinic.example", "Cora Wu", "manager")
HOTLINE = '[[rule]]\nname = "Bills"\nwhen.reason = ["billing"]\nteam = "front_desk"\nraise = 2\n'
BILL = "I have a question about my bill"


@pytest.fixture
def manager(clinic: Clinic) -> Actor:
    with clinic.house.database.transaction() as unit:
        people: dict[str, Any] = {"email": MANAGER.email, "name": MANAGER.name, "role": "manager", "teams": []}
        actor_id = accounts.add(unit, **people, password=None, by=None)
    return Actor(actor_id, MANAGER.email, MANAGER.name, "manager")


def draft(clinic: Clinic) -> Draft:
    with clinic.house.database.snapshot() as reading:
        return routing_rules.draft(reading)


def published(clinic: Clinic) -> Version:
    with clinic.house.database.snapshot() as reading:
        return routing_rules.published(reading)[0]


def keep(clinic: Clinic, actor: Actor, text: str = HOTLINE) -> Draft:
    return clinic.act(routing_rules.keep, text, actor=actor, seen=draft(clinic).number)


def publish(clinic: Clinic, actor: Actor, why: str = "Bills wait too long") -> Version:
    seen, based_on = draft(clinic).number, published(clinic).number
    version = clinic.act(routing_rules.publish, actor=actor, seen=seen, based_on=based_on, why=why)
    clinic.house.configuration.forget()
    return version


def test_what_ships_routes_until_somebody_publishes(clinic: Clinic, manager: Actor) -> None:
    before = clinic.landed(BILL)
    keep(clinic, manager)
    drafted = clinic.landed(BILL, "+14155550143")
    publish(clinic, manager)
    after = clinic.landed(BILL, "+14155550144")
    assert [clinic.conversation(one).team for one in (before, drafted, after)] == ["billing", "billing", "front_desk"]
    assert [clinic.conversation(one).priority for one in (before, drafted, after)] == [3, 3, 2]
    assert clinic.conversation(after).routed_because[:2] == [
        "rules 1: Bills: team front_desk",
        "rules 1: Bills: raised to P2",
    ]


def test_each_step_is_journaled_without_a_word(clinic: Clinic, manager: Actor) -> None:
    keep(clinic, manager)
    publish(clinic, manager)
    lines = [(line.verb, line.actor_id, line.details) for line in clinic.lines() if line.verb.startswith("rules.")]
    assert lines == [
        ("rules.drafted", manager.id, {"version": 1}),
        ("rules.published", manager.id, {"version": 1}),
        ("rules.drafted", manager.id, {"version": 2}),
    ]


def test_an_older_version_is_published_again(clinic: Clinic, manager: Actor) -> None:
    keep(clinic, manager)
    publish(clinic, manager)
    clinic.act(routing_rules.go_back, 0, actor=manager, based_on=1, why="It was a mistake")
    clinic.house.configuration.forget()
    assert clinic.conversation(clinic.landed(BILL)).team == "billing"
    assert (published(clinic).number, published(clinic).why) == (2, "It was a mistake")


def test_the_draft_is_everybodys_and_nobody_overwrites_another(clinic: Clinic, manager: Actor) -> None:
    first = keep(clinic, manager)
    with pytest.raises(Conflict) as caught:
        clinic.act(routing_rules.keep, HOTLINE, actor=clinic.supervisor, seen=0)
    assert (caught.value.extra["version"], caught.value.extra["actor"]) == (first.number, "Cora Wu")
    second = clinic.act(routing_rules.keep, HOTLINE, actor=clinic.supervisor, seen=first.number)
    assert second.number == first.number + 1


def test_nobody_publishes_upon_a_version_they_did_not_see(clinic: Clinic, manager: Actor) -> None:
    keep(clinic, manager)
    publish(clinic, manager)
    last = keep(clinic, manager, HOTLINE.replace("front_desk", "quality"))
    with pytest.raises(Conflict):
        clinic.act(routing_rules.publish, actor=manager, seen=last.number, based_on=0, why="Not seen")
    assert published(clinic).number == 1


def test_a_reason_is_asked_for_and_a_manager(clinic: Clinic, manager: Actor) -> None:
    keep(clinic, clinic.supervisor)
    with pytest.raises(Invalid) as caught:
        publish(clinic, manager, " ")
    assert list(caught.value.fields) == ["why"]
    with pytest.raises(Forbidden):
        publish(clinic, clinic.supervisor)
    with pytest.raises(Forbidden):
        keep(clinic, clinic.agent)
    assert published(clinic).number == 0


def test_a_mistake_is_named_with_its_line_and_kept_out(clinic: Clinic, manager: Actor) -> None:
    with pytest.raises(Invalid) as caught:
        keep(clinic, manager, HOTLINE + '[[rule]]\nname = "x"\nteam = "nurses"\n')
    assert caught.value.fields["text"].startswith("line 8: x: no such team 'nurses'")
    assert draft(clinic).open is False


def test_the_list_is_edited_rule_by_rule(clinic: Clinic, manager: Actor) -> None:
    def names(edit: Edit) -> list[tuple[str, bool]]:
        after = clinic.act(routing_rules.edit, edit, actor=manager, seen=draft(clinic).number)
        return [(rule.name, rule.enabled) for rule in after.rules.rule]

    keep(clinic, manager)
    chat = Rule("Chat", when=When(channel=("chat",)), raise_to=2)
    assert names(Edit("save", rule=chat)) == [("Bills", True), ("Chat", True)]
    assert names(Edit("move", at=1, to=0)) == [("Chat", True), ("Bills", True)]
    assert names(Edit("switch", at=0)) == [("Chat", False), ("Bills", True)]
    assert names(Edit("save", at=0, rule=Rule("Chats", skills=("lang:es",)))) == [("Chats", True), ("Bills", True)]
    assert names(Edit("remove", at=1)) == [("Chats", True)]
    with pytest.raises(Invalid):
        names(Edit("move", at=7, to=0))


def test_hits_are_counted_by_rule(clinic: Clinic) -> None:
    for number, text in enumerate((BILL, BILL, "I have chest pain")):
        clinic.landed(text, f"+1415555019{number}")
    with clinic.house.database.snapshot() as reading:
        hits = routing_rules.hits(reading)
    assert (hits.by_name["Bills"], hits.by_name["Red flags go to nursing"]) == (2, 1)
    assert (hits.flagged, hits.clinical, hits.total) == (1, 1, 3)


def everything(clinic: Clinic) -> dict[str, int]:
    spared = {*MACHINERY, "configurations"}
    return {table.name: clinic.count(table) for table in t.metadata.sorted_tables if table.name not in spared}


def test_a_rehearsal_counts_who_would_move_and_touches_nobody(clinic: Clinic, manager: Actor) -> None:
    bills = [clinic.landed(BILL, f"+1415555017{number}") for number in range(3)]
    clinic.landed("Is my referral ready?", "+14155550180")
    kept = keep(
        clinic, clinic.supervisor, draft(clinic).text.replace('team = "billing"', 'team = "front_desk"\nraise = 2')
    )
    before, stamps = everything(clinic), clinic.all(select(func.sum(t.conversations.c.version)))
    clinic.act(effect.ask, actor=clinic.supervisor, draft=kept.number, days=30)
    worker.work_off(clinic.house, "bulk")
    found = told(clinic, clinic.supervisor, kept)
    assert (found.running, found.done, found.total, found.changed) == (False, 4, 4, 3)
    assert [change.conversation_id for change in found.changes] == bills
    change = found.changes[0]
    assert (change.before.team, change.before.priority, change.after.team, change.after.priority) == (
        "billing",
        3,
        "front_desk",
        2,
    )
    assert (everything(clinic), clinic.all(select(func.sum(t.conversations.c.version)))) == (before, stamps)


def told(clinic: Clinic, actor: Actor, kept: Draft) -> Any:
    with clinic.house.database.snapshot() as reading:
        return effect.of_draft(reading, actor=actor, draft=kept.number)


def test_whoever_sees_no_patients_sees_the_figure_alone(clinic: Clinic, manager: Actor) -> None:
    clinic.landed(BILL)
    kept = keep(clinic, manager)
    clinic.act(effect.ask, actor=manager, draft=kept.number)
    worker.work_off(clinic.house, "bulk")
    admin = Actor(901, "", "", "admin")
    assert [(told(clinic, one, kept).changed, len(told(clinic, one, kept).changes)) for one in (manager, admin)] == [
        (1, 1),
        (1, 0),
    ]
    with pytest.raises(NotFound):
        told(clinic, clinic.agent, kept)


def test_the_same_rules_change_nothing(clinic: Clinic, manager: Actor) -> None:
    clinic.landed(BILL)
    kept = keep(clinic, manager, draft(clinic).text)
    clinic.act(effect.ask, actor=manager, draft=kept.number)
    worker.work_off(clinic.house, "bulk")
    assert (told(clinic, manager, kept).total, told(clinic, manager, kept).changed) == (1, 0)


def test_the_bench_says_why(clinic: Clinic) -> None:
    practice = clinic.house.configuration.practice()
    found = trial.run(trial.Asked(f"Hello, {BILL}, please"), practice.rules, practice, now=clinic.now)
    assert (found.reason, found.team, found.priority) == ("billing", "billing", 3)
    assert [step.name for step in found.steps if step.set] == ["Bills", "Everything else"]
    assert [step.unmet for step in found.steps if step.name == "Spanish speakers for Spanish"] == [("language",)]
    assert [piece for piece, mattered in found.pieces if mattered] == ["bill"]
    assert "".join(piece for piece, _ in found.pieces) == f"Hello, {BILL}, please"
    assert [one.metric for one in found.promises] == ["read", "first_response", "resolution"]


def test_the_bench_picks_only_what_its_user_may_read(clinic: Clinic) -> None:
    clinic.landed(BILL)
    (message,) = clinic.all(select(t.messages.c.id))
    with clinic.house.database.snapshot() as reading:
        assert [one.text for one in trial.past(reading, actor=clinic.supervisor)] == [BILL]
        assert trial.past(reading, actor=clinic.outsider) == ()
        assert trial.past(reading, actor=clinic.supervisor, message_id=message.id)[0].text == BILL
        with pytest.raises(NotFound):
            trial.past(reading, actor=MANAGER, message_id=message.id)


def test_the_command_prints_what_the_page_shows(
    clinic: Clinic, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    bill = clinic.landed(BILL)
    clinic.landed("Is my referral ready?", "+14155550180")
    file = tmp_path / "rules.toml"
    file.write_text(draft(clinic).text.replace('team = "billing"', 'team = "front_desk"'))
    monkeypatch.setenv("WARMLINE_DATABASE_URL", clinic.house.settings.database_url)
    monkeypatch.setenv("WARMLINE_DATA_DIR", str(tmp_path))
    command = ["routing", "rehearse", "--rules", str(file), "--days", "366"]
    assert cli.main(command) == 0
    change, counted = [msgspec.json.decode(line) for line in capsys.readouterr().out.splitlines()]
    assert (change["conversation_id"], change["before"]["team"], change["after"]["team"]) == (
        bill,
        "billing",
        "front_desk",
    )
    assert (counted["of"], counted["changed"]) == (2, 1)
    file.write_text("[[rule]]\nteam = 7\n")
    assert cli.main(command) == 1
    assert capsys.readouterr().err.startswith(f"warmline: {file}: line 2: ")
