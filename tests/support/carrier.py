"""Twilio on loopback for the real SDK: keeps what it was told and answers from it. Refuses, like the provider, what its
published OpenAPI document does not know: paths, methods, fields, patterns, enums, missing fields, a wrong token.
"""

from __future__ import annotations

import base64
import json
import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

CONTRACTS = Path(__file__).parents[2] / os.environ.get("WARMLINE_CONTRACTS", "../shared/contracts")
DOCUMENT = CONTRACTS / "twilio_api_v2010.json"
ROOT = "/2010-04-01/Accounts"
Fields = dict[str, list[str]]


class Refused(Exception):
    """What the document does not allow; the text names it."""


class Document:
    """The published document: what may be asked, and the shape of each answer."""

    def __init__(self) -> None:
        self._document = json.loads(DOCUMENT.read_bytes())
        self._paths = [
            (re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path.replace(".", r"\."))), path, methods)
            for path, methods in self._document["paths"].items()
        ]

    def check(self, method: str, path: str, fields: Fields) -> tuple[str, dict[str, str]]:
        """The path's template and its values. Raises Refused."""
        found = next(
            ((path_, match, asked) for rule, path_, asked in self._paths if (match := rule.fullmatch(path))), None
        )
        if found is None or method.lower() not in found[2]:
            raise Refused(f"{method} {path} is nothing that the provider has")
        template, match, methods = found
        operation = methods[method.lower()]
        named = {one["name"]: one for one in operation.get("parameters", ()) + methods.get("parameters", [])}
        for name, value in match.groupdict().items():
            self._fits(name, value, named[name]["schema"])
        known = {name: one["schema"] for name, one in named.items() if one["in"] == "query"}
        form = operation.get("requestBody", {}).get("content", {}).get("application/x-www-form-urlencoded")
        if form:
            known |= form["schema"].get("properties", {})
            if missing := set(form["schema"].get("required", ())) - set(fields):
                raise Refused(f"{sorted(missing)} is required")
        for name, values in fields.items():
            if name not in known:
                raise Refused(f"{name} is no field of {method} {template}")
            for value in values:
                self._fits(name, value, known[name])
        return template, match.groupdict()

    def resource(self, schema: str, **values: Any) -> dict[str, Any]:
        """A resource with all its properties, null where not given; one it does not know is our fault."""
        properties = self._document["components"]["schemas"][schema]["properties"]
        assert set(values) <= set(properties), sorted(set(values) - set(properties))
        return dict.fromkeys(properties) | values

    def _fits(self, name: str, value: str, schema: dict[str, Any]) -> None:
        if "$ref" in schema:
            schema = self._document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        if schema.get("type") == "array":
            schema = schema["items"]
        if "enum" in schema and value not in schema["enum"]:
            raise Refused(f"{name} is none of {schema['enum']}")
        if "pattern" in schema and not re.search(schema["pattern"], value):
            raise Refused(f"{name} does not fit {schema['pattern']}")
        if schema.get("type") == "integer" and not value.lstrip("-").isdigit():
            raise Refused(f"{name} is no whole number")
        if schema.get("format") == "date-time" and not re.match(r"\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)$", value):
            raise Refused(f"{name} is no moment")


class Carrier:
    """`messages`, `calls`, `media`, `recordings` and `numbers` are what it lists, newest first; `asked` what it was
    asked; `refused` why it said 400; `fault` an HTTP status for every send that is taken all the same."""

    def __init__(self, account: str, token: str) -> None:
        self.account, self.token, self.document = account, token, Document()
        self.messages: list[dict[str, Any]] = []
        self.calls: list[dict[str, Any]] = []
        self.numbers: list[dict[str, Any]] = []
        self.media: dict[str, list[str]] = {}
        self.recordings: dict[str, int] = {}
        self.approvals: dict[str, str] = {}
        self.asked: list[str] = []
        self.refused: list[str] = []
        self.fault = 0
        self.files: dict[str, tuple[str, bytes]] = {}
        self.owner: dict[str, Any] = {"status": "active", "type": "Full"}

    def came(self, sid: str, sender: str, to: str, text: str, at: datetime, files: int = 0) -> None:
        """A patient wrote, whether or not anybody heard the webhook."""
        self._keep(
            sid=sid, **{"from": sender}, to=to, body=text, direction="inbound", status="received", at=at, files=files
        )

    def rang(self, sid: str, caller: str, to: str, at: datetime, ended: datetime, status: str = "completed") -> None:
        """A patient called."""
        seconds = str(int((ended - at).total_seconds()))
        moments = {"date_created": at, "start_time": at, "end_time": ended}
        said = {name: format_datetime(moment) for name, moment in moments.items()}
        known = {"sid": sid, "from": caller, "to": to, "status": status, "direction": "inbound", "duration": seconds}
        self.calls.insert(0, self.document.resource("api.v2010.account.call", **known, **said))

    def answer(self, method: str, path: str, fields: Fields, now: datetime) -> tuple[int, Any]:
        """What the provider would say."""
        if found := re.fullmatch(r"/v1/Content/(HX\w{32})/ApprovalRequests", path):
            # of another API, whose document is not at hand
            return 200, {"sid": found[1], "whatsapp": {"status": self.approvals.get(found[1], "unsubmitted")}}
        try:
            template, values = self.document.check(method, path, fields)
        except Refused as error:
            self.refused.append(str(error))
            return 400, {"code": 20001, "message": str(error), "status": 400}
        self.asked.append(f"{method} {template.removeprefix(ROOT)}")
        if method == "POST":
            return self._take(fields, now)
        return 200, self._read(template, values, fields, path)

    def _take(self, fields: Fields, now: datetime) -> tuple[int, Any]:
        form = {name: values[0] for name, values in fields.items()}
        sid = f"SMe{len(self.messages) + 1:031x}"
        one = self._keep(
            sid=sid,
            **{"from": form.get("From", "")},
            to=form["To"],
            body=form.get("Body", ""),
            direction="outbound-api",
            status="queued",
            at=now,
            files=len(fields.get("MediaUrl", ())),
        )
        return (self.fault, {"code": 20500, "message": "A fault", "status": self.fault}) if self.fault else (201, one)

    def _keep(self, *, at: datetime, files: int, **values: Any) -> dict[str, Any]:
        moment = format_datetime(at)
        known = {"account_sid": self.account, "num_media": str(files), "date_created": moment, "date_sent": moment}
        one = self.document.resource("api.v2010.account.message", **known, **values)
        self.messages.insert(0, one)
        self.media[values["sid"]] = [f"ME{number:032x}" for number in range(files)]
        return one

    def _read(self, template: str, values: dict[str, str], fields: Fields, path: str) -> Any:
        name = template.removeprefix(ROOT)
        if name == "/{Sid}.json":
            return self.document.resource("api.v2010.account", sid=self.account, **self.owner)
        if name == "/{AccountSid}/Messages/{Sid}.json":
            return next(one for one in self.messages if one["sid"] == values["Sid"])
        if name.endswith("/Media.json"):
            found = [self._file(values["MessageSid"], sid) for sid in self.media[values["MessageSid"]]]
            return self._page("media_list", found, fields, path)
        if name == "/{AccountSid}/Recordings.json":
            every = [one for call in self.recordings for one in self._recorded(call, "recording")]
            return self._page("recordings", every, fields, path)
        if name.endswith("/{CallSid}/Recordings.json"):
            return self._page("recordings", self._recorded(values["CallSid"]), fields, path)
        key = {"Messages": "messages", "Calls": "calls", "IncomingPhoneNumbers": "numbers"}[
            path.rpartition("/")[2][:-5]
        ]
        found = [one for one in getattr(self, key) if _matches(one, fields)]
        return self._page("incoming_phone_numbers" if key == "numbers" else key, found, fields, path)

    def _file(self, message: str, sid: str) -> dict[str, Any]:
        uri = f"{ROOT}/{self.account}/Messages/{message}/Media/{sid}.json"
        return self.document.resource("api.v2010.account.message.media", sid=sid, uri=uri, content_type="image/png")

    def _recorded(self, call: str, kind: str = "call.call_recording") -> list[dict[str, Any]]:
        if call not in self.recordings:
            return []
        sid = f"RE{call[2:]}"
        uri = f"{ROOT}/{self.account}/Recordings/{sid}.json"
        seconds = str(self.recordings[call])
        return [self.document.resource(f"api.v2010.account.{kind}", sid=sid, uri=uri, duration=seconds, call_sid=call)]

    def _page(self, key: str, found: list[Any], fields: Fields, path: str) -> dict[str, Any]:
        size, number = int(fields.get("PageSize", ["50"])[0]), int(fields.get("Page", ["0"])[0])
        rest = {name: values for name, values in fields.items() if name != "Page"}
        query = "&".join(f"{name}={value}".replace("+", "%2B") for name, values in rest.items() for value in values)
        more = len(found) > (number + 1) * size
        following = f"{path}?{query}{'&' if query else ''}Page={number + 1}" if more else None
        return {key: found[number * size : (number + 1) * size], "page": number, "next_page_uri": following}


def _matches(one: dict[str, Any], fields: Fields) -> bool:
    for name, key in (("To", "to"), ("From", "from")):
        if name in fields and fields[name][0] != one[key]:
            return False
    for name, key in (("DateSent>", "date_sent"), ("StartTime>", "start_time")):
        if name in fields and datetime.strptime(one[key], "%a, %d %b %Y %H:%M:%S %z") < _moment(fields[name][0]):
            return False
    return True


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


@contextmanager
def carrier(account: str, token: str, clock: Any = lambda: datetime.now(UTC)) -> Iterator[tuple[Carrier, str]]:
    """A carrier whose clock a test may move, and its address."""
    made = Carrier(account, token)
    handler = type("Handler", (_Handler,), {"carrier": made, "clock": staticmethod(clock)})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield made, f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    carrier: Carrier
    clock: Any

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        if parts.path in self.carrier.files:
            kind, content = self.carrier.files[parts.path]
            self._send(200, content, kind)
        else:
            self._ask("GET", parts.path, parse_qs(parts.query, keep_blank_values=True))

    def do_HEAD(self) -> None:
        self._send(401, b"", "text/plain")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self._ask("POST", urlsplit(self.path).path, parse_qs(body, keep_blank_values=True))

    def _ask(self, method: str, path: str, fields: Fields) -> None:
        made = self.carrier
        wanted = base64.b64encode(f"{made.account}:{made.token}".encode()).decode()
        if self.headers.get("Authorization") != f"Basic {wanted}":
            answer: tuple[int, Any] = (401, {"code": 20003, "message": "Authenticate", "status": 401})
        else:
            answer = made.answer(method, path, fields, self.clock())
        self._send(answer[0], json.dumps(answer[1]).encode(), "application/json")

    def _send(self, status: int, content: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass
