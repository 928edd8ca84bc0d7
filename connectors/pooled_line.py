"""The line of most systems: httpx2 with its pool of connections, through a proxy where one is set."""

import ssl

import httpx2

from connectors.line import USUAL_HEADERS, Answer, Call, limit_for, number
from connectors.settings import HttpSettings


class PooledLine:
    """A Line on httpx2; `transport` in place of the network."""

    def __init__(
        self,
        url: str,
        settings: HttpSettings,
        tls: ssl.SSLContext | None = None,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        self._url = url
        self._client = httpx2.AsyncClient(
            headers=dict(USUAL_HEADERS),
            timeout=httpx2.Timeout(settings.read_deadline, connect=settings.connect_deadline),
            limits=httpx2.Limits(max_connections=settings.max_concurrent),
            verify=True if tls is None else tls,
            proxy=settings.proxy,
            transport=transport,
            # The environment is read in one place, and that is not here.
            trust_env=False,
        )

    async def exchange(self, call: Call, limit: int) -> Answer:
        """Send the call, read the answer up to the limit."""
        async with self._client.stream(
            call.method,
            self._url.rstrip("/") + call.path if call.path else self._url,
            params=dict(call.params),
            headers=dict(call.headers),
            content=call.body,
        ) as response:
            try:
                body = await _read_up_to(response, limit_for(response.status_code, limit))
            except httpx2.HTTPError:
                if response.is_success:
                    raise
                body = None
            return Answer(response.status_code, response.headers, body or b"", is_whole=body is not None)

    async def aclose(self) -> None:
        """Give back connections."""
        await self._client.aclose()


async def _read_up_to(response: httpx2.Response, limit: int) -> bytes | None:
    """The body; None when it is longer, or compressed: then it is not looked at."""
    if response.headers.get("content-encoding", "identity") != "identity":
        return None
    if (number(response.headers.get("content-length")) or 0) > limit:
        return None
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > limit:
            return None
    return bytes(body)
