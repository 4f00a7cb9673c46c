"""What comes from outside, checked: whole numbers, switches, arrays, names, texts that are shown; and old names, answered."""

from __future__ import annotations

import difflib
import logging
import opcode
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from importlib.resources import files
from typing import Any, Final, ParamSpec, TypeVar

import numpy as np

from varwg._arrays import FloatArray
from varwg.errors import DataError, printable

_LAST_ASCII: Final = 127
#: What spreadsheets take for the beginning of a formula.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
#: Bytes of a name; NetCDF has room for 256, names of files need some for endings.
_LONGEST_NAME: Final = 200
P = ParamSpec("P")
R = TypeVar("R")
_GUIDE: Final = "migration_guide.md"
_IMPORT_FROM: Final = opcode.opmap["IMPORT_FROM"]


def old_name(name: str, package: str) -> str:
    """What the migration guide says to write in place of a name of the predecessors; empty for a name they did not have.

    Parameters
    ----------
    name : str
        As in `varwg/data/old_names.tsv`: a dotted one of a module, `.attribute` or `keyword=`.
    package : str
        "varwg" or "weathercop", whose sentence comes first where both have one.
    """
    text = (files("varwg") / "data" / "old_names.tsv").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in text.splitlines()]
    old_names = dict.fromkeys(old for old, _, _ in rows)
    last = name.rpartition(".")[2].removesuffix("=")
    if last.startswith("plot_"):
        candidates = [f".{last}", f".{last.replace('_ensemble', '')}", ".plot_*"]
    else:
        # Next, what was inside a module of this name, and the same name elsewhere: a function of the sister package, or a keyword
        # that was an attribute as well.
        inside = [] if "=" in name else sorted((old for old in old_names if old.startswith(f"{name}.")), key=len)
        elsewhere = [old for old in old_names if old.endswith(f".{last}") and not old.startswith(".")]
        keyword = [] if name[0].isalpha() and "=" not in name else [f"{last}="]
        candidates = [name, *inside, *elsewhere, *keyword]
    chosen = next((old for old in candidates if old in old_names), "")
    sentences = {owner: sentence for old, owner, sentence in rows if old == chosen}
    return sentences.get(package) or next(iter(sentences.values()), "")


def no_such_name(module: str, name: str) -> Exception:
    """The error for a name that a module has not; an old one is answered, also where it is imported `from` the module."""
    sentence = old_name(f"{module}.{name}", module.partition(".")[0])
    text = f"module {module!r} has no attribute {name!r}"
    if not sentence:
        return AttributeError(text, name=name, obj=sys.modules[module])
    text = f"{text} any more ({_GUIDE}): {sentence}"
    caller = sys._getframe(1)
    while caller.f_back is not None and caller.f_globals.get("__name__", "").partition(".")[0] in ("varwg", "weathercop"):
        caller = caller.f_back
    if caller.f_code.co_code[caller.f_lasti] == _IMPORT_FROM:  # the text of an AttributeError would get lost there
        return ImportError(text, name=module)
    return AttributeError(text, name=name, obj=sys.modules[module])


def no_such_attribute(owner: object, name: str) -> AttributeError:
    """The error for an attribute that a generator or a result has not; an old one is answered."""
    text = f"{type(owner).__name__!r} object has no attribute {name!r}"
    sentence = "" if name.startswith("_") else old_name(f".{name}", type(owner).__module__.partition(".")[0])
    return AttributeError(f"{text} any more ({_GUIDE}): {sentence}" if sentence else text, name=name, obj=owner)


def unknown_option(name: str, valid: Sequence[str]) -> TypeError:
    """The error for a keyword that there is not, with the nearest that there is."""
    near = difflib.get_close_matches(name, valid, 1)
    guess = f"did you mean {near[0]!r}? " if near else ""
    return TypeError(f"unknown option {name!r}; {guess}valid: {', '.join(valid)}.")


def answering_old_keywords(function: Callable[P, R]) -> Callable[P, R]:
    """A method that answers a keyword of the predecessors with what to write now, as a TypeError."""
    code = function.__code__
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    keywords = frozenset(names)

    @wraps(function)
    def checked(*args: P.args, **kwargs: P.kwargs) -> R:
        for name in kwargs.keys() - keywords:
            sentence = old_name(f"{name}=", type(args[0]).__module__.partition(".")[0] if args else "varwg")
            if sentence:
                called = f"{type(args[0]).__name__}.{function.__name__}" if args else function.__qualname__
                raise TypeError(f"{called}() has no keyword {name!r} any more ({_GUIDE}): {sentence}")
            raise unknown_option(name, [keyword for keyword in names if keyword != "self"])
        return function(*args, **kwargs)

    return checked


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
        raise error(f"{name} is {value!r}, which is not a whole number {bounds}: give one.")
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
    """Messages without characters that control a terminal, and without end."""

    def format(self, record: logging.LogRecord) -> str:
        return printable(super().format(record))


def log_to_terminal(*, verbose: bool, quiet: bool = False) -> None:
    """Show warnings, or all that is told, or errors alone, on the terminal of a command."""
    handler = logging.StreamHandler()
    handler.setFormatter(_Printable("%(message)s"))
    logging.basicConfig(handlers=[handler])
    logging.getLogger().setLevel(logging.ERROR if quiet else logging.INFO if verbose else logging.WARNING)


@contextmanager
def told_once(logger: logging.Logger, *, word_for_word: bool = False) -> Iterator[None]:
    """Let each message of a logger on one thing be told once meanwhile, as a hundred members have the same to say.

    What is told `word_for_word` is told again where it differs by a word or a number.
    """
    seen: set[tuple[str, str]] = set()

    def is_new(record: logging.LogRecord) -> bool:
        first = str(record.args[0]) if isinstance(record.args, tuple) and record.args else ""
        subject = (str(record.msg), record.getMessage() if word_for_word else first)
        new = subject not in seen
        seen.add(subject)
        return new

    logger.addFilter(is_new)
    try:
        yield
    finally:
        logger.removeFilter(is_new)


def cell(text: str) -> str:
    """A text for a cell of a table that no spreadsheet takes for a formula: one that begins like a formula gets an apostrophe."""
    return f"'{text}" if text[:1] in _FORMULA and text != "-" else text


def text_of_cell(content: str) -> str:
    """The text that `cell` made the content of a cell of."""
    return content[1:] if content[:1] == "'" and content[1:2] in _FORMULA else content


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
    if kind == "variable" and not (name[0].isalnum() or name[0] == "_" or ord(name[0]) > _LAST_ASCII):
        raise DataError(
            f"the variable is called {name!r}, but in NetCDF files its name begins with a letter, a digit or '_': rename it."
        )
