"""Every family of the red-flag table, its near misses, and what must never wait in several voices, EN and ES."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing import pack
from routing.redflags import SHIPPED, PatientFacts, scan

EMERGENT = [
    ("cardiac", "i have bad chest pain since lunch"),
    ("cardiac", "theres an elephant sitting on my chest"),
    ("cardiac", "Doctor please, my chest it is very tight and I sweat"),
    ("cardiac", "squeezing in the chest, going down my arm"),
    ("cardiac", "I think Harold is having a heart attack"),
    ("cardiac", "no fever, chest pain"),
    ("cardiac", "never had chest pain like this"),
    ("cardiac", "no my chest hurts a lot"),
    ("cardiac", "cheast pian rn"),
    ("cardiac", "tengo una presión en el pecho"),
    ("cardiac", "Me DUELE mucho el pecho"),
    ("cardiac", "creo que es un infarto"),
    ("breathing", "cant breath"),
    ("breathing", "I can’t breathe"),
    ("breathing", "she can not catch her breath"),
    ("breathing", "he's not breathing"),
    ("breathing", "really short of breath going up stairs"),
    ("breathing", "my kid is choking"),
    ("breathing", "hes gasping for air"),
    ("breathing", "the baby's lips are blue"),
    ("breathing", "me falta el aire"),
    ("breathing", "mi niña no puede respirar"),
    ("breathing", "se está ahogando"),
    ("breathing", "tiene los labios morados"),
    ("stroke", "mom's face is drooping on one side"),
    ("stroke", "my left side went weak"),
    ("stroke", "he is slurring his words"),
    ("stroke", "she suddenly cannot speak"),
    ("stroke", "can't feel my right arm"),
    ("stroke", "sudden loss of vision"),
    ("stroke", "worst headache of my life"),
    ("stroke", "tiene la cara torcida"),
    ("stroke", "mi papá no puede hablar ni mover el brazo"),
    ("stroke", "el peor dolor de cabeza de mi vida"),
    ("anaphylaxis", "u guys my throat is closin up"),
    ("anaphylaxis", "tongue swelled up after the shrimp"),
    ("anaphylaxis", "allergic reaction to something"),
    ("anaphylaxis", "we used the epi pen already"),
    ("anaphylaxis", "se me cierra la garganta"),
    ("anaphylaxis", "reacción alérgica muy fea"),
    ("suicide", "i wanna kill myself"),
    ("suicide", "kms tonight"),
    ("suicide", "im going to end it all"),
    ("suicide", "I don't want to live any more"),
    ("suicide", "they would be better off without me, better off dead"),
    ("suicide", "there's no reason to live"),
    ("suicide", "quiero quitarme la vida"),
    ("suicide", "ya no quiero vivir"),
    ("suicide", "mi hijo quiere hacerse daño"),
    ("violence", "my boyfriend hits me"),
    ("violence", "he chokes me when he drinks"),
    ("violence", "i might hurt someone"),
    ("violence", "mi esposo me pega"),
    ("violence", "me violó"),
    ("violence", "quiero matarlo"),
    ("overdose", "my daughter took too many pills"),
    ("overdose", "he drank the whole bottle of tylenol"),
    ("overdose", "toddler swallowed a button battery"),
    ("overdose", "i gave her extra insulin"),
    ("overdose", "mi niño se tomó el cloro"),
    ("overdose", "tomé demasiadas pastillas"),
    ("bleeding", "it won't stop bleeding"),
    ("bleeding", "blood everywhere help"),
    ("bleeding", "he is vomiting blood"),
    ("bleeding", "black tarry stools since monday"),
    ("bleeding", "no para de sangrar"),
    ("bleeding", "tose sangre"),
    ("unresponsive", "my dad passed out"),
    ("unresponsive", "she fainted twice"),
    ("unresponsive", "he won't wake up"),
    ("unresponsive", "burning up and hardly responding"),
    ("unresponsive", "mi abuela se desmayó"),
    ("unresponsive", "no despierta"),
    ("seizure", "having a seizure"),
    ("seizure", "shaking uncontrollably"),
    ("seizure", "está convulsionando"),
    ("seizure", "le dio un ataque epiléptico"),
    ("pregnancy", "I'm 30 weeks pregnant and bleeding"),
    ("pregnancy", "pregnant with a terrible headache"),
    ("pregnancy", "my water broke"),
    ("pregnancy", "the baby hasn't moved since last night"),
    ("pregnancy", "estoy embarazada y estoy sangrando"),
    ("pregnancy", "se me rompió la fuente"),
    ("infant", "my newborn has a fever"),
    ("infant", "6 week old, temp is 101"),
    ("infant", "our newborn won't feed"),
    ("infant", "bebé de 3 semanas con fiebre"),
    ("head_spine", "hit his head and now he's throwing up"),
    ("head_spine", "my groin is numb"),
    ("head_spine", "I can't control my bladder"),
    ("head_spine", "can't feel my legs"),
    ("head_spine", "golpe en la cabeza y vómito"),
    ("head_spine", "no siento las piernas"),
    ("sepsis", "fever with stiff neck"),
    ("sepsis", "on chemo and running a fever"),
    ("sepsis", "her skin looks mottled"),
    ("sepsis", "fiebre y rigidez de cuello"),
    ("trauma", "he was hit by a car"),
    ("trauma", "my husband fell off a ladder"),
    ("trauma", "she got stabbed"),
    ("trauma", "I can see the bone sticking out"),
    ("trauma", "tuvimos un accidente de carro"),
    ("diabetic", "blood sugar is 450"),
    ("diabetic", "sugar of 42 and shaky"),
    ("diabetic", "ketoacidosis again"),
    ("diabetic", "tiene el azúcar en 480"),
    ("dental", "my son's tooth got knocked out"),
    ("dental", "jaw swollen and I can't swallow"),
    ("dental", "had a tooth pulled, still bleeding"),
    ("dental", "se le cayó un diente de un golpe"),
]
URGENT = [
    ("severe_pain", "my back is killing me"),
    ("severe_pain", "I'm in agony"),
    ("severe_pain", "the pain keeps getting worse"),
    ("severe_pain", "tengo un dolor insoportable"),
    ("fever", "fever of 103 in my 5 year old"),
    ("fever", "fever for 4 days"),
    ("fever", "39.5 de fiebre"),
    ("fever", "mi hijo tiene fiebre alta"),
    ("dvt", "swollen calf, warm to touch"),
    ("dvt", "pierna hinchada desde ayer"),
    ("med_reaction", "bad reaction to the new drug"),
    ("med_reaction", "took the wrong dose"),
    ("med_reaction", "i ran out of insulin"),
    ("med_reaction", "out of my inhaler"),
    ("med_reaction", "missed my warfarin dose"),
    ("postop", "pus coming out of my wound"),
    ("postop", "la herida está infectada"),
    ("dehydration", "can't keep fluids down"),
    ("dehydration", "no puede retener líquidos"),
    ("palpitations", "heart palpitations and dizziness"),
    ("palpitations", "tengo mareos"),
    ("infection", "blood in my urine"),
    ("infection", "sangre en la orina"),
    ("mental", "feeling hopeless"),
    ("mental", "she is hearing voices"),
    ("mental", "estoy desesperado"),
    ("eye", "got poked in the eye"),
    ("eye", "lots of new floaters"),
]
QUIET = [
    "Hi, I need to reschedule my cleaning to next Tuesday",
    "running 10 min late, traffic",
    "Can you send my records to Dr. Patel?",
    "why was I charged twice for my last visit",
    "do you accept Blue Cross?",
    "What are your hours on Saturday?",
    "I can't log in to the portal",
    "I can't talk right now, call me after 5",
    "I can't keep my appointment on Monday",
    "please refill my lisinopril",
    "I need a refill of my EpiPen",
    "I need a refill of my seizure medication",
    "got my flu shot at the pharmacy",
    "a copy of my chest x-ray please",
    "Need a sports physical form for my son",
    "Does my insurance cover the MRI?",
    "the front desk was rude and nobody called me back",
    "Thank you so much for the great care!",
    "I am confused about my bill",
    "When are my blood test results ready?",
    "I'm pregnant and would like a first appointment",
    "his baby tooth fell out, how cute",
    "your office is not responding to my emails",
    "I have no chest pain",
    "no chest pain or shortness of breath",
    "He denies chest pain",
    "without fever",
    "no bleeding and no fever today",
    "my chest does not hurt",
    "never fainted",
    "¿Cuánto cuesta la limpieza dental?",
    "Quisiera cambiar mi cita para el viernes",
    "¿Aceptan Medicaid?",
    "voy en camino, llego tarde",
    "necesito mis resultados de sangre",
    "no puedo entrar al portal",
    "no tengo dolor de pecho",
    "sin fiebre ni vómito",
    "no me duele el pecho",
    "nadie contesta el teléfono",
    "no puedo hablar ahora, llámeme a las 5",
    "gracias por todo, excelente atención",
    "estoy embarazada y quiero una cita",
    "hola",
    "",
]
LONG_AGO = [
    ("cardiac", "I had a heart attack 10 years ago"),
    ("seizure", "history of seizures"),
    ("stroke", "when I was 20, I had a stroke"),
    ("cardiac", "tuve un infarto hace 8 años"),
    ("seizure", "antecedentes de convulsiones"),
    ("suicide", "years ago I wanted to kill myself"),
]


def kinds(text: str, level: str) -> list[str]:
    return [flag.kind for flag in scan(text) if flag.level == level]


@pytest.mark.parametrize(("kind", "text"), EMERGENT, ids=[t for _, t in EMERGENT])
def test_emergent(kind: str, text: str) -> None:
    assert [k for k in kinds(text, "E") if k == kind] == [kind]


@pytest.mark.parametrize(("kind", "text"), URGENT, ids=[t for _, t in URGENT])
def test_urgent(kind: str, text: str) -> None:
    assert [k for k in kinds(text, "U") if k == kind] == [kind]


@pytest.mark.parametrize("text", QUIET)
def test_quiet(text: str) -> None:
    assert scan(text) == ()


@pytest.mark.parametrize(("kind", "text"), LONG_AGO)
def test_long_ago_is_shown_as_history(kind: str, text: str) -> None:
    assert [(f.kind, f.level) for f in scan(text)] == [(kind, "history")]


def test_history_beside_a_present_complaint_does_not_hide_it() -> None:
    assert kinds("history of seizures, now chest pain", "E") == ["cardiac"]
    assert kinds("I had a heart attack 5 years ago and today the chest pain is back", "E") == ["cardiac"]


@pytest.mark.parametrize("name", SHIPPED)
def test_a_pack_holds_its_own_tests(name: str) -> None:
    assert pack.failures(pack.shipped(name)) == []


def test_a_pack_test_can_fail() -> None:
    bad = pack.read(
        'name="x"\nversion="1"\nauthor="a"\n[[rule]]\nid="r"\nkind="k"\nlevel="E"'
        '\nany=["chest pain"]\ntests.hit=["knee"]'
    )
    assert pack.failures(bad) == ["x: r misses 'knee'"]


def test_a_broken_pack_is_named() -> None:
    with pytest.raises(pack.BadPack, match=r"^nosuch: no such pack$"):
        scan("hello", packs=("nosuch",))
    broken = pack.read('name="x"\nversion="1"\nauthor="a"\n[[rule]]\nid="r"\nkind="k"\nany=["chest + "]')
    with pytest.raises(pack.BadPack, match=r"^x: rule r: "):
        pack.Scanner((broken,))


def test_every_rule_of_the_red_flag_packs_has_a_level_and_a_test() -> None:
    rules = [rule for name in SHIPPED for rule in pack.shipped(name).rule]
    assert [rule.id for rule in rules if not rule.level or not rule.tests.hit] == []


def test_packs_are_chosen() -> None:
    text = "his front tooth got knocked out"
    assert [f.kind for f in scan(text)] == ["dental"]
    assert scan(text, packs=("general_en", "general_es")) == ()


def test_the_record_speaks_too() -> None:
    assert scan("he has a slight fever") == ()
    assert [f.kind for f in scan("he has a slight fever", patient=PatientFacts(age_years=0.1))] == ["infant"]
    assert [f.kind for f in scan("I see a little blood", patient=PatientFacts(pregnant=True))] == ["pregnancy"]


def test_matched_is_what_the_author_wrote() -> None:
    assert [f.matched for f in scan("Help, I CAN'T   breathe!")] == ["CAN'T breathe"]


@given(st.text(max_size=200))
def test_any_text_is_read(text: str) -> None:
    scan(text)


@given(st.sampled_from([t for _, t in EMERGENT]), st.sampled_from(["Hello. ", "ok!! ", "Buenos dias. ", "\n\n"]))
def test_a_greeting_before_never_hides_a_flag(text: str, before: str) -> None:
    assert [f.kind for f in scan(before + text.upper()) if f.level == "E"] == [
        f.kind for f in scan(text) if f.level == "E"
    ]


def test_a_typical_message_takes_less_than_a_millisecond() -> None:
    text = "Hi, can I move my Friday appointment to another day, my son has a game. Also is there parking near you?"
    scan(text)
    best = min(_timed(text) for _ in range(20))
    assert best < 0.001


def test_a_very_long_message_is_read_to_its_end() -> None:
    assert kinds("please see the note. " * 20_000 + "chest pain", "E") == ["cardiac"]


def _timed(text: str) -> float:
    start = time.perf_counter()
    scan(text)
    return time.perf_counter() - start
