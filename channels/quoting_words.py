"""The words with which mail programs of many languages head a quote: who wrote, when, about what, to whom.

Alternatives of regular expressions, without groups; nothing here judges a line.
"""

from __future__ import annotations

VERBS = (
    r"wrote|writes|sent|schrieb(?: am| folgendes)?|a [ée]crit|escribi[óo]|escribe|va escriure|escreveu"
    r"|ha scritto|scrisse"
    r"|schreef|geschreven|skrev(?: f[øö]l(?:jande|gende))?|napisa[łl](?:\(a\)|a)?|pisze|napsal(?:\(a\)|a)?"
    r"|nap[íi]sal(?:a)?"
    r"|написал(?:\(а\)|а)?|пишет|пише|написав(?:ла)?|написа|је написао|je napisa(?:o|la)|a scris|kirjoitti"
    r"|yazd[ıi]|[íi]rta"
    r"|đã viết|menulis|έγραψε|כתב(?:ה)?|كتب|写道|寫道|写到|書きました|のメール|님이 작성|작성|เขียนว่า"
)
OPENERS = (
    r"On|Le|Am|El|Em|Il(?: giorno)?|Op|Den|Dne|Dnia|W dniu|Vào|Ngày|Pada|På|Στις|На|В|V|Dňa|Am|Fra|Data"
    r"|Tarihinde|La|Pe"
    r"|بتاريخ|في|בתאריך|ב-|在|於|于|Quoting"
)
FROM = (
    r"from|von|de|da|van|fra|från|od|от|від|lähettäjä|kimden|feladó|从|发件人|寄件者|差出人|보낸 사람|מאת|寄件人|من|από"
    r"|gönderen|từ|de la|expeditor|จาก|dari|šalje|nuo|no|kellelt|प्रेषक|از|mula kay"
)
WHEN = (
    r"sent|date|gesendet|datum|envoy[ée](?: le)?|enviado(?: el| em)?|fecha|data|inviato|verzonden|sendt"
    r"|dato|skickat|wysłano|odesláno|отправлено|дата|надіслано|lähetetty|gönderildi|tarih|elküldve|发送时间|日期"
    r"|送信日時|보낸 날짜|寄件日期|傳送時間|تم الإرسال|התאריך|נשלח|στάλθηκε|ημερομηνία|gönderme tarihi|đã gửi|ngày"
    r"|trimis|data|ส่ง|วันที่|dikirim|tanggal|poslano|enviat|изпратено|odoslané|išsiųsta|nosūtīts|saadetud|तारीख"
    r"|تاریخ|ارسال شده|petsa"
)
ABOUT = (
    r"subject|betreff|objet|asunto|assunto|oggetto|risposta|onderwerp|emne|ämne|temat|předmět|тема|aihe"
    r"|konu|tárgy|主题|主旨|件名|제목|الموضوع|נושא|θέμα|chủ đề|subiect|เรื่อง|perihal|subjek|predmet|assumpte"
    r"|относно|tema|temats|teema|विषय|موضوع|paksa"
)
TO = (
    r"to|an|à|a|para|aan|til|till|do|komu|кому|vastaanottaja|kime|címzett|收件人|宛先|받는 사람|cc|kopie|copie"
    r"|cópia|kopia|bcc|reply-to|rispondi a|importance|priority|attachments?|anlagen?|إلى|אל|προς|kime|tới"
    r"|đến|către|ถึง|kepada|prima|per a|до|kam|kellele|प्रति|به"
)
