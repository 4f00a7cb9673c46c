"""Write paper/paper.md from paper/template.md and the numbers that the benchmarks found: python tools/make_paper.py.

`python tools/make_paper.py build/benchmarks.json [OBSERVATIONS.nc]` first records the numbers in paper/numbers.json: times of the
suite (see tools/benchmarks/suite.py), and shares of grades of the bundled example and, with a file, of real weather. With
`--check` nothing is written; the exit code is 1 if the paper is not what template and numbers give.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from string import Template

import numpy as np

PAPER = Path(__file__).resolve().parents[1] / "paper"
MEMBERS = 50


def main(arguments: list[str]) -> int:
    """Record, write or check; returns the exit code."""
    if arguments and arguments[0] != "--check":
        numbers = json.loads((PAPER / "numbers.json").read_text(encoding="utf-8")) if (PAPER / "numbers.json").exists() else {}
        numbers |= times(Path(arguments[0])) | grades("example")
        if arguments[1:]:
            numbers |= grades("real", arguments[1])
        (PAPER / "numbers.json").write_text(json.dumps(numbers, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    text = written()
    if arguments == ["--check"]:
        return int((PAPER / "paper.md").read_text(encoding="utf-8") != text)
    (PAPER / "paper.md").write_text(text, encoding="utf-8")
    return 0


def written() -> str:
    """The paper: every number of the template is one that was found, and every number that was found is in it."""
    numbers = json.loads((PAPER / "numbers.json").read_text(encoding="utf-8"))
    return Template((PAPER / "template.md").read_text(encoding="utf-8")).substitute(numbers)


def times(path: Path) -> dict[str, str]:
    """Smallest times of the suite in seconds, with two digits, and the processor they were measured on."""
    content = json.loads(path.read_text(encoding="utf-8"))
    found = {f"{own['name'].removeprefix('test_')}_s": f"{own['stats']['min']:.2g}" for own in content["benchmarks"]}
    return found | {"processor": content["machine_info"]["cpu"].get("brand_raw", "unknown")}


def grades(name: str, source: str | None = None) -> dict[str, str]:
    """Shares of good, fair and poor values of an ensemble in per cent, how many there are, and the time of the fit."""
    import weathercop
    from weathercop.validation import grade_shares

    wc = weathercop.Multisite(weathercop.example_dataset() if source is None else source)
    began = time.process_time()
    wc.fit(rng=np.random.default_rng(1), progress=False)
    seconds = time.process_time() - began
    own = grade_shares(weathercop.validate(wc.simulate_ensemble(MEMBERS, seed=1), wc.observations))
    shares = {f"{name}_{grade}": f"{100 * getattr(own, grade):.0f}" for grade in ("good", "fair", "poor")}
    return shares | {f"{name}_values": str(own.n_values), f"{name}_fit_s": f"{seconds:.2g}"}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
