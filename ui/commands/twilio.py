"""`warmline twilio verify`: is this request signed? JSON lines in, `{id, valid, because}` a line out."""

from __future__ import annotations

import argparse
from typing import Any
from urllib.parse import urlencode

from ui.commands.json_lines import answer_lines


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register `twilio verify`."""
    twilio = commands.add_parser("twilio", help="Twilio's signatures")
    verbs = twilio.add_subparsers(required=True, metavar="VERB")
    verify = verbs.add_parser("verify", help="JSON lines {id, token, url, params or body, signature, algorithm?}")
    verify.set_defaults(func=lambda args: answer_lines(verify_row))


def verify_row(row: dict[str, Any]) -> dict[str, Any]:
    """`{token, url, params | body, signature, algorithm?}` → `{valid, because}`.

    `params` maps a name to a text or a list of texts; `algorithm` is HMAC_SHA1 (default) or HMAC_SHA256.
    """
    from channels.envelope import BadSignature, DoorRequest
    from channels.twilio import FORM_TYPE, SETTINGS_HEADER, SIGNATURE_HEADER, Account, verify

    token, algorithm = _text(row, "token"), row.get("algorithm")
    headers = {SIGNATURE_HEADER: str(row.get("signature") or ""), "content-type": FORM_TYPE}
    if algorithm:
        headers[SETTINGS_HEADER] = f"algorithm={algorithm}" + (",key=given" if algorithm != "HMAC_SHA1" else "")
    body, content_type = _body(row)
    headers["content-type"] = content_type or FORM_TYPE
    account = Account("", tokens=(token,), signing_keys={"given": token})
    try:
        verify(DoorRequest(_text(row, "url"), headers, body), account)
    except BadSignature as error:
        return {"valid": False, "because": str(error)}
    return {"valid": True, "because": "the signature matches"}


def _body(row: dict[str, Any]) -> tuple[bytes, str]:
    """(bytes, content type, empty for a form)."""
    params, body = row.get("params"), row.get("body")
    if isinstance(body, str) and params is None:
        return body.encode(), "application/json"
    if params is not None and not isinstance(params, dict):
        raise TypeError("params must be an object")
    return urlencode(params or {}, doseq=True).encode(), ""


def _text(row: dict[str, Any], name: str) -> str:
    if not isinstance(row[name], str):
        raise TypeError(f"{name} must be a string")
    return str(row[name])
