"""Patients whose every field is a word that stands nowhere else, so that a word that leaves its scope is found."""

from __future__ import annotations

from datetime import date
from typing import Any

from inbox.actors import Actor, Sight, Vis, can_see
from inbox.store import tables as t
from tests.support.cast import HOUR, MINUTE, NOW, RIVAL
from tests.support.programs import Desk

#: What of a conversation each sight opens; a clinical note needs more than its conversation does.
PERSON = ("GIVEN", "FAMILY", "SENDER", "MAIL", "IDENTIFIER", "PROXY", "MESSAGEID")
TEXTS = ("BODY", "SUBJECT", "FILE", "PAGE", "STEP", "NOTE", "BECAUSE")
NOTES = ("CLINICALNOTE",)
FIELDS = PERSON + TEXTS + NOTES
KINDS = [
    Vis(team, None, clinical, sensitive)
    for team in ("contact_center", "nursing")
    for clinical in (False, True)
    for sensitive in (False, True)
]


class Secret:
    """One conversation of a kind about a patient of its own. `words` are the canaries by field."""

    def __init__(self, office: Desk, number: int, vis: Vis) -> None:
        self._office, self.vis = office, vis
        self.words = {field: f"canary{field.lower()}{number}x" for field in FIELDS}
        self.phone = f"+1415555{7000 + number}"
        self._fill(self.words, vis)

    def sight(self, actor: Actor) -> Sight:
        """What this person may see of it now."""
        with self._office.cast.database.snapshot() as reading:
            row = reading.all(t.conversations.select().where(t.conversations.c.id == self.conversation))[0]
        return can_see(actor, Vis(row.team, row.owner_id, row.clinical, row.sensitive))

    def hidden(self, actor: Actor) -> list[str]:
        """The canaries that this person may not meet anywhere."""
        sight = self.sight(actor)
        shut = [*(() if sight.person else PERSON), *(() if sight.texts else TEXTS), *(() if sight.notes else NOTES)]
        return [self.words[field] for field in shut] + ([] if sight.person else [self.phone, self.phone[2:]])

    def _fill(self, word: dict[str, str], vis: Vis) -> None:
        cast = self._office.cast
        named = {"given": word["GIVEN"], "family": word["FAMILY"], "birth_on": date(1970, 1, 1), "language": "en"}
        search = f"{word['GIVEN']} {word['FAMILY']}"
        self.patient = cast.add(t.patients, **named, search_name=search, created_at=NOW)
        self.contact = cast.add(t.contact_points, kind="phone", value=self.phone, created_at=NOW)
        mail = cast.add(t.contact_points, kind="email", value=f"{word['MAIL']}@home.example", created_at=NOW)
        for point in (self.contact, mail):
            tie = {"contact_id": point, "patient_id": self.patient, "relationship": "self", "valid_from": NOW}
            cast.add(t.contact_links, **tie)
        number = {"patient_id": self.patient, "system": "MRN", "value": word["IDENTIFIER"], "live": True}
        cast.add(t.patient_identifiers, **_fitting(t.patient_identifiers, number))
        acts_for = {"name": word["PROXY"], "role": "mother", "scope": "billing", "valid_from": NOW}
        self.proxy = cast.add(t.proxies, **_fitting(t.proxies, {"patient_id": self.patient, **acts_for}))
        self._keep_for_fhir()
        self._converse(word, vis)

    def _keep_for_fhir(self) -> None:
        """What has no words of its own: care, a consent, and a record that was merged into this one."""
        cast, of = self._office.cast, {"patient_id": self.patient}
        self.episode = cast.add(t.episodes, **of, kind="treatment", status="active", opened_at=NOW)
        ledger = {"channel": "sms", "purpose": "care", "method": "paper", "source": "patient", "at": NOW}
        self.consent = cast.add(t.consents, **of, contact_id=self.contact, kind="grant", **ledger)
        lost = {"given": "Same", "family": "Again", "search_name": "same again", "survivor_id": self.patient}
        merged = {"from_id": cast.add(t.patients, **lost, created_at=NOW), "to_id": self.patient}
        self.move = cast.add(t.moves, kind="patient", **merged, reason="the same", by_id=RIVAL.id, at=NOW)

    def _converse(self, word: dict[str, str], vis: Vis) -> None:
        cast = self._office.cast
        about = {
            "subject_patient_id": self.patient,
            "subject_certainty": "confirmed",
            "sender_contact_id": self.contact,
        }
        told = {"subject": word["SUBJECT"], "sender_name": word["SENDER"], "because": [word["BECAUSE"]]}
        kind = {"team": vis.team, "clinical": vis.clinical, "sensitive": vis.sensitive, "channel": "mail"}
        due = {"due_at": NOW + MINUTE, "due_metric": "first_response"}
        self.conversation = cast.add_conversation(**about, **told, **kind, **due)
        step = {"conversation_id": self.conversation, "what": word["STEP"], "team": vis.team}
        cast.change(
            t.conversations, self.conversation, next_step_id=cast.add(t.next_steps, **step, due_at=NOW + HOUR, at=NOW)
        )
        cast.add_clock(self.conversation, due_at=NOW + MINUTE)
        class_ = "clinical" if vis.clinical else "phi"
        said: dict[str, Any] = {"channel": "mail", "subject": word["SUBJECT"], "author_name": word["SENDER"]}
        said |= {"class": class_, "html": f"<p>{word['PAGE']}</p>", "external_id": f"{word['MESSAGEID']}@home.example"}
        self.message = cast.add_message(self.conversation, word["BODY"], contact_id=self.contact, **said)
        blob = self._office.house.files.keep(word["FILE"].encode())
        file = {"filename": f"{word['FILE']}.pdf", "content_type": "application/pdf", "size": 9, "sha256": "0" * 64}
        kept = {"message_id": self.message, "inline": False, "state": "stored", "blob": blob}
        self.file = cast.add(t.attachments, **file, **kept)
        cast.add_note(self.conversation, word["NOTE"], **{"class": "phi"})
        cast.add_note(self.conversation, word["CLINICALNOTE"], author_id=RIVAL.id, **{"class": "clinical"})
        arrived = {"external_id": f"{word['MESSAGEID']}@home.example", "body": word["BODY"].encode()}
        self.arrival = cast.add_arrival(conversation_id=self.conversation, **arrived)
        of = {"conversation_id": self.conversation}
        cast.journal("message.received", **of, details={"message": self.message, "channel": "mail"})
        cast.journal(
            "identity.confirmed", **of, patient_id=self.patient, details={"patient": self.patient, "was": None}
        )


def _fitting(table: Any, values: dict[str, Any]) -> dict[str, Any]:
    """The values, and a moment for each other moment that must be there."""
    lacking = [
        column.name
        for column in table.c
        if not column.nullable and column.default is None and column.server_default is None and column.name != "id"
    ]
    return {name: NOW for name in lacking if name.endswith("_at")} | values
