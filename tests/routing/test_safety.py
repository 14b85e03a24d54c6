"""The safe automatic texts: short, GSM-7, in the right language, and silent about the symptom."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing import safety
from routing.redflags import scan

# GSM 03.38 basic set, one septet each
GSM = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)


@pytest.mark.parametrize(
    ("message", "kinds"),
    [
        ("chest pain", ("emergency",)),
        ("I want to kill myself", ("crisis",)),
        ("I want to die, took the whole bottle of pills", ("crisis", "emergency")),
        ("my back is killing me", ()),
        ("I had a heart attack 10 years ago", ()),
        ("what are your hours", ()),
    ],
)
def test_which_text_for_which_flags(message: str, kinds: tuple[str, ...]) -> None:
    assert safety.which(scan(message)) == kinds


def test_the_words() -> None:
    said = safety.texts(scan("chest pain"), language="en", clinic="Lakeside", phone="555-0100")
    assert [t.text for t in said] == [
        "If this is an emergency call 911 now. We received your message and are alerting staff."
        " Do not wait for a reply. - Lakeside 555-0100"
    ]
    crisis = safety.texts(scan("quiero morir"), language="es-MX", clinic="Lakeside", phone="555-0100")
    assert [t.text for t in crisis] == [
        "Si piensa hacerse daño llame al 988 y oprima 2, envie AYUDA al 988, o llame al 911. Ya avisamos a una persona."
    ]


@given(
    st.sampled_from(["emergency", "crisis"]),
    st.sampled_from(["en", "es", "und", "fr"]),
    st.text(max_size=80),
    st.text("0123456789+-() ", max_size=20),
)
def test_always_one_plain_sms(kind: safety.Kind, language: str, clinic: str, phone: str) -> None:
    text = safety.render(kind, language=language, clinic=clinic, phone=phone).text
    assert len(text) <= 160
    assert set(text) <= GSM


def test_a_long_clinic_name_is_cut_and_the_phone_stays() -> None:
    text = safety.render(
        "emergency", language="es", clinic="Clínica Comunitaria de la Bahía “San José” Norte", phone="+1 555 0100"
    ).text
    assert len(text) <= 160
    assert text.endswith("+1 555 0100")
