"""Forms: what is received, what its writer must mend, what is only suspicious."""

from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlencode

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels import webform
from channels.envelope import Address, Attachment, Claims, DoorRequest, Inbound, Unparseable
from channels.form import CONTACT, field_errors
from channels.webform import Refused, check_token, parse, token

KEY = b"k" * 32
NOW = datetime(2027, 3, 1, 15, tzinfo=UTC)
SHOWN = NOW - timedelta(minutes=1)
ANSWERS = {
    "name": "Ana Ruiz",
    "email": "ana@Example.ORG",
    "phone": "(212) 555-2368",
    "birth_date": "1984-07-09",
    "topic": "billing",
    "message": "Where is my bill?",
}


def filled(**fields: str) -> DoorRequest:
    given = {"token": token(KEY, SHOWN)} | ANSWERS | fields
    return DoorRequest("https://inbox.example/forms/contact", {}, urlencode(given).encode())


def received(**fields: str) -> Inbound:
    return parse(filled(**fields), CONTACT, KEY, NOW)


def test_a_filled_form_is_a_claim() -> None:
    message = received()
    assert message == Inbound(
        channel="webform",
        external_id=message.external_id,
        sender=Address("email", "ana@example.org"),
        line="contact",
        sender_name="Ana Ruiz",
        at=NOW,
        text="Where is my bill?",
        claims=Claims("Ana Ruiz", date(1984, 7, 9), "+12125552368", "ana@Example.ORG"),
        chosen_reason="billing",
        details={"answer.phone": "(212) 555-2368", "form": "contact/1"},
    )


def test_a_double_click_is_one_arrival_and_a_second_form_another() -> None:
    once = filled()
    assert parse(once, CONTACT, KEY, NOW).external_id == parse(once, CONTACT, KEY, NOW).external_id
    assert webform.arrival_key(once, CONTACT, NOW) == parse(once, CONTACT, KEY, NOW).external_id
    assert received().external_id != received().external_id
    bare = filled(token="")
    assert webform.arrival_key(bare, CONTACT, NOW) == webform.arrival_key(bare, CONTACT, NOW + timedelta(minutes=1))
    assert webform.arrival_key(bare, CONTACT, NOW) != webform.arrival_key(bare, CONTACT, NOW + timedelta(days=1))


@pytest.mark.parametrize(
    ("text", "at", "state"),
    [
        (token(KEY, NOW), NOW + timedelta(seconds=3), "good"),
        (token(KEY, NOW), NOW + timedelta(seconds=2), "hasty"),
        (token(KEY, NOW), NOW + timedelta(hours=2), "good"),
        (token(KEY, NOW), NOW + timedelta(hours=2, seconds=1), "expired"),
        (token(b"other", NOW), NOW + timedelta(minutes=1), "forged"),
        (token(KEY, NOW, "other"), NOW + timedelta(minutes=1), "forged"),
        ("", NOW, "missing"),
    ],
    ids=["three-seconds", "two-seconds", "two-hours", "a-second-over", "other-key", "other-form", "none"],
)
def test_tokens(text: str, at: datetime, state: str) -> None:
    assert check_token(KEY, text, at) == state


@given(st.text(max_size=60))
def test_no_made_up_token_is_good(text: str) -> None:
    assert check_token(KEY, text, NOW) == ("forged" if text else "missing")


@pytest.mark.parametrize(
    ("fields", "suspicion"),
    [
        ({"website": "http://buy.example"}, "hidden field filled"),
        ({"token": token(KEY, NOW)}, "token hasty"),
        ({"token": "made.up.token"}, "token forged"),
        ({"message": "http://a.example http://b.example www.c.example"}, "many links"),
    ],
)
def test_suspicion_marks_and_keeps_every_word(fields: dict[str, str], suspicion: str) -> None:
    message = received(**fields)
    assert (message.machine, message.details["suspicion"]) == ("spam", suspicion)
    assert message.text == fields.get("message", ANSWERS["message"])


@pytest.mark.parametrize("given_token", ["", token(KEY, NOW - timedelta(hours=5))], ids=["none", "old"])
def test_a_tab_left_open_or_an_embedded_form_is_not_spam(given_token: str) -> None:
    assert received(token=given_token).machine is None


def test_the_writer_is_told_what_to_mend_in_their_language() -> None:
    wrong = {"name": "", "email": "ana@", "phone": "12", "birth_date": "30/02/1984", "message": ""}
    with pytest.raises(Refused) as refused:
        parse(filled(**wrong), CONTACT, KEY, NOW, "es")
    assert refused.value.fields == {
        "name": "Complete este campo.",
        "email": "Esta no es una dirección de correo.",
        "phone": "Este no es un número de teléfono.",
        "birth_date": "Escriba la fecha como año-mes-día.",
        "message": "Complete este campo.",
    }
    assert "ana@" not in str(refused.value)
    nobody = ANSWERS | {"email": "", "phone": ""}
    assert field_errors(CONTACT, nobody) == {"email": "Please give an e-mail address or a phone number."}
    assert field_errors(CONTACT, ANSWERS | {"birth_date": "7/9/1984"}) == {}


def test_a_phone_alone_is_an_address_only_when_valid() -> None:
    assert received(email="").sender == Address("phone", "+12125552368")
    odd = received(email="", phone="555-0100 ext")
    assert (odd.sender, odd.details["answer.phone"]) == (None, "555-0100 ext")


def test_files_come_as_multipart() -> None:
    parts = [
        f'--B\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in (ANSWERS | {"message": "¿Mi cita?\r\nGracias"}).items()
    ]
    file = '--B\r\nContent-Disposition: form-data; name="f"; filename="rx.png"\r\nContent-Type: image/png\r\n\r\n'
    body = "".join(parts).encode() + file.encode() + b"\x89PNG\x00\xff\r\n--B--\r\n"
    request = DoorRequest("https://x.example", {"content-type": "multipart/form-data; boundary=B"}, body)
    message = parse(request, CONTACT, KEY, NOW)
    assert message.text == "¿Mi cita?\r\nGracias"
    assert message.attachments == (Attachment("rx.png", "image/png", 6, content=b"\x89PNG\x00\xff"),)


def test_json_is_a_form_too() -> None:
    request = DoorRequest("https://x.example", {"content-type": "application/json"}, msgspec.json.encode(ANSWERS))
    assert parse(request, CONTACT, KEY, NOW).text == "Where is my bill?"


TYPES = ["application/json", "multipart/form-data; boundary=B", "multipart/form-data", "text/xml", ""]


@given(st.binary(max_size=300), st.sampled_from(TYPES))
def test_hostile_bodies_are_unparseable_at_worst(body: bytes, content_type: str) -> None:
    request = DoorRequest("https://x.example", {"content-type": content_type}, body)
    with pytest.raises(Unparseable):
        parse(request, CONTACT, KEY, NOW)


def test_floods_are_refused_before_they_are_parsed() -> None:
    with pytest.raises(Unparseable, match="too many fields"):
        parse(DoorRequest("https://x.example", {}, b"a=1&" * 10_000), CONTACT, KEY, NOW)
    headers = {"content-type": "multipart/form-data; boundary=B"}
    with pytest.raises(Unparseable, match="too many parts"):
        parse(DoorRequest("https://x.example", headers, b"--B\r\n\r\n" * 1000), CONTACT, KEY, NOW)
