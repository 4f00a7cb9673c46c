"""Where in a call or a signature one more keyword fits, in the layout the author chose."""

import io
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass

import libcst as cst

from varwg_codemod.syntax import Syntax

Pieces = tuple[tuple[int, str], ...]
"""Insertions (offset, text); `{}` in a text stands for what is to be added."""


@dataclass(frozen=True)
class _Item:
    """One argument or parameter: where it is, and where its comma ends (None without one)."""

    start: int
    end: int
    comma: int | None
    first: str


def into_call(syntax: Syntax, call: cst.Call) -> Pieces:
    """Insertions that add a keyword argument at the end of a call."""
    closing = syntax.end(call) - 1
    if not call.args:
        return ((closing, "{}"),)
    last = call.args[-1]
    start, end = syntax.start(last), syntax.end(last)
    if len(call.args) == 1 and isinstance(last.value, cst.GeneratorExp) and not last.value.lpar:
        return ((start, "("), (end, "), {}"))
    comma = _comma_after(syntax, end, closing) if isinstance(last.comma, cst.Comma) else None
    return _after(syntax, _Item(start, end, comma, ""), closing, "{}")


def _comma_after(syntax: Syntax, offset: int, stop: int) -> int:
    """Offset just after the comma that follows an argument."""
    ends = (end for text, _, end in _tokens(syntax.text, offset, stop) if text == ",")
    return next(ends, offset)


def into_signature(syntax: Syntax, function: cst.FunctionDef) -> Pieces:
    """Insertions that add a keyword-only parameter to a function."""
    opening, closing, items = _signature(syntax.text, syntax.end(function.name), syntax.start(function.body))
    if not items:
        return ((opening, "*, {}"),)
    marker = "" if any(item.first == "*" for item in items) else "*, "
    last = items[-1]
    if last.first != "**":
        return _after(syntax, last, closing, marker + "{}")
    line_start = syntax.line_start(last.start)
    indent = syntax.text[line_start : last.start]
    separator = " " if indent.strip() else syntax.newline + indent
    if marker and not indent.strip():
        marker = f"*,{separator}"
    return ((last.start, f"{marker}{{}},{separator}"),)


def _after(syntax: Syntax, last: _Item, closing: int, new: str) -> Pieces:
    """Insertions after the last item: on a line of its own where the last item has one."""
    indent = syntax.text[syntax.line_start(last.start) : last.start]
    end = last.end if last.comma is None else last.comma
    line_end = syntax.line_end(end)
    if indent.strip() or line_end >= closing:
        return ((end, f", {new}"),) if last.comma is None else ((end, f" {new},"),)
    new = new.replace("*, ", f"*,{syntax.newline}{indent}")
    if last.comma is not None:
        return ((line_end, f"{syntax.newline}{indent}{new},"),)
    if line_end == end:
        return ((end, f",{syntax.newline}{indent}{new}"),)
    return ((end, ","), (line_end, f"{syntax.newline}{indent}{new}"))


def _signature(text: str, offset: int, stop: int) -> tuple[int, int, list[_Item]]:
    """The parameter list after a function's name: after "(", before ")", and the parameters."""
    depth, square, opening = 0, 0, offset
    items: list[_Item] = []
    current: list[tuple[str, int, int]] = []
    for token, start, end in _tokens(text, offset, stop):
        square += (token == "[") - (token == "]") if depth == 0 else 0
        if square:
            continue
        if token in "([{" and token:
            depth += 1
            if depth == 1:
                opening = end
                continue
        elif token in ")]}" and token:
            depth -= 1
            if depth == 0:
                items += _item(current, None)
                return opening, start, items
        if depth == 1 and token == ",":
            items += _item(current, end)
            current = []
        elif depth and token.strip() and not token.startswith("#"):
            current.append((token, start, end))
    raise ValueError("no end of the parameter list found")


def _item(tokens: list[tuple[str, int, int]], comma: int | None) -> list[_Item]:
    if not tokens:
        return []
    return [_Item(tokens[0][1], tokens[-1][2], comma, tokens[0][0])]


def _tokens(text: str, offset: int, stop: int) -> Iterator[tuple[str, int, int]]:
    """Tokens (text, start, end) from an offset that lies outside strings and comments."""
    # The opening parenthesis keeps tokenize from seeing indents and dedents.
    fragment = "(" + text[offset:stop]
    starts = [offset - 1]
    for line in io.StringIO(fragment, newline=""):
        starts.append(starts[-1] + len(line))
    lines = io.StringIO(fragment, newline="")
    try:
        for token in tokenize.generate_tokens(lines.readline):
            start = starts[token.start[0] - 1] + token.start[1]
            end = starts[token.end[0] - 1] + token.end[1]
            if start >= offset:
                yield token.string, start, end
    except (tokenize.TokenError, SyntaxError):
        return
