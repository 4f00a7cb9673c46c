"""What comes from outside, checked: whole numbers, switches, arrays of numbers, names, and texts that are shown."""

from __future__ import annotations

import logging
from typing import Any, Final

import numpy as np

from varwg._arrays import FloatArray
from varwg.errors import DataError

#: What spreadsheets take for the beginning of a formula.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
#: Bytes of a name; NetCDF has room for 256, names of files need some for endings.
_LONGEST_NAME: Final = 200


def whole_number(value: Any, name: str, lowest: int, highest: int | None = None, *, error: type[Exception] = DataError) -> int:
    """`value` as an int if it is a whole number within bounds, ends included.

    Raises
    ------
    error
        If it is anything else; True and 2.0 are not whole numbers.
    """
    is_whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    if not is_whole or value < lowest or (highest is not None and value > highest):
        bounds = f"of at least {lowest}" if highest is None else f"from {lowest} to {highest}"
        raise error(f"{name} is {value!r}, which is not a whole number {bounds}: give such.")
    return int(value)


def switch(value: Any, name: str, *, error: type[Exception] = DataError) -> bool:
    """`value` if it is True or False.

    Raises
    ------
    error
        If it is anything else, such as a text, which would count as True.
    """
    if not isinstance(value, (bool, np.bool_)):
        raise error(f"{name} is {value!r}, but True or False is expected.")
    return bool(value)


def number_array(value: Any, name: str, *, error: type[Exception] = DataError) -> FloatArray:
    """`value` as an array of numbers.

    Raises
    ------
    error
        If it is none.
    """
    try:
        return np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError) as reason:
        raise error(f"{name} is a {type(value).__name__}, but an array of numbers is expected.") from reason


class _Printable(logging.Formatter):
    """Messages without characters that control a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        return printable(super().format(record))


def log_to_terminal(*, verbose: bool) -> None:
    """Show warnings, or all that is told, on the terminal of a command."""
    handler = logging.StreamHandler()
    handler.setFormatter(_Printable("%(message)s"))
    logging.basicConfig(level=logging.INFO if verbose else logging.WARNING, handlers=[handler])


def printable(text: str) -> str:
    """A text without characters that control a terminal; these are written as escapes, line breaks and tabs stay."""
    return "".join(
        letter if letter.isprintable() or letter in "\n\t" else letter.encode("unicode_escape").decode() for letter in text
    )


def cell(text: str) -> str:
    """A text for a cell of a table that no spreadsheet takes for a formula: one that begins like a formula gets an apostrophe."""
    return f"'{text}" if text[:1] in _FORMULA else text


def require_storable(kind: str, name: str) -> None:
    """Refuse the name of a station or variable that files cannot hold, or that is no text for people.

    Raises
    ------
    DataError
        Naming it.
    """
    if not name or name != name.strip() or "/" in name or not name.isprintable() or len(name.encode()) > _LONGEST_NAME:
        raise DataError(
            f"the {kind} is called {name!r}, but a name needs 1 to {_LONGEST_NAME} bytes of printable text without '/' and "
            "without blanks at its ends: rename it."
        )
