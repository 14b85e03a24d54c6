"""The author's words against what they quote, in the headers of many mail programs and languages."""

import pytest

from channels.quoting import split, split_mail

ATTRIBUTIONS = [
    "On Mon, Apr 2, 2012 at 6:26 PM, Megan One <x@mail.example> wrote:",
    "Am 03.02.2016 um 15:35 schrieb Max Mustermann <x@mail.example>:",
    "Le 23 janv. 2015 à 22:03, Marie <x@mail.example> a écrit :",
    "El mié, 5 feb 2020 a las 10:00, Ana Ruiz (<x@mail.example>) escribió:",
    "Em qua., 5 de fev. de 2020 às 10:00, Ana <x@mail.example> escreveu:",
    "Il giorno mer 5 feb 2020 alle ore 10:00 Ana <x@mail.example> ha scritto:",
    "Op 16 aug. 2014 05:13 schreef Jan <x@mail.example>:",
    "Den 15. jun. 2016 kl. 20.42 skrev Jan <x@mail.example>:",
    "W dniu 28 stycznia 2015 01:53 użytkownik Zoe <x@mail.example>\nnapisał:",
    "20 окт. 2016 г. 19:37 пользователь Rafa <x@mail.example> написал:",
    "30 серп. 2016 р. 20:45 Arpit <x@mail.example> пише:",
    "Vào 14:24 8 tháng 6, 2017, Hùng <x@mail.example> đã viết:",
    "在 2016年12月12日，下午8:45，Erlend <x@mail.example> 写道：",
    "Dne 5. 2. 2020 v 10:00 Jana <x@mail.example> napsal(a):",
    "5.2.2020 klo 10.00, Aino <x@mail.example> kirjoitti:",
    "2014-10-17 11:28 GMT+03:00 Postmaster <x@mail.example>:",
    "Ana Ruiz <a@b.example> escreveu (segunda, 1/01/2024 à(s) 10:00):",
    "po 1. 1. 2024 v 10:00 odesílatel Ana Ruiz <a@b.example> napsal:",
    "po 1. 1. 2024 o 10:00 Ana Ruiz <a@b.example> napísal(a):",
    "Ana Ruiz <a@b.example> ezt írta (időpont: 2024. jan. 1., H, 10:00):",
    "În lun., 1 ian. 2024 la 10:00, Ana Ruiz <a@b.example> a scris:",
    "Ana Ruiz <a@b.example>, 1 Oca 2024 Pzt, 10:00 tarihinde şunu yazdı:",
    "בתאריך יום ב׳, 1 בינו׳ 2024 ב-10:00 מאת \u202aAna Ruiz\u202c\u200f <\u202aa@b.example\u202c\u200f>:",
    "في الاثنين، 1 يناير 2024 في 10:00 ص تمت كتابة ما يلي بواسطة Ana Ruiz <a@b.example>:",
    "2024년 1월 1일 (월) 오전 10:00, Ana Ruiz <a@b.example>님이 작성:",
    "2024年1月1日(月) 10:00 Ana Ruiz <a@b.example>:",
    "Ana Ruiz <a@b.example> 于2024年1月1日周一 10:00写道：",
    "Ana Ruiz <a@b.example> 於 2024年1月1日 週一 上午10:00寫道：",
    "ในวันที่ จ. 1 ม.ค. 2024 เวลา 10:00 Ana Ruiz <a@b.example> เขียนว่า:",
    "Noong Lun, Ene 1, 2024 nang 10:00 AM, isinulat ni Ana Ruiz <a@b.example> ang:",
    "सोम, 1 जन॰ 2024 को 10:00 पूर्वाह्न बजे को Ana Ruiz <a@b.example> ने लिखा:",
    "pon, 1. sij 2024. u 10:00 Ana Ruiz <a@b.example> napisao je:",
    "пон, 1. јан 2024. у 10:00 Ana Ruiz <a@b.example> је написао/ла:",
    "На пн, 1.01.2024 г. в 10:00 Ana Ruiz <a@b.example> написа:",
    "Missatge de Ana Ruiz <a@b.example> del dia dl., 1 de gen. 2024 a les 10:00:",
    "2024-01-01, pr, 10:00 Ana Ruiz <a@b.example> rašė:",
    "pirmd., 2024. g. 1. janv., plkst. 10:00 — lietotājs Ana Ruiz (<a@b.example>) rakstīja:",
    "Kuupäev E, 1. jaanuar 2024 kell 10:00 kirjutas Ana Ruiz <a@b.example>:",
    "در تاریخ دوشنبه ۱ ژانویهٔ ۲۰۲۴،\u200f ۱۰:۰۰ Ana Ruiz <a@b.example> نوشت:",
    "Στις Δευ 1 Ιαν 2024 στις 10:00 π.μ., ο χρήστης Ana Ruiz <a@b.example> έγραψε:",
    "Pada tanggal Sen, 1 Jan 2024 pukul 10.00 Ana Ruiz <a@b.example> menulis:",
    "man. 1. jan. 2024 kl. 10:00 skrev Ana Ruiz <a@b.example>:",
    "En lunes, 1 de enero de 2024, 10:00:00 CET, Ana Ruiz <a@b.example> escribió:",
    "El lun, 1 ene 2024 a las 10:00, Ana Ruiz de la Torre y Fernández (<\\\na@b.example>) escribió:",
]


@pytest.mark.parametrize("attribution", ATTRIBUTIONS)
@pytest.mark.parametrize("quote", ["> old\n> words", "old words"])
def test_attributions(attribution, quote):
    found = split(f"My own words\n\n{attribution}\n\n{quote}\n")
    assert found.text == "My own words"
    assert found.quoted.replace("\n", " ").endswith(quote.replace("\n", " "))


@pytest.mark.parametrize(
    "header",
    [
        "From: Ana\nSent: Monday\nTo: Bo\nSubject: x",
        "De : Ana\nEnvoyé : lundi\nÀ : Bo\nObjet : x",
        "Von: Ana\nGesendet: Montag\nAn: Bo\nBetreff: x",
        "发件人: Ana\n发送时间: 2024\n收件人: b\n主题: x",
        "寄件者: Ana\n寄件日期: 2024\n收件者: b\n主旨: x",
        "差出人: Ana\n送信日時: 2024\n宛先: b\n件名: x",
        "보낸 사람: Ana\n보낸 날짜: 2024\n받는 사람: b\n제목: x",
        "От: Ana\nОтправлено: 1\nКому: b\nТема: x",
        "من: Ana\nتم الإرسال: 1\nإلى: b\nالموضوع: x",
        "מאת: Ana\nנשלח: 1\nאל: b\nנושא: x",
        "Gönderen: Ana\nGönderildi: 1\nKime: b\nKonu: x",
        "Από: Ana\nΣτάλθηκε: 1\nΠρος: b\nΘέμα: x",
        "Từ: Ana\nĐã gửi: 1\nTới: b\nChủ đề: x",
        "Feladó: Ana\nElküldve: 1\nCímzett: b\nTárgy: x",
        "De la: Ana\nTrimis: 1\nCătre: b\nSubiect: x",
        "Od: Ana\nWysłano: 1\nDo: b\nTemat: x",
        "Lähettäjä: Ana\nLähetetty: 1\nVastaanottaja: b\nAihe: x",
        "Från: Ana\nSkickat: 1\nTill: b\nÄmne: x",
        "Fra: Ana\nSendt: 1\nTil: b\nEmne: x",
        "Van: Ana\nVerzonden: 1\nAan: b\nOnderwerp: x",
        "De: Ana\nEnviado: 1\nPara: b\nAssunto: x",
        "จาก: Ana\nส่ง: 1\nถึง: b\nเรื่อง: x",
        "Dari: Ana\nDikirim: 1\nKepada: b\nPerihal: x",
        "Від: Ana\nНадіслано: 1\nКому: b\nТема: x",
        "Da: Ana\nInviato: lunedì\nA: b\nOggetto: x",
        "De: Ana\nEnviat: 1\nPer a: b\nAssumpte: x",
        "От: Ana\nИзпратено: 1\nДо: b\nОтносно: x",
        "De: Ana\nEnviado el: lunes\nPara: b\nAsunto: x",
        "-----Mensaje original-----\nDe: Ana",
        "________________________________\nFrom: Ana\nSent: Monday\nSubject: x",
    ],
)
def test_old_headers(header):
    assert split(f"Own\n\n{header}\n\nOld words").text == "Own"


def test_an_address_and_a_time_in_a_sentence_are_no_attribution():
    text = "Write to Ana <a@b.example> before 1 Jan 2024, 10:00.\nThen call me."
    assert split(text).text == text


def test_words_right_above_an_attribution_stay():
    found = split("Gracias\nAna Ruiz <a@b.example> ezt írta (2024. jan. 1., 10:00):\n> régi")
    assert (found.text, found.quoted.splitlines()[-1]) == ("Gracias", "> régi")


def test_answers_between_quotes_are_the_authors():
    found = split(
        "On Mon, Apr 2, 2012 at 6:26 PM, M <x@y.example> wrote:\n> pain?\n\nYes, in the chest.\n\n> fever?\n\nNo."
    )
    assert found.text == "Yes, in the chest.\n\n\nNo."


def test_a_signature_is_set_apart():
    found = split("Thanks\n\n-- \nAna Ruiz\n555 0100")
    assert (found.text, found.signature) == ("Thanks", "-- \nAna Ruiz\n555 0100".replace("-- ", "--"))
    assert split("Need a refill\n\nSent from my iPhone").text == "Need a refill"
    assert split("Sent from my desk, is much easier.").text == "Sent from my desk, is much easier."


def test_a_line_across_a_long_letter_does_not_end_it():
    text = "First\n-----\n" + "\n".join(f"line {n}" for n in range(20))
    assert split(text).text == text


def test_a_forwarded_message_is_told_apart():
    found = split("FYI\n\n---------- Forwarded message ---------\nFrom: Eva <e@x.example>\nDate: today\n\nHelp me")
    assert (found.text, found.forwarded_from) == ("FYI", "Eva <e@x.example>")
    assert found.forwarded == "From: Eva <e@x.example>\nDate: today\n\nHelp me"


def test_words_are_never_empty_where_there_is_text():
    assert split("> only a quote").text == "> only a quote"
    assert split("Sent from my iPhone").text == "Sent from my iPhone"


@pytest.mark.parametrize(
    "html",
    [
        '<div>Own</div><div class="gmail_quote">On x wrote:<blockquote>old</blockquote></div>',
        '<p>Own</p><div id="divRplyFwdMsg">From: x</div><p>old</p>',
        '<p>Own</p><div class="moz-cite-prefix">On x:</div><blockquote type="cite">old</blockquote>',
    ],
)
def test_html_quotes(html):
    assert split_mail("Own On x wrote: old", html).text == "Own"


@pytest.mark.parametrize(
    "text",
    [
        "x: <a@b>\n" * 20_000,
        "> " * 400_000,
        "On 1 " + "a" * 400_000 + " wrote:",
        "-- \n" * 50_000 + "x",
        "\n" * 300_000,
    ],
)
@pytest.mark.timeout(60)
def test_a_hostile_length_ends(text):
    """Linear work takes a fraction of a second here; a quadratic pattern would run for hours."""
    assert split(text).text is not None
