"""Carries events to webhooks, signed as Standard Webhooks says.

Whoever registers an address chooses where the hub calls. So no redirect is followed, and no address of a network that is not
public is called: the name is looked up once, what it leads to is looked at, and that address is called and no other.
"""

import asyncio
import ipaddress
import re
import socket
from collections.abc import Callable
from datetime import datetime
from urllib.parse import urlsplit

import httpx2
import msgspec

from connectors.errors import Failure, of_exception, of_status
from hub.domain.errors import Invalid
from hub.domain.webhooks import Refusal, secret_of, signature
from hub.store.events import Event
from hub.store.webhooks import Endpoint

SECONDS = 15.0
"""An endpoint takes an event within this, or is asked again later: it should note it, answer, and work afterwards."""
_CONNECTIONS = 50
_TRANSLATED = tuple(ipaddress.ip_network(net) for net in ("64:ff9b::/32", "2002::/16", "2001::/32"))
"""IPv6 networks whose addresses lead to others, which may not be public."""
_GONE = 410
_USER_AGENT = "slrt-hub"


class WebhookSender:
    """Sends. `secret_at` finds a secret by reference, and raises Invalid; `is_private_allowed` is for development."""

    def __init__(
        self,
        secret_at: Callable[[str], str],
        clock: Callable[[], datetime],
        *,
        is_private_allowed: bool = False,
        seconds: float = SECONDS,
    ) -> None:
        self._secret_at = secret_at
        self._clock = clock
        self._is_private_allowed = is_private_allowed
        self._seconds = seconds
        self._client = httpx2.AsyncClient(
            headers={"Content-Type": "application/json", "User-Agent": _USER_AGENT, "Accept-Encoding": "identity"},
            timeout=httpx2.Timeout(seconds),
            limits=httpx2.Limits(max_connections=_CONNECTIONS),
            follow_redirects=False,
            trust_env=False,  # the environment is read in one place, and that is not here
        )

    async def aclose(self) -> None:
        """Give back connections."""
        await self._client.aclose()

    async def send(self, endpoint: Endpoint, event: Event) -> Refusal | None:
        """None: the endpoint answered 2xx, so the event is its own to keep now."""
        now = self._clock()
        try:
            keys = [secret_of(self._secret_at(reference)) for reference in endpoint.credentials(now)]
        except Invalid:
            return Refusal("NO_SECRET")
        body = message(event)
        timestamp = int(now.timestamp())
        headers = {
            "webhook-id": event.id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": signature(keys, event.id, timestamp, body),
        }
        try:
            async with asyncio.timeout(self._seconds):
                return await self._post(endpoint.url, headers, body)
        except TimeoutError:
            return Refusal("TIMEOUT")

    async def _post(self, url: str, headers: dict[str, str], body: bytes) -> Refusal | None:
        parts = urlsplit(url)
        host = parts.hostname or ""
        try:
            address = await self._address(host, parts.port or (443 if parts.scheme == "https" else 80))
        except OSError:
            return Refusal("UNREACHABLE")
        if address is None:
            return Refusal("PRIVATE_ADDRESS")
        try:
            async with self._client.stream(
                "POST",
                httpx2.URL(url).copy_with(host=address),
                headers=headers | {"Host": parts.netloc},
                content=body,
                extensions={"sni_hostname": host},
            ) as response:
                return _refusal(response)
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            return Refusal(_kind_of(error))

    async def _address(self, host: str, port: int) -> str | None:
        """Where the name leads now; None: at least one of its addresses is not public."""
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = [str(entry[4][0]) for entry in found]
        if not self._is_private_allowed and not all(map(is_public, addresses)):
            return None
        return addresses[0]


def message(event: Event) -> bytes:
    """What is told: thin, so that whoever needs more asks the hub for it, with the rights of that moment."""
    return msgspec.json.encode(
        {
            "type": event.kind,
            "timestamp": event.occurred_at,
            "data": {
                "subject": event.subject,
                "regencyCodes": event.regency_codes,
                "cursor": event.cursor,
                **event.payload,
            },
        }
    )


def is_public(address: str) -> bool:
    """Whether an address is reached by everybody, and so is nobody's own network."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            return is_public(str(ip.ipv4_mapped))
        if any(ip in network for network in _TRANSLATED):
            return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def _refusal(response: httpx2.Response) -> Refusal | None:
    status = response.status_code
    if response.is_success:
        return None
    if status == _GONE:
        return Refusal("GONE", is_gone=True)
    after = response.headers.get("retry-after", "")
    return Refusal(
        f"{of_status(status).rule.kind} ({status})", float(after) if re.fullmatch(r"\d{1,9}", after) else None
    )


def _kind_of(error: Exception) -> str:
    failure: Failure = of_exception(error)
    return failure.rule.kind
