"""What callers hear at this clinic: its name, the digits and their reasons, the music between two announcements."""

from __future__ import annotations

from channels.twiml import VoiceMenu
from inbox.practice import Practice

#: The queue at the provider in which callers wait; whose turn it is, is ours to say.
QUEUE = "patients"
#: Pieces that the provider keeps for everybody's queues.
MUSIC = {
    "waltz": "https://s3.amazonaws.com/com.twilio.sounds.music/ClockworkWaltz.mp3",
    "strings": "https://s3.amazonaws.com/com.twilio.sounds.music/BusyStrings.mp3",
}


def menu_of(practice: Practice, *, staffed: bool = False) -> VoiceMenu:
    """The menu of the voice door; while nobody is there for the phone it ends in the voicemail."""
    return VoiceMenu(
        clinic=practice.name,
        choices=practice.menu_choices,
        promise_en="within 30 minutes when we are open",
        promise_es="en menos de 30 minutos en horario de atención",
        queue=QUEUE if staffed else "",
        records=practice.records_calls,
        music=MUSIC.get(practice.hold_music, practice.hold_music),
    )
