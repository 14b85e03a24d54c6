"""Free words that take back consent or say that we reached a stranger, as patterns over folded text.

"Any reasonable manner" (47 CFR 64.1200(a)(10)) in English, Spanish and French. Refuses what is about a visit, a
medicine or the hour of a call: those reach a person as ordinary messages.
"""

from __future__ import annotations

import re

Phrases = tuple[tuple[str, re.Pattern[str]], ...]

_PARTS = {
    "CONTACT": r"(text|texts|texting|txt|txting|messag(e|es|ing)|msgs?|sms|call|calls|calling|contact(ing)?|spam(ming)?"
    r"|bother(ing)?|notify(ing)?)",
    "MESSAGES": r"(texts?|txts?|text messages?|messages?|msgs?|sms|notifications?|reminders?|alerts?|calls?|spam)",
    "MENSAJES": r"(mensajes?|mensajitos?|textos?|sms|llamadas?|notificaciones|recordatorios)",
    # wishes only: "no me llamaron" is a complaint that nobody called
    "ESCRIBIR": r"(escrib(an?|as|ir(me|nos)?)|(mand|envi|llam|contact|molest|texte)(en?|es|ar(me|nos)?))",
    "LIST": r"( (from|off|of|out of))?( (your|the|this|all|these))*( \w+)?"
    r" (lists?|texts?|texting|messages|messaging|contacts|database|system|service|reminders|phone book)",
    "MINE": r"(me|us|my( (phone|cell|mobile))?( number)?|this( phone)? number|my phone|my info|my contact( info)?)",
    "END": r"( (please|pls|plz|now|ok|thanks|thank you|again|ever|any ?more|por favor|gracias))*$",
}


def _phrases(patterns: dict[str, str]) -> Phrases:
    return tuple((name, re.compile(re.sub(r"[A-Z]{3,}", _part, pattern))) for name, pattern in patterns.items())


def _part(name: re.Match[str]) -> str:
    return _PARTS[name[0]]


REVOKE = _phrases(
    {
        "stop texting": r"\b(stop|stopp|quit|cease|discontinue|end)( (with|the|these|those|this|all|your"
        r"|sending|getting"
        r"|receiving|me|us|any|more|automated|appointment|marketing))* (CONTACT|MESSAGES)\b(?! (my|his|her|the|it)\b)",
        "stop sending": r"\b(stop|quit) (sending|bugging|harassing|blowing up)"
        r"( (me|us|my phone|these|this|that|things|stuff|anything))*END",
        "stop it": r"^(please |just )*stop( (it|this|that|already|everything|all|all of (it|this)))+END"
        r"|\b(said|asked you( guys)? to|told you( guys)? to) stop( (CONTACT|it))?END",
        "do not contact": r"\b(do not|dont|never|not to|wont you not)( ever)? (send|CONTACT)"
        r"( (me|us|MINE|any|more|anymore|MESSAGES|here|at this number|on this (number|phone)))*END",
        "do not contact again": r"\b(do not|dont|never) (ever )?(send|CONTACT)\b.*\b(again|anymore|any more|ever)$",
        "not wanted": r"\b(do not|dont|no longer|didnt|did not|never)( (want|wish|like|care|ask|asked|sign"
        r"|signed|need))+"
        r"( (to|get|getting|receive|receiving|have|be|up|for|any|more|these|those|your|the|such"
        r"|of))* MESSAGES\b(?! to)",
        "no more": r"\b(no more|enough( with)?( the| these)?|cease all|end all) MESSAGES\b|^no more$"
        r"|\bcease and desist\b",
        "do not want": r"^(please )?i (do not|dont|no longer) want (these|this|them)END",
        "remove me": r"\b(remove|delete|erase|drop) MINE(LIST)?(END)",
        "take me off": r"\btake MINE (off|out)(LIST)?(END)",
        "opt out": r"\bopt(ing|ed)? (me |us )?out( of| from)?( (these|this|all|your|the))*( (CONTACT|MESSAGES))?(END)"
        r"|\b(want|like|need|wish|how do i|how can i|please)( to)? opt out\b",
        "unsubscribe": r"\bunsubscribe( (me|us|my number|my phone|this number))( from\b.*)?END|\bunsubscribe from\b"
        r"|\b(want|like|need|wish|how do i|how can i)( to)?( be)? unsubscribed?\b",
        "leave me alone": r"\b(leave|let) (me|us) alone\b|\blose (my|this) number\b|\bget off my phone\b",
        "consent withdrawn": r"\b(revoke|withdraw|rescind|cancel)( (my|all|any))* (consent|permission"
        r"|subscription|MESSAGES)\b(?! with)"
        r"|\b(do not|dont|no longer|never) (consent|agree) to( \w+)* (CONTACT|MESSAGES|being contacted)\b",
        "no me escriban": r"\b(no|nunca|ya no|jamas)( (me|nos|quiero que|vuelvan a|vuelva a|sigan|mas|le"
        r"|les))* ESCRIBIR"
        r"( (me|nos|mas|nunca|otra vez|ningun|ninguna|a este numero|a mi (numero|celular|telefono)|MENSAJES"
        r"|estos|sus))*END",
        "dejen de mandar": r"\b(dej(en|a|e|ar|ame|enme)|paren?|parar|basta)( ya)? de( (me|nos|estar|tantos?|los|sus))*"
        r" (ESCRIBIR|MENSAJES)\b(?! (la|el|una|un|su) (receta|medicina))",
        "no más mensajes": r"\b(no mas|basta de|ningun|no quiero( (ver|recibir|mas|sus|estos|este|tipo de"
        r"|que me manden))*)"
        r" MENSAJES\b|\bno (deseo|quisiera|quiero)( (ya|mas))? recibir( (mas|sus|estos|tantos|ningun))* MENSAJES\b",
        "quítenme": r"\b(qui?ten?me|saquen?me|borren?me|eliminen?me|remuevan?me)( (ya|de|la|su|sus|esta|los|las|lista"
        r"|listas|contactos|sistema|base de datos|MENSAJES))*END"
        r"|\b(quiten?|saquen?|borren?|eliminen?|quitar|borrar|eliminar) (mi|este) (numero|telefono|celular)\b",
        "darme de baja": r"\b(dar(me|nos)?|denme|deme|quiero la) (de )?baja( (de|los|la|sus|estos|lista|MENSAJES))*END"
        r"|\bdesuscrib\w*|\bcancelar? (mi |la )?(suscripcion|los MENSAJES|estos MENSAJES)",
        "déjenme en paz": r"\bdejen?(me|nos) en paz\b|\bno me molesten?\b",
        "arrêtez": r"\b(arretez?|cessez?|arreter)( (de|d|me|nous|ces|les|vos))* (m?ecrire|m?envoyer|m?appeler"
        r"|texter|contacter|messages"
        r"|textos)\b|\bplus de (messages|textos|sms)\b|\bdesabonn\w*|\bdesinscri\w*"
        r"|\bne (me|m|nous)? ?(contactez|ecrivez|textez|appelez|envoyez) plus\b|\blaissez moi tranquille\b",
    }
)
WRONG_NUMBER = _phrases(
    {
        "wrong number": r"^((sorry|hi|hello|hey|no|um|uh|oops|but|please|pls|stop|i think|i believe|im afraid"
        r"|looks like"
        r"|seems like|apologies|excuse me) )*((you|u|yall|they|this|its|it|that|thats|ur|youre|your|is|are|ve"
        r"|have|has|got"
        r"|must|may|might|be|texted|called|texting|calling|reached|dialed|messaging|contacting|sending|to|the|a) )*"
        r"wrong (number|person|phone|guy|lady|patient|recipient|contact|house)\b(?! (on|in|for|at|is|was) )",
        "you have the wrong number": r"\b(you|u|yall|youve|you guys)( (must|may|might|all|ve|still|keep|have"
        r"|got|are|be))*"
        r"( (texting|calling|messaging|texted|called|reached|contacting|have|got))? (the|a) wrong (number|person|phone)"
        r"(?! (on|in) )",
        "not this person": r"\b(this is not|this isnt|thats not|that is not|its not|you do not have|you dont have)"
        r"( (the|his|her|their|right|correct|\w+s))+ (number|phone|cell)\b(?! (i|on|in|that i)\b)"
        r"|\bnot the (right|correct) (number|person)\b",
        "number changed hands": r"\b(no longer|doesnt|does not|dont)( (have|has|own|owns|use|uses))+"
        r" (this|that) (number|phone)\b|\bthis (phone )?(number )?(no longer|does not|doesnt) belongs? to\b"
        r"|\bno longer( \w+)? (number|phone)\b|\b(no one|nobody|noone|no body) (here )?(by|with|named|called)\b"
        r"|\bi (just )?(got|have had|inherited) this( new)? (number|phone)\b|\bthis is a new number (owner"
        r"|for someone)\b",
        "número equivocado": r"\b(numero|telefono|persona|celular)( \w+)? (equivocad[oa]|incorrect[oa]|errone[oa])\b"
        r"(?! (en|de) (mi|el|la|su))|\b(se|te|esta|estan) (equivoc|confund)\w*( \w+)? de (numero|persona|telefono)\b"
        r"|\b(este|ese|esta|aqui)? ?(no|ya no) es (el|su|mi)? ?(numero|telefono|celular) (de|del|correcto)\b"
        r"|\b(no|ya no) (vive|esta|hay)( \w+)? (nadie|ninguna persona)( \w+)? (ese|con ese) nombre\b",
        "mauvais numéro": r"\b(mauvais|faux) numero\b|\btromp\w+ de (numero|personne)\b",
    }
)
#: The sender speaks of a number they dialled or wrote down themselves: no stranger was reached.
THEIR_OWN_MISTAKE = re.compile(
    r"\b(did|do|have|am|was|is) (i|this|it)\b|\bi (gave|wrote|put|entered|dialed|called|typed|left|sent|had|may have)\b"
    r"|\b(le|les) di\b|\b(puse|escribi|marque)\b"
)
