"""Every corpus by its name, with its bar."""

from __future__ import annotations

from functools import partial

from bench.corpora import labelled, mails, records, texts
from bench.corpora.corpus import Corpus

CORPORA: dict[str, Corpus] = {
    "mail: message or reason": Corpus(mails.everything),
    "mail: bounces found": Corpus(mails.bounces, 0.98),
    "mail: taken for bounces": Corpus(mails.no_bounces, most_wrong=1),
    "mail: hard and soft": Corpus(mails.hard_bounces, 0.90),
    "mail: machines": Corpus(mails.machines),
    "mail: chatwoot": Corpus(mails.presented),
    "mail: words, email_reply_trimmer": Corpus(mails.trimmed, 0.85),
    "mail: words, talon": Corpus(mails.talon, 0.85),
    "mail: words, github and zapier": Corpus(mails.github),
    "sms: segments": Corpus(texts.segments),
    "sms: opt-outs": Corpus(texts.opt_outs),
    "twilio: signatures": Corpus(texts.signatures),
    "twilio: payloads": Corpus(texts.payloads),
    "identity: different, never joined": Corpus(partial(records.pairs, "Not a Match", "same")),
    "identity: same, never parted": Corpus(partial(records.pairs, "Match", "different")),
    "identity: same, joined by itself": Corpus(records.recalled, 0.93),
    "phones: all regions": Corpus(records.phones),
    "phones: as typed": Corpus(records.typed_phones, most_wrong=1),
    "hours: other libraries": Corpus(records.hours),
    "red flags: banking": Corpus(partial(texts.quiet, "banking77_test.jsonl"), most_wrong=6),
    "red flags: assistants": Corpus(partial(texts.quiet, "clinc_oos_test.jsonl"), 0.99),
    **{f"ours, open: {asked}": Corpus(partial(labelled.part, "open", asked), 0.95) for asked in labelled.ASKED},
    **{f"ours, held out: {asked}": Corpus(partial(labelled.part, "held_out", asked), 0.0) for asked in labelled.ASKED},
}
