"""Who carries our words, and whether words about a patient may go with them: a vendor who signed no business associate
agreement (BAA, 45 CFR 164.502(e)) may carry none, and two kinds of channel never may.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import msgspec

#: Meta signs no agreement, and neither is eligible at Twilio under any product.
NEVER = {"whatsapp": "WhatsApp", "social": "Messenger"}
#: Ours from end to end: nobody else carries them.
OWN = frozenset({"chat", "webform"})
#: What a vendor may be registered for.
CARRIED = ("sms", "voice", "whatsapp", "social", "mail")
NAMES = {"sms": "text messages", "mail": "email", "voice": "phone calls"}


class Vendor(msgspec.Struct, frozen=True):
    """Who carries some channels. `baa_on`: since when an agreement is signed, None for none; `phi_allowed`: the clinic
    lets words about patients go out with them."""

    name: str
    channels: tuple[str, ...] = ()
    baa_on: date | None = None
    phi_allowed: bool = False

    @property
    def baa(self) -> bool:
        """An agreement is signed."""
        return self.baa_on is not None


def barrier(vendors: Sequence[Vendor], channel: str, today: date) -> str:
    """Why words about a patient may not go by this channel in the open; "" when they may."""
    if channel in OWN:
        return ""
    if channel in NEVER:
        return f"{NEVER[channel]} signs no agreement (BAA)"
    vendor = next((one for one in vendors if channel in one.channels), None)
    named = NAMES.get(channel, channel)
    if vendor is None:
        return f"nobody who carries {named} is registered with an agreement (BAA)"
    if vendor.baa_on is None or vendor.baa_on > today:
        return f"{vendor.name}, who carries {named}, has signed no agreement (BAA)"
    return "" if vendor.phi_allowed else f"the clinic lets no words about patients go by {named}"


def faults(vendors: Sequence[Vendor]) -> str:
    """What is wrong with a registry; "" when nothing is."""
    carried = [channel for vendor in vendors for channel in vendor.channels]
    if any(not vendor.name.strip() for vendor in vendors):
        return "a vendor needs a name"
    if strange := sorted(set(carried) - set(CARRIED)):
        return f"{strange[0]} is no channel that a vendor carries"
    if twice := next((channel for channel in carried if carried.count(channel) > 1), ""):
        return f"{twice} has two vendors"
    for vendor in vendors:
        if vendor.phi_allowed and vendor.baa_on is None:
            return f"{vendor.name}: words about patients need an agreement (BAA) and its date"
        if vendor.phi_allowed and (never := sorted(set(vendor.channels) & set(NEVER))):
            return f"{vendor.name}: {NEVER[never[0]]} may never carry words about patients"
    return ""
