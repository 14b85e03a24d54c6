"""Keeps tests on this machine: an audit hook that refuses name look-ups and traffic to anything but loopback."""

import ipaddress
import sys


class OutsideSocket(RuntimeError):
    """A test tried to leave the machine. Not an OSError, so that code which retries on those cannot swallow it."""


def guard() -> None:
    """Installs the hook for the rest of this process; it cannot be taken out again.

    It sees Python's own sockets, not those of C libraries (libpq, libuv) or of child processes.
    """
    sys.addaudithook(_refuse)


def _refuse(event: str, arguments: tuple[object, ...]) -> None:
    if event in ("socket.connect", "socket.sendto"):
        address = arguments[1]
        if isinstance(address, tuple) and not _is_loopback(address[0]):
            raise OutsideSocket(f"{event} to {address[0]!r}: tests talk to loopback and unix sockets only")
    elif event == "socket.getaddrinfo" and not _is_harmless(arguments[0]):
        raise OutsideSocket(f"look-up of {arguments[0]!r}: tests resolve no names but localhost")


def _is_loopback(host: object) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(str(host)).is_loopback
    except ValueError:
        return False


def _is_harmless(host: object) -> bool:
    """A literal address is not looked up anywhere; None and "" mean this machine."""
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    if host in (None, "", "localhost"):
        return True
    try:
        ipaddress.ip_address(str(host))
    except ValueError:
        return False
    return True
