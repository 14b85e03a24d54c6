"""A clinic to search in: patients with names, conversations about every fifth of them in words of `wording`, and three
who search: a supervisor who sees all, an agent of two teams, a newcomer who sees the few that are theirs."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from itertools import islice, product
from random import Random

from sqlalchemy import insert

from bench import seed, wording
from bench.seed import Record
from inbox import accounts
from inbox.actors import Actor
from inbox.house import House
from inbox.settings import read
from inbox.store import accounts as actors
from inbox.store.search import staff
from inbox.store.tables import patients

#: Four in a hundred of these are a Maria, one in two hundred a Garcia.
GIVEN = "Maria Jose Ana Luis Carmen Juan Rosa Pedro Lucia Miguel Elena Carlos Sofia Jorge Laura Diego Paula"
GIVEN += " Ivan Ines Raul Emma Liam Olivia Noah Ava Ethan Mia Lucas Zoe Jack"
ENDINGS = [f"{vowel}{end}" for vowel in "aeiou" for end in ("s", "n", "ra", "lez", "do", "na", "z")]
FAMILY = ["Garcia", "Lopez", *(f"{start}{end}" for start in ("Bar", "Cas", "Del", "Fer", "Gom") for end in ENDINGS)]
#: One patient for so many conversations; every fifth conversation is about one.
PATIENTS_EVERY, ABOUT_EVERY = 4, 5
OF_NEWCOMER = 30
#: Who searches: a role and teams by name.
WHO: dict[str, tuple[str, list[str]]] = {
    "supervisor": ("supervisor", []),
    "agent": ("agent", ["contact_center", "front_desk"]),
    "newcomer": ("agent", []),
}


class SearchClinic:
    """A filled database and who searches it."""

    def __init__(self, environment: Mapping[str, str], size: int) -> None:
        self.house = House(read(environment))
        self.size = size

    def fill(self) -> None:
        """Hires the three and writes everything."""
        for name, (role, teams) in WHO.items():
            with self.house.database.transaction() as unit:
                email = f"{name}@clinic.example"
                accounts.add(unit, email=email, name=name, role=role, teams=teams, password=None, by=None)
        people = self._add_patients(self.size // PATIENTS_EVERY)
        own = set(Random(7).sample(range(self.size), OF_NEWCOMER))
        newcomer = self.actor("newcomer").id

        def conversation(row: Record, place: int) -> None:
            if place % ABOUT_EVERY == 0:
                row["subject_patient_id"] = people[place // ABOUT_EVERY % len(people)]
            if place in own:
                row["owner_id"] = newcomer

        said = partial(wording.message, count=self.size)
        seed.fill(self.house, self.size, changes={"conversations": conversation, "messages": said})

    def actor(self, name: str) -> Actor:
        """Who has this name."""
        with self.house.database.snapshot() as reading:
            (number,) = (one.id for one in staff(reading) if one.name == name)
            actor = actors.actor(reading, number)
        assert actor is not None
        return actor

    def _add_patients(self, number: int) -> list[int]:
        names = product(GIVEN.split(), FAMILY, range(1 + number // (len(GIVEN.split()) * len(FAMILY))))
        with self.house.database.transaction() as unit:
            rows = [
                {
                    "id": unit.new_id(),
                    "given": given,
                    "family": family,
                    "search_name": f"{given} {family}".lower(),
                    "created_at": unit.now,
                }
                for given, family, _ in islice(names, number)
            ]
            unit.execute(insert(patients), rows)
        return [row["id"] for row in rows]
