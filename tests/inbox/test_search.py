"""The search: the same answers on both storages, nothing beyond a viewer's sight, hostile words, pages to the end."""

from contextlib import suppress
from itertools import pairwise
from typing import Any

import pytest

from inbox import search
from inbox.actors import Vis, can_see
from inbox.errors import Invalid
from inbox.search import Results
from inbox.store import search as store
from inbox.store import search_newest
from inbox.store import search_reach as reach
from inbox.store import tables as t
from tests.support.cast import (
    AGENT,
    ANA,
    CLERK,
    DAY,
    EVERYONE,
    HOUR,
    LUIS,
    MARIA,
    NOW,
    NURSE,
    RIVAL,
    SUPERVISOR,
    Cast,
    Statements,
    ids,
)


def found(cast: Cast, text: str, actor: Any = SUPERVISOR, **more: Any) -> Results:
    with cast.database.snapshot() as reading:
        return search.search(reading, actor=actor, text=text, **more)


def hits(results: Results) -> dict[str, list[int]]:
    """What was found, group by group; empty groups are left out."""
    groups = {
        "people": [one.summary.id for one in results.people],
        "conversations": [one.row.id for one in results.conversations],
        "words": [one.id for one in results.words],
    }
    return {name: group for name, group in groups.items() if group}


class Desk:
    """A morning's work, by names that the tests can say."""

    def __init__(self, cast: Cast) -> None:
        cast.change(t.patients, LUIS, given="Luís", family="Álvarez", search_name="luis alvarez")
        cast.add(t.patient_identifiers, patient_id=ANA, system="MR", value="MRN-7788")
        maria, luis = cast.add_conversation(), cast.add_conversation(subject_patient_id=LUIS, reason="billing")
        stranger: dict[str, Any] = {"subject_patient_id": None, "subject_certainty": "unknown", "channel": "mail"}
        letter = cast.add_conversation(
            **stranger, sender_name="O'Brien-Núñez", subject="Re: Años de espera", priority=1
        )
        old: dict[str, Any] = {"state": "closed", "opened_at": NOW - 400 * DAY, "last_at": NOW - 400 * DAY}
        past = cast.add_conversation(**old, team="billing", owner_id=RIVAL.id)
        said = {
            "refill": cast.add_message(maria, "Could I get a refill of my lisinopril 20mg, please?"),
            "answer": cast.add_message(maria, "Of course. We'll call you.", direction="out", author_id=AGENT.id),
            "invoice": cast.add_message(luis, "The 100% invoice: call (415) 555-0142 or mail bill@pay.example"),
            "espera": cast.add_message(letter, "¿Cuántos años más? La niña está ENFERMA.", channel="mail"),
            "past": cast.add_message(past, "An old refill of the invoice", at=NOW - 400 * DAY),
            "quoted": cast.add_message(past, "mine\n> lisinopril", reply_text="only this word", at=NOW - 399 * DAY),
            "note": cast.add_note(maria, "Called twice about the refill"),
        }
        cast.add(
            t.attachments,
            message_id=said["invoice"],
            filename="a.pdf",
            content_type="application/pdf",
            size=1,
            sha256="0" * 64,
            inline=False,
            state="stored",
        )
        self.ids = {"MARIA": MARIA, "LUIS": LUIS, "ANA": ANA, "maria": maria, "luis": luis, "letter": letter}
        self.ids |= {"past": past, **{f"m.{name}": number for name, number in said.items()}}

    def named(self, numbers: dict[str, list[int]]) -> dict[str, list[str]]:
        names = {number: name for name, number in self.ids.items()}
        return {group: [names[number] for number in found] for group, found in numbers.items()}


#: All who use the family's phone, and what came from it.
FAMILY = {"people": ["ANA", "LUIS", "MARIA"], "conversations": ["past", "letter", "luis", "maria"]}
#: Both storages answer these alike: newest first, people by name.
ANSWERS: list[tuple[str, dict[str, list[str]]]] = [
    ("", {}),
    ("   ", {}),
    ("!!! ?", {}),
    ("refill", {"words": ["m.note", "m.past", "m.refill"]}),
    ("REFILL", {"words": ["m.note", "m.past", "m.refill"]}),
    ("refil", {}),
    ("refil*", {"words": ["m.note", "m.past", "m.refill"]}),
    ("refill lisinopril", {"words": ["m.refill"]}),
    ('"refill of my"', {"words": ["m.refill"]}),
    ('"my refill of"', {}),
    ('"refill of" -lisinopril', {"words": ["m.past"]}),
    ("refill -lisinopril -called", {"words": ["m.past"]}),
    ("refill -lisin*", {"words": ["m.note", "m.past"]}),
    ("anos", {"conversations": ["letter"], "words": ["m.espera"]}),
    ("AÑOS", {"conversations": ["letter"], "words": ["m.espera"]}),
    ("an\u0303os", {"conversations": ["letter"], "words": ["m.espera"]}),
    ('"nina esta enferma"', {"words": ["m.espera"]}),
    ('"cuantos años más"', {"words": ["m.espera"]}),
    ("¿cuántos?", {"words": ["m.espera"]}),
    ("we'll", {"words": ["m.answer"]}),
    ("20mg", {"words": ["m.refill"]}),
    ("100%", {"words": ["m.invoice"]}),
    ("bill@pay.example", {"words": ["m.invoice"]}),
    ("word", {"words": ["m.quoted"]}),
    ("maria", {"people": ["MARIA"], "conversations": ["past", "maria"]}),
    ("mar", {"people": ["MARIA"], "conversations": ["past", "maria"]}),
    ("alvarez luis", {"people": ["LUIS"], "conversations": ["luis"]}),
    ("Álvarez", {"people": ["ANA", "LUIS", "MARIA"], "conversations": ["past", "luis", "maria"]}),
    ("alvarez -luis", {"people": ["ANA", "MARIA"], "conversations": ["past", "maria"]}),
    ("mrn-7788", {"people": ["ANA"]}),
    ("2015-09-30", {"people": ["LUIS"], "conversations": ["luis"]}),
    ("maria@home.example", {"people": ["MARIA"], "conversations": ["past", "maria"]}),
    ("(415) 555-0142", FAMILY | {"words": ["m.invoice"]}),
    ("+1 415.555.0142", FAMILY),
    ("0142", FAMILY | {"words": ["m.invoice"]}),
    ("5550", FAMILY),
    ("142", {}),
    ("maria 0142", {"people": ["MARIA"], "conversations": ["past", "maria"]}),
    ("obrien", {}),
    ("o'brien", {"conversations": ["letter"]}),
    ("brien nunez", {"conversations": ["letter"]}),
    ("from:luis", {"people": ["LUIS"], "conversations": ["luis"]}),
    ("from:luis invoice", {"people": ["LUIS"], "words": ["m.invoice"]}),
    ("invoice from:maria", {"people": ["MARIA"], "words": ["m.past"]}),
    ('from:"maria elena" refill', {"people": ["MARIA"], "words": ["m.note", "m.past", "m.refill"]}),
    ("luis invoice", {"words": ["m.invoice"]}),
    ("invoice luis", {"words": ["m.invoice"]}),
    ("maria elena refill", {"words": ["m.note", "m.past", "m.refill"]}),
    ('"refill of" maria -lisinopril', {"words": ["m.past"]}),
    ("luis refill", {}),
    ("0142 refill", {"words": ["m.note", "m.past", "m.refill"]}),
    ("in:billing", {"conversations": ["past"]}),
    ("invoice in:billing", {"words": ["m.past"]}),
    ("invoice in:contact-center", {"words": ["m.invoice"]}),
    ("is:closed", {"conversations": ["past"]}),
    ("refill is:open", {"words": ["m.note", "m.refill"]}),
    ("is:urgent", {"conversations": ["letter"]}),
    ("is:open is:urgent", {"conversations": ["letter"]}),
    ("is:closed is:urgent", {}),
    ("is:mine", {}),
    ("by:dana refill", {"words": ["m.note"]}),
    ("by:jess", {"conversations": ["maria"]}),
    ("call by:jess", {"words": ["m.answer"]}),
    ("by:nobody call", {}),
    ("channel:mail", {"conversations": ["letter"]}),
    ("anos channel:email", {"conversations": ["letter"], "words": ["m.espera"]}),
    ("reason:billing", {"conversations": ["luis"]}),
    ("refill before:2026-01-01", {"words": ["m.past"]}),
    ("refill after:2026-03-11", {"words": ["m.note", "m.refill"]}),
    ("refill after:2026-03-12", {}),
    ("has:attachment", {"conversations": ["luis"]}),
    ("invoice has:attachment", {"words": ["m.invoice"]}),
    ("refill has:note", {"words": ["m.note"]}),
    ("has:voicemail", {}),
    ("10:30", {}),
]


def test_both_storages_give_these_answers(cast: Cast) -> None:
    desk = Desk(cast)
    assert {text: desk.named(hits(found(cast, text))) for text, _ in ANSWERS} == dict(ANSWERS)
    assert len(ANSWERS) > 60
    letter = desk.ids["letter"]
    assert [hits(found(cast, text)) for text in (f"#{letter}", str(letter))] == [{"conversations": [letter]}] * 2


@pytest.mark.parametrize("actor", EVERYONE, ids=lambda actor: f"{actor.role}-{actor.id}")
def test_a_hit_is_what_the_viewer_may_read(cast: Cast, actor: Any) -> None:
    """Each kind of text in each kind of conversation, against the decision that the pages ask."""
    expected: dict[str, list[int]] = {"people": [], "conversations": [], "words": []}
    for number, (team, clinical, sensitive) in enumerate(
        (team, clinical, sensitive)
        for team in ("contact_center", "nursing")
        for clinical in (False, True)
        for sensitive in (False, True)
    ):
        patient = 300 + number
        named = {"given": "Zebra", "family": f"Z{number}", "search_name": f"zebra z{number}"}
        cast.add(t.patients, id=patient, created_at=NOW, **named)
        vis: dict[str, Any] = {"team": team, "clinical": clinical, "sensitive": sensitive}
        about = cast.add_conversation(subject_patient_id=patient, **vis)
        titled = cast.add_conversation(subject_patient_id=None, subject_certainty="unknown", subject="zebra", **vis)
        said = {klass: cast.add_message(about, "zebra", **{"class": klass}) for klass in ("phi", "clinical")}
        noted = {klass: cast.add_note(about, "zebra", **{"class": klass}) for klass in ("phi", "clinical")}
        seen = {klass: can_see(actor, Vis(team, None, clinical or klass == "clinical", sensitive)) for klass in said}
        expected["people"] += [patient] * seen["phi"].person
        expected["conversations"] += [about] * seen["phi"].person + [titled] * seen["phi"].texts
        expected["words"] += [one for klass, one in said.items() if seen[klass].texts]
        expected["words"] += [noted["phi"]] * seen["phi"].texts + [noted["clinical"]] * seen["clinical"].notes
    results = found(cast, "zebra", actor, limit=100)
    assert {"people": [], "conversations": [], "words": [], **hits(results)} == {
        "people": expected["people"],
        "conversations": expected["conversations"][::-1],
        "words": sorted(expected["words"], reverse=True),
    }
    assert [word for word in results.words if "".join(piece.text for piece in word.text) != "zebra"] == []


def test_each_role_differs_or_the_matrix_would_prove_nothing(cast: Cast) -> None:
    chest = cast.add_conversation(team="nursing", clinical=True, subject="Chest")
    cast.add_message(chest, "pain in the chest", **{"class": "clinical"})
    sizes = {actor.role: len(found(cast, "chest", actor).words) for actor in (NURSE, CLERK)}
    assert sizes == {"nurse": 1, "front_desk": 0}


def test_nobody_learns_of_clinical_notes_that_they_may_not_read(cast: Cast) -> None:
    hidden, shown = cast.add_conversation(team="nursing"), cast.add_conversation(team="nursing")
    cast.add_note(hidden, "potassium is high", **{"class": "clinical"})
    cast.add_note(shown, "calls at noon")
    assert hits(found(cast, "has:note", CLERK)) == {"conversations": [shown]}
    assert hits(found(cast, "has:note", NURSE)) == {"conversations": [shown, hidden]}


def test_a_raised_class_counts_at_once(cast: Cast) -> None:
    row = cast.add_conversation(team="nursing")
    said = cast.add_message(row, "the rash is back")
    assert hits(found(cast, "rash", CLERK)) == {"words": [said]}
    cast.change(t.conversations, row, clinical=True)
    assert (hits(found(cast, "rash", CLERK)), hits(found(cast, "rash", NURSE))) == ({}, {"words": [said]})


def test_the_index_follows_what_changes_and_goes(cast: Cast) -> None:
    row = cast.add_conversation(subject="first")
    said = cast.add_message(row, "alpha")
    cast.change(t.messages, said, body="beta")
    cast.change(t.conversations, row, subject="second")
    cast.change(t.patients, ANA, given="Anna", search_name="anna alvarez")
    texts = ("alpha", "beta", "first", "second", "ana", "anna")
    answers = [hits(found(cast, text)) for text in texts]
    assert answers == [{}, {"words": [said]}, {}, {"conversations": [row]}, {}, {"people": [ANA]}]
    with cast.database.transaction() as unit:
        unit.execute(t.conversations.update().values(last_message_id=None))
        unit.execute(t.messages.delete())
    assert hits(found(cast, "beta")) == {}


@pytest.mark.parametrize(
    "text",
    [
        '"',
        '"""',
        "'; DROP TABLE messages; --",
        "a AND OR NOT NEAR(b, c) ^d {words}: e* + f",
        "words : x",
        "a:* & !b | <-> c",
        "\\ \\' :*",
        "* ** -* -",
        "%_",
        "#",
        "#99999999999999999999999",
        "x" * 400,
        "\u202e\u200b\ufeff",
        "ﬁ ½ ² 😀 \ud7ff",
        "(((((",
        '-"x"',
    ],
)
def test_hostile_words_are_words(cast: Cast, text: str) -> None:
    cast.add_message(cast.add_conversation(), "nothing of the kind")
    assert found(cast, "nothing").words
    with suppress(Invalid):
        assert hits(found(cast, text)) == {}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x\0y", "at most 400 characters of text"),
        ("x" * 10_000, "at most 400 characters of text"),
        (" ".join("abcdefghijklm"), "at most 12 words"),
        ("-refill", "a word to leave out needs another one to look for"),
        (
            "colour:red",
            "there are from:, in:, is:, by:, channel:, reason:, before:, after:, has: and #number",
        ),
        ("has:fun", "has: takes one of attachment, voicemail, note"),
        ("before:yesterday", "before: takes a day such as 2026-03-01"),
    ],
)
def test_what_cannot_be_asked_is_told_how_to_mend(cast: Cast, text: str, said: str) -> None:
    with pytest.raises(Invalid) as refused:
        found(cast, text)
    assert refused.value.fields == {"q": said}


def test_pages_of_words_and_conversations_go_to_the_end_once(cast: Cast) -> None:
    rows = [cast.add_conversation(subject="common") for _ in range(7)]
    said = [cast.add_message(row, "common") for row in rows] + [cast.add_note(rows[0], "common")]
    for group, expected in (("words", said), ("conversations", rows)):
        first = found(cast, "common", limit=3)
        got, after = hits(first)[group], first.next.get(group)
        while after is not None:
            page = found(cast, "common", limit=3, after=after)
            assert list(hits(page)) == [group]
            got, after = got + hits(page)[group], page.next.get(group)
        assert got == sorted(expected, reverse=True)
        assert all(one > another for one, another in pairwise(got))
    for after in ("x", "c.x", "w.", "p.1", "w." + "9" * 30):
        with pytest.raises(Invalid):
            found(cast, "common", after=after)


def test_a_page_is_full_though_most_hits_are_not_the_viewers(cast: Cast) -> None:
    """The permission is asked before the limit, however far down the first readable hit lies."""
    nursing, own = cast.add_conversation(team="nursing"), cast.add_conversation()
    mine = [cast.add_message(own, "common") for _ in range(3)]
    row = {name: value for name, value in _as_stored(cast, mine[0]).items() if name != "id"}
    with cast.database.transaction() as unit:
        many = [{**row, "id": 10_000 + n, "conversation_id": nursing} for n in range(450)]
        unit.execute(t.messages.insert(), many)
    assert hits(found(cast, "common", AGENT)) == {"words": mine[::-1]}
    assert len(found(cast, "common", SUPERVISOR).words) == 20


def test_who_sees_few_finds_theirs_behind_any_number_of_others(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search_newest, "PORTIONS", (5, 10))
    own, nursing = cast.add_conversation(owner_id=AGENT.id), cast.add_conversation(team="nursing")
    mine = cast.add_message(own, "common")
    for _ in range(30):
        cast.add_message(nursing, "common")
    results = found(cast, "common", AGENT)
    assert (hits(results), results.next, results.back_to) == ({"words": [mine]}, {}, None)


@pytest.fixture
def short_sighted(monkeypatch: pytest.MonkeyPatch) -> None:
    """All words are common, and few rows are looked at for them."""
    for name, value in (("RARE", 0), ("LONG_AGO", 0), ("WALKS", (5, 10)), ("SPANS", (5, 10))):
        monkeypatch.setattr(search_newest, name, value)
    monkeypatch.setattr(reach, "FEW", 0)


@pytest.mark.usefixtures("short_sighted")
@pytest.mark.parametrize("actor", [SUPERVISOR, AGENT], ids=lambda actor: actor.role)
def test_how_far_it_looked_is_said_and_the_next_looks_further(cast: Cast, actor: Any) -> None:
    row = cast.add_conversation()
    said = [cast.add_message(row, "one two", at=NOW - DAY)]
    others = [cast.add_message(row, "two and one", at=NOW) for _ in range(40)]
    results = found(cast, '"one two"', actor)
    assert (hits(results), results.back_to) == ({}, NOW)
    pages = 1
    while (after := results.next.get("words")) is not None and pages < len(others):
        results, pages = found(cast, '"one two"', actor, after=after), pages + 1
        assert hits(results) in ({}, {"words": said})
    assert (hits(results), results.back_to, pages > 1) == ({"words": said}, None, True)


def test_nothing_is_said_to_be_left_out_where_all_was_looked_at(cast: Cast) -> None:
    row = cast.add_conversation()
    said = [cast.add_message(row, "one two")] + [cast.add_message(row, "two and one") for _ in range(40)]
    results = found(cast, '"one two"')
    assert (hits(results), results.back_to, results.of_person, results.too_short) == ({"words": said[:1]}, None, 0, ())


def test_a_beginning_of_too_many_words_says_so_on_sqlite(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    row = cast.add_conversation()
    said = [cast.add_message(row, f"ca{letter}") for letter in "bdeb"]
    assert (hits(found(cast, "ca*")), found(cast, "ca*").too_short) == ({"words": said[::-1]}, ())
    assert hits(found(cast, "ca* -ca*")) == {}
    monkeypatch.setattr(search_newest, "BEGUN", 2)
    results = found(cast, "ca*")
    some = {"words": [said[3], said[1], said[0]]}
    sqlite = cast.database.is_sqlite
    assert (hits(results), results.too_short) == ((some, ("ca*",)) if sqlite else ({"words": said[::-1]}, ()))
    assert hits(found(cast, "ca* -ca*")) == {}


def test_a_person_of_too_many_conversations_is_said(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [cast.add_conversation(subject_patient_id=LUIS) for _ in range(3)]
    said = [cast.add_message(row, "fever") for row in rows]
    assert (hits(found(cast, "from:luis fever"))["words"], found(cast, "from:luis fever").of_person) == (said[::-1], 0)
    monkeypatch.setattr(store, "OF_SENDER", 2)
    results = found(cast, "from:luis fever")
    assert (hits(results)["words"], results.of_person) == (said[:0:-1], 2)


def _as_stored(cast: Cast, message: int) -> dict[str, Any]:
    with cast.database.snapshot() as reading:
        row = reading.one(t.messages.select().where(t.messages.c.id == message))
        assert row is not None
        return dict(row._mapping)


def test_hits_are_marked_piece_by_piece_and_never_as_markup(cast: Cast) -> None:
    row = cast.add_conversation(subject="El <b>niño</b>")
    cast.add_message(row, "lead " * 60 + "mi <i>Niño</i> está " + "tail " * 60)
    results = found(cast, "nino")
    (word,) = results.words
    assert [piece.text for piece in word.text if piece.hit] == ["Niño"]
    shown = "".join(piece.text for piece in word.text)
    assert (shown[:1], shown[-1:], "mi <i>Niño</i> está" in shown, len(shown) < 190) == ("…", "…", True, True)
    titled = cast.add_message(row, "words without it", subject="Otro niño", at=NOW)
    (first, _) = found(cast, "nino").words
    shown = "".join(f"[{piece.text}]" if piece.hit else piece.text for piece in first.text)
    assert (first.id, shown) == (titled, "Otro [niño]: words without it")
    (about,) = results.conversations
    assert [(piece.text, piece.hit) for piece in about.subject] == [("El <b>", False), ("niño", True), ("</b>", False)]
    (person, *_) = found(cast, "mar").people
    assert [(piece.text, piece.hit) for piece in person.name] == [("Maria", True), (" Elena Alvarez", False)]


def test_what_came_since_is_counted_within_sight(cast: Cast) -> None:
    row = cast.add_conversation(team="nursing")
    since = found(cast, "fever").newest
    said = cast.add_message(row, "a fever", **{"class": "clinical"})
    cast.journal("message.received", conversation_id=row, details={"message": said})
    cast.journal("note.written", conversation_id=row, details={"note": cast.add_note(row, "other words")})
    with cast.database.snapshot() as reading:
        counted = [search.newer(reading, actor=actor, text="fever", since=since) for actor in (NURSE, CLERK)]
    assert counted == [1, 0]


def test_a_search_costs_the_same_with_one_hit_and_with_three(cast: Cast) -> None:
    costs = []
    for _ in range(2):
        cast.add_message(cast.add_due(NOW + HOUR, owner_id=AGENT.id, subject="fever"), "fever")
        with Statements(cast) as statements:
            assert ids([one.row for one in found(cast, "fever").words])
        costs.append(statements.count)
        cast.add_message(cast.add_due(NOW + HOUR, subject="fever"), "fever")
    assert costs[0] == costs[1]
