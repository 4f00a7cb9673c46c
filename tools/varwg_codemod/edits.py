"""Edits of a text: replacing stretches of it, and following a position through them."""

from collections.abc import Iterable
from dataclasses import dataclass

# In the text of an edit these stand for names that the file may still have to import.
NUMPY = "\0numpy\0"
PARTIAL = "\0functools.partial\0"
VARWG = "\0varwg\0"
PYTEST = "\0pytest\0"


@dataclass(frozen=True, order=True)
class Edit:
    """Replace `text[start:end]` by `new`; `rank` orders insertions at one offset."""

    start: int
    end: int
    rank: int
    new: str
    code: str = ""


class OverlapError(ValueError):
    """Two rules want to change the same stretch of text."""


def apply_edits(text: str, edits: Iterable[Edit]) -> str:
    """The text with all edits made.

    Raises
    ------
    OverlapError
        If two edits overlap.
    """
    pieces = []
    done = 0
    for edit in ordered(edits):
        if edit.start < done:
            raise OverlapError(f"{edit.code} changes offset {edit.start}, which is already changed")
        pieces += [text[done : edit.start], edit.new]
        done = edit.end
    return "".join([*pieces, text[done:]])


def ordered(edits: Iterable[Edit]) -> list[Edit]:
    """The edits in the order of the text, equal ones only once."""
    return sorted(set(edits))


def new_offset(offset: int, edits: Iterable[Edit]) -> int:
    """Where an offset of the old text is found in the new one."""
    shift = 0
    for edit in ordered(edits):
        if edit.start > offset or (edit.start == offset and edit.end > edit.start):
            break
        if offset < edit.end:
            return edit.start + shift
        shift += len(edit.new) - (edit.end - edit.start)
    return offset + shift
