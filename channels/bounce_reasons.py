"""Why a mail came back: the words of many mail servers, and the enhanced status codes of RFC 3463, as one reason.

A reason says whether the address can never work; a full box, a block or a policy never says that.
"""

from __future__ import annotations

import re

#: Reasons that mean this address can never work.
HARD = frozenset({"userunknown", "hostunknown", "hasmoved", "notaccept"})

#: The first pattern that fits decides, so the narrow ones come first.
_PATTERNS: tuple[tuple[str, str], ...] = (
    ("mailererror", r"\bprocmail: |can(?:no|')t create (?:output|\")|couldn.t create \""),
    ("rejected", r"sender rejected|sender address rejected|envelope sender .{0,60}(?:reject|not valid)"),
    ("blocked", r"my name was rejected|unknown address error 550-'5\.7\.1"),
    ("notaccept", r"(?<![\d.])(?:521|556)[ -]|system not accepting network messages"),
    ("hasmoved", r"has moved|new address|address changed|no longer (?:at|with) this"),
    (
        "mailboxfull",
        r"mailbox(?: is| size)? (?:full|exceed)|mailbox .{0,40}(?:is full|over quota|full)|over ?quota"
        r"|quota (?:exceeded|full)"
        r"|exceed(?:ed|s|ing)?(?: the)? .{0,40}quota|out of (?:storage|disk) space|insufficient (?:disk"
        r"|storage) space.{0,30}mailbox"
        r"|disk quota|quota exceed|no storage space|inbox is full|account is full|not enough (?:storage|space)"
        r"|user is over"
        r"|mailfolder is full|mail box full|maildir .{0,20}full|user has too many messages|容量",
    ),
    (
        "mesgtoobig",
        r"message (?:size|too (?:big|large)|is too (?:big|large))|size limit"
        r"|exceeds (?:the )?(?:maximum )?(?:message )?size"
        r"|too large message|message length|max message size|message file too big|maximum .{0,20}size",
    ),
    (
        "virusdetected",
        r"\bvirus|malware|worm detected|infected|executable file|attachment .{0,30}(?:not allowed|blocked)",
    ),
    (
        "authfailure",
        r"\bspf\b|\bdkim\b|\bdmarc\b|sender policy framework|unauthenticated (?:email|mail|sender)"
        r"|not authorized to send on behalf",
    ),
    ("requireptr", r"\bptr\b|reverse dns|rdns|reverse (?:hostname|ip)|no reverse|client host.{0,30}cannot find your"),
    (
        "norelaying",
        r"relay(?:ing)? (?:access )?(?:denied|not|prohibited)|unable to relay|not .{0,30}relay"
        r"|insecure mail relay|no relay",
    ),
    (
        "suspend",
        r"(?:account|mailbox|user|recipient|address).{0,40}(?:disabled|suspended|inactive|deactivated|locked"
        r"|expired|not active)"
        r"|(?:disabled|suspended|inactive|deactivated) (?:account|user|mailbox|recipient)"
        r"|domain .{0,20}suspended|account .{0,20}unavailable",
    ),
    (
        "userunknown",
        r"user.{0,30}(?:unknown|not (?:found|exist|known)|does ?n.t exist|does not exist)"
        r"|unknown .{0,20}(?:user|recipient|mailbox"
        r"|address|local.?part|account)|no such (?:user|mailbox|recipient|person|account|address|local|name|email)"
        r"|(?:recipient|mailbox|address|account|addressee|destination|email)[^.\n]{0,60}(?:unknown|not found"
        r"|does not exist"
        r"|doesn.t exist|not exist|not known|invalid|no such|not listed|undeliverable|cannot be found"
        r"|could not be found|not recognized)"
        r"|invalid (?:recipient|mailbox|user|address|email)|(?:recipient|user|mailbox) .{0,20}(?:unknown"
        r"|nonexistent)|not a valid"
        r"|no mailbox|no account|not our customer|not a known user|isn.t (?:listed|here)"
        r"|this account (?:has been|is) (?:deleted|closed)"
        r"|there is no|does not have an? .{0,20}account|no longer (?:exists|available|valid|active|employed"
        r"|in use)|nonexistent"
        r"|unrouteable address|unknown or illegal alias|bad destination mailbox|user-?unknown|not listed in"
        r"|couldn.t find any|no valid recipients"
        r"|invalid final delivery user|does ?n.t have an? .{0,60}account"
        r"|5\.4\.1 .{0,80}recipient address rejected: access denied"
        r"|check (?:if|that|whether) (?:the |this |your )?(?:e-?mail )?address is correct"
        r"|requested action not taken: mailbox unavailable"
        r"|recipient address rejected(?:: access denied)?\.?\s*(?:\n|\Z)"
        r"|(?:user|name|recipient).{0,20} (?:is )?not (?:listed|local|here)|RecipientNotFound|RecipNotFound"
        r"|recipientunknown",
    ),
    (
        "hostunknown",
        r"host (?:unknown|not found)|unknown host|domain (?:does not exist|not found|doesn.t exist|is not"
        r"|name .{0,15}not found)"
        r"|\b[a-z0-9-]+(?:\.[a-z0-9-]+)+ does not exist|no such (?:domain|host)|name or service not known"
        r"|nxdomain|unrout?eable (?:mail )?domain"
        r"|host or domain name not found"
        r"|invalid domain|bad destination system|domain .{0,60}(?:does not exist|doesn.t exist|invalid)"
        r"|name server:? .{0,60}host not found"
        r"|couldn.t find any host|illegal host/domain|illegal host|unable to find domain|recipient.s domain",
    ),
    (
        "notaccept",
        r"does not accept (?:any )?(?:mail|email)|null ?mx|nullmx|mx .{0,15}0 \."
        r"|smtp protocol returned a permanent error",
    ),
    (
        "spamdetected",
        r"\bspam\b|junk mail|unsolicited|bulk mail|high probability|looks like|content .{0,20}(?:rejected"
        r"|filter)|message rejected due to content",
    ),
    (
        "blocked",
        r"\b(?:rbl|dnsbl|spamhaus|spamcop|blacklist|black list|blocklist|block list|barracuda)|blocked"
        r"|ip .{0,30}(?:listed|denied)|client host .{0,40}rejected|access denied|connection (?:refused|dropped) by",
    ),
    ("toomanyconn", r"too many (?:connection|concurrent|session)|connection(?:s)? limit|max(?:imum)? connection"),
    ("speeding", r"too (?:many|fast)|rate limit|throttl|sending rate|exceeded .{0,20}(?:rate|messages per)"),
    ("exceedlimit", r"too many recipients|exceed"),
    ("policyviolation", r"policy|prohibited|not allowed|violat|administrative"),
    (
        "expired",
        r"expired|timed? ?out|too long|retry (?:time|limit)|delivery time|could not be delivered (?:for|within)"
        r"|temporar(?:y|ily)|queue|delayed|retry timeout|gave up|giving up",
    ),
    (
        "networkerror",
        r"network|connect(?:ion)? (?:to|failed|refused|reset|lost|died)|no route|unreachable|dns"
        r"|could not (?:connect|resolve)|loop",
    ),
    (
        "systemerror",
        r"system (?:error|config)|local error|configuration|internal (?:error|server)|service unavailable|resources",
    ),
    ("mailererror", r"mailer error|exit (?:status|code)|local mailer|command|pipe|procmail|x-unix"),
    (
        "rejected",
        r"(?:sender|from address|return.?path|envelope).{0,40}(?:reject|denied|refuse|invalid|verif|not)|rejected",
    ),
    ("filtered", r"filter|refus|denied|not accept"),
)
_COMPILED = tuple((reason, re.compile(pattern, re.IGNORECASE)) for reason, pattern in _PATTERNS)
_BY_STATUS = {
    "1.0": "userunknown",
    "1.1": "userunknown",
    "1.2": "hostunknown",
    "1.3": "userunknown",
    "1.4": "userunknown",
    "1.6": "hasmoved",
    "1.7": "rejected",
    "1.8": "rejected",
    "1.10": "notaccept",
    "2.1": "suspend",
    "2.2": "mailboxfull",
    "2.3": "mesgtoobig",
    "3.2": "notaccept",
    "3.4": "mesgtoobig",
    "3.1": "systemfull",
    "4.1": "expired",
    "4.4": "hostunknown",
    "4.6": "networkerror",
    "4.7": "expired",
    "6.0": "contenterror",
    "7.0": "",
    "7.1": "",
}
_STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
_REPLY = re.compile(r"(?<![\d.])([45]\d\d)(?=[ -])")
_WORDS = {
    "userunknown": "there is no such mailbox",
    "hostunknown": "the domain of the address does not exist",
    "hasmoved": "the address has changed",
    "notaccept": "the domain takes no mail",
    "mailboxfull": "the mailbox is full",
    "suspend": "the account is suspended",
    "filtered": "the receiving server filtered it out",
    "mesgtoobig": "it is too large",
    "exceedlimit": "it is too large",
    "spamdetected": "it was taken for spam",
    "virusdetected": "the receiving server saw a virus in it",
    "blocked": "the receiving server refuses mail from us",
    "authfailure": "the receiving server could not tell that it is from us",
    "requireptr": "the receiving server could not tell that it is from us",
    "norelaying": "the server that was asked does not know the address",
    "policyviolation": "a rule of the receiving server forbids it",
    "rejected": "the receiving server refused it",
    "speeding": "the receiving server had too many mails at once",
    "toomanyconn": "the receiving server had too many mails at once",
    "expired": "it could not be delivered for days",
    "networkerror": "the receiving server could not be reached",
    "systemerror": "the receiving server had a fault",
    "systemfull": "the receiving server had a fault",
    "mailererror": "the receiving server had a fault",
}
_SENDER = re.compile(r"sender|from address|return.?path", re.IGNORECASE)
_DIAGNOSTIC_MAX = 2000


def reason(diagnostic: str, status: str) -> str:
    """The reason of a failure in one lower-case word; `undefined` when neither words nor code tell.

    Words beat codes, because servers put 5.1.1 and 5.0.0 on everything."""
    said = diagnostic[:_DIAGNOSTIC_MAX]
    found = next((name for name, pattern in _COMPILED if pattern.search(said)), "")
    by_status = _BY_STATUS.get(status.partition(".")[2], "")
    if found == "rejected" and _SENDER.search(said):
        return found
    if found in ("", "rejected", "filtered", "networkerror", "systemerror", "expired", "policyviolation") and by_status:
        return by_status
    return found or by_status or "undefined"


def words(name: str) -> str:
    """A reason as a person would say it."""
    return _WORDS.get(name, "it could not be delivered")


def is_hard(name: str, status: str) -> bool:
    """Whether the address can never work: a reason that says so, and no temporary status."""
    return name in HARD and not status.startswith("4.")


def status_in(diagnostic: str) -> str:
    """The first enhanced status code (RFC 3463) in some words, or one made from an SMTP reply code; else empty."""
    found = _STATUS.search(diagnostic[:_DIAGNOSTIC_MAX])
    if found:
        return found[1]
    reply = _REPLY.search(diagnostic[:_DIAGNOSTIC_MAX])
    return f"{reply[1][0]}.0.0" if reply else ""
