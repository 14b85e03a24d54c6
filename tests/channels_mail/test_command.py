"""`warmline mail parse`: one line per file with exactly the promised fields."""

import argparse

import msgspec

from ui.commands import mail

FIELDS = """
    file message_id in_reply_to references date from reply_to to cc subject text html_sanitised reply_text signature
    is_auto_reply is_bounce bounce is_feedback_report is_mailing_list is_spam dmarc forward attachments defects
"""


def test_each_file_gets_a_line(tmp_path, capfdbinary):
    good = tmp_path / "good.eml"
    good.write_bytes(
        b"From: Ana <a@B.example>\r\nDate: Mon, 1 Jan 2024 10:00:00 +0000\r\nIn-Reply-To: <x@y>\r\n\r\nhola"
    )
    bad = tmp_path / "bad.eml"
    bad.write_bytes(b"X: y\r\n" * 2000)
    parser = argparse.ArgumentParser()
    mail.add(parser.add_subparsers())
    args = parser.parse_args(["mail", "parse", str(good), str(bad), str(tmp_path / "none.eml"), str(good)])
    assert args.func(args) == 0
    lines = [msgspec.json.decode(line) for line in capfdbinary.readouterr().out.splitlines()]
    assert list(lines[0]) == FIELDS.split()
    assert lines[0] == lines[3]
    assert (lines[0]["from"], lines[0]["date"]) == ({"name": "Ana", "address": "a@b.example"}, "2024-01-01T10:00:00Z")
    assert (lines[0]["text"], lines[0]["in_reply_to"], lines[0]["dmarc"]) == ("hola", "x@y", None)
    assert lines[1] == {"file": str(bad), "error": "more than 1000 header fields"}
    assert lines[2] == {"file": str(tmp_path / "none.eml"), "error": "No such file or directory"}
