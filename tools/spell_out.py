#!/usr/bin/env python3
"""Spell out the keywords of `varwg._request.Request` wherever a function takes them one by one, in signature and docstring.

usage: python tools/spell_out.py [--check]

Completion, type checkers and `help()` read signatures, so these name every keyword; people write each keyword once, in
`Request`. The functions mark their places: in a signature and in a call `# spelled out: SET` to `# end`, where SET is
a key of `SETS`; in a docstring the block that begins with the first keyword and ends at an empty line, or
the line `SPELLED OUT` where nothing has been spelled out yet.
"""

from __future__ import annotations

import argparse
import re
import textwrap
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from types import MappingProxyType
from typing import Final

from varwg._request import ALIASES, Asked, Request, asked_for
from varwg.scenarios import Scenario

ROOT: Final = Path(__file__).resolve().parents[1]
FILES: Final = ("varwg/_generator.py", "varwg/_simulation.py", "varwg/scenarios/_scenario.py")
#: Sets of keywords, and those that the signature has before its star.
SETS: Final = MappingProxyType({"single": ("n_days",), "function": ("times",), "ensemble": (), "terms": ()})
REGION: Final = re.compile(r"^(?P<indent> +)# spelled out: (?P<what>\w+) (?P<form>\w+)\n.*?^ +# end\n", re.M | re.S)
WIDTH: Final = 120


def main() -> int:
    """Rewrite the files, or say which ones are behind."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 if a file is behind")
    behind = list(outdated())
    if not parser.parse_args().check:
        for path, text in behind:
            path.write_text(text, encoding="utf-8")
    for path, _ in behind:
        print(path.relative_to(ROOT))
    return int(bool(behind) and parser.parse_args().check)


def outdated() -> Iterator[tuple[Path, str]]:
    """Files that do not say what `Request` declares, with the text that they should have."""
    for name in FILES:
        path = ROOT / name
        before = path.read_text(encoding="utf-8")
        after = spelled_out(before)
        if after != before:
            yield path, after


def spelled_out(text: str) -> str:
    """The text of a module with all its places filled in."""
    text = REGION.sub(lambda place: _lines(place["what"], place["form"], place["indent"]), text)
    text = re.sub(rf"^( +)SPELLED OUT ({'|'.join(SETS)})\n", lambda place: _explained(place[2], place[1]), text, flags=re.M)
    parts = re.split(r"(?=^ +# spelled out: \w+ signature\n)", text, flags=re.M)
    return "".join([parts[0], *(_with_explanations(part) for part in parts[1:])])


def keywords(what: str) -> dict[str, Asked]:
    """The keywords of a set, in the order of their declaration."""
    asked = asked_for()
    if what == "terms":
        return {own.name: asked[own.name] for own in fields(Scenario)}
    return {name: own for name, own in asked.items() if what == "ensemble" or not own.ensembles_only}


def _lines(what: str, form: str, indent: str) -> str:
    types, defaults = ({own.name: getattr(own, key) for own in fields(Request)} for key in ("type", "default"))
    names = dict.fromkeys(keywords(what))
    aliases = {} if what == "terms" else dict(ALIASES)
    if form == "signature":
        own = [f"{name}: {types[name]} = {_written(defaults[name])}," for name in names if name not in SETS[what]]
        own += [f"{alias}: {types[name]} = None," for alias, name in aliases.items()]
    elif form == "mapping":
        own = [f'"{name}": {name},' for name in (*names, *aliases)]
    else:
        own = [f"{name}={name}," for name in (*names, *aliases)]
    return "".join(f"{indent}{line}\n" for line in (f"# spelled out: {what} {form}", *own, "# end"))


def _written(default: object) -> str:
    return f'"{default}"' if isinstance(default, str) else repr(default)


def _with_explanations(part: str) -> str:
    """A function, from its signature on, with the block of its docstring replaced."""
    what = part.partition("# spelled out: ")[2].split()[0]
    first = next(iter(keywords(what)))
    return re.sub(rf"^( +){first} : .*?\n\n", lambda place: _explained(what, place[1]) + "\n", part, count=1, flags=re.M | re.S)


def _explained(what: str, indent: str) -> str:
    lines = []
    for name, own in keywords(what).items():
        lines.append(f"{indent}{name} : {own.shown}")
        unit = f" Unit: {own.unit}." if own.unit not in ("", "1") else ""
        lines += textwrap.wrap(own.sentence + unit, WIDTH, initial_indent=indent + "    ", subsequent_indent=indent + "    ")
    if what != "terms":
        lines.append(f"{indent}{', '.join(ALIASES)}")
        lines.append(f"{indent}    Old names of {', '.join(ALIASES.values())}.")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    raise SystemExit(main())
