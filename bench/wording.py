"""What a made-up clinic's messages say: words as common as in real talk, from every second message to four in a
million, so that a search meets all of them. The same words for the same place, every time."""

from __future__ import annotations

from bisect import bisect
from itertools import accumulate, product
from random import Random

from bench.seed import MINUTE, Record

SYLLABLES = [f"{start}{vowel}" for start in "bcdfgklmnprstvz" for vowel in "aeiou"]
#: Eight thousand words, the n-th said once for every n of the first.
VOCABULARY = ["".join(parts) for parts in product(SYLLABLES[:20], SYLLABLES[:20], SYLLABLES[:20])]
SAID = (
    "I need an appointment next week, please",
    "Can I move my appointment to next Tuesday?",
    "My appointment this week is too early for me",
    "The doctor said to make an appointment in a week",
    "Is my insurance enough for this visit?",
    "Please send the invoice to my new address",
    "Thank you, that was all for now",
    "Could you call me back about the results?",
    "I am running late, please wait for me",
    "When do you open on the weekend?",
)
_WEIGHTS = list(accumulate(1 / place for place in range(1, len(VOCABULARY) + 1)))


def body(place: int, number: int, count: int) -> str:
    """The text of a message of the conversation at `place` of `count`. "parking" is said in one of a hundred, never
    beside "insurance"; "telefax" in the oldest twentieth, and never later; "lisinopril" four times among the newest."""
    random = Random(place * 10 + number)
    said = SAID[random.randrange(len(SAID))]
    more = [VOCABULARY[bisect(_WEIGHTS, random.random() * _WEIGHTS[-1])] for _ in range(6)]
    if place < count // 20:
        more.append("telefax")
    if random.randrange(100) == 0 and "insurance" not in said:
        more.append("parking")
    if number == 0 and place in range(count - 1_600, count, 400):
        more.append("lisinopril")
    return f"{said} {' '.join(more)}"


def message(row: Record, place: int, count: int) -> None:
    """A message in words of its own, of a time that grows with the ids."""
    number = int(row["external_id"].removeprefix("SM").partition("-")[0])
    row["body"] = body(place, number, count)
    row["at"] -= (count - place) * MINUTE
