"""How a mutation answers: an object, or why nothing was done; shared by all modules of mutations."""

from collections.abc import Awaitable, Callable
from typing import Any

import strawberry

from hub.domain.errors import CallerError, Forbidden, Invalid, Unauthenticated
from hub.domain.principal import Scope
from schema.fields import plain


@strawberry.type(description="Why a mutation did nothing, for the person who asked.")
class UserError:
    """Why a mutation did nothing."""

    code: str = plain("Stable code, such as CONFLICT.")
    message: str = plain("What was wrong, with which value, and what to do.")
    path: list[str] = plain("Which part of the input, when it is one.")


def mutation(scope: Scope, payload: Any, description: str) -> Any:
    """A root field that changes something, for tokens with this scope."""
    return strawberry.federation.field(graphql_type=payload, requires_scopes=[[scope.value]], description=description)


async def attempt(payload: Callable[..., Any], name: str, work: Callable[[], Awaitable[Any]]) -> Any:
    """The payload with the result, or with what the caller can mend; a denial is an error of the request."""
    try:
        return payload(**{name: await work()}, user_errors=[])
    except (Unauthenticated, Forbidden):
        raise
    except CallerError as error:
        return payload(**{name: None}, user_errors=_user_errors(error))


def _user_errors(error: CallerError) -> list[UserError]:
    path = ["input", *error.path] if isinstance(error, Invalid) and error.path else []
    return [UserError(code=error.code, message=message, path=path) for message in (error.message, *error.points)]
