#!/usr/bin/env python3
"""How many files a second varwg-codemod analyses, for generated programs of growing size: CPU time of one core.

usage: python tools/benchmarks/codemod_speed.py [FILES ...]     (default 100 200 400 1000)

Each file imports from those before it, has a class, functions that draw, and functions that call them.
"""

from __future__ import annotations

import site
import sys
import time
from pathlib import Path
from random import Random

site.addsitedir(str(Path(__file__).parents[1]))

from varwg_codemod.engine import rewrite

_PER_PACKAGE = 10
_FILE = """
import os
import numpy as np
import varwg
{imports}

class Model{i}:
    def __init__(self, n, data=None):
        self.n = n
        self.data = data or {{}}
        self.items = []

    def simulate{i}(self, k):
        out = np.zeros(k)
        for place in range(k):
            out[place] = noise{i}(self.n) + self.helper(place)
            self.items.append(out[place])
        return out

    def helper(self, x):
        table = {{"a": 1, "b": x}}
        return table.get("a", 0) + sum(v for v in table.values())

    def update(self, other):
        for item in self.items:
            other.update(item)
        self.data.update(other.data)
        return self

    def write(self, path):
        with open(os.path.join(path, "x"), "w") as stream:
            stream.write(str(self.n))


def noise{i}(n, scale=1.0):
    return varwg.rng.normal(size=n).sum() * scale


def load{i}(path, reader=None, **options):
    rows = [line.split(",") for line in open(path)]
    result = dict(values=np.array([[float(v) for v in row] for row in rows]), n=len(rows))
    if reader is not None:
        result["more"] = reader(path, **options)
    return result
"""
_WORK = """

def work{i}_{k}(x, y=2, models=()):
    value = np.mean(x) * y
    model = Model{j}(x)
    value += model.simulate{j}(3).sum() + noise{j}(2)
    for one in [model, *models]:
        one.update(model)
        value += one.helper(y)
    for key, entry in load{i}("p", reader=None).items():
        value += np.asarray(entry).sum()
    return value
"""


def program(files: int) -> dict[str, str]:
    """The texts of a program, always the same for a number of files."""
    random = Random(files)
    texts = {"study/__init__.py": "", "run.py": "import varwg\nfrom study.part0.mod0 import noise0\nvarwg.reseed(1)\nnoise0(1)\n"}
    for i in range(files):
        package = f"study/part{i // _PER_PACKAGE}"
        texts.setdefault(f"{package}/__init__.py", "")
        before = list(range(max(0, i - 12), i))
        used = random.sample(before, min(3, len(before)))
        names = [f"from study.part{j // _PER_PACKAGE}.mod{j} import Model{j}, noise{j}" for j in used]
        work = [_WORK.format(i=i, k=k, j=random.choice([*used, i])) for k in range(6)]
        texts[f"{package}/mod{i}.py"] = _FILE.format(i=i, imports="\n".join(names)) + "".join(work)
    return texts


def main() -> int:
    """Time one run for each size."""
    sys.setrecursionlimit(10_000)
    for files in [int(text) for text in sys.argv[1:]] or [100, 200, 400, 1000]:
        texts = program(files)
        lines = sum(text.count("\n") for text in texts.values())
        start = time.process_time()
        rewrite(texts)
        seconds = time.process_time() - start
        print(f"{len(texts)} files, {lines} lines: {seconds:.1f} s, {len(texts) / seconds:.0f} files a second", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
