"""Which addresses we let others make us call: resolved once, every address public, and the call pinned to what was resolved."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

import httpx

IPAddress = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]

_METADATA = tuple(ip_network(text) for text in ("169.254.0.0/16", "100.100.100.200/32", "fd00:ec2::/32", "fe80::/10"))
_NAT64 = tuple(IPv6Network(text) for text in ("64:ff9b::/96", "64:ff9b:1::/48"))
_PORTS = frozenset({443, 8443})
_LONGEST = 2_000


class Rule(StrEnum):
    """What an address breaks."""

    FORM = "form"
    USERINFO = "userinfo"
    HTTPS_ONLY = "https_only"
    NOT_PUBLIC = "not_public"
    PORT = "port"


class Blocked(Exception):
    """An address that is not to be called; it names the rule and never the address."""

    def __init__(self, rule: Rule) -> None:
        super().__init__(rule.value)
        self.rule = rule


class Unresolved(Exception):
    """The host name does not resolve just now."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where to call: ``url`` by the address that was checked, ``host`` for the Host header and the certificate."""

    url: httpx.URL
    host: str
    name: str


@dataclass(frozen=True, slots=True)
class Guard:
    """``networks`` are private networks that a deployment opens on purpose; ``loopback`` (trials) also allows plain http."""

    networks: tuple[Network, ...] = ()
    loopback: bool = False

    async def admit(self, address: str, resolve: Resolve | None = None) -> Target:
        """Resolve and check; Blocked or Unresolved where it may not or cannot be called."""
        url = _parsed(address)
        port = url.port or (443 if url.scheme == "https" else 80)
        addresses = [_address(text) for text in await _resolved(resolve or resolve_host, url.host, port)]
        local = self.loopback and bool(addresses) and all(address.is_loopback for address in addresses)
        if url.scheme != "https" and not local:
            raise Blocked(Rule.HTTPS_ONLY)
        if not addresses or not all(local or self._is_open(address) for address in addresses):
            raise Blocked(Rule.NOT_PUBLIC)
        if port not in _PORTS and not local and not all(self._is_listed(address) for address in addresses):
            raise Blocked(Rule.PORT)
        return Target(url.copy_with(host=str(addresses[0])), url.netloc.decode(), url.host)

    def _is_open(self, address: IPAddress) -> bool:
        plain = embedded(address)
        if any(plain in network or address in network for network in _METADATA):
            return False
        return self._is_listed(plain) or (is_public(plain) and is_public(address))

    def _is_listed(self, address: IPAddress) -> bool:
        return any(address in network for network in self.networks)


def is_public(address: IPAddress) -> bool:
    """Whether the whole internet means the same machine by it."""
    if isinstance(address, IPv6Address) and (address.ipv4_mapped or address.is_site_local):
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def embedded(address: IPAddress) -> IPAddress:
    """The IPv4 address inside an IPv6 one (mapped, compatible, 6to4, NAT64, Teredo), else the address itself."""
    if isinstance(address, IPv4Address):
        return address
    low = IPv4Address(int(address) & 0xFFFF_FFFF)
    if address.ipv4_mapped or any(address in network for network in _NAT64) or int(address) >> 32 == 0:
        return address.ipv4_mapped or low
    return address.sixtofour or (address.teredo[1] if address.teredo else address)


async def resolve_host(host: str, port: int) -> Sequence[str]:
    """Every address that the system's resolver gives for a name."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unresolved from error
    return [str(item[4][0]) for item in found]


async def _resolved(resolve: Resolve, host: str, port: int) -> Sequence[str]:
    try:
        return [str(ip_address(host))]
    except ValueError:
        return await resolve(host, port)


def _parsed(address: str) -> httpx.URL:
    try:
        url = httpx.URL(address) if len(address) <= _LONGEST else httpx.URL("")
    except (httpx.InvalidURL, ValueError):
        url = httpx.URL("")
    if url.scheme not in {"https", "http"} or not url.host:
        raise Blocked(Rule.FORM)
    if url.userinfo:
        raise Blocked(Rule.USERINFO)
    return url


def _address(text: str) -> IPAddress:
    try:
        return ip_address(text.partition("%")[0])
    except ValueError as error:
        raise Blocked(Rule.NOT_PUBLIC) from error
