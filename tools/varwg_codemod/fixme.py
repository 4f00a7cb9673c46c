"""Comments at the sites that are left for a human, on request."""

import io
import tokenize
from collections.abc import Iterable

from varwg_codemod.edits import Edit, apply_edits
from varwg_codemod.engine import Finding


def mark(text: str, findings: Iterable[Finding]) -> str:
    """The text with ``# FIXME(varwg-codemod CODE)`` at the end of each line with a site left.

    A line that has the comment already does not get it again.
    """
    starts = [0]
    for content in io.StringIO(text, newline=""):
        starts.append(starts[-1] + len(content))
    ends = _line_ends(text)
    edits = set()
    for finding in findings:
        line = min((n for n in ends if n >= finding.new_line), default=None)
        if finding.kind != "left" or line is None:
            continue
        comment = f"# FIXME(varwg-codemod {finding.code})"
        column = ends[line]
        if comment not in text[starts[line - 1] : starts[line]]:
            offset = starts[line - 1] + column
            edits.add(Edit(offset, offset, 0, f"  {comment}"))
    return apply_edits(text, edits)


def _line_ends(text: str) -> dict[int, int]:
    """For each line that ends outside of strings and continuations, the column where it ends."""
    ends: dict[int, int] = {}
    for token in tokenize.generate_tokens(io.StringIO(text, newline="").readline):
        if token.type in {tokenize.NEWLINE, tokenize.NL}:
            ends[token.start[0]] = token.start[1]
    return ends
