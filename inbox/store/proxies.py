"""SQL of those who act for patients, and of what ties a patient to an address."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, exists, select, update

from inbox.store.database import Reading, Transaction
from inbox.store.tables import contact_links, contact_points, proxies


def ties(reading: Reading, patient_id: int) -> Sequence[Row[Any]]:
    """Every link of the patient to an address, ended ones too, with the proxy that uses it."""
    others = contact_links.alias("others")
    elsewhere = exists().where(
        others.c.contact_id == contact_links.c.contact_id,
        others.c.patient_id != contact_links.c.patient_id,
        others.c.valid_to.is_(None),
    )
    shown = [contact_links.c[name] for name in ("contact_id", "relationship", "confidential", "valid_to")]
    acting = [proxies.c[name] for name in ("role", "scope", "valid_from")]
    wanted = select(*shown, *acting, proxies.c.valid_to.label("until"), elsewhere.label("elsewhere"))
    wanted = wanted.outerjoin(proxies, proxies.c.id == contact_links.c.proxy_id)
    return reading.all(wanted.where(contact_links.c.patient_id == patient_id).order_by(contact_links.c.id))


def one(reading: Reading, proxy_id: int) -> Row[Any] | None:
    """A proxy by id."""
    return reading.one(select(proxies).where(proxies.c.id == proxy_id))


def behind(reading: Reading, contact_id: int | None, patient_id: int | None) -> int | None:
    """Who acts for the patient from this address now; None where it is the patient's own, or nobody's."""
    links = and_(
        contact_links.c.contact_id == contact_id,
        contact_links.c.patient_id == patient_id,
        contact_links.c.valid_to.is_(None),
    )
    found = reading.all(select(contact_links.c.proxy_id).where(links).order_by(contact_links.c.id))
    return None if any(row.proxy_id is None for row in found) else next((int(row.proxy_id) for row in found), None)


def addresses(reading: Reading, patient_id: int) -> dict[int, str]:
    """The live address of each who acts for the patient."""
    wanted = select(contact_links.c.proxy_id, contact_points.c.value).join(contact_points)
    acting = (contact_links.c.patient_id == patient_id, contact_links.c.proxy_id.is_not(None))
    live = wanted.where(*acting, contact_links.c.valid_to.is_(None)).order_by(contact_links.c.id)
    return {row.proxy_id: row.value for row in reading.all(live)}


def approve(unit: Transaction, proxy_id: int, by_id: int) -> None:
    """Who looked at the proof."""
    unit.execute(update(proxies).where(proxies.c.id == proxy_id).values(by_id=by_id))


def to_end(reading: Reading, limit: int) -> Sequence[Row[Any]]:
    """Whose time is over and is not yet written down so."""
    return reading.all(_running.where(proxies.c.valid_to <= reading.now).order_by(proxies.c.valid_to).limit(limit))


def to_warn(reading: Reading, before: datetime, limit: int) -> Sequence[Row[Any]]:
    """Whose time ends before that moment, of which nobody was told."""
    soon = and_(proxies.c.valid_to > reading.now, proxies.c.valid_to <= before, proxies.c.warned_at.is_(None))
    return reading.all(_running.where(soon).order_by(proxies.c.valid_to).limit(limit))


def warned(unit: Transaction, proxy_id: int) -> None:
    """It was said that the time ends soon."""
    unit.execute(update(proxies).where(proxies.c.id == proxy_id).values(warned_at=unit.now))


def end(unit: Transaction, row: Row[Any]) -> None:
    """They act no more, and their address is no way to the patient."""
    until = min(row.valid_to or unit.now, unit.now)
    unit.execute(update(proxies).where(proxies.c.id == row.id).values(ended_at=unit.now, valid_to=until))
    links = and_(contact_links.c.proxy_id == row.id, contact_links.c.valid_to.is_(None))
    unit.execute(update(contact_links).where(links).values(valid_to=unit.now))


_running = select(proxies).where(proxies.c.valid_to.is_not(None), proxies.c.ended_at.is_(None))
