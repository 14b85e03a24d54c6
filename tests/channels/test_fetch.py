"""The guarded fetch: what it brings, and every way a stranger could choose where we connect to."""

import asyncio
import hashlib
import socket
import ssl
import threading
from base64 import b64encode
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from channels import media_kinds
from channels.fetch import Fetched, FetchFailed, Resolver, fetch

Answer = Callable[[str], bytes]


def answer(content: bytes, status: int = 200, **headers: str) -> bytes:
    named = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    return (
        f"HTTP/1.1 {status} X\r\n{named}Content-Length: {len(content)}\r\nConnection: close\r\n\r\n".encode() + content
    )


@asynccontextmanager
async def server(answering: Answer) -> AsyncIterator[tuple[int, list[str]]]:
    heads: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append((await reader.readuntil(b"\r\n\r\n")).decode())
        writer.write(answering(heads[-1]))
        await writer.drain()
        writer.close()
        await asyncio.gather(writer.wait_closed(), return_exceptions=True)

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield listening.sockets[0].getsockname()[1], heads
    finally:
        listening.close()
        await listening.wait_closed()


def names(**addresses: str) -> Resolver:
    """A resolver that knows `a_example` as a.example and literal addresses as themselves."""

    async def resolve(host: str, port: int) -> list[str]:
        return [addresses.get(host.replace(".", "_"), host)]

    return resolve


async def refusal(url: str, address: str = "127.0.0.1", **options: object) -> FetchFailed:
    resolver = names(api_twilio_com=address)
    with pytest.raises(FetchFailed) as failed:
        await fetch(url, resolver=resolver, **options)  # type: ignore[arg-type] # options vary by test
    return failed.value


async def test_it_brings_the_bytes_from_the_judged_address_and_names_the_host() -> None:
    async with server(lambda head: answer(b"\x89PNG", Content_Type="image/PNG; x=1")) as (port, heads):
        fetched = await fetch(
            f"http://api.twilio.com:{port}/m?x=1#f",
            loopback=True,
            resolver=names(api_twilio_com="127.0.0.1"),
            credentials={"api.twilio.com": ("AC1", "secret"), "other.example": ("x", "y")},
        )
    assert fetched == Fetched(b"\x89PNG", "image/png", hashlib.sha256(b"\x89PNG").hexdigest())
    lines = heads[0].split("\r\n")
    assert lines[0] == "GET /m?x=1 HTTP/1.1"
    assert f"Host: api.twilio.com:{port}" in lines
    assert "Authorization: Basic " + b64encode(b"AC1:secret").decode() in lines


@pytest.mark.parametrize(
    ("url", "address", "reason"),
    [
        ("http://api.twilio.com/m", "54.1.2.3", "only https is fetched"),
        ("https://api.twilio.com:8443/m", "54.1.2.3", "only https is fetched"),
        ("file:///etc/passwd", "54.1.2.3", "only https is fetched"),
        ("gopher://api.twilio.com/", "54.1.2.3", "only https is fetched"),
        ("https://api.twilio.com.evil.example/m", "54.1.2.3", "this host is not on the list"),
        ("https://api.twilio.com@8.8.8.8/m", "54.1.2.3", "this host is not on the list"),
        ("https://api.twilio.com/m", "127.0.0.1", "this host is not on the public network"),
        ("https://api.twilio.com/m", "10.0.0.1", "this host is not on the public network"),
        ("https://api.twilio.com/m", "169.254.169.254", "this host is not on the public network"),
        ("https://api.twilio.com/m", "100.64.0.1", "this host is not on the public network"),
        ("https://api.twilio.com/m", "0.0.0.0", "this host is not on the public network"),
        ("https://api.twilio.com/m", "224.0.0.1", "this host is not on the public network"),
        ("https://api.twilio.com/m", "::1", "this host is not on the public network"),
        ("https://api.twilio.com/m", "fc00::1", "this host is not on the public network"),
        ("https://api.twilio.com/m", "fe80::1%eth0", "this host is not on the public network"),
        ("https://api.twilio.com/m", "::ffff:10.0.0.1", "this host is not on the public network"),
        ("https://api.twilio.com/m", "2002:0a00:0001::1", "this host is not on the public network"),
        ("https://api.twilio.com/m", "64:ff9b::a00:1", "this host is not on the public network"),
        ("https://", "54.1.2.3", "only https is fetched"),
        ("https://[::1", "54.1.2.3", "this is no address"),
    ],
)
async def test_where_it_never_goes(url: str, address: str, reason: str) -> None:
    failed = await refusal(url, address)
    assert (str(failed), failed.permanent) == (reason, True)


async def test_loopback_is_refused_unless_allowed() -> None:
    async with server(lambda head: answer(b"x")) as (port, heads):
        failed = await refusal(f"http://127.0.0.1:{port}/", hosts=None)
        assert (str(failed), heads) == ("only https is fetched", [])


async def test_a_redirect_is_judged_again_and_carries_no_credentials_along() -> None:
    async with server(lambda head: answer(b"there")) as (other, heads):
        redirect = answer(b"", 302, Location=f"http://cdn.example:{other}/file")
        async with server(lambda head: redirect) as (port, _):
            options = {"loopback": True, "credentials": {"api.twilio.com": ("AC1", "secret")}}
            known = names(api_twilio_com="127.0.0.1", cdn_example="127.0.0.1")
            url = f"http://api.twilio.com:{port}/m"
            assert (await fetch(url, resolver=known, **options)).content == b"there"  # type: ignore[arg-type] # as above
            assert [line for line in heads[0].split("\r\n") if line.startswith("Authorization")] == []
            moved = names(api_twilio_com="127.0.0.1", cdn_example="169.254.169.254")
            with pytest.raises(FetchFailed, match="only https is fetched"):
                await fetch(url, resolver=moved, **options)  # type: ignore[arg-type] # as above


async def test_endless_redirects_end() -> None:
    async with server(lambda head: answer(b"", 302, Location="/again")) as (port, heads):
        failed = await refusal(f"http://api.twilio.com:{port}/", loopback=True)
    assert (str(failed), len(heads)) == ("too many redirects", 4)


@pytest.mark.parametrize(
    ("response", "reason", "permanent"),
    [
        (answer(b"x" * 11), "it is too large", True),
        (b"HTTP/1.1 200 X\r\nConnection: close\r\n\r\n" + b"x" * 11, "it is too large", True),
        (answer(b"x", Content_Encoding="gzip"), "it is compressed, though that was not asked for", True),
        (answer(b"", 404), "the server answered 404", True),
        (answer(b"", 503), "the server answered 503", False),
        (b"", "the connection failed (RemoteProtocolError)", False),
    ],
)
async def test_what_is_not_taken(response: bytes, reason: str, permanent: bool) -> None:
    async with server(lambda head: response) as (port, _):
        failed = await refusal(f"http://api.twilio.com:{port}/", loopback=True, largest=10)
    assert (str(failed), failed.permanent) == (reason, permanent)


async def test_a_slow_server_is_given_up() -> None:
    left = asyncio.Event()

    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()
        await asyncio.gather(writer.wait_closed(), return_exceptions=True)
        left.set()
        await asyncio.gather(writer.wait_closed(), return_exceptions=True)

    listening = await asyncio.start_server(hang, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    failed = await refusal(f"http://api.twilio.com:{port}/", loopback=True, seconds=0.1)
    assert (str(failed), failed.permanent) == ("it took longer than 0.1 seconds", False)
    await left.wait()
    listening.close()
    await listening.wait_closed()


@pytest.mark.parametrize(("host", "welcome"), [("api.twilio.com", True), ("other.example", False)])
async def test_the_certificate_must_be_the_hosts_own(tmp_path: Path, host: str, welcome: bool) -> None:
    certificate = certify(tmp_path, host)
    trusting = ssl.create_default_context(cafile=str(certificate))
    with tls_server(certificate, answer(b"safe")) as port:
        known = names(api_twilio_com="127.0.0.1")
        asking = fetch(f"https://api.twilio.com:{port}/", loopback=True, resolver=known, tls=trusting)
        if welcome:
            assert (await asking).content == b"safe"
        else:
            with pytest.raises(FetchFailed, match="the connection failed"):
                await asking


@contextmanager
def tls_server(certificate: Path, response: bytes) -> Iterator[int]:
    """One TLS connection in a thread: asyncio's TLS transports outlive their test."""
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(certificate)

    def serve() -> None:
        plain, _ = listening.accept()
        with plain, suppress(ssl.SSLError, OSError), serving.wrap_socket(plain, server_side=True) as secured:
            secured.recv(65_536)
            secured.sendall(response)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve)
        thread.start()
        yield listening.getsockname()[1]
        thread.join()


def certify(folder: Path, host: str) -> Path:
    """A self-signed certificate for `host` with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
    builder = builder.not_valid_after(datetime.now(UTC) + timedelta(days=1))
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = folder / "host.pem"
    file.write_bytes(private + builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    return file


@pytest.mark.parametrize(
    ("content", "named", "kind"),
    [
        (b"\xff\xd8\xff\xe0", "image/png", "image/jpeg"),
        (b"%PDF-1.7", "image/jpeg", "application/pdf"),
        (b"OggS\0", "audio/ogg", "audio/ogg"),
        (b"BEGIN:VCARD", "text/vcard", "text/vcard"),
        (b"<svg onload=x>", "image/svg+xml", "application/octet-stream"),
        (b"<html>", "text/html", "application/octet-stream"),
        (b"\0\0", "image/jpeg", "application/octet-stream"),
        (b"MZ\x90\0", "image/jpeg", ""),
        (b"\x7fELF", "audio/ogg", ""),
        (b"#!/bin/sh\n", "text/plain", ""),
        (b"", "image/png", ""),
    ],
)
def test_a_file_is_kept_as_what_its_bytes_say(content: bytes, named: str, kind: str) -> None:
    assert media_kinds.received(content, named) == kind
