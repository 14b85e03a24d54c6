"""What a mail says: headers in any charset, words and files in any structure, machine marks."""

import base64
import hashlib
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels import mail
from channels.envelope import Address, BadSignature, DoorRequest, Unparseable
from channels.mail_headers import address, decode, moment, parameters, people, words
from channels.mail_letter import Person

BOX = "inbox@clinic.example"
PLAIN = (
    b"From: =?utf-8?Q?Jos=C3=A9_Ruiz?= <jose@Mail.Example>\r\nTo: inbox@clinic.example\r\n"
    b"Subject: =?iso-8859-1?Q?Dolor_de_est=F3?= =?iso-8859-1?Q?mago?=\r\nMessage-ID: <m1@mail.example>\r\n"
    b"Date: Mon, 1 Jan 2024 10:00:00 -0500\r\n\r\nMe duele.\r\n"
)


def mixed(*parts: bytes) -> bytes:
    head = b"From: a@b.example\r\nSubject: s\r\nContent-Type: multipart/mixed; boundary=xx\r\n\r\n"
    return head + b"".join(b"--xx\r\n" + part + b"\r\n" for part in parts) + b"--xx--\r\n"


def test_a_plain_mail():
    found = mail.parse(PLAIN, mailbox=BOX)
    assert found.sender == Address("email", "jose@mail.example")
    assert (found.sender_name, found.subject, found.text) == ("José Ruiz", "Dolor de estómago", "Me duele.")
    assert found.at == datetime(2024, 1, 1, 15, tzinfo=UTC)
    assert (found.message_id, found.machine, found.defects) == ("m1@mail.example", None, ())


def test_html_alone_becomes_text_and_loses_what_runs_or_fetches():
    raw = mixed(
        b"Content-Type: text/html; charset=utf-8\r\n\r\n"
        b"<p id=x onclick=y()>Hola <b>Ana</b></p><script>bad()</script>"
        b'<img src="https://spy.example/p.gif"><img src="cid:1">'
        b'<div style="color:red;position:fixed;background:url(x)">'
        b"rojo</div><a href='javascript:x()'>l</a><svg><style>x</style></svg>"
    )
    found = mail.parse(raw, mailbox=BOX)
    assert found.text == "Hola Ana\n\nrojo\nl"
    assert found.html == (
        '<p>Hola <b>Ana</b></p><img><img src="cid:1"><div style="color: red">rojo</div>'
        '<a rel="noopener noreferrer nofollow">l</a>'
    )


def test_a_footer_behind_html_does_not_hide_the_words():
    raw = mixed(
        b"Content-Type: text/html\r\n\r\n<p>I have chest pain</p>", b"Content-Type: text/plain\r\n\r\nList footer"
    )
    assert mail.parse(raw, mailbox=BOX).text == "I have chest pain\n\nList footer"


@pytest.mark.parametrize("size", [10, 5_000, 300_000])
@pytest.mark.parametrize("transfer", [b"base64", b"Base64; x=y", b"8bit"])
def test_files_keep_their_bytes_whatever_their_size(size, transfer):
    content = b"\x89PNG" + b"x" * size
    body = base64.encodebytes(content).replace(b"\n", b"\r\n").rstrip() if transfer != b"8bit" else content
    part = b"Content-Type: image/png; name*=utf-8''fiebre%20%C3%B1.png\r\nContent-Transfer-Encoding: " + transfer
    found = mail.parse(mixed(b"\r\nhi", part + b"\r\n\r\n" + body), mailbox=BOX)
    (file,) = found.attachments
    assert (file.filename, file.content_type, file.size) == ("fiebre ñ.png", "image/png", len(content))
    assert (file.content, file.sha256) == (content, hashlib.sha256(content).hexdigest())
    assert found.text == "hi"


def test_a_text_too_large_to_show_is_kept_as_a_file():
    found = mail.parse(b"From: a@b.example\r\n\r\n" + b"word\r\n" * 500_000, mailbox=BOX)
    assert (found.text, found.attachments[0].size) == ("", 3_000_000)
    assert "text larger than 2 MiB is kept as a file" in found.defects


def test_file_names_hold_no_path():
    part = (
        b'Content-Type: application/pdf\r\nContent-Disposition: attachment; filename="..\\..\\/etc/a\x01b.pdf"\r\n\r\nx'
    )
    assert mail.parse(mixed(part), mailbox=BOX).attachments[0].filename == "ab.pdf"


def test_a_forwarded_mail_is_a_file_and_is_read():
    inner = b"Content-Type: message/rfc822\r\n\r\nFrom: Eva <eva@x.example>\r\nSubject: Old\r\n\r\nInner words"
    found = mail.parse(mixed(b"\r\nsee below", inner), mailbox=BOX)
    assert (found.text, found.attachments[0].filename) == ("see below", "Old")


@pytest.mark.parametrize("charset", ["punycode", "idna", "no-such", "hex", "undefined", "\u00e9", "unicode_escape"])
def test_odd_charsets_never_raise(charset):
    raw = f"From: a@b.example\r\nContent-Type: text/plain; charset={charset}\r\n\r\n".encode() + b"caf\xe9"
    assert mail.parse(raw, mailbox=BOX).text == "café"


def test_headers_decode():
    assert words("=?utf-8?B?4oK?= =?utf-8?B?rA==?=") != ""
    assert words("=?gb2312?B?xOO6ww==?=") == "你好"
    assert words("plain\r\n folded\x00") == "plain folded"
    assert decode("naïve".encode("cp1252"), "us-ascii") == "naïve"
    assert parameters("attachment; filename*0*=utf-8''a%C3; filename*1*=%B1o; filename*2=.txt") == (
        "attachment",
        {"filename": "año.txt"},
    )
    assert moment("not a date") is None
    assert moment("Mon, 99 Jan 2024 10:00:00 +9999") is None


def test_addresses():
    listed = '"Ruiz, Ana" <a@B.example>, bob@x.example (Bob), team: c@d.example;, undisclosed-recipients:;, nobody'
    assert people([listed]) == (
        Person("Ruiz, Ana", "a@b.example"),
        Person("Bob", "bob@x.example"),
        Person("", "c@d.example"),
        Person("nobody", ""),
    )
    assert [address(bad) for bad in ("a@b\r\n@c", "a b@c.d", "@c.d", "a@", "a\x00@b.c\r")] == ["", "", "", "", "a@b.c"]


@pytest.mark.parametrize(
    ("header", "machine"),
    [
        ("Auto-Submitted: auto-replied", "auto_reply"),
        ("Auto-Submitted: no", None),
        ("X-Auto-Response-Suppress: All", None),
        ("X-Autoreply: yes", "auto_reply"),
        ("Return-Path: <>", "auto_reply"),
        ("Precedence: bulk", "mailing_list"),
        ("List-Id: <x.example>", "mailing_list"),
        ("X-Warmline-Loop: 1", "loop"),
        ("X-Spam-Flag: YES", "spam"),
        ("X-Spam-Flag: NO", None),
    ],
)
def test_machine_mail_is_marked(header, machine):
    raw = header.encode() + b"\r\nFrom: a@b.example\r\nSubject: hello\r\n\r\nhi"
    assert mail.parse(raw, mailbox=BOX).machine == machine


def test_a_delivery_report():
    raw = (
        b"From: MAILER-DAEMON@mx.example\r\nSubject: Undelivered\r\nContent-Type: multipart/report;"
        b" report-type=delivery-status; boundary=b\r\n\r\n--b\r\n\r\nSorry.\r\n"
        b"--b\r\nContent-Type: message/delivery-status\r\n"
        b"\r\nReporting-MTA: dns; mx.example\r\n\r\n"
        b"Final-Recipient: rfc822; Ana@x.example\r\nAction: failed\r\nStatus: 5.1.1\r\n"
        b"Diagnostic-Code: smtp; 550 5.1.1 User unknown\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n"
        b"Message-ID: <ours@clinic.example>\r\nSubject: x\r\n\r\nhi\r\n--b--\r\n"
    )
    found = mail.parse(raw, mailbox=BOX)
    assert found.machine == "bounce"
    assert found.bounce is not None
    assert (found.bounce.recipient, found.bounce.reason, found.bounce.hard) == ("Ana@x.example", "userunknown", True)
    assert (found.bounce.status, found.bounce.original_message_id) == ("5.1.1", "ours@clinic.example")


@pytest.mark.parametrize(
    ("sender", "subject", "text", "is_bounce"),
    [
        ("MAILER-DAEMON@x.example", "No se puede entregar: Cita", "No se ha podido entregar a ana@x.example", True),
        ("postmaster@x.example", "Unzustellbar: Termin", "Konnte nicht zugestellt werden: ana@x.example", True),
        (
            "MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@x.example",
            "x",
            "was not delivered to ana@x.example",
            True,
        ),
        ("robot@x.example", "Undelivered mail", "It was not delivered.\r\n550 5.1.1 ana@x.example unknown", True),
        ("ana@x.example", "Undelivered insulin", "My insulin was not delivered, the mailbox was empty.", False),
        ("ana@x.example", "Delivery failed", "Delivery to my home failed again. Please help.", False),
    ],
)
def test_a_report_in_words_is_told_from_a_patients_complaint(sender, subject, text, is_bounce):
    raw = f"From: {sender}\r\nSubject: {subject}\r\nMessage-ID: <1@x.example>\r\n\r\n{text}\r\n".encode()
    assert (mail.parse(raw, mailbox=BOX).bounce is not None) == is_bounce


def test_a_warning_has_not_failed_yet():
    raw = (
        b"From: MAILER-DAEMON@x.example\r\nSubject: Warning: could not send message for past 4 hours\r\n\r\n"
        b"THIS IS A WARNING MESSAGE ONLY\r\nYou do not need to resend your message.\r\n<ana@x.example>... Deferred\r\n"
    )
    found = mail.parse(raw, mailbox=BOX).bounce
    assert (found.action, found.hard, found.recipient) == ("delayed", False, "ana@x.example")


@pytest.mark.parametrize(
    ("subject", "is_auto"),
    [
        ("Out of office", True),
        ("Out of Office: Appointment", True),
        ("Re: Automatic reply: Appointment", True),
        ("Respuesta automática: Cita", True),
        ("Fuera de la oficina", True),
        ("Abwesenheitsnotiz", True),
        ("Risposta automatica: x", True),
        ("自动回复: x", True),
        ("Out of office hours?", False),
        ("Out of office visits I owe for", False),
        ("Fuera de la oficina me duele más", False),
        ("My automatic refill", False),
    ],
)
def test_an_answering_machine_is_known_by_its_subject_and_a_patient_is_not(subject, is_auto):
    raw = f"From: ana@x.example\r\nSubject: {subject}\r\nMessage-ID: <1@x.example>\r\n\r\nText\r\n".encode()
    assert (mail.parse(raw, mailbox=BOX).machine == "auto_reply") == is_auto


def test_dmarc_counts_only_from_the_named_checker():
    raw = (
        b"Authentication-Results: evil.example; dmarc=pass\r\nAuthentication-Results: mx.clinic.example; dmarc=fail\r\n"
        + PLAIN
    )
    assert mail.parse(raw, mailbox=BOX).dmarc == ""
    assert mail.parse(raw, mailbox=BOX, authserv_id="mx.clinic.example").dmarc == "fail"
    assert mail.parse(PLAIN, mailbox=BOX).dmarc == ""


def test_the_external_id_is_the_same_on_every_road():
    other_road = b"Received: from x\r\n" + PLAIN.replace(b"\r\n", b"\n") + b"\n"
    assert mail.external_id(other_road) == mail.external_id(PLAIN)
    assert mail.external_id(PLAIN.replace(b"duele", b"Duele")) != mail.external_id(PLAIN)
    assert mail.external_id(PLAIN.replace(b"jose@", b"eve@")) != mail.external_id(PLAIN)


def test_a_missing_message_id_is_made_from_the_content():
    raw = PLAIN.replace(b"Message-ID: <m1@mail.example>\r\n", b"")
    first, second = mail.parse(raw, mailbox=BOX), mail.parse(raw, mailbox=BOX)
    assert first.message_id == second.message_id == hashlib.sha256(raw).hexdigest()[:40] + "@missing.invalid"


def test_thread_tokens():
    token = mail.thread_token(b"new", "c1", "p1")
    assert (len(token), token == token.lower()) == (16, True)
    assert mail.verify_thread_token([b"old", b"new"], token, "c1", "p1") is True
    assert mail.verify_thread_token([b"old"], token, "c1", "p1") is False
    assert mail.verify_thread_token([b"new"], token, "c1p", "1") is False
    raw = PLAIN.replace(b"To: inbox@", b"To: inbox+" + token.encode() + b"@")
    assert mail.parse(raw, mailbox=BOX).thread_token == token
    assert mail.parse(raw, mailbox="other@clinic.example").thread_token == ""


def test_the_door_token():
    request = DoorRequest("https://x.example/in/mail", {"authorization": "Bearer secret"}, b"")
    mail.verify(request, token="secret")
    for token in ("", "other"):
        with pytest.raises(BadSignature):
            mail.verify(request, token=token)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400), st.integers(0, len(PLAIN)))
def test_any_bytes_become_a_message_or_a_reason(noise, place):
    for raw in (noise, PLAIN[:place] + noise + PLAIN[place:]):
        try:
            found = mail.parse(raw, mailbox=BOX)
        except Unparseable:
            continue
        found.text.encode()
        assert "\x00" not in found.text + found.subject + found.html
