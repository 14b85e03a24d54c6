"""Texts, payloads and signatures of phones; words that may not alarm."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any
from urllib.parse import urlencode

from bench.corpora.corpus import Case, rows
from channels.envelope import BadSignature, DoorRequest
from channels.segments import count
from channels.twilio import Account, verify
from patients.keywords import recognise
from routing.classify import classify

STOPS = frozenset({"stop", "revoke", "wrong_number"})
OTHERS = {"opt_in": "start", "help": "help"}


def segments() -> Iterator[Case]:
    """What a text costs, as the provider's own calculator counts."""
    for row in rows("07_sms_unicode", "segments_given.jsonl"):
        yield row["id"], partial(_is_counted, row)


def opt_outs() -> Iterator[Case]:
    """Words that end or begin what is sent."""
    for row in rows("07_sms_unicode", "optout.jsonl"):
        yield row["id"], partial(_is_heeded, row)


def signatures() -> Iterator[Case]:
    """Published vectors of Twilio's libraries."""
    for row in rows("03_twilio", "signatures.jsonl"):
        yield row["id"], partial(_is_verified, row)


def payloads() -> Iterator[Case]:
    """Captured hooks, normalised: judged as the tests of the channel judge them."""
    from tests.channels.test_twilio_message import test_every_payload_of_the_corpus as judge

    for row in rows("03_twilio", "payloads.jsonl"):
        yield row["id"], partial(_is_normalised, judge, row)


def quiet(file: str) -> Iterator[Case]:
    """Talk of other trades raises no emergency."""
    for number, row in enumerate(rows("05_classification", file)):
        yield str(number), partial(_is_calm, row["text"])


def _is_counted(row: dict[str, Any]) -> bool:
    wanted, counted = row["expected"], count(row["body"])
    bits = 7 if wanted["encoding"] == "GSM-7" else 16
    said = (counted.encoding, counted.segments, counted.units * bits)
    return said == (wanted["encoding"], wanted["segments"], wanted["message_bits"])


def _is_heeded(row: dict[str, Any]) -> bool:
    action = recognise(row["text"]).action
    if (action in STOPS) != row["must_stop_texts"]:
        return False
    return bool(row["must_stop_texts"]) or action == OTHERS.get(row["twilio_default"])


def _is_verified(row: dict[str, Any]) -> bool:
    is_json = row["params"] is None and row["body"] is not None
    body = row["body"].encode() if is_json else urlencode(row["params"] or {}, doseq=True).encode()
    kind = "application/json" if is_json else "application/x-www-form-urlencoded"
    request = DoorRequest(row["url"], {"content-type": kind, "x-twilio-signature": row["signature"]}, body)
    try:
        verify(request, Account("AC", tokens=(row["token"],)))
    except BadSignature:
        return not row["valid"]
    return bool(row["valid"])


def _is_normalised(judge: Callable[[dict[str, Any]], None], row: dict[str, Any]) -> bool:
    judge(row)  # raises where something is wrong
    return True


def _is_calm(text: str) -> bool:
    return not any(flag.level == "E" for flag in classify(text).red_flags)
