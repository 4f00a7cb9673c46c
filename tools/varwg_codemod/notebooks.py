"""Jupyter notebooks: their code cells as one source text, and back, touching nothing else."""

import ast
import json
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_MARK = "# varwg-codemod: cell {}"
_MARK_LINE = re.compile(r"^# varwg-codemod: cell (\d+)\n", re.MULTILINE)
_HOLDER = "pass  # varwg-codemod: magic {}"
_HOLDER_LINE = re.compile(r"pass  # varwg-codemod: magic (\d+)")
# Magics that run the rest of their line as Python, with their options.
_RUNNING = re.compile(r"((?:[A-Za-z_]\w*\s*=\s*)?%%?(?:time|timeit|prun|memit)\s+(?:-\w+(?:\s+\d+)?\s+)*)(\S.*)")
_RUN = "pass; {}  # varwg-codemod: run by {}"
_RUN_LINE = re.compile(r"pass; (.*)  # varwg-codemod: run by (\d+)")
_MAGIC = re.compile(r"^\s*+([%!?]|\w[\w, ]*=\s*[%!]|.*\?{1,2}\s*$)")
_PYTHON_CELLS = frozenset({"%%time", "%%timeit", "%%capture", "%%prun"})
_HOLDING_PYTHON = frozenset({"%%writefile", "%%file", "%%cython", "%%px", "%%python", "%%python3"})
_DECODER: Final = json.JSONDecoder()
_SPACE = re.compile(r"[ \t\r\n]*")


class NotebookError(ValueError):
    """The file is not a notebook."""


@dataclass(frozen=True)
class Notebook:
    """A notebook's JSON, its code cells, and the text made of them.

    `cells` has for each code cell its number, the stretch of its source in the JSON, and its text;
    `text` is what the codemod works on; `magics` are the lines, or parts of lines, that had to be hidden
    in it. `skipped` are the code cells that are not Python, as (number of the cell, text).
    """

    raw: str
    cells: tuple[tuple[int, int, int, str], ...]
    text: str
    magics: tuple[str, ...]
    skipped: tuple[tuple[int, str], ...] = ()

    def place(self, line: int) -> tuple[int, int]:
        """The number of the cell (from 1) and the line in it that a line of `text` is."""
        number, first = 0, 0
        for index, content in enumerate(self.text.split("\n")[:line], start=1):
            match = _MARK_LINE.match(content + "\n")
            if match:
                number, first = int(match.group(1)), index
        return number, line - first

    def hidden(self) -> Iterator[tuple[int, str]]:
        """The lines of `text` that stand for whole magics, and those magics."""
        for number, line in enumerate(self.text.split("\n"), start=1):
            match = _HOLDER_LINE.fullmatch(line.strip())
            if match:
                yield number, self.magics[int(match.group(1))]

    def with_text(self, text: str) -> str:
        """The notebook's JSON with the cells' sources from a rewritten text."""
        pieces = _MARK_LINE.split(text)[1:]
        new = {int(pieces[i]): self._restored(pieces[i + 1].removesuffix("\n")) for i in range(0, len(pieces), 2)}
        raw = self.raw
        for number, start, end, old in reversed(self.cells):
            if number in new and new[number] != old:
                raw = raw[:start] + _encoded(self.raw[start:end], old, new[number]) + raw[end:]
        return raw

    def _restored(self, text: str) -> str:
        text = _RUN_LINE.sub(lambda match: self.magics[int(match.group(2))] + match.group(1), text)
        return _HOLDER_LINE.sub(lambda match: self.magics[int(match.group(1))].lstrip(), text)


def read_notebook(raw: str) -> Notebook:
    """Take a notebook apart.

    Raises
    ------
    NotebookError
        If the text is not JSON, or has no cells.
    """
    try:
        content = json.loads(raw)
    except RecursionError as error:
        raise NotebookError("is not a notebook: its JSON is nested too deeply") from error
    except ValueError as error:
        raise NotebookError(f"is not a notebook: {error}") from error
    if not isinstance(content, dict) or not isinstance(content.get("cells"), list):
        raise NotebookError("is not a notebook of version 4: it has no list of cells")
    cells: list[tuple[int, int, int, str]] = []
    magics: list[str] = []
    texts: list[str] = []
    skipped: list[tuple[int, str]] = []
    is_python = _is_python(content.get("metadata"))
    for number, cell in enumerate(content["cells"], start=1):
        _source_text(cell, number)  # before the offsets are looked for, which needs cells that are objects
    for number, (start, end) in enumerate(_sources(raw), start=1):
        cell = content["cells"][number - 1]
        text = _source_text(cell, number)
        if cell.get("cell_type") != "code" or start < 0 or not is_python:
            continue
        shown = _without_magics(text, magics)
        if shown is not None and "# varwg-codemod: " not in text:
            cells.append((number, start, end, text))
            texts.append(f"{_MARK.format(number)}\n{shown}\n")
        elif not text.lstrip().startswith("%%") or text.split()[0] in _HOLDING_PYTHON:
            skipped.append((number, text))
    return Notebook(raw, tuple(cells), "".join(texts), tuple(magics), tuple(skipped))


def _source_text(cell: object, number: int) -> str:
    """The source of a cell as one text."""
    source = cell.get("source", "") if isinstance(cell, dict) else None
    lines = [source] if isinstance(source, str) else source
    if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines):
        raise NotebookError(f"is not a notebook of version 4: the source of cell {number} is neither a text nor a list of texts")
    return "".join(lines)


def _is_python(metadata: object) -> bool:
    """Whether the notebook's kernel runs Python, as far as its metadata tell."""
    about = metadata if isinstance(metadata, dict) else {}
    named = [about.get("kernelspec", {}), about.get("language_info", {})]
    languages = [str(part.get(key, "")) for part, key in zip(named, ("language", "name"), strict=True) if isinstance(part, dict)]
    return all("python" in language.lower() for language in languages if language)


def _without_magics(text: str, magics: list[str]) -> str | None:
    """A cell's text with its magics hidden; None if the cell is not Python."""
    if _parses(text):
        return text
    known = len(magics)
    first = text.lstrip().split(maxsplit=1)[0] if text.strip() else ""
    if first.startswith("%%") and first not in _PYTHON_CELLS:
        return None
    lines = []
    for line in text.split("\n"):
        if _MAGIC.match(line):
            indent = line[: len(line) - len(line.lstrip())]
            shown, hidden = _hidden(line, len(magics))
            lines.append(indent + shown)
            magics.append(hidden)
        else:
            lines.append(line)
    shown = "\n".join(lines)
    if _parses(shown):
        return shown
    del magics[known:]
    return None


def _hidden(line: str, number: int) -> tuple[str, str]:
    """What stands for a magic in the text, and what of it is hidden: all, or all but the Python that it runs."""
    running = _RUNNING.fullmatch(line.lstrip())
    if running is not None and _parses(running.group(2)):
        return _RUN.format(running.group(2), number), running.group(1)
    return _HOLDER.format(number), line


def _parses(text: str) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(text)
    except (SyntaxError, ValueError):
        return False
    return True


def _sources(raw: str) -> Iterator[tuple[int, int]]:
    """The stretch of each cell's source in the JSON text."""
    top = dict(_members(raw, _skip(raw, 0)))
    for _, start in _elements(raw, top["cells"]):
        source = dict(_members(raw, start)).get("source")
        yield (source, _end(raw, source)) if source is not None else (-1, -1)


def _skip(raw: str, at: int) -> int:
    match = _SPACE.match(raw, at)
    return match.end() if match else at


def _members(raw: str, at: int) -> Iterator[tuple[str, int]]:
    """Keys of the object at an offset, with the offsets of their values."""
    at = _skip(raw, at + 1)
    while raw[at] != "}":
        start, at = at, _end(raw, at)
        key = json.loads(raw[start:at])
        at = _skip(raw, _skip(raw, at) + 1)
        yield key, at
        at = _skip(raw, _end(raw, at))
        if raw[at] == ",":
            at = _skip(raw, at + 1)


def _elements(raw: str, at: int) -> Iterator[tuple[int, int]]:
    """Numbers and offsets of the elements of the array at an offset."""
    at = _skip(raw, at + 1)
    number = 0
    while raw[at] != "]":
        yield number, at
        at = _skip(raw, _end(raw, at))
        if raw[at] == ",":
            at = _skip(raw, at + 1)
        number += 1


def _end(raw: str, at: int) -> int:
    """Offset just after the value at an offset."""
    return _DECODER.raw_decode(raw, at)[1]


def _encoded(old_json: str, old: str, new: str) -> str:
    """A cell's new source as JSON, in the layout of the old; unchanged lines stay as they were."""
    ascii_only = old_json.isascii()
    if not old_json.startswith("["):
        return json.dumps(new, ensure_ascii=ascii_only)
    written = {old_json[s:e]: None for s, e in _strings(old_json)}
    known = {json.loads(one): one for one in written}
    lines = [known.get(s) or json.dumps(s, ensure_ascii=ascii_only) for s in new.splitlines(True)]
    spans = list(_strings(old_json))
    if not spans:
        return "[" + ", ".join(lines) + "]"
    before, after = old_json[: spans[0][0]], old_json[spans[-1][1] :]
    between = old_json[spans[0][1] : spans[1][0]] if len(spans) > 1 else "," + before[1:]
    return before + between.join(lines) + after


def _strings(array: str) -> Iterator[tuple[int, int]]:
    for _, start in _elements(array, 0):
        yield start, _end(array, start)
