"""One call per batched field and arguments of a level, whatever the number of parents."""

from collections.abc import Hashable, Sequence
from typing import Any

from msgspec import Struct

from execution.batch import Batch
from execution.collect import Selection
from execution.kinds import ERROR, NULL, is_awaitable, kinds
from execution.table import Grouped
from execution.waiting import outcome


class BatchError(Exception):
    """A batch function or a key function does not do what `Batch` asks of it."""


_NUMBERS = {int}
_HASHABLE = (int, str)
"""Of a single key of these types there is nothing to find out."""


class Keys(Struct):
    """The distinct keys of a level: whole numbers in growing order, as sources find them for less, others as they come.

    `index` says for each parent which value is its own: a number of `distinct`, behind those a number of `errors`, or -1
    for a key that is None. No index: one to one.
    """

    distinct: Sequence[Hashable]
    index: list[int] | None = None
    errors: list[Exception] = []
    has_null: bool = False


def keys_of(raw: Sequence[Any]) -> Keys:
    """The keys of a level's parents (an exception in place of a key is that parent's error)."""
    if len(raw) == 1 and type(raw[0]) in _HASHABLE:
        return Keys(raw)
    if set(map(type, raw)) == _NUMBERS:
        return _keys_of_numbers(raw)
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
    if present is raw:
        return Keys(distinct, [numbers[key] for key in raw])
    errors: list[Exception] = []
    index = []
    for key in raw:
        if isinstance(key, Exception):
            index.append(len(distinct) + len(errors))
            errors.append(key)
        else:
            index.append(-1 if key is None else numbers[key])
    return Keys(distinct, index, errors, bool(flags & NULL))


def _keys_of_numbers(raw: Sequence[int]) -> Keys:
    distinct = sorted(set(raw))
    if distinct == list(raw):
        return Keys(distinct)
    numbers = dict(zip(distinct, range(len(distinct)), strict=True))
    return Keys(distinct, [numbers[key] for key in raw])


def ask(
    batch: Batch, context: Any, keys: Sequence[Hashable], arguments: dict[str, Any], selection: Selection | None
) -> Any:
    """What the function returns, which may have to be waited for, or the exception that it raises."""
    if not keys:
        return []
    if selection is not None:
        arguments = {**arguments, "fields": selection}
    try:
        return batch.function(context, list(keys), **arguments)
    except Exception as error:  # noqa: BLE001  # whatever the author's code raises is the error of every key
        return error


def values_for(batch: Batch, keys: Keys, result: Any) -> Sequence[Any]:
    """One value per key, and the errors of `keys` behind them, of what the function gave; its error for each."""
    count = len(keys.distinct)
    if type(result) is Grouped and len(result.sizes) == count and not keys.errors:
        return result
    if isinstance(result, Exception):
        values: Sequence[Any] = [result] * count
    elif isinstance(result, (str, bytes)) or not hasattr(result, "__len__"):
        wrong = f"must return a sequence with one value for each key, and returned {_type(result)}."
        values = [_unfit(batch, wrong)] * count
    elif len(result) != count:
        values = [_unfit(batch, f"returned {len(result)} values for {count} keys.")] * count
    else:
        values = result
    return [*values, *keys.errors]


async def values_of(
    batch: Batch, context: Any, keys: Keys, arguments: dict[str, Any], selection: Selection | None
) -> Sequence[Any]:
    """As `values_for`, once it is there."""
    result = ask(batch, context, keys.distinct, arguments, selection)
    return values_for(batch, keys, await outcome(result) if is_awaitable(result) else result)


def _unfit(batch: Batch, what: str) -> BatchError:
    return BatchError(f"Batch function '{batch.name}' {what}")


def _type(value: Any) -> str:
    return type(value).__name__


def _is_key(key: Any) -> bool:
    return key is not None and not isinstance(key, Exception)
