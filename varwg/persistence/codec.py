"""Fitted values to and from plain JSON and named arrays, without pickle.

A fitted value is a frozen dataclass whose fields are text, numbers, None, arrays, tuples of these, or further such
dataclasses. That is all a file may contain, so opening one from a stranger cannot run anything.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from varwg.arrays import readonly
from varwg.errors import ModelFileError

_TYPE: Final = "type"
_ARRAY: Final = "array"
_T = TypeVar("_T")


def encode(value: Any) -> tuple[str, dict[str, NDArray[Any]]]:
    """A frozen dataclass as canonical JSON text and the arrays that the text refers to by name.

    Raises
    ------
    TypeError
        If a field holds something that has no place in a file.
    """
    arrays: dict[str, NDArray[Any]] = {}
    tree = _encode(value, "model", arrays)
    return json.dumps(tree, sort_keys=True, separators=(",", ":")), arrays


def decode(text: str, arrays: Mapping[str, NDArray[Any]], classes: Iterable[type]) -> Any:
    """The value that `encode` turned into `text` and `arrays`.

    Parameters
    ----------
    text : str
        JSON made by `encode`.
    arrays : mapping of str to array
        The arrays by name.
    classes : iterable of type
        The dataclasses that may occur; anything else in the text is refused.

    Raises
    ------
    ModelFileError
        If the text is not JSON, names an unknown class, or its fields do not fit.
    """
    allowed = {cls.__name__: cls for cls in classes}
    try:
        return _decode(json.loads(text), arrays, allowed)
    except (KeyError, TypeError, json.JSONDecodeError) as error:
        raise ModelFileError(
            f"the description of the model cannot be read ({type(error).__name__}: {error}); the file is damaged or "
            "was written by a version with other parts: fit the model again."
        ) from error


def digest(value: Any) -> str:
    """SHA-256 of a fitted value as hexadecimal text: equal for equal bits, whatever the process or machine."""
    text, arrays = encode(value)
    state = hashlib.sha256(text.encode())
    for name in sorted(arrays):
        array = arrays[name]
        state.update(f"{name}|{array.dtype.str}|{array.shape}".encode())
        state.update(np.ascontiguousarray(array).tobytes())
    return state.hexdigest()


def _encode(value: Any, name: str, arrays: dict[str, NDArray[Any]]) -> Any:
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, (int, np.integer)):
        return int(value)
    if isinstance(value, (float, np.floating)):
        return {"float": float(value).hex()}
    if isinstance(value, np.ndarray):
        arrays[name] = value
        return {_ARRAY: name}
    if isinstance(value, tuple):
        return [_encode(item, f"{name}.{number}", arrays) for number, item in enumerate(value)]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        tree = {f.name: _encode(getattr(value, f.name), f"{name}.{f.name}", arrays) for f in dataclasses.fields(value)}
        return {_TYPE: type(value).__name__, "fields": tree}
    raise TypeError(f"{name} is a {type(value).__name__}, which has no place in a model file")


def _decode(tree: Any, arrays: Mapping[str, NDArray[Any]], allowed: Mapping[str, type]) -> Any:
    if isinstance(tree, list):
        return tuple(_decode(item, arrays, allowed) for item in tree)
    if not isinstance(tree, dict):
        return tree
    if "float" in tree:
        return float.fromhex(tree["float"])
    if _ARRAY in tree:
        return readonly(np.asarray(arrays[tree[_ARRAY]]))
    cls = allowed[tree[_TYPE]]
    return cls(**{name: _decode(item, arrays, allowed) for name, item in tree["fields"].items()})


def expect(value: Any, cls: type[_T]) -> _T:
    """`value` if it is a `cls`.

    Raises
    ------
    ModelFileError
        If the file held something else.
    """
    if isinstance(value, cls):
        return value
    raise ModelFileError(f"the file holds a {type(value).__name__}, but a {cls.__name__} was expected: check the path.")
