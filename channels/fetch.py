"""Fetches what a message points at, once, and never lets a stranger choose where we connect to (SSRF).

Refuses anything but https to an allowed host on a global address; each redirect is judged again.
"""

from __future__ import annotations

import asyncio
import functools
import hashlib
import ipaddress
import socket
import ssl
from collections.abc import Awaitable, Callable, Collection, Mapping

import httpx
import msgspec

LARGEST_BYTES = 25 * 1024 * 1024
WHOLE_SECONDS = 20
MOST_REDIRECTS = 3
#: Where Twilio keeps media and recordings: its API first, then the address it redirects to.
TWILIO_HOSTS = frozenset({"api.twilio.com", "media.twiliocdn.com", "mms.twiliocdn.com", "s3-external-1.amazonaws.com"})

Resolver = Callable[[str, int], Awaitable[list[str]]]


class FetchFailed(Exception):
    """Nothing was fetched. `permanent`: trying again cannot help (refused, gone, too large)."""

    def __init__(self, reason: str, *, permanent: bool = True) -> None:
        super().__init__(reason)
        self.permanent = permanent


class Fetched(msgspec.Struct, frozen=True):
    """The bytes and what the server called them; `sha256` in hexadecimal."""

    content: bytes
    content_type: str
    sha256: str


async def resolve(host: str, port: int) -> list[str]:
    """The addresses of `host`, by the system's resolver."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


async def fetch(
    url: str,
    *,
    hosts: Collection[str] | None = TWILIO_HOSTS,
    credentials: Mapping[str, tuple[str, str]] | None = None,
    loopback: bool = False,
    largest: int = LARGEST_BYTES,
    seconds: float = WHOLE_SECONDS,
    resolver: Resolver = resolve,
    tls: ssl.SSLContext | None = None,
) -> Fetched:
    """GET `url`. `hosts` may be None for images anywhere; `credentials` maps a host to its own (user, password) and
    they go nowhere else; `loopback` allows http to this machine, for demo and tests. FetchFailed on anything else."""
    try:
        async with asyncio.timeout(seconds):
            for _ in range(MOST_REDIRECTS + 1):
                step = await _step(httpx.URL(url), hosts, credentials or {}, loopback, largest, resolver, tls)
                if isinstance(step, Fetched):
                    return step
                url = step
    except TimeoutError:
        raise FetchFailed(f"it took longer than {seconds:g} seconds", permanent=False) from None
    except (httpx.InvalidURL, UnicodeError):
        raise FetchFailed("this is no address") from None
    except (httpx.HTTPError, OSError) as error:
        raise FetchFailed(f"the connection failed ({type(error).__name__})", permanent=False) from None
    raise FetchFailed("too many redirects")


async def _step(
    url: httpx.URL,
    hosts: Collection[str] | None,
    credentials: Mapping[str, tuple[str, str]],
    loopback: bool,
    largest: int,
    resolver: Resolver,
    tls: ssl.SSLContext | None,
) -> Fetched | str:
    """One request: the bytes, or where it redirects to. The address that was judged is the one connected to, so a
    second DNS answer cannot differ."""
    host = url.host.lower().rstrip(".")
    address = await _judged(url, host, hosts, loopback, resolver)
    async with (
        httpx.AsyncClient(trust_env=False, timeout=seconds_each(), verify=tls or _trust()) as client,
        client.stream(
            "GET",
            url.copy_with(host=address, username=None, password=None, fragment=None),
            headers={"Host": url.netloc.decode("ascii"), "Accept-Encoding": "identity"},
            auth=credentials.get(host),
            extensions={"sni_hostname": host},
        ) as answer,
    ):
        if answer.is_redirect and "location" in answer.headers:
            return str(url.join(answer.headers["location"]))
        if answer.status_code != 200:
            later = answer.status_code == 429 or answer.status_code >= 500
            raise FetchFailed(f"the server answered {answer.status_code}", permanent=not later)
        return await _read(answer, largest)


def seconds_each() -> httpx.Timeout:
    """Per connect and per read; the whole is bounded by `fetch` itself."""
    return httpx.Timeout(10.0, connect=5.0)


async def _judged(url: httpx.URL, host: str, hosts: Collection[str] | None, loopback: bool, resolver: Resolver) -> str:
    unfit = _unfit(url, host, hosts)
    if unfit and not (loopback and url.scheme in ("http", "https") and host):
        raise FetchFailed(unfit)  # before anything is looked up: a name server hears nothing of strangers' hosts
    addresses = [ipaddress.ip_address(text.partition("%")[0]) for text in await resolver(host, url.port or 443)]
    if loopback and addresses and all(address.is_loopback for address in addresses):
        return str(addresses[0])
    if unfit:
        raise FetchFailed(unfit)
    if not addresses or not all(_is_global(address) for address in addresses):
        raise FetchFailed("this host is not on the public network")
    return str(addresses[0])


def _unfit(url: httpx.URL, host: str, hosts: Collection[str] | None) -> str:
    if url.scheme != "https" or url.port not in (None, 443) or not host:
        return "only https is fetched"
    return "" if hosts is None or host in hosts else "this host is not on the list"


def _is_global(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Global unicast only; an IPv4 address hidden in an IPv6 one (mapped, 6to4, NAT64) is judged as itself."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and address in ipaddress.ip_network("64:ff9b::/96"):
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return _is_global(inner)
    return address.is_global and not address.is_multicast


async def _read(answer: httpx.Response, largest: int) -> Fetched:
    if answer.headers.get("content-encoding", "identity") != "identity":
        raise FetchFailed("it is compressed, though that was not asked for")
    if int(answer.headers.get("content-length", "0")) > largest:
        raise FetchFailed("it is too large")
    content = bytearray()
    async for chunk in answer.aiter_raw(65_536):
        content += chunk
        if len(content) > largest:
            raise FetchFailed("it is too large")
    content_type = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    return Fetched(bytes(content), content_type, hashlib.sha256(content).hexdigest())


@functools.cache
def _trust() -> ssl.SSLContext:
    return httpx.create_ssl_context()  # 20 ms: once, not per file
