"""Write `varwg/data/old_names.tsv`, what errors about old names say, from the tables of `migration_guide.md`.

    python tools/old_names.py            # write the file
    python tools/old_names.py --check    # exit code 1 if the file says something else than the guide

A line has an old name, the package of its section ("varwg", "weathercop" or "both") and the sentence of the guide. Names are
dotted ones of modules (`varwg.set_conf`), attributes of objects (`.sim_sea`) and keywords (`refit=`).
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import MappingProxyType
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
GUIDE: Final = ROOT / "migration_guide.md"
TABLE: Final = ROOT / "varwg" / "data" / "old_names.tsv"
#: Sections with tables of old names, and the package they are about.
SECTIONS: Final = MappingProxyType({"Randomness": "both", "One site": "varwg", "Several sites": "weathercop", "Pictures": "both"})


def lines() -> Iterator[tuple[str, str, str]]:
    """Old name, package and sentence; the first row of a package that has a name counts."""
    section, seen = "", set()
    for line in GUIDE.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            section = line[3:]
        if section not in SECTIONS or not line.startswith("| ") or line.startswith("| old |"):
            continue
        old, new = line.strip("| ").split(" | ")
        for name in names(old):
            # What seeded and drew still does; keywords alone are gone.
            if (name, SECTIONS[section]) not in seen and (section != "Randomness" or name.endswith("=")):
                seen.add((name, SECTIONS[section]))
                yield name, SECTIONS[section], new.replace("`", "").removesuffix("; see below")


def names(cell: str) -> Iterator[str]:
    """The old names of a cell: of its calls the keywords alone, because what is called may have stayed."""
    for span in re.findall(r"`([^`]+)`", cell):
        keywords = re.findall(r"(\w+)=", span)
        if re.match(r"[\w.]+\(.*=|\w+=", span):
            yield from (f"{keyword}=" for keyword in keywords)
            continue
        bare = re.sub(r"\(.*", "", span)
        if re.fullmatch(r"(varwg|weathercop)(\.\w+)+", bare):
            yield bare
        elif re.fullmatch(r"(wg|wc|Multisite)\.\w+\*?", bare):
            yield bare[bare.index(".") :]
        imported = re.fullmatch(r"from ([\w.]+) import ([\w, ]+)", span)
        if imported:
            yield from (f"{imported[1]}.{name.strip()}" for name in imported[2].split(","))


def main() -> int:
    """Write the file, or compare it."""
    text = "".join(f"{old}\t{package}\t{sentence}\n" for old, package, sentence in lines())
    if "--check" in sys.argv[1:]:
        return int(TABLE.read_text(encoding="utf-8") != text)
    TABLE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
