"""One parsed file: the LibCST tree with its scopes, and offsets into the text for every node."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import fields as dataclass_fields

import libcst as cst
from libcst.metadata import (
    MetadataWrapper,
    PositionProvider,
    Scope,
    ScopeProvider,
)

from varwg_codemod.facts import Spot

_SPACE = re.compile("whitespace|lines|header|footer|indent")
_NEWLINE = re.compile(r"\r\n|\r|\n")


class Syntax:
    """A parsed source text.

    Parameters
    ----------
    text
        The source, without a byte-order mark.

    Raises
    ------
    libcst.ParserSyntaxError
        If the text is not valid Python.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        wrapper = MetadataWrapper(cst.parse_module(text), unsafe_skip_copy=True)
        self.module = wrapper.module
        wrapper.resolve_many((PositionProvider, ScopeProvider))  # both at once saves walking through the tree again
        self._positions = wrapper.resolve(PositionProvider)
        self._scopes = wrapper.resolve(ScopeProvider)
        self._parents = _parents(self.module)
        self._line_starts = (0, *(match.end() for match in _NEWLINE.finditer(text)))
        self._dropped = _dropped(text, self.module.code) if "\f" in text else {}
        first = _NEWLINE.search(text)
        self.newline = first.group() if first else "\n"

    def start(self, node: cst.CSTNode) -> int:
        """Offset of the first character of a node (its own parentheses included)."""
        position = self._positions[node].start
        return self._offset(position.line, position.column)

    def end(self, node: cst.CSTNode) -> int:
        """Offset just after a node."""
        position = self._positions[node].end
        return self._offset(position.line, position.column)

    def _offset(self, line: int, column: int) -> int:
        if line > len(self._line_starts):  # LibCST ends the module after a line break it imagines
            return len(self.text)
        return self._line_starts[line - 1] + self._dropped.get(line, 0) + column

    def spot(self, node: cst.CSTNode, last: cst.CSTNode | None = None) -> Spot:
        """Where a node is, or the stretch from one node to the end of another."""
        start = self.start(node)
        line, col = self.line_col(start)
        return Spot(start, self.end(last or node), line, col)

    def line_col(self, offset: int) -> tuple[int, int]:
        """Line and column (both from 1) of an offset."""
        line = bisect_right(self._line_starts, offset)
        return line, offset - self._line_starts[line - 1] + 1

    def line_start(self, offset: int) -> int:
        """Offset of the start of the line that an offset is in."""
        return self._line_starts[bisect_right(self._line_starts, offset) - 1]

    def line_end(self, offset: int) -> int:
        """Offset of the end of the line that an offset is in, before the line break."""
        match = _NEWLINE.search(self.text, offset)
        return match.start() if match else len(self.text)

    def after_line(self, offset: int) -> int:
        """Offset of the start of the next line."""
        match = _NEWLINE.search(self.text, offset)
        return match.end() if match else len(self.text)

    def code(self, node: cst.CSTNode) -> str:
        """The node's text as written."""
        return self.text[self.start(node) : self.end(node)]

    def names(self) -> Iterator[cst.Name]:
        """All names that are looked up or bound somewhere."""
        return (node for node in self._scopes if isinstance(node, cst.Name))

    def parent(self, node: cst.CSTNode) -> cst.CSTNode | None:
        """The enclosing node."""
        return self._parents.get(node)

    def scope(self, node: cst.CSTNode) -> Scope | None:
        """The scope a name is looked up in."""
        return self._scopes.get(node)


def _dropped(text: str, code: str) -> dict[int, int]:
    """How many characters LibCST forgets at the start of a line: form feeds before code, and blanks before them."""
    pairs = zip(_NEWLINE.split(text), _NEWLINE.split(code), strict=False)
    return {n: len(old) - len(new) for n, (old, new) in enumerate(pairs, start=1) if old != new and old.endswith(new)}


def _parents(module: cst.Module) -> dict[cst.CSTNode, cst.CSTNode]:
    """The enclosing node of each node; several times as fast as LibCST's, which visits white space as well."""
    found: dict[cst.CSTNode, cst.CSTNode] = {}
    fields: dict[type, tuple[str, ...]] = {}
    todo: list[cst.CSTNode] = [module]
    while todo:
        node = todo.pop()
        names = fields.get(type(node))
        if names is None:
            names = fields[type(node)] = tuple(f.name for f in dataclass_fields(node) if not _SPACE.search(f.name))
        for name in names:
            value = getattr(node, name)
            for child in value if isinstance(value, (tuple, list)) else (value,):
                if isinstance(child, cst.CSTNode):
                    found[child] = node
                    todo.append(child)
    return found


def line_column(text: str, offset: int) -> tuple[int, int]:
    """Line and column (both from 1) of an offset in a text.

    Examples
    --------
    >>> line_column("a\\nbc", 3)
    (2, 2)
    """
    line, last = 1, 0
    for match in _NEWLINE.finditer(text, 0, offset):
        if match.end() <= offset:
            line, last = line + 1, match.end()
    return line, offset - last + 1
