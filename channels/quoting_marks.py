"""What the lines of a mail are, in many languages: own words, quotes, attributions, old headers, signatures.

Patterns only judge lines or a few joined lines of bounded length, so that no text makes them slow.
"""

from __future__ import annotations

import re
from typing import Literal

from channels.quoting_words import ABOUT, FROM, OPENERS, TO, VERBS, WHEN

#: text, empty, quote, attribution, header block, original message, forwarded message, delimiter, signature
Mark = Literal["t", "e", "q", "b", "h", "o", "f", "d", "s"]

_ADDRESS = r"[^\s<>@]{1,100}@[^\s<>@]{1,200}"
_VERB = re.compile(rf"(?:{VERBS})", re.IGNORECASE)
_OPENER = re.compile(rf"[-_\s*]*(?:{OPENERS})[\s,:]*(?=\S)")
_DATE_FIRST = re.compile(
    r"\s*(?:[^\W\d]{2,12}\.?,?\s+)?(?:\d{1,4}[./-]\d{1,2}[./-]\d{1,4}|\d{1,2}\.?\s+[^\W\d]{3,12}|\d{4}年)"
)
_NAMED = re.compile(rf"[^<>:.!?]{{1,80}}<{_ADDRESS}>\s*$")
_DATE = re.compile(r"\d{1,4}[./-]\d{1,2}|\b\d{4}\b|\d{1,2}:\d{2}|\d年|\d{1,2}\.? [^\W\d]{3}")
#: Marks of writing direction, which stand anywhere in lines of Hebrew and Arabic.
_DIRECTION = re.compile(r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
#: Who and when in any language: an address in brackets, a year, a time.
_ADDRESSED = re.compile(rf"[<(]\s*{_ADDRESS}\s*[>)]")
_YEAR, _TIME = re.compile(r"(?<!\d)\d{4}(?!\d)"), re.compile(r"\d{1,2}[:.]\d{2}")
_ENDING = re.compile(rf"(?:[:：]|(?:{VERBS})[\s:：]*|-{{3,}}|<[^<>\s]*{_ADDRESS}>)\s*$", re.IGNORECASE)
_ENDS_WITH_ADDRESS = re.compile(rf"{_ADDRESS}>?\)?\s*[:：]?\s*$")
_SAME_LINE = re.compile(
    r"^(.{1,400}?)(?:\s*-{2,}\s*|\s+)On (?:Mon|Tue|Wed|Thu|Fri|Sat|Sun|Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct"
    r"|Nov|Dec|\d)"
    r"[^\n]{5,200}\b(?:wrote|sent)[\s:-]*$"
)
_DASHED = re.compile(rf"\s*-{{2,}}.{{2,200}}(?:{VERBS})\s*:?\s*-{{2,}}\s*$", re.IGNORECASE)
_ORIGINAL = re.compile(
    r"[>\s*]*[-_=]{2,}\s*(?:original[ -]?message|original email|message d['’]origine|message original|urspr(?:ü"
    r"|ue)ngliche"
    r" (?:nachricht|mail|e-mail)|original[ -]?nachricht|mensaje original|mensagem original|messaggio originale"
    r"|oorspronkelijk bericht|origineel bericht|oprindelig (?:meddelelse|besked)|ursprungligt meddelande"
    r"|opprinnelig melding|alkuperäinen viesti|wiadomość oryginalna|oryginalna wiadomość|původní zpráva"
    r"|eredeti üzenet"
    r"|исходное сообщение|оригинальное сообщение|первоначальное сообщение"
    r"|mesaj original|orijinal mesaj|原始邮件|原始郵件"
    r"|元のメッセージ|original appointment|reply message|antwort nachricht)\s*[-_=]*[\s*]*$",
    re.IGNORECASE,
)
_FORWARDED = re.compile(
    r"[>\s*]*(?:[-_=]{2,}\s*(?:forwarded (?:message|by .{1,100})|weitergeleitete nachricht|message transf[ée]r[ée]"
    r"|mensaje reenviado|mensagem (?:encaminhada|reencaminhada)|messaggio inoltrato|doorgestuurd bericht"
    r"|videresendt (?:meddelelse|melding)|vidarebefordrat meddelande|przekazana wiadomość|wiadomość przekazana"
    r"|přeposlaná zpráva|пересылаемое сообщение|пересланное сообщение|переслане повідомлення"
    r"|转发邮件|轉寄郵件|転送メッセージ)"
    r"\s*[-_=]*|begin forwarded message:|anfang der weitergeleiteten (?:nachricht|e-mail):"
    r"|début du message (?:réexpédié|transféré) :"
    r"|inizio messaggio inoltrato:|inicio del mensaje reenviado:|início da mensagem (?:encaminhada"
    r"|reencaminhada):)\s*$",
    re.IGNORECASE,
)
_HEADER = re.compile(
    rf"[>\s*|]*(?:(?P<from>{FROM})|(?P<when>{WHEN})|(?P<about>{ABOUT})"
    rf"|(?P<to>{TO}))\s?\*?[:：]\*?(?:\s|$|=)",
    re.IGNORECASE,
)
_QUOTE = re.compile(r"\s{0,3}>")
_DELIMITER = re.compile(r"\s{0,3}(?:--|__|—|––|-- ?|_{5,}|-{5,}|={5,}|\*{5,}|—{3,}|─{3,})\s*$")
_EXCUSE = r"(?:[,.;]\s*(?:please |sorry |excuse|pardon|forgive|apolog|typed|so ).{0,80})?"
_SENT_FROM = re.compile(
    r"\s*[<(\[*_]{0,2}(?:"
    rf"sent (?:from|via|with|by|using|on)\b(?!.*\b(?:is|are|was|because|and|to)\b)[^,.;]{{1,100}}{_EXCUSE}"
    r"|from my (?:i?phone|ipad|mobile|cell|android|blackberry).{0,30}|[^\W\d]{2,20} from mobile"
    r"|get outlook for .{2,80}"
    r"|envoy[ée] (?:depuis|de|avec|via|à partir de) .{2,60}|(?:von|mit) mein(?:em|er) .{2,60} gesendet"
    r"|gesendet (?:von|mit|aus) .{2,60}|diese nachricht wurde von mein.{2,80} gesendet|enviado (?:desde|do|de"
    r"|con|via|a partir) .{2,60}"
    r"|inviato (?:da|dal|con) .{2,60}|verzonden (?:vanaf|met|via|vanuit) .{2,60}|verstuurd (?:vanaf|met) .{2,60}"
    r"|sendt fra .{2,60}|skickat från .{2,60}|lähetetty .{2,60}|wysłane? z .{2,60}|odesláno z .{2,60}"
    r"|отправлено (?:с|из) .{2,60}"
    r"|надіслано з .{2,60}|trimis de pe .{2,60}|[^\n]{0,20}tarafından gönderildi|iphone'?umdan gönderildi"
    r"|[從从]我的.{1,30}(?:傳送|发送|發送)"
    r"|发自我的.{1,30}|[^\n]{1,20}から送信|나의 .{1,30}에서 보냄"
    r")[>)\]*_]{0,2}\s*\.?\s*$",
    re.IGNORECASE,
)
_LINK = re.compile(r"[<(](?:https?://|mailto:)[^<>()\s]{1,500}[>)]")
_TORN = re.compile(rf"\s*>\s*(?:{VERBS})?\s*[:：]", re.IGNORECASE)
_SIGNED = re.compile(r"\s?[-–—~]\s?[^\W\d_][\w.'-]{0,30}(?: [^\W\d_][\w.'-]{0,30}){0,2}\s*$")
_LINE_MAX = 1000
_WINDOW = 6


def mark(lines: list[str]) -> list[Mark]:
    """One mark per line. Lines inside ``` fences are text whatever they look like."""
    marks: list[Mark] = []
    fenced = False
    for line in lines:
        fenced ^= line.lstrip().startswith("```")
        marks.append("t" if fenced else _line_mark(line[:_LINE_MAX]))
    lines = [_DIRECTION.sub("", line) if not line.isascii() else line for line in lines]
    for place, line in enumerate(lines):
        if marks[place] in ("t", "q", "s") and _ENDING.search(line[-300:]):
            for covered in _attribution(lines, marks, place):
                marks[covered] = "b"
    _mark_header_blocks(lines, marks)
    return marks


def split_same_line(line: str) -> tuple[str, str] | None:
    """The own words and the attribution where a mailer put both on one line."""
    found = _SAME_LINE.match(line) if len(line) <= _LINE_MAX else None
    return (found[1].rstrip(" -"), line[found.end(1) :].strip()) if found and not _OPENER.match(line) else None


def is_signed(line: str) -> bool:
    """Whether a line is a name behind a dash, as in "-Ana Ruiz"."""
    return bool(_SIGNED.match(line))


def is_sender_field(line: str) -> bool:
    """Whether a line of an old header block names its sender."""
    found = _HEADER.match(line)
    return bool(found and found["from"])


def _line_mark(line: str) -> Mark:
    if not line.strip():
        return "e"
    if _FORWARDED.match(line):
        return "f"
    if _ORIGINAL.match(line) or _DASHED.match(line):
        return "o"
    if _QUOTE.match(line):
        return "q"
    if _DELIMITER.match(line):
        return "d"
    return "s" if _SENT_FROM.match(_LINK.sub("", line).replace("[", "").replace("]", "")) else "t"


def _attribution(lines: list[str], marks: list[Mark], last: int) -> range:
    """The lines of an attribution that ends at `last`: the shortest run that opens like one and holds a date."""
    if marks[last] == "q" and not _TORN.match(lines[last]):
        return range(0)
    for first in range(last, max(-1, last - _WINDOW), -1):
        joined = " ".join(line.strip() for line in lines[first : last + 1])
        if len(joined) > 500 or marks[first] in ("o", "f", "b"):
            break
        if marks[first] == "t" and (_is_attribution(joined) or _is_whole(lines, marks, first, joined)):
            return range(first, last + 1)
    return range(0)


def _is_whole(lines: list[str], marks: list[Mark], first: int, joined: str) -> bool:
    """Whether the lines from `first` name who wrote when, in whatever language, and nothing above belongs to them."""
    if not (
        joined.endswith((":", "：")) and _ADDRESSED.search(joined) and _YEAR.search(joined) and _TIME.search(joined)
    ):
        return False
    if not (_DATE.search(lines[first]) or _ADDRESSED.search(lines[first])):
        return False
    above = lines[first - 1] if first and marks[first - 1] == "t" else ""
    return not (_OPENER.match(above) or _DATE_FIRST.match(above))


def _is_attribution(joined: str) -> bool:
    if not _DATE.search(joined):
        return False
    said = _VERB.search(joined)
    if said and (_OPENER.match(joined) or _DATE_FIRST.match(joined)):
        return True
    if _DATE_FIRST.match(joined) and _ENDS_WITH_ADDRESS.search(joined):
        return True
    named = said and joined.endswith((":", "：")) and _NAMED.match(joined[: said.start()])
    return bool(named)


def _mark_header_blocks(lines: list[str], marks: list[Mark]) -> None:
    place = 0
    while place < len(lines):
        block = _header_block(lines, marks, place) if marks[place] == "t" else range(0)
        for covered in block:
            marks[covered] = "h"
        place = block.stop if block else place + 1


def _header_block(lines: list[str], marks: list[Mark], first: int) -> range:
    """An old mail's header pasted into the body: three fields, among them who and when or what about."""
    kinds: list[str] = []
    last, loose = first, 0
    for place in range(first, min(first + 20, len(lines))):
        found = _HEADER.match(lines[place][:_LINE_MAX])
        if found and found.lastgroup:
            kinds.append(found.lastgroup)
            last, loose = place, 0
        elif marks[place] == "e" or not kinds or loose >= 2:
            break
        else:
            loose += 1
    is_block = len(kinds) >= 3 and "from" in kinds and ("when" in kinds or "about" in kinds)
    return range(first, last + 1) if is_block else range(0)
