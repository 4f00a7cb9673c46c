"""Where in a call or a signature one more keyword fits, in the layout the author chose."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass

from varwg_codemod.source import Source

Pieces = tuple[tuple[int, str], ...]
"""Insertions (offset, text); `{}` in a text stands for what is to be added."""


@dataclass(frozen=True)
class _Item:
    """One argument or parameter: where it is, and where its comma ends (None without one)."""

    start: int
    end: int
    comma: int | None
    first: str


def into_call(source: Source, call: ast.Call) -> Pieces:
    """Insertions that add a keyword argument at the end of a call."""
    closing = source.end(call) - 1
    arguments: list[ast.AST] = [*call.args, *call.keywords]
    if not arguments:
        return ((closing, "{}"),)
    last = max(arguments, key=source.end)
    start, end = source.start(last), source.end(last)
    first = source.end(call.func)
    items = _items_of_call(source.text, first, closing + 1)
    if items:
        start, end = items[-1].start, items[-1].end
    comma = items[-1].comma if items else None
    if (
        len(arguments) == 1
        and isinstance(last, ast.GeneratorExp)
        and source.text[first:closing].lstrip("( ")[:1] == source.code(last).lstrip("( ")[:1]
    ):
        start, end = items[0].start, items[0].end
        return (
            ((start, "("), (end, "), {}"))
            if source.text[start] != "(" or not _is_wrapped(source.text[start:end])
            else _after(source, items[-1], closing, "{}")
        )
    return _after(source, _Item(start, end, comma, ""), closing, "{}")


def _is_wrapped(text: str) -> bool:
    """Whether a text is one parenthesised expression."""
    depth = 0
    for number, char in enumerate(text):
        depth += (char == "(") - (char == ")")
        if depth == 0:
            return number == len(text) - 1
    return False


def _items_of_call(text: str, offset: int, stop: int) -> list[_Item]:
    """The arguments of a call as they are written."""
    try:
        return _signature(text, offset, stop)[2]
    except ValueError:
        return []


def into_lambda(source: Source, node: ast.Lambda) -> Pieces:
    """Insertions that add a keyword-only parameter to a lambda."""
    args = node.args
    start = source.start(node) + len("lambda")
    if not (args.posonlyargs or args.args or args.vararg or args.kwonlyargs or args.kwarg):
        return ((start, " *, {}"),)
    if args.kwarg is not None:
        at = source.text.rindex("**", start, source.start(args.kwarg))
        return ((at, "{}, " if args.vararg or args.kwonlyargs else "*, {}, "),)
    ends = [source.end(a) for a in (*args.posonlyargs, *args.args, *args.kwonlyargs) if a is not None]
    ends += [source.end(d) for d in (*args.defaults, *args.kw_defaults) if d is not None]
    if args.vararg is not None:
        ends.append(source.end(args.vararg))
    marker = "" if args.vararg or args.kwonlyargs else "*, "
    return ((max(ends), f", {marker}{{}}"),)


def into_signature(source: Source, function: ast.FunctionDef | ast.AsyncFunctionDef) -> Pieces:
    """Insertions that add a keyword-only parameter to a function."""
    head = re.compile(rf"def\s+{function.name}").search(source.text, source.start(function))
    if head is None:
        raise ValueError(f"found no head of `{function.name}`")
    opening, closing, items = _signature(source.text, head.end(), source.start(function.body[0]))
    if not items:
        return ((opening, "*, {}"),)
    marker = "" if any(item.first == "*" for item in items) else "*, "
    last = items[-1]
    if last.first != "**":
        return _after(source, last, closing, marker + "{}")
    line_start = source.line_start(last.start)
    indent = source.text[line_start : last.start]
    separator = " " if indent.strip() else source.newline + indent
    if marker and not indent.strip():
        marker = f"*,{separator}"
    return ((last.start, f"{marker}{{}},{separator}"),)


def _after(source: Source, last: _Item, closing: int, new: str) -> Pieces:
    """Insertions after the last item: on a line of its own where the last item has one."""
    indent = source.text[source.line_start(last.start) : last.start]
    end = last.end if last.comma is None else last.comma
    line_end = _line_end(source, end)
    if indent.strip() or line_end >= closing:
        return ((end, f", {new}"),) if last.comma is None else ((end, f" {new},"),)
    new = new.replace("*, ", f"*,{source.newline}{indent}")
    if last.comma is not None:
        return ((line_end, f"{source.newline}{indent}{new},"),)
    if line_end == end:
        return ((end, f",{source.newline}{indent}{new}"),)
    return ((end, ","), (line_end, f"{source.newline}{indent}{new}"))


def _line_end(source: Source, offset: int) -> int:
    """The offset of the line break after an offset."""
    end = source.line_end(offset)
    return end - len(source.text[:end]) + len(source.text[:end].rstrip("\r\n")) if end > offset else end


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
