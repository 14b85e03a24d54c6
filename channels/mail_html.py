"""Mail HTML made safe, and mail HTML as text: explicit lists for nh3 behind a pre-scan of size and depth.

Lets nothing remote through: pictures stay only as `cid:`; refuses (`Unparseable`) what would take minutes to clean.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import nh3
from inscriptis import get_text
from inscriptis.css_profiles import CSS_PROFILES
from inscriptis.model.config import ParserConfig

from channels.envelope import Unparseable

HTML_CHARACTERS = 2 * 1024 * 1024
TAG_DEPTH = 256


def _named(names: str) -> set[str]:
    return set(names.split())


_TAGS = _named(
    "a abbr address article aside b bdi bdo big blockquote br caption center cite code col colgroup dd del dfn div dl"
    " dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li mark ol p pre q s samp section"
    " small span strike strong sub sup table tbody td tfoot th thead time tr tt u ul var wbr"
)
#: Removed with all they hold; anything else unknown loses its tag and keeps its words.
_REMOVED = _named(
    "script style title textarea svg math iframe object embed applet noscript template select option"
    " audio video frameset noframes xmp"
)
_ATTRIBUTES = {
    "*": {"dir", "lang", "style", "title"},
    "a": {"href"},
    "img": {"src", "alt", "width", "height"},
    "table": {"width", "border", "cellpadding", "cellspacing", "align", "bgcolor", "summary"},
    "td": {"colspan", "rowspan", "width", "height", "align", "valign", "bgcolor"},
    "th": {"colspan", "rowspan", "width", "height", "align", "valign", "bgcolor", "scope"},
    "tr": {"align", "valign", "bgcolor"},
    "col": {"span", "width"},
    "ol": {"start", "type"},
    "li": {"value"},
    "font": {"color", "size", "face"},
    "p": {"align"},
    "div": {"align"},
    "time": {"datetime"},
}
_STYLES = _named(
    "background-color border border-bottom border-collapse border-color border-left border-radius border-right"
    " border-spacing border-style border-top border-width color direction font-family font-size font-style"
    " font-variant font-weight letter-spacing line-height list-style-type margin margin-bottom margin-left"
    " margin-right margin-top max-width padding padding-bottom padding-left padding-right padding-top text-align"
    " text-decoration text-indent text-transform vertical-align white-space width word-spacing"
)
_BAD_STYLE = re.compile(r"url|image|expression|import|var\(|attr\(|[\\@<{]|/\*|-\s*\d", re.IGNORECASE)
_SCHEMES = {"http", "https", "mailto", "tel", "cid"}
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:]*)")
#: Elements without an end tag, or whose end a browser supplies: they do not nest.
_FLAT = _named(
    "area base br col embed hr img input link meta param source track wbr p li dt dd tr td th tbody thead tfoot"
    " option colgroup html head body"
)
_DECLARATION = re.compile(r"\A\s*<\?xml[^>]{0,200}\?>")
_BLANK_LINES = re.compile(r"\n{3,}")


class SafeHtml(NamedTuple):
    """HTML that runs nothing and fetches nothing, and how many remote pictures were taken out of it."""

    html: str
    remote_images: int


def check(html: str) -> None:
    """Raises `Unparseable` for more than 2 MiB or tags nested deeper than 256 (nh3 is quadratic in depth)."""
    if len(html) > HTML_CHARACTERS:
        raise Unparseable("HTML larger than 2 MiB")
    open_tags: list[str] = []
    for closing, written in _TAG.findall(html):
        name = written.lower()
        if name in _FLAT:
            continue
        if not closing:
            open_tags.append(name)
            if len(open_tags) > TAG_DEPTH:
                raise Unparseable("HTML nested deeper than 256")
        elif name in open_tags:
            while open_tags.pop() != name:
                pass


def sanitise(html: str) -> SafeHtml:
    """Untrusted HTML by explicit lists. Call `check` first."""
    remote = 0

    def keep(tag: str, attribute: str, value: str) -> str | None:
        nonlocal remote
        if tag == "img" and attribute == "src":
            if value.strip().lower().startswith("cid:"):
                return value
            remote += 1
            return None
        if attribute == "style":
            return safe_style(value)
        if attribute == "href" and value.strip().lower().startswith("cid:"):
            return None
        return value

    cleaned = nh3.clean(
        html,
        tags=_TAGS,
        clean_content_tags=_REMOVED,
        attributes=_ATTRIBUTES,
        attribute_filter=keep,
        strip_comments=True,
        link_rel="noopener noreferrer nofollow",
        url_schemes=_SCHEMES,
        url_relative="deny",
    )
    return SafeHtml(cleaned.strip(), remote)


def safe_style(value: str) -> str | None:
    """The declarations of a style attribute that only colour, size and space what is there; nothing when none is."""
    kept = []
    for declaration in value.split(";"):
        name, _, setting = declaration.partition(":")
        if name.strip().lower() in _STYLES and setting.strip() and not _BAD_STYLE.search(setting):
            kept.append(f"{name.strip().lower()}: {setting.strip()}")
    return "; ".join(kept) or None


def to_text(html: str) -> str:
    """HTML as a person would read it, laid out in lines. Call `check` first."""
    if not html.strip():
        return ""
    text = get_text(_DECLARATION.sub("", html), _CONFIG)
    lines = [line.rstrip() for line in text.replace("\xa0", " ").split("\n")]
    return _BLANK_LINES.sub("\n\n", "\n".join(lines)).strip()


_CONFIG = ParserConfig(css=CSS_PROFILES["strict"], display_images=False, display_links=False)
