"""How many segments a text costs as an SMS: GSM-7 or UCS-2, counted as Twilio's own calculator counts.

GSM 03.38 with its extension table; 160/153 septets or 70/67 UTF-16 code units. Refuses nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Literal

import msgspec

_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_SEPTETS = dict.fromkeys(_BASIC, 1) | dict.fromkeys("\f^{}\\[~]|€", 2)
_ZWJ = "\u200d"
# Unicode 10, on purpose: the calculator's grapheme table is that old, and newer joins would count edges differently.
_GLUE = set("♀♂⚕⚖✈❤🌈🌾🍳🎓🎤🎨🏫🏭💋💻💼🔧🔬🗨🚀🚒👦👧👨👩")
_BASE = re.compile(
    "[☝⛹✊-✍🎅🏂-🏄🏇🏊-🏌👂👃👆-👐👦-👩👮👰-👸👼💁-💃💅-💇💪🕴🕵🕺🖐🖕🖖🙅-🙇🙋-🙏🚣🚴-🚶🛀🛌🤘-🤜🤞🤟🤦🤰-🤹🤽🤾🧑-🧝]"
)
_PREPENDED = re.compile("[\u0600-\u0605\u06dd\u070f\u08e2\U000110bd]")
_SEGMENT_BITS, _HEADER_BITS = 1120, 48


class Segments(msgspec.Struct, frozen=True):
    """`units` are septets (GSM-7) or UTF-16 code units (UCS-2); `units_left` is the room in the last segment."""

    encoding: Literal["GSM-7", "UCS-2"]
    segments: int
    units: int
    units_left: int
    characters_forcing_ucs2: tuple[str, ...] = ()


def count(text: str) -> Segments:
    """Segments of `text`, never fewer than one: so Twilio's calculator counts an empty text too.

    A visible character (grapheme cluster) never straddles two segments, so emoji at an edge cost more than units / 67.
    """
    forcing = tuple(dict.fromkeys(cluster for cluster in _clusters(text) if cluster not in _SEPTETS))
    if forcing:
        sizes, bits = [_code_units(cluster) for cluster in _clusters(text)], 16
    else:
        sizes, bits = [_SEPTETS[character] for character in text], 7
    segments, left = _fill(sizes, bits)
    return Segments("UCS-2" if forcing else "GSM-7", segments, sum(sizes), left, forcing)


def _code_units(cluster: str) -> int:
    return len(cluster) + sum(character > "\uffff" for character in cluster)


def _fill(sizes: list[int], bits: int) -> tuple[int, int]:
    """(segments, units left in the last). Only a second segment makes the first need its header, which then pushes
    out what it displaces; like the calculator, the character that overflowed follows without a second look."""
    whole, joined = _SEGMENT_BITS // bits, (_SEGMENT_BITS - _HEADER_BITS) // bits
    segments, left = 1, whole
    for position, size in enumerate(sizes):
        if size > left:
            displaced = _displaced(sizes[:position], joined) if segments == 1 else 0
            segments, left = segments + 1, joined - displaced
        left -= size
    return segments, max(left, 0)


def _displaced(sizes: list[int], joined: int) -> int:
    total, kept = sum(sizes), sum(sizes)
    while sizes and kept > joined:
        kept -= sizes.pop()
    return total - kept


def _clusters(text: str) -> Iterator[str]:
    """Grapheme clusters (UAX 29): combining marks, joiners, emoji modifiers, flags, Hangul syllables."""
    cluster = ""
    for character in text:
        if cluster and not _joins(cluster, character):
            yield cluster
            cluster = ""
        cluster += character
    if cluster:
        yield cluster


def _joins(cluster: str, character: str) -> bool:
    last = cluster[-1]
    if (last < "\u0300" and character < "\u0300") or _breaks(last) or _breaks(character):
        return False
    return (
        _extends(character)
        or bool(_PREPENDED.match(last))
        or (last == _ZWJ and character in _GLUE)
        or (_is_modifier(character) and bool(_BASE.match(cluster.rstrip("\ufe0f")[-1:])))
        or (_is_flag(character) and len(cluster) == 1 and _is_flag(last))
        or _hangul_joins(last, character)
    )


def _breaks(character: str) -> bool:
    if character in "\u200c\u200d" or "\U000e0020" <= character <= "\U000e007f" or _PREPENDED.match(character):
        return False
    return unicodedata.category(character) in ("Cc", "Cf", "Zl", "Zp", "Cs")


def _extends(character: str) -> bool:
    return (
        unicodedata.category(character) in ("Mn", "Me", "Mc")
        or character in "\u200c\u200d\uff9e\uff9f"
        or "\U000e0020" <= character <= "\U000e007f"
    )


def _is_modifier(character: str) -> bool:
    return "\U0001f3fb" <= character <= "\U0001f3ff"


def _is_flag(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _hangul_joins(last: str, character: str) -> bool:
    if "\u1100" <= last <= "\u115f":
        return "\u1100" <= character <= "\u11a7" or "\uac00" <= character <= "\ud7a3"
    joined = "\uac00" <= last <= "\ud7a3" or "\u1160" <= last <= "\u11ff"
    return joined and "\u1160" <= character <= "\u11ff"
