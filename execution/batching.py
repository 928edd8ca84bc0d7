"""One call per batched field and arguments of a level, whatever the number of parents."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphql.pyutils import is_awaitable

from execution.batch import Batch
from execution.collect import Selection
from execution.kinds import ERROR, NULL, kinds
from execution.waiting import outcome


class BatchError(Exception):
    """A batch function or a key function does not do what `Batch` asks of it."""


@dataclass(slots=True)
class Keys:
    """The distinct keys of a level. `index` says for each parent which value is its own: a number of
    `distinct`, behind those a number of `errors`, or -1 for a key that is None. No index: one to one.
    """

    distinct: list[Hashable]
    index: list[int] | None = None
    errors: list[Exception] = field(default_factory=list)
    has_null: bool = False


def keys_of(raw: Sequence[Any]) -> Keys:
    """The keys of a level's parents (an exception in place of a key is that parent's error)."""
    flags = kinds(raw)
    present = [key for key in raw if _is_key(key)] if flags & (NULL | ERROR) else raw
    try:
        distinct = list(dict.fromkeys(present))
    except TypeError as error:
        failure = BatchError(f"The key of a batch must be hashable: {error}.")
        return Keys([], [0] * len(raw), [failure])
    if len(distinct) == len(raw):
        return Keys(distinct)
    numbers = {key: number for number, key in enumerate(distinct)}
    errors: list[Exception] = []
    index = []
    for key in raw:
        if isinstance(key, Exception):
            index.append(len(distinct) + len(errors))
            errors.append(key)
        else:
            index.append(-1 if key is None else numbers[key])
    return Keys(distinct, index, errors, bool(flags & NULL))


async def values_of(
    batch: Batch,
    context: Any,
    keys: Sequence[Hashable],
    arguments: dict[str, Any],
    selection: Selection | None,
) -> list[Any]:
    """One value per key; if the function fails, its error for each."""
    if not keys:
        return []
    if selection is not None:
        arguments = {**arguments, "fields": selection}
    result = await outcome(_call(batch, context, keys, arguments))
    return [result] * len(keys) if isinstance(result, Exception) else result


async def _call(batch: Batch, context: Any, keys: Sequence[Hashable], arguments: dict[str, Any]) -> list[Any]:
    result: Any = batch.function(context, list(keys), **arguments)
    values = await result if is_awaitable(result) else result
    if isinstance(values, (str, bytes)) or not hasattr(values, "__len__"):
        raise BatchError(
            f"Batch function '{batch.name}' must return a sequence with one value for each key,"
            f" and returned {type(values).__name__}."
        )
    if len(values) != len(keys):
        raise BatchError(f"Batch function '{batch.name}' returned {len(values)} values for {len(keys)} keys.")
    return list(values)


def _is_key(key: Any) -> bool:
    return key is not None and not isinstance(key, Exception)
