"""The clinic's own red flags: a pack beside those that ship, in the same language. It only adds: nothing that ships is
switched off by it. Refuses what cannot be read, what names no known family or level, and what fails its own tests.
"""

from __future__ import annotations

from functools import cache, lru_cache

from routing.pack import SHIPPED, BadPack, Pack, failures, read, shipped
from routing.rules import DEEP

LARGEST = 100_000
EMPTY = """name = "clinic"
version = "1"
author = "who wrote it"

# [[rule]]
# id = "clinic.dialysis"
# kind = "infection"
# level = "U"
# any = ["dialysis|fistula & fever|red|bleeding"]
# [rule.tests]
# hit = ["my fistula is red"]
# miss = ["when is my dialysis"]
"""


@lru_cache(maxsize=8)
def read_own(text: str) -> Pack:
    """The pack of this text. Raises BadPack with what is wrong, one line each."""
    if len(text) > LARGEST:
        raise BadPack(f"clinic: at most {LARGEST:,} characters")
    if deep := DEEP.search(text):
        raise BadPack(f"clinic: line {text.count(chr(10), 0, deep.start()) + 1}: a key of too many parts")
    try:
        pack = read(text, "clinic")
    except (RecursionError, ValueError) as error:
        raise error if isinstance(error, BadPack) else BadPack("clinic: nests too deep to read") from None
    if wrong := [*_mistakes(pack), *failures(pack)]:
        raise BadPack("\n".join(wrong))
    return pack


@cache
def families() -> tuple[str, ...]:
    """The kinds of red flags that the house knows how to show and to answer."""
    return tuple(sorted({rule.kind for name in SHIPPED for rule in shipped(name).rule}))


def _mistakes(pack: Pack) -> list[str]:
    found, seen = [], {rule.id for name in SHIPPED for rule in shipped(name).rule}
    for rule in pack.rule:
        if rule.kind not in families():
            found.append(f"{rule.id}: no such kind {rule.kind!r}; one of {', '.join(families())}")
        if not rule.level:
            found.append(f"{rule.id}: a level is missing: E for now, U for the quarter hour")
        if not rule.tests.hit:
            found.append(f"{rule.id}: a sentence that it must catch is missing")
        if rule.id in seen:
            found.append(f"{rule.id}: another rule has this id")
        seen.add(rule.id)
    return found
