"""The words by which reports of undelivered mail are known, in many languages and from many servers.

Patterns only; every run is bounded, so that no text makes them slow.
"""

from __future__ import annotations

import re

DAEMON = re.compile(
    r"mail(?:er)?[-_. ]?daemon|postmaster|microsoftexchange[0-9a-f]{32}|mail router|\bbounces?[@+-]"
    r"|mail[-_ ]?deliver |delivery status|mail[-_ ]?delivery|delivery[-_ ]?(?:subsystem|system|agent)|mdaemon"
    r"|mail administrator|mail system|internet mail delivery|system administrator",
    re.IGNORECASE,
)
SUBJECT = re.compile(
    r"undeliver|un[-_ ]?delivered|deliver(?:y|ing)[ -](?:status|fail|error|problem|report|notif|unsuccessful"
    r"|has failed"
    r"|incomplete|attempt|impossible|to .{0,40}fail)|could not (?:send|deliver|be delivered)|returned (?:mail"
    r"|message|to sender)"
    r"|mail (?:delivery|system) (?:failed|failure|error|status)|message delivery (?:failure|failed)"
    r"|failure (?:notice|delivery|delivering)"
    r"|failed (?:mail|delivery|to deliver)|non[- ]?(?:delivery|remis)|nondeliverable|(?:mail"
    r"|message) (?:could )?not (?:be )?(?:delivered|sent)"
    r"|unable to deliver|not delivered|delivery fail|cannot (?:send|deliver)|returning (?:message|mail)"
    r"|mail failure|dead letter"
    r"|warning: (?:message|could)|permanent delivery failure|rejected mail|mail could not|user unknown|\bbounce"
    r"|\bndn\b|\bndr\b"
    r"|unzustellbar|nicht zugestellt|nicht zustellbar|non remis|no se (?:ha podido|pudo) entregar"
    r"|no se puede entregar|no entregado|error de entrega|devoluci[óo]n de correo|estado de entrega"
    r"|não (?:foi )?(?:poss[íi]vel )?(?:entregue|entregar)|falha na entrega"
    r"|non distribu[ée]|[ée]chec de (?:la )?(?:remise|distribution)|onbestelbaar|niet (?:afgeleverd|bezorgd)"
    r"|ej levererat|inte levereras|ikke leveres|nie można dostarczyć|niedoręczon|nedoručiteln|kézbesíthetetlen"
    r"|toimitus epäonnistui|teslim edilemedi|non recapitabil|не удается доставить|не удалось доставить"
    r"|配信エラー|送信エラー|送信失敗|无法(?:传递|投递|送达)|無法(?:傳遞|投遞|送達)|发送失败|전송 실패|배달 실패"
    r"|rejected (?:e-?mail|message)|error sending your|error mail report|postmaster notify|(?:been|sent) blocked"
    r"|mail quota|delivery delayed|mail sent to .{1,80} was rejected|apparently from you"
    r"|mancato recapito|mancata consegna|配信不能|送信できません|退信|недоставлен|не доставлен",
    re.IGNORECASE,
)
WORDS = re.compile(
    r"could ?n[o']t be delivered|not be delivered|was not delivered|undeliverable|unable to deliver"
    r"|delivery (?:to .{0,80})?failed"
    r"|failed permanently|permanent (?:fatal )?error|fatal error|unknown user|user unknown|no such user"
    r"|following (?:address|recipient)"
    r"|returned to sender|message could not|could not deliver|cannot deliver|mailbox full|transcript of session"
    r"|no (?:se )?(?:ha podido|pudo|puede) (?:ser )?entrega|nicht zugestellt|n['’]a pas pu [êe]tre (?:remis|distribu)"
    r"|não (?:p[ôo]de|foi poss[íi]vel) .{0,20}entreg|impossibile recapitare|non è stato possibile (?:recapit|consegn)"
    r"|niet (?:worden )?(?:afgeleverd|bezorgd)|配信(?:でき|され)ません|届けられません|无法(?:传递|投递|送达)"
    r"|無法(?:傳遞|投遞|送達)|не (?:может быть|удалось|удается) достав"
    r"|(?:^|\s)5[0-7]\d[ -]",
    re.IGNORECASE | re.MULTILINE,
)
ORIGINAL = re.compile(
    r"^[- =>*]{0,80}(?:(?:below|this|here) .{0,20}(?:is|are) (?:a copy|the (?:original|first|header))"
    r"|.{0,10}original message"
    r"|.{0,20}copy of (?:the|your) (?:original )?message|(?:unsent|undelivered|returned|original"
    r"|failed) (?:message|mail)"
    r"|message (?:follows|headers?)|content-type: message/rfc822|return-path:|received: )",
    re.IGNORECASE | re.MULTILINE,
)
#: A warning: the server goes on trying, so nothing has failed yet.
WARNED = re.compile(
    r"warning message only|(?:do not|don't|no) need to resend|will (?:be retried|keep trying|continue to|try again)"
    r"|still being retried|not yet been delivered|delivery attempts will|remains in the queue|has been delayed",
    re.IGNORECASE,
)
#: At which step of the dialogue the receiving server refused (RFC 5321): a recipient who is taken at RCPT and refused
#: after DATA exists; what was sent was not wanted.
AT_RECIPIENT = re.compile(r"\bRCPT\b", re.IGNORECASE)
AFTER_DATA = re.compile(
    r">>> ?DATA|(?:end of|after|reply to)(?: the)?(?: end of)? (?:DATA|message)\b|\b5\d\d[ -]?: ?:? ?user unknown",
    re.IGNORECASE,
)
