"""One source text: its syntax tree, and where each node stands in the text."""

import ast
import re
import sys
import warnings
from bisect import bisect_right
from functools import cached_property

_BREAK = re.compile(r"\r\n|\r|\n")
_QUOTES = ('"""', "'''", '"', "'")
_OWN_POSITIONS = sys.version_info < (3, 12)  # before, nodes in f-strings do not know where they are


class InvalidError(ValueError):
    """The text is not valid Python."""


class Source:
    """A text, its tree, and the offsets of the nodes of the tree in the text."""

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.text = text
        self.tree = parse(text)
        self._starts = [0, *(match.end() for match in _BREAK.finditer(text))]
        self._plain = text.isascii()
        if _OWN_POSITIONS and re.search(r"(?i)\b(?:rf|fr|f)['\"]", text):
            self._place_fields()
        self.newline = "\r\n" if "\r\n" in text else "\r" if "\r" in text and "\n" not in text else "\n"

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """All nodes of the tree, the outer ones first."""
        return tuple(ast.walk(self.tree))

    def offset(self, line: int, column: int) -> int:
        """The offset of a line (from 1) and a column in UTF-8 bytes, as the nodes of a tree have them."""
        start = self._starts[line - 1]
        if self._plain:
            return start + column
        end = self._starts[line] if line < len(self._starts) else len(self.text)
        content = self.text[start:end]
        if content.isascii():
            return start + column
        return start + len(content.encode()[:column].decode(errors="ignore"))

    def start(self, node: ast.AST) -> int:
        """Where a node begins."""
        own: int | None = getattr(node, "own_start", None)
        return self.offset(node.lineno, node.col_offset) if own is None else own  # type: ignore[attr-defined]

    def end(self, node: ast.AST) -> int:
        """Where a node ends."""
        own: int | None = getattr(node, "own_end", None)
        return self.offset(node.end_lineno, node.end_col_offset) if own is None else own  # type: ignore[attr-defined]

    def code(self, node: ast.AST) -> str:
        """The text of a node."""
        return self.text[self.start(node) : self.end(node)]

    def place(self, offset: int) -> tuple[int, int]:
        """Line and column, both from 1, of an offset."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def line_start(self, offset: int) -> int:
        """The offset of the first character of the line that an offset is in."""
        return self._starts[bisect_right(self._starts, offset) - 1]

    def line_end(self, offset: int) -> int:
        """The offset after the line that an offset is in, with its line break."""
        line = bisect_right(self._starts, offset)
        return self._starts[line] if line < len(self._starts) else len(self.text)

    def indent(self, offset: int) -> str:
        """The white space at the start of the line that an offset is in."""
        start = self.line_start(offset)
        match = re.compile(r"[ \t\f]*").match(self.text, start)
        return match.group() if match else ""

    def _place_fields(self) -> None:
        """Give the expressions in f-strings the positions that old Pythons do not know."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.JoinedStr) and not hasattr(node, "own_start"):
                _place(self, node, self.start(node), self.end(node))


def parse(text: str) -> ast.Module:
    """The tree of a text.

    Raises
    ------
    InvalidError
        With the place, if it is not valid Python.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except SyntaxError as error:
        raise InvalidError(f"not valid Python: line {error.lineno}: {error.msg}") from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise InvalidError(f"not valid Python: {error or 'it is nested too deeply'}") from error


def _place(source: Source, node: ast.JoinedStr, start: int, end: int) -> None:
    """Parse the replacement fields of an f-string anew, each where it stands."""
    fields = [part for part in _formatted(node) if isinstance(part, ast.FormattedValue)]
    places = list(_replacement_fields(source.text, start, end))
    if len(fields) != len(places):
        return
    for part, (first, last) in zip(fields, places, strict=True):
        code = source.text[first:last]
        try:
            value = ast.parse(f"({code}\n)", mode="eval").body
        except (SyntaxError, ValueError):
            continue
        if ast.dump(value) != ast.dump(part.value):
            continue
        inner = Source.__new__(Source)
        inner.text, inner._plain = f"({code}\n)", code.isascii()
        inner._starts = [0, *(match.end() for match in _BREAK.finditer(inner.text))]
        for child in ast.walk(value):
            if hasattr(child, "lineno"):
                begin, finish = inner.start(child), inner.end(child)
                child.own_start, child.own_end = begin + first - 1, finish + first - 1  # type: ignore[attr-defined]
        part.value = value


def _formatted(node: ast.JoinedStr) -> list[ast.expr]:
    """The fields of an f-string and of their format specifications, in the order of the text."""
    found: list[ast.expr] = []
    for part in node.values:
        found.append(part)
        if isinstance(part, ast.FormattedValue) and isinstance(part.format_spec, ast.JoinedStr):
            found += _formatted(part.format_spec)
    return found


def _replacement_fields(text: str, at: int, end: int) -> "list[tuple[int, int]]":
    """The stretches of the expressions in the f-strings of a literal (which may be several, one after the other)."""
    found: list[tuple[int, int]] = []
    while at < end:
        quote = next((q for q in _QUOTES if text.startswith(q, at)), None)
        if quote is None:
            at = text.index("\n", at) if text[at] == "#" and "\n" in text[at:end] else at + 1
            continue
        prefix = re.search(r"(?<![A-Za-z])[A-Za-z]*$", text[max(0, at - 2) : at])
        letters = prefix.group().lower() if prefix else ""
        at = _string(text, at + len(quote), quote, "f" in letters, "r" in letters, found)
    return found


def _string(text: str, at: int, quote: str, formatted: bool, raw: bool, found: "list[tuple[int, int]]") -> int:
    """Read one string to its end; the offset after it."""
    while not text.startswith(quote, at):
        if text[at] == "\\":
            if text.startswith("\\N{", at) and not raw:
                at = text.index("}", at) + 1
                continue
            at += 2 if not raw or text[at + 1 : at + 2] in "\"'\\" else 1
        elif formatted and text.startswith(("{{", "}}"), at):
            at += 2
        elif formatted and text[at] == "{":
            at = _field(text, at + 1, found)
        else:
            at += 1
        if at >= len(text):
            return at
    return at + len(quote)


def _field(text: str, at: int, found: "list[tuple[int, int]]") -> int:
    """Read one replacement field after its brace; the offset after the closing one."""
    first, depth = at, 0
    place = len(found)
    while at < len(text):
        char = text[at]
        quote = next((q for q in _QUOTES if text.startswith(q, at)), None)
        if quote is not None:
            at = _string(text, at + len(quote), quote, False, False, [])
            continue
        if char in "([{":
            depth += 1
        elif depth and char in ")]}":
            depth -= 1
        elif not depth and (char in "}:" or (char == "!" and text[at + 1 : at + 2] != "=") or _shows_itself(text, at)):
            break
        at += 1
    found.insert(place, (first, at))
    return _rest_of_field(text, at, found)


def _shows_itself(text: str, at: int) -> bool:
    """The sign of ``{value=}``."""
    return text[at] == "=" and re.match(r"=\s*[}:!]", text[at : at + 20]) is not None and text[at - 1] not in "=<>!"


def _rest_of_field(text: str, at: int, found: "list[tuple[int, int]]") -> int:
    """Skip conversion and format specification, in which there may be fields."""
    while at < len(text) and text[at] != "}":
        at = _field(text, at + 1, found) if text[at] == "{" else at + 1
    return at + 1
