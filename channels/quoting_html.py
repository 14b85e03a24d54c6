"""Finds the quoted old message in a mail's HTML by the elements that mail programs wrap it in.

Returns HTML for reading as text only, never for showing: it is not sanitised.
"""

from __future__ import annotations

import re

from lxml import etree  # type: ignore[import-untyped]  # ships no types
from lxml import html as lxml_html

#: Elements that hold the quote (Gmail, Yahoo, Proton, Zoho, Mozilla, Apple, AOL), whole.
_HOLDERS = (
    "//div[contains(concat(' ', normalize-space(@class), ' '), ' gmail_quote ')]"
    "[not(contains(@class, 'forward')) and not(starts-with(normalize-space(.), '---------- Forwarded'))]"
    " | //div[contains(@class, 'yahoo_quoted')] | //div[contains(@class, 'protonmail_quote')]"
    " | //div[contains(@class, 'zmail_extra')] | //div[contains(@class, 'moz-cite-prefix')]"
    " | //blockquote[@type='cite'] | //div[@id='isForwardContent'] | //div[contains(@class, 'tutanota_quote')]"
)
#: Elements after which everything is the quote (Outlook, Hotmail, Windows Mail).
_CUTS = (
    "//*[@id='divRplyFwdMsg' or @id='stopSpelling' or @id='appendonsend'"
    " or @id='mail-editor-reference-message-container'"
    " or @id='OLK_SRC_BODY_SECTION' or @id='ymail_android_signature_quote']"
    " | //div[contains(translate(@style, ' ', ''), 'border:none;border-top:solid#')"
    " and contains(translate(@style, ' ', ''), 'padding:3.0pt0')]"
    " | //div[contains(translate(@style, ' ', ''), 'border-top-color:rgb(229,229,229)')]"
)
_DECLARATION = re.compile(r"\A\s*<\?xml[^>]{0,200}\?>")


def own_html(html: str) -> str | None:
    """The HTML without the old message, or None when no mail program marked one (or nothing would remain)."""
    try:
        root = lxml_html.document_fromstring(_DECLARATION.sub("", html))
    except (etree.LxmlError, ValueError):
        return None
    holders, cuts = list(root.xpath(_HOLDERS)), list(root.xpath(_CUTS))
    if not holders and not cuts:
        return None
    for holder in holders:
        if holder.getparent() is not None:
            holder.drop_tree()
    for cut in cuts[:1]:
        _drop_from(cut)
    return str(etree.tostring(root, encoding="unicode", method="html")) if root.text_content().strip() else None


def _drop_from(element: etree._Element) -> None:
    """Removes an element and all that follows it in the document."""
    while (parent := element.getparent()) is not None:
        for later in list(element.itersiblings()):
            parent.remove(later)
        above, element.tail = parent, None
        if element.get("data-keep") is None:
            parent.remove(element)
        above.set("data-keep", "1")
        element = above
