"""Who works here changes by an administrator: nobody raises themselves, somebody always administers, work stays."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import select

from inbox import accounts, assignment, staffing
from inbox.actors import MATRIX, ROLES, Actor, Permission
from inbox.errors import Conflict, Forbidden, Invalid, Unauthenticated
from inbox.staffing import Change
from inbox.store import accounts as people
from inbox.store import tables as t
from inbox.store.database import Transaction
from tests.support import passwords
from tests.support.house import Clinic

PASSWORD = "a-long-enough-password"


@pytest.fixture(autouse=True)
def quick() -> Iterator[None]:
    """Cheap hashes: their cost is tested elsewhere."""
    with passwords.quick():
        yield


@pytest.fixture
def admin(clinic: Clinic) -> Actor:
    return hired(clinic, "ada", "admin")


def hired(clinic: Clinic, name: str, role: str) -> Actor:
    person = {"email": f"{name}@clinic.example", "name": name.title(), "role": role, "teams": []}
    actor_id = clinic.act(accounts.add, **person, password=PASSWORD, by=None)
    return now(clinic, actor_id)


def now(clinic: Clinic, actor_id: int) -> Actor:
    with clinic.house.database.snapshot() as reading:
        found = people.actor(reading, actor_id)
    assert found is not None
    return found


def sign_in(clinic: Clinic, actor: Actor, password: str = PASSWORD) -> str:
    return accounts.sign_in(
        clinic.house.database, email=actor.email, password=password, address="", agent=""
    ).session_id


def test_the_rows_of_the_matrix() -> None:
    rows = {
        Permission.SEE_RULES: "NNNAAAAN",
        Permission.REHEARSE_RULES: "NNNAANAN",
        Permission.PUBLISH_RULES: "NNNNANNN",
        Permission.APPROVE_TEMPLATES: "NNNAANNN",
        Permission.VERIFY_CHAIN: "NNNNNAAN",
        Permission.SEE_STAFF: "NNNNNAAN",
        Permission.CONFIGURE: "NNNNNNAN",
    }
    assert {row: "".join(MATRIX[row][role] for role in ROLES) for row in rows} == rows


def test_whose_rights_change_signs_in_again(clinic: Clinic, admin: Actor) -> None:
    nora = hired(clinic, "nora", "agent")
    session = sign_in(clinic, nora)
    clinic.act(
        staffing.change, actor=admin, actor_id=nora.id, to=Change(1, "Nora", "nurse", ("nursing",), ("en", "es"), 80)
    )
    changed = now(clinic, nora.id)
    assert (changed.role, changed.teams, changed.version) == ("nurse", frozenset({"nursing"}), 2)
    assert accounts.session(clinic.house.database, session) is None
    line = clinic.lines()[-1]
    assert (line.verb, line.actor_id, line.details["fields"]) == (
        "actor.changed",
        admin.id,
        ["capacity", "languages", "role", "teams"],
    )
    with pytest.raises(Conflict):
        clinic.act(staffing.change, actor=admin, actor_id=nora.id, to=Change(1, "Nora", "agent"))


def test_nobody_raises_themselves(clinic: Clinic, admin: Actor) -> None:
    with pytest.raises(Forbidden):
        clinic.act(staffing.change, actor=admin, actor_id=admin.id, to=Change(1, "Ada", "manager"))
    with pytest.raises(Forbidden):
        clinic.act(staffing.change, actor=admin, actor_id=admin.id, to=Change(1, "Ada", "admin", ("nursing",)))
    with pytest.raises(Forbidden):
        clinic.act(staffing.change, actor=clinic.agent, actor_id=clinic.agent.id, to=Change(1, "X", "admin"))
    clinic.act(staffing.change, actor=admin, actor_id=admin.id, to=Change(1, "Ada Root", "admin"))
    assert now(clinic, admin.id).name == "Ada Root"


def test_the_last_administrator_stays(clinic: Clinic, admin: Actor) -> None:
    other = hired(clinic, "otto", "admin")
    clinic.act(staffing.deactivate, actor=admin, actor_id=other.id)
    with pytest.raises(Forbidden):
        clinic.act(staffing.deactivate, actor=admin, actor_id=admin.id)
    for act in (
        lambda: clinic.act(staffing.deactivate, actor=other, actor_id=admin.id),
        lambda: clinic.act(staffing.change, actor=other, actor_id=admin.id, to=Change(1, "Ada", "agent")),
    ):
        with pytest.raises(Invalid) as caught:
            act()
        assert list(caught.value.fields) == ["role"]


def test_two_administrators_who_demote_each_other_leave_one(clinic: Clinic, admin: Actor) -> None:
    other = hired(clinic, "otto", "admin")

    def demote(by: Actor, who: Actor) -> Callable[[Transaction], None]:
        return lambda unit: staffing.change(unit, actor=by, actor_id=who.id, to=Change(1, who.name, "agent"))

    came = clinic.meanwhile(demote(admin, other), demote(other, admin))
    assert isinstance(came, Invalid)
    assert [now(clinic, one.id).role for one in (admin, other)] == ["admin", "agent"]


def test_what_touches_no_rights_signs_nobody_out(clinic: Clinic, admin: Actor) -> None:
    nora = hired(clinic, "nora", "agent")
    session = sign_in(clinic, nora)
    same = {"actor": admin, "actor_id": nora.id}
    clinic.act(staffing.change, **same, to=Change(1, "Nora Ruiz", "agent", (), ("en", "es"), 50))
    assert accounts.session(clinic.house.database, session) is not None
    clinic.act(staffing.change, **same, to=Change(2, "Nora Ruiz", "agent", ("billing",), ("en", "es"), 50))
    assert accounts.session(clinic.house.database, session) is None


def test_who_leaves_hands_their_work_back(clinic: Clinic, admin: Actor) -> None:
    conversation = clinic.landed()
    session = sign_in(clinic, hired(clinic, "nora", "supervisor"))
    clinic.act(assignment.take, actor=clinic.agent, conversation_id=conversation)
    token = clinic.act(accounts.issue_token, email=clinic.agent.email, label="phone")
    assert accounts.bearer(clinic.house.database, token) == clinic.agent
    assert clinic.act(staffing.deactivate, actor=admin, actor_id=clinic.agent.id) == 1
    row = clinic.conversation(conversation)
    assert (row.owner_id, row.team) == (None, "contact_center")
    (step,) = clinic.all(select(t.next_steps.c.owner_id).where(t.next_steps.c.done_at.is_(None)))
    assert step.owner_id is None
    assert [line.verb for line in clinic.lines()[-2:]] == ["conversation.assigned", "actor.deactivated"]
    assert accounts.bearer(clinic.house.database, token) is None
    assert accounts.session(clinic.house.database, session) is not None
    clinic.act(staffing.reactivate, actor=admin, actor_id=clinic.agent.id)
    assert now(clinic, clinic.agent.id).role == "agent"


def test_a_one_time_password_ends_the_old_one(clinic: Clinic, admin: Actor) -> None:
    nora = hired(clinic, "nora", "agent")
    session = sign_in(clinic, nora)
    token = clinic.act(accounts.issue_token, email=nora.email, label="phone")
    password = clinic.act(staffing.reset_password, actor=admin, actor_id=nora.id)
    assert accounts.session(clinic.house.database, session) is None
    assert accounts.bearer(clinic.house.database, token) is None
    assert accounts.session(clinic.house.database, sign_in(clinic, nora, password)) is not None
    assert [line.verb for line in clinic.lines() if password in str(line.details)] == []


def test_a_one_time_password_is_good_for_choosing_another(clinic: Clinic, admin: Actor) -> None:
    asked = {"email": "nora@clinic.example", "name": "Nora", "role": "agent", "teams": ["billing"]}
    given = clinic.act(staffing.hire, actor=admin, **asked)
    (row,) = clinic.all(select(t.actors).where(t.actors.c.email == "nora@clinic.example"))
    nora, database = now(clinic, row.id), clinic.house.database
    here, elsewhere = sign_in(clinic, nora, given), sign_in(clinic, nora, given)
    assert nora.must_change
    mine = {"actor": nora, "id_hash": accounts.hashed(here)}
    for wrong in (given, "short", "x" * 129):
        with pytest.raises(Invalid):
            accounts.choose_password(database, **mine, password=wrong)
    accounts.choose_password(database, **mine, password=PASSWORD)
    assert not now(clinic, nora.id).must_change
    assert [accounts.session(database, one) is not None for one in (here, elsewhere)] == [True, False]
    assert [line.verb for line in clinic.lines()[-2:]] == ["session.revoked", "password.chosen"]
    with pytest.raises(Unauthenticated):
        sign_in(clinic, nora, given)
    with pytest.raises(Forbidden):
        accounts.choose_password(database, **mine, password="another-long-password")


def test_a_token_ends(clinic: Clinic, admin: Actor) -> None:
    robot = hired(clinic, "robot", "service")
    token = clinic.act(staffing.issue_token, actor=admin, actor_id=robot.id, label="phone")
    assert accounts.bearer(clinic.house.database, token) == robot
    (row,) = clinic.all(select(t.tokens.c.id))
    clinic.act(staffing.revoke_token, actor=admin, actor_id=robot.id, token_id=row.id)
    assert accounts.bearer(clinic.house.database, token) is None
    details = {"token": row.id, "actor": robot.id}
    assert [(line.verb, line.actor_id, line.details) for line in clinic.lines() if line.verb.startswith("token.")] == [
        ("token.issued", admin.id, details),
        ("token.revoked", admin.id, details),
    ]


def test_nobody_gets_a_token_in_a_colleagues_name(clinic: Clinic, admin: Actor) -> None:
    with pytest.raises(Invalid) as refused:
        clinic.act(staffing.issue_token, actor=admin, actor_id=clinic.nurse.id, label="phone")
    assert refused.value.fields == {"person": "only a service account has tokens; people sign in"}
