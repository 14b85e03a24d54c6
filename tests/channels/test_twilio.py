"""The signature door: what it lets in, what it refuses, and that it only ever refuses with BadSignature."""

import hashlib
import json
import os
from pathlib import Path
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from channels.envelope import BadSignature, DoorRequest
from channels.twilio import (
    FORM_TYPE,
    SETTINGS_HEADER,
    SIGNATURE_HEADER,
    Account,
    form,
    parse_form,
    pick_account,
    sign,
    verify,
)

CORPORA = Path(__file__).parents[2] / os.environ.get("WARMLINE_CORPORA", "../shared/corpora")
URL = "https://inbox.example/in/twilio/messages?a=1"
ACCOUNT = Account("AC" + "1" * 32, tokens=("primary", "secondary"), signing_keys={"WK1": "shared"})
MISMATCH = "the signature matches neither the URL nor the parameters with any known secret"
FIELDS = {"Body": "Hi  there ", "From": "+15005550100", "Empty": "", "MessageSid": "SM1"}


def request(
    url: str = URL, fields: dict[str, str] | None = None, signature: str = "", settings: str = ""
) -> DoorRequest:
    headers = {"content-type": FORM_TYPE, SIGNATURE_HEADER: signature, SETTINGS_HEADER: settings}
    return DoorRequest(url, headers, urlencode(FIELDS if fields is None else fields).encode())


def refusal(asked: DoorRequest, account: Account = ACCOUNT) -> str:
    with pytest.raises(BadSignature) as refused:
        verify(asked, account)
    return str(refused.value)


@pytest.mark.parametrize("secret", ["primary", "secondary"])
def test_both_tokens_open_the_door_while_rotating(secret: str) -> None:
    verify(request(signature=sign(URL, FIELDS.items(), secret)), ACCOUNT)


def test_a_changed_value_a_lost_blank_and_another_url_are_refused() -> None:
    signature = sign(URL, FIELDS.items(), "primary")
    assert refusal(request(fields=FIELDS | {"Body": "Hi  there"}, signature=signature)) == MISMATCH
    without_blank = {name: value for name, value in FIELDS.items() if value}
    assert refusal(request(fields=without_blank, signature=signature)) == MISMATCH
    assert refusal(request(url=URL + "2", signature=signature)) == MISMATCH


def test_no_header_no_secret_and_an_empty_secret_open_nothing() -> None:
    assert refusal(request()) == "no X-Twilio-Signature header"
    forged = request(signature=sign(URL, FIELDS.items(), ""))
    assert refusal(forged, Account("AC", tokens=("",))) == "no secret is configured for this signature"


def test_the_sha256_scheme_takes_its_secret_by_key_id() -> None:
    signature = sign(URL, FIELDS.items(), "shared", "HMAC_SHA256")
    verify(request(signature=signature, settings="key=WK1,algorithm=HMAC_SHA256"), ACCOUNT)
    unknown = request(signature=signature, settings="key=WK2, algorithm=HMAC_SHA256")
    assert refusal(unknown) == MISMATCH
    weak = request(signature=signature, settings="key=WK1,algorithm=MD5")
    assert refusal(weak) == "unknown signature algorithm"
    with_token = sign(URL, FIELDS.items(), "primary", "HMAC_SHA256")
    for settings in ("algorithm=HMAC_SHA256", "key=WK2,algorithm=HMAC_SHA256"):
        verify(request(signature=with_token, settings=settings), ACCOUNT)
    other_hash = request(signature=sign(URL, FIELDS.items(), "primary"), settings="algorithm=HMAC_SHA256")
    assert refusal(other_hash) == MISMATCH


def test_a_json_body_needs_its_hash_in_the_signed_url() -> None:
    body = b'{"a": 1}'
    url = f"{URL}&bodySHA256={hashlib.sha256(body).hexdigest()}"
    headers = {"content-type": "application/json", "x-twilio-signature": sign(url, [], "primary")}
    verify(DoorRequest(url, headers, body), ACCOUNT)
    assert refusal(DoorRequest(url, headers, b"{}")) == "the body does not match bodySHA256"
    bare = {"content-type": "application/json", "x-twilio-signature": sign(URL, [], "primary")}
    assert refusal(DoorRequest(URL, bare, body)) == "the body is no form and the URL has no bodySHA256"


@pytest.mark.parametrize(
    ("asked", "signed", "valid"),
    [
        ("https://c.example/x", "https://c.example:443/x", True),
        ("http://c.example/x", "http://c.example:80/x", True),
        ("https://c.example:8443/x", "https://c.example/x", True),
        ("https://c.example/x", "https://c.example:8443/x", False),
        ("https://u:p@c.example:8443/x", "https://u:p@c.example/x", True),
        ("https://c.example/x", "http://c.example/x", False),
    ],
)
def test_ports(asked: str, signed: str, valid: bool) -> None:
    signature = sign(signed, FIELDS.items(), "primary")
    if valid:
        verify(request(url=asked, signature=signature), ACCOUNT)
    else:
        assert refusal(request(url=asked, signature=signature)) != ""


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)


@given(
    st.dictionaries(TEXT.filter(bool), TEXT, max_size=6),
    st.sampled_from(
        ["https://a.example/x", "https://a.example:8443/x?q=1", "http://a.example/", "https://u:p@a.example/x"]
    ),
    st.sampled_from(["HMAC_SHA1", "HMAC_SHA256"]),
)
def test_it_agrees_with_the_providers_own_validator(fields: dict[str, str], url: str, algorithm: str) -> None:
    signature = sign(url, fields.items(), "token", algorithm)
    assert RequestValidator("token").validate(url, fields, signature, algorithm)
    settings = f"key=K,algorithm={algorithm}"
    asked = request(url, fields, signature=signature, settings=settings)
    verify(asked, Account("AC", signing_keys={"K": "token"}))


@given(st.text(max_size=40), st.binary(max_size=200), st.text(max_size=40), st.text(max_size=30))
def test_nothing_but_a_refusal_comes_out_of_hostile_input(url: str, body: bytes, signature: str, settings: str) -> None:
    headers = {"x-twilio-signature": signature, "x-twilio-webhooks-signature-settings": settings}
    with pytest.raises(BadSignature):
        verify(DoorRequest(url, headers, body), ACCOUNT)


def test_the_payload_picks_the_account_and_the_first_is_the_default() -> None:
    other = Account("AC" + "2" * 32, tokens=("other",))
    named = DoorRequest(URL, {}, f"AccountSid={other.account_sid}".encode())
    assert pick_account(named, [ACCOUNT, other]) is other
    assert pick_account(DoorRequest(URL, {}, b"AccountSid=AC9"), [ACCOUNT, other]) is ACCOUNT
    with pytest.raises(BadSignature, match="no account is configured"):
        pick_account(named, [])


def test_a_form_is_mended_and_says_so() -> None:
    read = parse_form(b"Body=a%00b&Bad=%ED%A0%80%FF&Body=later&Blank=&&Plus=1+1&NoValue")
    assert read.fields == {"Body": "ab", "Bad": "\ufffd" * 4, "Blank": "", "Plus": "1 1", "NoValue": ""}
    assert read.defects == ("NUL characters removed", "not UTF-8", "repeated field")


@given(st.binary(max_size=500))
def test_any_bytes_become_storable_text(body: bytes) -> None:
    for name, value in form(body).items():
        (name + value).encode()
        assert "\0" not in name + value


def test_ten_thousand_parameters_are_no_trouble() -> None:
    fields = {f"p{number}": "x" for number in range(10_000)}
    verify(request(fields=fields, signature=sign(URL, fields.items(), "primary")), ACCOUNT)
    assert len(form(request(fields=fields).body)) == 10_000


def test_an_account_never_shows_its_secrets() -> None:
    assert repr(ACCOUNT) == f"Account('{ACCOUNT.account_sid}')"


@pytest.mark.corpus
@pytest.mark.skipif(not CORPORA.is_dir(), reason="no corpora here")
def test_every_published_vector() -> None:
    for line in (CORPORA / "03_twilio" / "signatures.jsonl").read_text().splitlines():
        row = json.loads(line)
        is_json = row["params"] is None and row["body"] is not None
        body = row["body"].encode() if is_json else urlencode(row["params"] or {}, doseq=True).encode()
        headers = {"content-type": "application/json" if is_json else FORM_TYPE, "x-twilio-signature": row["signature"]}
        try:
            verify(DoorRequest(row["url"], headers, body), Account("AC", tokens=(row["token"],)))
            valid = True
        except BadSignature:
            valid = False
        assert valid == row["valid"], row["id"]
