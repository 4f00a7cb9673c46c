#!/usr/bin/env python3
"""Random programs before and after varwg-codemod: differences, uses of the hidden generator before and after.

usage: python tools/benchmarks/codemod_programs.py [-n 2000] [--first 0] [--library varwg|numpy|generator] [--reduce]

Program number k is always the same one. Each runs twice before (what differs then is seeded by nothing and is compared
without its numbers), is migrated, runs again, and is migrated again. With --reduce, programs that show a fault are made as
small as they can be; with --write, they are put into a folder each. Exit 1 if there is any difference.
"""

from __future__ import annotations

import argparse
import collections
import site
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from random import Random
from types import MappingProxyType
from typing import Final

_REPOSITORY = Path(__file__).parents[2]
site.addsitedir(str(_REPOSITORY / "tests/tools/codemod"))

from programs.harness import (  # noqa: E402 - found by the line above
    FIRST_STEP,
    OUTSIDE,
    SECOND_STEP,
    Verdict,
    Worker,
    after_first_step,
    verdict,
)
from programs.program import VOCABULARIES, program  # noqa: E402
from programs.reduce import smaller  # noqa: E402
from programs.uses import count  # noqa: E402

#: Further arguments of the codemod for each library.
OPTIONS: Final = MappingProxyType({"varwg": (), "numpy": FIRST_STEP, "generator": SECOND_STEP})


def files(worker: Worker, number: int, library: str) -> dict[str, str]:
    """The texts of one program; those for the second step have gone through the first."""
    if library == "generator":
        return after_first_step(worker, files(worker, number, "numpy"))
    return program(Random(f"{library} {number}"), VOCABULARIES[library])


def kinds(found: Verdict) -> set[str]:
    """What is wrong, without the details."""
    return {problem.split(":")[0] for problem in found.problems}


def reduced(worker: Worker, texts: Mapping[str, str], options: tuple[str, ...], wrong: set[str]) -> dict[str, str]:
    """The smallest program found that shows the same fault."""

    def holds(candidate: Mapping[str, str]) -> bool:
        found = verdict(worker, candidate, options)
        return not found.discarded and bool(kinds(found) & wrong)

    return smaller(texts, holds)


def write(folder: Path, texts: Mapping[str, str], found: Verdict) -> None:
    """Put a program into a folder, with what is wrong, the report and the migrated texts."""
    note = ["What is wrong:", *found.problems, "", "Before:", found.before, "After:", found.after, "Report:", found.report]
    note += [f"--- {path}\n{text}" for path, text in (found.migrated or {}).items()]
    for path, text in {**texts, "NOTE.md": "\n".join(note)}.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")


def main() -> int:
    """Run the programs and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-n", type=int, default=2000, help="how many programs (default 2000)")
    parser.add_argument("--first", type=int, default=0, help="number of the first one")
    parser.add_argument("--library", choices=sorted(OPTIONS), default="varwg")
    parser.add_argument("--reduce", action="store_true", help="make faulty programs smaller")
    parser.add_argument("--write", type=Path, metavar="FOLDER", help="write faulty programs here")
    parser.add_argument("--stop", type=int, default=0, metavar="N", help="stop after so many faults")
    given = parser.parse_args()
    options, tally = OPTIONS[given.library], collections.Counter[str]()
    start = time.monotonic()
    with Worker() as worker:
        for number in range(given.first, given.first + given.n):
            texts = files(worker, number, given.library)
            found = verdict(worker, texts, options)
            tally["programs"] += 1
            if found.discarded:
                tally["discarded"] += 1
                continue
            tally["uses before"] += count({p: t for p, t in texts.items() if not p.startswith(OUTSIDE)}, given.library)
            tally["uses after"] += count(found.migrated or {}, given.library)
            tally["exit 0"] += not found.exit_code
            if found.problems:
                tally["faulty"] += 1
                tally["faulty with exit 0"] += not found.exit_code
                print(f"program {number}: {'; '.join(found.problems)}"[:400], flush=True)
                if given.reduce:
                    texts = reduced(worker, texts, options, kinds(found))
                    found = verdict(worker, texts, options)
                if given.write:
                    write(given.write / f"{given.library}_{number}", texts, found)
                if tally["faulty"] == given.stop:
                    break
    print(", ".join(f"{name} {tally[name]}" for name in ("programs", "discarded", "faulty", "faulty with exit 0", "exit 0")))
    print(f"uses {tally['uses before']} -> {tally['uses after']}; {time.monotonic() - start:.0f} s")
    return bool(tally["faulty"])


if __name__ == "__main__":
    sys.exit(main())
