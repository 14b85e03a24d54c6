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
        "-----Mensaje original-----\nDe: Ana",
        "________________________________\nFrom: Ana\nSent: Monday\nSubject: x",
    ],
)
def test_old_headers(header):
    assert split(f"Own\n\n{header}\n\nOld words").text == "Own"


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
