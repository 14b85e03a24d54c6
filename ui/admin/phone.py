"""Phone and chat: recording, the menu's digits, the music, colleagues' numbers, whom the clinic's site signs in."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from channels.twiml import Choice
from inbox import configuration, phone, phone_settings, voicemenu
from inbox import practice as practices
from inbox.phone_settings import DIGITS, Settings
from inbox.store.database import Reading
from ui.admin import sentences
from ui.admin.desk import Desk
from ui.api import gate

HOME = "/admin/phone"
MUSIC = (("waltz", "A waltz"), ("strings", "Strings"), ("own", "Our own, from the address beside"))


class ChoiceForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One digit of the menu."""

    digit: str
    reason: str = ""
    en: str = ""
    es: str = ""


class PhoneForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All of it, upon the version that was seen."""

    choices: tuple[ChoiceForm, ...] = ()
    records_calls: bool = False
    music: str = ""
    address: str = ""
    site_numbers: str = ""
    based_on: int = 0
    why: str = ""


class NumberForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where somebody is called."""

    number: str = ""


@get(HOME, sync_to_thread=True)
def page(desk: NamedDependency[Desk]) -> Response[str]:
    """What counts now, and what callers hear."""

    def read(reading: Reading) -> dict[str, Any]:
        clinic = practices.read(reading)
        own = clinic.hold_music if clinic.hold_music not in voicemenu.MUSIC else ""
        return {
            "version": configuration.newest(reading, "phone"),
            "clinic": clinic,
            "own": own,
            "music": MUSIC,
            "digits": [(one, one) for one in DIGITS],
            "blank": Choice("", "", "", ""),
            "sentences": sentences,
            "people": phone.numbers(reading, actor=desk.actor),
            "heard": phone_settings.preview(clinic, _of(clinic), actor=desk.actor),
        }

    return desk.show("phone.html", "phone", read)


@post(f"{HOME}/preview", sync_to_thread=True, status_code=200)
def preview(data: JSONBody[PhoneForm], desk: NamedDependency[Desk]) -> dict[str, str]:
    """What callers would hear."""
    gate.check_body(data)
    heard = phone_settings.preview(desk.house.configuration.practice(), _read(data), actor=desk.actor)
    return {"html": desk.piece("heard.html", heard=heard)}


@post(HOME, sync_to_thread=True, status_code=200)
def publish(data: JSONBody[PhoneForm], desk: NamedDependency[Desk]) -> dict[str, str]:
    """Calls and chats go like this from now on."""
    desk.write(data, phone_settings.publish, _read(data), based_on=data.based_on, why=data.why)
    return {"go": HOME}


@post(f"{HOME}/numbers/{{person_id:int}}", sync_to_thread=True, status_code=200)
def number(person_id: FromPath[int], data: JSONBody[NumberForm], desk: NamedDependency[Desk]) -> dict[str, str]:
    """Calls reach this colleague here from now on."""
    desk.write(data, phone.set_number, desk.house, number=data.number, of=person_id)
    return {"go": HOME}


def _of(clinic: practices.Practice) -> Settings:
    return Settings(clinic.records_calls, clinic.menu_choices, clinic.hold_music, clinic.site_numbers)


def _read(data: PhoneForm) -> Settings:
    choices = tuple(Choice(one.digit, one.reason, one.en.strip(), one.es.strip()) for one in data.choices)
    music = data.address.strip() if data.music == "own" else data.music
    return Settings(data.records_calls, choices, music, data.site_numbers.strip())


HANDLERS = [page, preview, publish, number]
