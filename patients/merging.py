"""What joining two records or two conversations turns on: where they contradict each other, and what belongs to whom
when they part. Decides nothing alone: a person merges.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from patients.demographics import Demographics
from patients.matching import score

Numbers = Collection[tuple[str, str]]


def conflicts(a: Demographics, b: Demographics, numbers_a: Numbers = (), numbers_b: Numbers = ()) -> tuple[str, ...]:
    """The fields by name in which two records cannot be the same human without a mistake in one of them, so that a
    second person must look: a decisive field, or two numbers of one system. `numbers` are (system, value)."""
    fields = [veto.removesuffix(" in conflict") for veto in score(a, b).vetoes if veto.endswith(" in conflict")]
    systems = {system for system, _ in numbers_a} & {system for system, _ in numbers_b}
    unlike = [system for system in systems if not _values(numbers_a, system) & _values(numbers_b, system)]
    return tuple(fields + sorted(f"identifier {system}" for system in unlike))


def evidence(
    said: Iterable[tuple[int, int | None]], leaving: Mapping[int, int | None], staying: Collection[int | None]
) -> dict[int, list[int]]:
    """Which messages, as (id, address), said since a merge go with the conversations that leave, by conversation.
    `leaving` names the address each began from, `staying` those of the others. An address that both know, or neither,
    leaves nothing: it stays."""
    homes = {contact: home for home, contact in sorted(leaving.items()) if contact is not None}
    found: dict[int, list[int]] = {}
    for message_id, contact in said:
        if contact in homes and contact not in staying:
            found.setdefault(homes[contact], []).append(message_id)
    return found


def _values(numbers: Numbers, system: str) -> set[str]:
    return {value for one, value in numbers if one == system}
