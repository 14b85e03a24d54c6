"""What an unprotected channel should not carry: a table of replies as clinics write them."""

from __future__ import annotations

import pytest

from channels.disclosure import Finding, check

ALLOW_EN = [
    "Your appointment is on Tuesday at 3:30 PM with Dr. Okafor.",
    "Can you come in on 11/24/2026 instead?",
    "Please call us at (415) 555-0100 when you arrive.",
    "Thank you, we have your insurance card on file.",
    "Your balance is $120.00. You can pay at the front desk.",
    "We are open during normal business hours, 8:00 to 17:00.",
    "The confirmation number is 20261124.",
    "Please bring a photo ID and arrive 15 minutes early.",
    "Parking is behind the building, 1200 Harbor Street, 94110-1234.",
    "We sent you a new form to fill in.",
    "Dana from the front desk will call you before noon.",
    "Sorry for the wait! A positive review would help us.",
    "Visit https://clinic.example/s/abc to read it.",
    "Our phone is +1 415 555 0100 and our fax +1 415 555 0101.",
    "",
    "I will check and be back by 5 PM.",
]
ALLOW_ES = [
    "Su cita es el martes a las 3:30 con la Dra. Okafor.",
    "¿Puede venir el 24/11/2026?",
    "Llámenos al (415) 555-0100 cuando llegue.",
    "Gracias, ya tenemos su tarjeta del seguro.",
    "Su saldo es de $120.00.",
    "El horario normal es de 8:00 a 17:00.",
    "Traiga una identificación con foto.",
    "Le enviamos un formulario nuevo.",
    "Ana de recepción le llamará antes del mediodía.",
    "Disculpe la espera. Le respondo hoy mismo.",
]
WARN = [
    ("Your refill is ready at the pharmacy.", "en", "“refill” names a treatment"),
    ("Please bring a list of your medications.", "en", "“medications” names a treatment"),
    ("Your test results are ready in the portal.", "en", "“test results” tells of a result"),
    ("Your MRI is on Friday at 9.", "en", "“MRI” tells of a result"),
    ("Is the X-ray on a disc?", "en", "“X-ray” tells of a result"),
    ("How is the pain today?", "en", "“pain” names a symptom"),
    ("The surgery is at 7 AM.", "en", "“surgery” names a treatment"),
    ("Which vaccine do you want?", "en", "“vaccine” names a treatment"),
    ("Do you still have a fever?", "en", "“fever” names a symptom"),
    ("Fasting before the blood work, please.", "en", "“blood work” tells of a result"),
    ("Your mammogram is booked.", "en", "“mammogram” tells of a result"),
    ("Keep the wound dry.", "en", "“wound” names a symptom"),
    ("Su receta está lista.", "es", "“receta” names a treatment"),
    ("Traiga sus medicamentos.", "es", "“medicamentos” names a treatment"),
    ("Sus resultados están listos.", "es", "“resultados” tells of a result"),
    ("La cirugía es a las 7.", "es", "“cirugía” names a treatment"),
    ("¿Cómo sigue el dolor?", "es", "“dolor” names a symptom"),
    ("¿Todavía tiene fiebre?", "es", "“fiebre” names a symptom"),
    ("La radiografía es el viernes.", "es", "“radiografía” tells of a result"),
    ("¿Qué vacuna prefiere?", "es", "“vacuna” names a treatment"),
    ("¿Sigue la tos?", "es", "“tos” names a symptom"),
    ("Venga en ayunas para los análisis.", "es", "“análisis” tells of a result"),
]
SECURE = [
    ("Your SSN is 123-45-6789, right?", "en", "a Social Security number is in the text"),
    ("123 45 6789", "en", "a Social Security number is in the text"),
    ("Social Security ending 6789", "en", "a Social Security number is in the text"),
    ("MRN 00482915", "en", "a medical record number is in the text"),
    ("Your medical record number is A-48291.", "en", "a medical record number is in the text"),
    ("DOB 05/02/1984", "en", "a full date of birth is in the text"),
    ("You were born on May 2, 1984?", "en", "a full date of birth is in the text"),
    ("date of birth: 1984-05-02", "en", "a full date of birth is in the text"),
    ("Card 4111 1111 1111 1111 was declined.", "en", "a payment card number is in the text"),
    ("We charged 5500005555555559.", "en", "a payment card number is in the text"),
    ("Take 500 mg twice a day.", "en", "“500 mg” tells a dose or a measurement"),
    ("About your diabetes visit", "en", "“diabetes” names a diagnosis"),
    ("No cancer was found.", "en", "“cancer” names a diagnosis"),
    ("You do not have HIV.", "en", "“HIV” names a diagnosis"),
    ("Congratulations on the pregnancy!", "en", "“pregnancy” names a diagnosis"),
    ("We treat your high blood pressure.", "en", "“high blood pressure” names a diagnosis"),
    ("For depression we suggest a talk.", "en", "“depression” names a diagnosis"),
    ("The mole should be looked at.", "en", "“mole” names a diagnosis"),
    ("Your results came back positive.", "en", "“results … positive” tells of a result"),
    ("The test was negative.", "en", "“test … negative” tells of a result"),
    ("The scan shows nothing new.", "en", "“scan … shows” tells of a result"),
    ("Your A1C is fine.", "en", "“A1C” tells of a result"),
    ("Cholesterol is a bit up.", "en", "“Cholesterol” tells of a result"),
    ("Your labs look normal.", "en", "“labs … normal” tells of a result"),
    ("Chemo starts on Monday.", "en", "“Chemo” names a treatment"),
    ("Bring your insulin.", "en", "“insulin” names a treatment"),
    ("Colonoscopy at 8.", "en", "“Colonoscopy” names a treatment"),
    ("Your birth control is here.", "en", "“birth control” names a treatment"),
    ("The biopsy is on Monday.", "en", "“biopsy” names a treatment"),
    ("Su seguro social termina en 6789", "es", "a Social Security number is in the text"),
    ("Expediente número 482915", "es", "a medical record number is in the text"),
    ("Fecha de nacimiento: 2/5/1984", "es", "a full date of birth is in the text"),
    ("Nació el 2 de mayo de 1984, ¿verdad?", "es", "a full date of birth is in the text"),
    ("La tarjeta 4111-1111-1111-1111", "es", "a payment card number is in the text"),
    ("Tome 500 miligramos al día.", "es", "“500 miligramos” tells a dose or a measurement"),
    ("Su cita de diabetes", "es", "“diabetes” names a diagnosis"),
    ("No tiene cáncer.", "es", "“cáncer” names a diagnosis"),
    ("El VIH salió negativo.", "es", "“VIH” names a diagnosis"),
    ("Felicidades por el embarazo", "es", "“embarazo” names a diagnosis"),
    ("Tiene la presión alta.", "es", "“presión alta” names a diagnosis"),
    ("Tratamos su depresión.", "es", "“depresión” names a diagnosis"),
    ("Tiene anemia.", "es", "“anemia” names a diagnosis"),
    ("Sus resultados son normales.", "es", "“resultados … normales” tells of a result"),
    ("La prueba salió positiva.", "es", "“prueba … positiva” tells of a result"),
    ("El colesterol está bien.", "es", "“colesterol” tells of a result"),
    ("La quimioterapia empieza el lunes.", "es", "“quimioterapia” names a treatment"),
    ("Traiga su insulina.", "es", "“insulina” names a treatment"),
    ("La colonoscopía es a las 8.", "es", "“colonoscopía” names a treatment"),
]


@pytest.mark.parametrize("text", ALLOW_EN)
def test_logistics_in_english_may_go_anywhere(text: str) -> None:
    assert check(text, language="en") == Finding("allow", ())


@pytest.mark.parametrize("text", ALLOW_ES)
def test_logistics_in_spanish_may_go_anywhere(text: str) -> None:
    assert check(text, language="es") == Finding("allow", ())


@pytest.mark.parametrize(("text", "language", "why"), WARN)
def test_words_that_touch_care_ask_for_a_second_look(text: str, language: str, why: str) -> None:
    finding = check(text, language=language)
    assert (finding.level, finding.because[0]) == ("warn", why)


@pytest.mark.parametrize(("text", "language", "why"), SECURE)
def test_what_names_a_patients_care_goes_as_a_link(text: str, language: str, why: str) -> None:
    finding = check(text, language=language)
    assert (finding.level, finding.because[0]) == ("secure", why)


def test_a_text_in_the_other_language_is_read_too() -> None:
    assert check("Su prueba salió positiva.", language="en").level == "secure"
    assert check("Your results are positive.", language="es").level == "secure"


def test_a_word_of_one_language_means_nothing_in_the_other() -> None:
    assert check("El pollo en mole es para la fiesta.", language="es") == Finding("allow", ())
    assert check("The mole is for the party.", language="en").level == "secure"


def test_numbers_that_only_look_like_cards_or_birthdays_may_go() -> None:
    assert check("Order 4111 1111 1111 1112").level == "allow"
    assert check("Your visit of 05/02/1984").level == "allow"


def test_each_reason_is_said_once_and_the_worst_level_counts() -> None:
    finding = check("Diabetes, diabetes: bring your pills. Diabetes!")
    assert finding == Finding("secure", ("“Diabetes” names a diagnosis", "“pills” names a treatment"))


def test_identifiers_are_never_repeated_in_the_reasons() -> None:
    because = " ".join(check("SSN 123-45-6789, DOB 05/02/1984, card 4111 1111 1111 1111").because)
    assert [digits for digits in ("6789", "1984", "4111") if digits in because] == []
