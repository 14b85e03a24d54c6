"""Which language a message is in: English and Spanish by their small words, others by script or theirs. No model."""

from __future__ import annotations

import re

from routing.folding import Words, word_set

_SMALL = {
    "en": word_set(
        "the i my is to and you for of in it have has had can do does was are with on at me we your this"
        " that be not please what when will would need want am she he her his been how if get they them"
        " could should from or an about hello hi thanks thank today tomorrow yes okay pain appointment call"
        " doctor cannot refill late cancel help running bleeding chest fever bill insurance results parking"
        " hours took after surgery vomiting blood water broke sugar swollen head hurt someone black stop"
    ),
    "es": word_set(
        "el la los las mi de que y en es un una por para con no me se tengo tiene quiero necesito puedo"
        " puede como cuando esta estoy su lo le mis del al hola gracias favor cita dolor muy pero mas si hay"
        " donde hoy manana usted ya ha he sus soy porque duele fiebre receta medicina doctora buenos buenas"
        " dias tardes resultados hijo hija tarde ayuda cancelar sangre seguro pecho cabeza factura cuanto"
        " cuesta horario respirar fuerte"
    ),
    "pt": word_set(
        "nao voce uma eu meu minha estou com preciso obrigado obrigada tenho consulta voces ola isso sao"
        " dor"
    ),
    "fr": word_set(
        "je le les des est pas vous mon ma une pour avec dans bonjour merci suis rendez voudrais mal et"
    ),
    "de": word_set(
        "ich der die das und ist nicht ein eine mein meine habe bitte mit fur termin schmerzen"
    ),
    "ht": word_set(
        "mwen pa gen ou nan pou ak yon li nou bonjou mesi tanpri kapab fe mal randevou"
    ),
    "vi": word_set(
        "toi khong bi la co cho cua duoc mot hen bac si xin chao dau"
    ),
    "tl": word_set(
        "ako ang ng sa po ko hindi mga na salamat kailangan ay masakit naman lang"
    ),
    "it": word_set(
        "il sono una per con che mi ho non vorrei grazie appuntamento buongiorno della"
    ),
}  # fmt: skip
_SCRIPTS = (
    ("ko", re.compile("[\uac00-\ud7a3]")), ("ja", re.compile("[\u3040-\u30ff]")), ("zh", re.compile("[\u4e00-\u9fff]")),
    ("ru", re.compile("[\u0400-\u04ff]")), ("ar", re.compile("[\u0600-\u06ff]")), ("hi", re.compile("[\u0900-\u097f]")),
)  # fmt: skip
_SPANISH_MARK = re.compile("[¿¡ñÑ]")


def detect(words: Words) -> str:
    """One of "en", "es", another ISO 639-1 code where cheap, or "und" when the words do not say."""
    if not words.text.isascii():
        for code, script in _SCRIPTS:
            if script.search(words.text):
                return code
    said = words.words[:400]
    scores = {code: sum(word in small for word in said) for code, small in _SMALL.items()}
    if _SPANISH_MARK.search(words.text):
        scores["es"] += 2
    best = max(scores, key=lambda code: (scores[code], code in ("en", "es")))
    # English and Spanish are what our rules read: another language must clearly win
    ours = max(("en", "es"), key=lambda code: scores[code])
    if best not in ("en", "es") and scores[best] < scores[ours] + 2:
        best = ours
    return best if scores[best] else "und"
