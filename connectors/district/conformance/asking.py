"""How the suite asks: a few calls at a time, each with a deadline and a bound."""

import asyncio
import ssl
from collections.abc import Mapping
from typing import TypeVar

import httpx2
import msgspec

from connectors.decode import error_path

T = TypeVar("T")

_CODE_MAX = 60
_HTML = b"<"


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What the suite allows a district and itself. Times are in seconds."""

    deadline: float = 10.0
    """For one call."""
    max_bytes: int = 32 * 2**20
    """Of one answer: what the hub itself reads at most."""
    p99: float = 2.0
    """99 of 100 calls take no longer."""
    concurrency: int = 4
    """Calls at the same time."""
    large_page: int = 60
    """Rows that are read once in one page and once in several."""
    small_page: int = 7


class Answer(msgspec.Struct, frozen=True):
    """What came back, whatever it is."""

    status: int
    content_type: str
    body: bytes
    seconds: float

    @property
    def is_json(self) -> bool:
        """Whether it says so itself."""
        return "json" in self.content_type


class Unreachable(Exception):
    """No answer came; `came` says what happened, without addresses or secrets."""

    def __init__(self, came: str, mend: str) -> None:
        super().__init__(came)
        self.came = came
        self.mend = mend


class Refused(Exception):
    """An answer came that holds no data for the question."""

    def __init__(self, came: str, mend: str, *, status: int = 200, code: str = "", is_query: bool = False) -> None:
        super().__init__(came)
        self.came = came
        self.mend = mend
        self.status = status
        self.code = code
        self.is_query = is_query
        """The question itself was refused: it does not fit the schema that is served."""


class _Extensions(msgspec.Struct, frozen=True):
    code: str = ""


class _Error(msgspec.Struct, frozen=True):
    path: list[str | int] | None = None
    extensions: _Extensions | None = None


class _Body(msgspec.Struct, frozen=True):
    data: msgspec.Raw = msgspec.Raw(b"null")
    errors: list[_Error] | None = None


class Asker:
    """Asks one endpoint. `token` is sent as a bearer token and stands in no message."""

    def __init__(
        self,
        endpoint: str,
        token: str,
        limits: Limits,
        *,
        tls: ssl.SSLContext | None = None,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        self._endpoint = endpoint
        self.token = token
        self.limits = limits
        self._client = httpx2.AsyncClient(
            headers={"Accept": "application/json", "Accept-Encoding": "identity"},
            timeout=limits.deadline,
            verify=True if tls is None else tls,
            transport=transport,
            trust_env=False,
        )
        self._places = asyncio.Semaphore(limits.concurrency)
        self.seconds: list[float] = []
        """How long each answered call took."""

    async def aclose(self) -> None:
        """Give back connections."""
        await self._client.aclose()

    async def post(self, content: bytes, token: str | None) -> Answer:
        """The answer to a body; None sends no token. Raises Unreachable when none comes."""
        headers = {"Content-Type": "application/json"} | ({} if token is None else {"Authorization": f"Bearer {token}"})
        async with self._places:
            return await self._exchange(content, headers)

    async def _exchange(self, content: bytes, headers: Mapping[str, str]) -> Answer:
        started = asyncio.get_running_loop().time()
        try:
            async with (
                asyncio.timeout(self.limits.deadline),
                self._client.stream("POST", self._endpoint, content=content, headers=dict(headers)) as response,
            ):
                body = await self._read(response)
        except TimeoutError:
            raise Unreachable(f"no answer within {self.limits.deadline:g} s", "make the system answer sooner") from None
        except (httpx2.HTTPError, httpx2.InvalidURL, UnicodeEncodeError) as error:
            came = f"no answer ({type(error).__name__})"
            raise Unreachable(came, "check the URL, the certificate, the network and that the system runs") from None
        seconds = asyncio.get_running_loop().time() - started
        self.seconds.append(seconds)
        return Answer(response.status_code, response.headers.get("content-type", ""), body, seconds)

    async def raw(self, document: str, variables: Mapping[str, object] | None = None) -> Answer:
        """The answer to a GraphQL request with the token, as it came."""
        return await self.post(request_body(document, variables), self.token)

    async def ask(self, document: str, variables: Mapping[str, object], data: type[T]) -> T:
        """The data of an answer without errors, as the struct; Refused when it is anything else."""
        return read_answer(await self.raw(document, variables), data)

    async def _read(self, response: httpx2.Response) -> bytes:
        body = bytearray()
        async for chunk in response.aiter_bytes():
            body += chunk
            if len(body) > self.limits.max_bytes:
                raise Unreachable(
                    f"an answer of more than {self.limits.max_bytes:,} bytes",
                    "keep to `first`, and send no more fields than asked",
                )
        return bytes(body)


def request_body(document: str, variables: Mapping[str, object] | None = None) -> bytes:
    """A GraphQL request as JSON."""
    return msgspec.json.encode({"query": document, "variables": dict(variables or {})})


def read_answer(answer: Answer, data: type[T]) -> T:
    """The data of an answer without errors, as the struct; Refused when it is anything else."""
    body = _body_of(answer)
    if body.errors:
        codes = sorted({e.extensions.code[:_CODE_MAX] for e in body.errors if e.extensions and e.extensions.code})
        is_query = not any(error.path for error in body.errors) and bytes(body.data) == b"null"
        came = f"GraphQL errors{' with the code ' + ', '.join(codes) if codes else ' without a code'}"
        mend = "serve what the contract has" if is_query else "see the log of the system for what failed"
        raise Refused(came, mend, status=answer.status, code=codes[0] if codes else "", is_query=is_query)
    try:
        return msgspec.json.decode(body.data, type=data)
    except msgspec.ValidationError as error:
        at = error_path(error) or "data"
        raise Refused(
            f"`{at}` is missing or of another type", "send each field with the type of the contract"
        ) from None


def _body_of(answer: Answer) -> _Body:
    if answer.body.lstrip()[:1] == _HTML:
        raise Refused(
            f"a web page with status {answer.status}",
            "answer in JSON whatever happens, also before the application",
            status=answer.status,
        )
    if answer.status in (401, 403):
        raise Refused(f"status {answer.status}", "check the token on both sides", status=answer.status)
    if answer.status >= 500:
        raise Refused(f"status {answer.status}", "see the log of the system for what failed", status=answer.status)
    try:
        return msgspec.json.decode(answer.body, type=_Body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        came = f"status {answer.status} and a body that is no GraphQL answer"
        raise Refused(
            came, "answer with JSON: `data`, and `errors` where something failed", status=answer.status
        ) from None
