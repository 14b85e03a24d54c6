"""Turns a message into comparable words: no case, no accents, contractions spelled out, text-speak and typos mended.

Keeps where each word stood, its clause and its sentence. Judges nothing.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

_PIECE = re.compile(
    r"[^\W\d_]+(?:['’‘`´][^\W\d_]+)*|\d+(?:[.,]\d+)?|\.{2,}|[.!?¿¡]+|[,;:()\[\]\n…•]+|(?<=\s)[-–—/]+(?=\s)"
)
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
_APOSTROPHE = re.compile("[’‘`´]")
_RUN = re.compile(r"(.)\1{2,}")

_CONTRACTIONS = {
    "can't": "cannot", "cant": "cannot", "cnt": "cannot", "cnat": "cannot", "canot": "cannot", "cannt": "cannot",
    "won't": "will not", "wont": "will not", "shan't": "will not", "ain't": "is not", "aint": "is not",
    "dont": "do not", "dnt": "do not", "didnt": "did not", "doesnt": "does not", "dosent": "does not",
    "dosnt": "does not", "doesent": "does not", "isnt": "is not", "arent": "are not", "wasnt": "was not",
    "werent": "were not", "hasnt": "has not", "havent": "have not", "hadnt": "had not", "couldnt": "could not",
    "wouldnt": "would not", "shouldnt": "should not", "im": "i am", "ive": "i have", "hes": "he is",
    "shes": "she is", "thats": "that is", "theres": "there is", "whats": "what is", "he's": "he is",
    "she's": "she is", "it's": "it is", "that's": "that is", "there's": "there is", "what's": "what is",
    "who's": "who is", "where's": "where is", "gonna": "going to", "wanna": "want to", "gotta": "got to",
}  # fmt: skip
_ENDINGS = (("n't", " not"), ("'m", " am"), ("'ve", " have"), ("'ll", " will"), ("'re", " are"), ("'s", ""), ("'d", ""))
_TEXT_SPEAK = {
    "u": "you", "r": "are", "ur": "your", "pls": "please", "plz": "please", "plss": "please", "thx": "thanks",
    "ty": "thanks", "tks": "thanks", "appt": "appointment", "appts": "appointments", "apt": "appointment",
    "apptmt": "appointment", "appoint": "appointment", "rx": "prescription", "meds": "medications",
    "med": "medication", "bp": "blood pressure", "sob": "short of breath", "kms": "kill myself", "kys": "kill yourself",
    "unalive": "kill", "od": "overdose", "oding": "overdosing", "bc": "because", "b4": "before", "2day": "today",
    "tmrw": "tomorrow", "tmr": "tomorrow", "tomm": "tomorrow", "tmw": "tomorrow", "rn": "right now", "asap": "asap",
    "yr": "year", "yrs": "years", "wk": "week", "wks": "weeks", "mo": "month", "mos": "months", "hrs": "hours",
    "preg": "pregnant", "temp": "temperature", "q": "que", "xq": "porque", "pq": "porque", "k": "que", "x": "por",
    "tmb": "tambien", "tb": "tambien", "xfa": "por favor", "xfavor": "por favor", "porfa": "por favor",
    "dr": "doctor", "dra": "doctora", "hx": "history", "pic": "picture", "chem": "chemo",
}  # fmt: skip
_TYPOS = {
    "breth": "breath", "brethe": "breathe", "breath": "breath", "breaht": "breath", "breathe": "breathe",
    "brething": "breathing", "breeth": "breathe", "breef": "breathe", "brath": "breath", "chset": "chest",
    "chst": "chest",
    "cheast": "chest", "ches": "chest", "cheest": "chest", "chets": "chest", "hart": "heart", "haert": "heart",
    "pian": "pain", "pane": "pain", "payn": "pain", "pains": "pain", "throte": "throat", "throut": "throat",
    "thoat": "throat", "tounge": "tongue", "tung": "tongue", "toung": "tongue", "stomache": "stomach",
    "stomac": "stomach", "belley": "belly", "wieght": "weight", "bledding": "bleeding", "bleding": "bleeding",
    "bleedin": "bleeding", "blood": "blood", "blod": "blood", "siezure": "seizure", "seizur": "seizure",
    "siezures": "seizures", "seisure": "seizure", "ceizure": "seizure", "suiside": "suicide", "sucide": "suicide",
    "suicid": "suicide", "suicidal": "suicidal", "unconcious": "unconscious", "unconsious": "unconscious",
    "fainted": "fainted", "fanted": "fainted", "faintd": "fainted", "choaking": "choking", "chocking": "choking",
    "swolen": "swollen", "swolled": "swollen", "sweling": "swelling", "swellin": "swelling", "numb": "numb",
    "num": "numb", "fevor": "fever", "feaver": "fever", "fver": "fever", "pregant": "pregnant",
    "pregnat": "pregnant", "vommiting": "vomiting", "vomitting": "vomiting", "throwin": "throwing",
    "diarhea": "diarrhea", "diarrea": "diarrea", "alergic": "allergic", "hurtin": "hurting", "hurtz": "hurts",
    "perscription": "prescription", "prescripton": "prescription", "perscriptions": "prescriptions",
    "refil": "refill", "refils": "refills", "refillls": "refills", "appointement": "appointment",
    "apointment": "appointment", "appoitment": "appointment", "appointmnt": "appointment", "cancle": "cancel",
    "cancell": "cancel", "resched": "reschedule", "reshedule": "reschedule", "recieve": "receive",
    "insurence": "insurance", "refferal": "referral", "referal": "referral", "reciept": "receipt",
    "pecho": "pecho", "pecoh": "pecho", "repirar": "respirar", "respirrar": "respirar", "rrespirar": "respirar",
    "inchado": "hinchado", "inchada": "hinchada", "inchazon": "hinchazon", "bomito": "vomito", "bomita": "vomita",
    "bomitando": "vomitando", "ahogandome": "ahogando", "sangrandole": "sangrando", "embarasada": "embarazada",
    "enbarazada": "embarazada", "fievre": "fiebre", "fibre": "fiebre", "fiebra": "fiebre", "caveza": "cabeza",
    "desmallo": "desmayo", "desmallado": "desmayado", "sita": "cita", "zita": "cita", "reseta": "receta",
    "rezeta": "receta", "kiero": "quiero", "qiero": "quiero", "oy": "hoy", "aiuda": "ayuda", "alludan": "ayudan",
    "convulcion": "convulsion", "combulsion": "convulsion", "conbulsion": "convulsion", "combulsiones": "convulsiones",
    "convulciones": "convulsiones", "infarte": "infarto", "duelle": "duele", "duel": "duele", "puedo": "puedo",
    "pudo": "pudo", "rspirar": "respirar", "respira": "respira", "dolr": "dolor", "dolo": "dolor",
}  # fmt: skip
#: Words that belong together once spelling is mended: "can not" is one word to us, "can t" what a phone made of it.
_PAIRS = {
    ("can", "not"): ("cannot",), ("can", "t"): ("cannot",), ("won", "t"): ("will", "not"), ("don", "t"): ("do", "not"),
    ("doesn", "t"): ("does", "not"), ("didn", "t"): ("did", "not"), ("isn", "t"): ("is", "not"),
    ("wasn", "t"): ("was", "not"), ("hasn", "t"): ("has", "not"), ("could", "not"): ("cannot",),
    ("couldn", "t"): ("cannot",), ("wouldn", "t"): ("would", "not"), ("i", "m"): ("i", "am"),
    ("unable", "to"): ("cannot",), ("cud", "not"): ("cannot",),
}  # fmt: skip


def word_set(text: str, separator: str | None = None) -> frozenset[str]:
    """A readable list of words as a set."""
    return frozenset(text.split(separator))


class Words(NamedTuple):
    """Parallel columns, one entry a word; `spans` are offsets into `text`, the message without invisible characters."""

    text: str
    words: tuple[str, ...]
    clauses: tuple[int, ...]
    sentences: tuple[int, ...]
    spans: tuple[tuple[int, int], ...]

    def excerpt(self, start: int, end: int) -> str:
        """The author's own letters from word `start` to before word `end`, at most 120 characters."""
        return " ".join(self.text[self.spans[start][0] : self.spans[end - 1][1]].split())[:120]


def fold(text: str) -> Words:
    """Splits and mends a message. Linear in its length; any string is accepted."""
    text = _INVISIBLE.sub("", text if text.isascii() else unicodedata.normalize("NFC", text))
    rows: list[tuple[str, int, int, tuple[int, int]]] = []
    clause = sentence = 0
    for piece in _PIECE.finditer(text):
        words = fold_word(piece.group())
        if words is None:
            clause += 1
            sentence += _ends_sentence(piece.group())
            continue
        for word in words:
            if rows and rows[-1][1] == clause and (pair := _PAIRS.get((rows[-1][0], word))):
                span = (rows.pop()[3][0], piece.end())
                rows.extend((joined, clause, sentence, span) for joined in pair)
            else:
                rows.append((word, clause, sentence, piece.span()))
    words_, clauses, sentences, spans = zip(*rows, strict=True) if rows else ((), (), (), ())
    return Words(text, words_, clauses, sentences, spans)


@lru_cache(maxsize=32768)
def fold_word(piece: str) -> tuple[str, ...] | None:
    """The plain words behind one run of letters or digits; None for punctuation."""
    if not piece[0].isalnum():
        return None
    if piece[0].isdecimal():
        return (_number(piece),)
    word = strip_accents(_APOSTROPHE.sub("'", piece).lower())
    word = _RUN.sub(r"\1\1", word)
    if word in _CONTRACTIONS:
        return tuple(_CONTRACTIONS[word].split())
    for ending, meaning in _ENDINGS:
        if word.endswith(ending) and len(word) > len(ending):
            word = word[: -len(ending)] + meaning
            break
    return tuple(part for plain in word.replace("'", "").split() for part in _mend(plain)) or (word,)


@lru_cache(maxsize=32768)
def strip_accents(word: str) -> str:
    """Letters without their marks: "dolió" is "dolio", full-width letters are plain ones."""
    if word.isascii():
        return word
    return "".join(c for c in unicodedata.normalize("NFKD", word) if not unicodedata.combining(c))


def _mend(word: str) -> list[str]:
    return _TEXT_SPEAK.get(word, _TYPOS.get(word, word)).split()


def _number(piece: str) -> str:
    """A decimal comma becomes a point, a thousands comma goes; odd digits (other scripts) become ours."""
    whole, _, part = piece.replace(",", ".").partition(".")
    digits = f"{int(whole[:9])}"
    return f"{digits}.{int(part[:3])}" if part and len(part) < 3 else digits


def _ends_sentence(mark: str) -> bool:
    return mark[0] in "!?" or mark == "." or ("\n\n" in mark)
