"""What people set for themselves: single keys, sound, notifications, a dense list. Refuses names that nothing reads."""

from __future__ import annotations

from inbox.actors import Actor
from inbox.errors import Invalid
from inbox.store import preferences as store
from inbox.store.database import Transaction

NAMES = frozenset({"compact", "toured", "single_keys", "sound", "notifications"})


def change(unit: Transaction, *, actor: Actor, wanted: dict[str, bool]) -> None:
    """Sets what is named and leaves the rest. Raises Invalid for a name nobody knows."""
    unknown = sorted(wanted.keys() - NAMES)
    if unknown:
        raise Invalid(fields={name: f"unknown; one of {', '.join(sorted(NAMES))}" for name in unknown})
    before = store.held(unit, actor.id)
    changed = {name: value for name, value in wanted.items() if before.get(name) != value}
    if changed:
        store.set_all(unit, actor.id, before | changed)
        unit.record("preferences.changed", actor_id=actor.id, details={"names": sorted(changed)})
