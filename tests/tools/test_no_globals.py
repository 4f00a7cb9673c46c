"""The checker for shared mutable state: each kind is caught, each innocent look-alike passes, and so does the project."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import no_globals
import pytest
from no_globals import check_files, check_source, main

ROOT = Path(no_globals.__file__).resolve().parents[1]

CAUGHT = {
    "module-value": [
        "CACHE = {}",
        "CACHE: dict[str, int] = {}",
        "from typing import Final\nITEMS: Final = [1, 2]",
        "NAMES = {'a', 'b'}",
        "SQUARES = [i * i for i in range(3)]",
        "NUMBERS = (i for i in range(3))",
        "PAIR = ([1], 2)",
        "A, B = [], 3",
        "X = [] if True else None",
        "X = None or {}",
        "X = (1,) + tuple([[2]])",
        "X = dict(a=1)",
        "from collections import defaultdict as dd\nX = dd(list)",
        "import collections\nX = collections.OrderedDict()",
        "import numpy as np\nX = np.zeros(3)",
        "import numpy as np\nfrom typing import Final\nRNG: Final = np.random.default_rng(1)",
        "from random import Random\nRNG = Random(1)",
        "import threading\nLOCK = threading.Lock()",
        "import itertools\nIDS = itertools.count()",
        "import types\nX = types.MappingProxyType({'a': [1]})",
        "X = frozenset(a for a in 'abc'), {}",
        "X = load()",
        "class Thing:\n    pass\nTHING = Thing()",
        "from typing import Final\nclass Thing:\n    pass\nTHING: Final = Thing()",
        "if True:\n    X = []",
        "try:\n    import a\nexcept ImportError:\n    X = []",
        "for i in range(3):\n    X = [i]",
        "X = ()\nX += tuple([]) + ([],)",
        "X = tuple([1] + [[2]])",
    ],
    "class-value": [
        "class A:\n    items = []",
        "class A:\n    items: list[int] = []",
        "class A:\n    class B:\n        table = {}",
        "import numpy as np\nclass A:\n    weights = np.ones(3)",
    ],
    "global": ["def f():\n    global x\n    x = 1", "def f():\n    globals()['x'] = 1"],
    "function-attribute": [
        "def f():\n    f.calls = 1",
        "def f():\n    pass\nf.calls = 0",
        "def f():\n    f.calls += 1",
        "class A:\n    n: int\ndef f():\n    A.n = 1",
        "class A:\n    @classmethod\n    def f(cls):\n        cls.n = 1",
        "class A:\n    def f(self):\n        type(self).n += 1",
        "class A:\n    def f(self):\n        self.__class__.n = 1",
        "def f():\n    setattr(f, 'calls', 1)",
    ],
    "cache": [
        "from functools import lru_cache\n@lru_cache(maxsize=None)\ndef f(): ...",
        "import functools\n@functools.cache\ndef f(): ...",
        "from functools import cache as memo\ng = memo(len)",
        "import functools as ft\ndef f(g):\n    return ft.lru_cache(g)",
    ],
    "thread-local": [
        "import threading\nX = threading.local()",
        "from threading import local\nclass Store(local): ...",
        "import threading\ndef f():\n    return threading.local()",
    ],
    "context-variable": [
        "from contextvars import ContextVar\nX = ContextVar('x')",
        "import contextvars as cv\ndef f():\n    return cv.ContextVar('x')",
    ],
    "foreign-write": [
        "import config\nconfig.latitude = 3",
        "import config\ndef f():\n    config.latitude += 3",
        "import package.config as conf\nconf.settings['a'] = 1",
        "import os\ndef f():\n    os.environ['A'] = '1'",
        "import sys\nsys.path.append('x')",
        "import sys\ndel sys.modules['x']",
        "import config\nsetattr(config, 'a', 1)",
        "from config import TABLE\nTABLE['a'] = 1",
        "from config import TABLE\ndef f():\n    TABLE.update(a=1)",
        "import matplotlib.pyplot as plt\ndef f():\n    plt.rcParams['a'] = 1",
        "import a\nx, a.b = 1, 2",
    ],
    "process-setting": [
        "import warnings\nwarnings.filterwarnings('ignore')",
        "import warnings\ndef f():\n    warnings.simplefilter('ignore')",
        "import numpy as np\nnp.seterr(all='ignore')",
        "from numpy import seterr\ndef f():\n    seterr(all='ignore')",
        "import numpy as np\ndef f():\n    np.random.seed(1)",
        "import logging\nlogging.basicConfig()",
        "import sys\nsys.setrecursionlimit(9)",
        "import xarray as xr\nxr.set_options(keep_attrs=True)",
    ],
    "mutable-default": [
        "def f(a=[]): ...",
        "def f(*, a={}): ...",
        "def f(a=dict()): ...",
        "def f(a=([],)): ...",
        "g = lambda a=[]: a",
        "class A:\n    def f(self, a=set()): ...",
    ],
}

INNOCENT = [
    "X = 3",
    "X = 'a', 2.0, (True, None)",
    "X = -1.5 * 2",
    "X = frozenset({'a', 'b'})",
    "X = tuple([1, 2])",
    "X = frozenset(dir(str) + ['a']) - frozenset({1})",
    "X = tuple(i for i in range(3))",
    "from types import MappingProxyType\nX = MappingProxyType({'a': 1, 'b': (2, 3)})",
    "import re\nX = re.compile('a')",
    "import logging\nLOGGER = logging.getLogger(__name__)",
    "from typing import TypeVar\nT = TypeVar('T')",
    "from typing import Final\nX: Final = make()",
    "from dataclasses import dataclass\n@dataclass(frozen=True)\nclass A:\n    x: int\nX = A(1)\nY = (A(1), A(2))",
    "from typing import NamedTuple\nclass A(NamedTuple):\n    x: int = 0\nX = A(1)",
    "from enum import Enum\nclass A(Enum):\n    x = (1, 2)",
    "X: dict[str, int]",
    "Alias = dict[str, list[int]]",
    "__all__ = ['a', 'b']\n__all__ += ['c']",
    "class A:\n    __slots__ = ['a']",
    "class A:\n    limit = 3\n    names = ('a', 'b')",
    "from dataclasses import dataclass, field\n@dataclass\nclass A:\n    items: list[int] = field(default_factory=list)",
    "def f():\n    cache = {}\n    cache['a'] = 1\n    return cache",
    "def f():\n    items = []\n    def g():\n        nonlocal items\n        items = [1]\n    return g",
    "class A:\n    def __init__(self):\n        self.items = []\n        self.n = 0",
    "def f(a=(), b=None, c=frozenset()): ...",
    "def f(a: list[int] | None = None): ...",
    "from functools import cached_property, partial\nclass A:\n    @cached_property\n    def x(self): ...",
    "def cache(f):\n    return f\n@cache\ndef g(): ...",
    "import threading\ndef f():\n    lock = threading.Lock()\n    return threading.Thread(target=f), lock",
    "def f(local):\n    return local()",
    "import warnings\ndef f():\n    with warnings.catch_warnings():\n        warnings.simplefilter('ignore')",
    "import numpy as np\ndef f(x):\n    with np.errstate(all='ignore'):\n        return np.log(x)",
    "import xarray as xr\ndef f(x):\n    with xr.set_options(keep_attrs=True):\n        return x + 1",
    "import logging\ndef main():\n    logging.basicConfig()",
    "import sys\ndef main():\n    sys.setrecursionlimit(9)",
    "import numpy as np\ndef f(x):\n    return np.append(x, 1), np.insert(x, 0, 1)",
    "import config\ndef f(config):\n    config.latitude = 3",
    "import config\ndef f():\n    config = make()\n    config.latitude = 3\n    config.items.append(1)",
    "def f(sys):\n    sys.path.append('x')",
    "import os\ndef f():\n    return os.environ['A'], os.path.join('a', 'b')",
    "def f(): ...\ndef g(f):\n    f.calls = 1",
    "import a.b\nx = a.b.c",
    "def f(globals):\n    return globals",
    "def f():\n    return globals()['x']",
    "text = 'global x; CACHE = {}'  # CACHE = []",
]


@pytest.mark.parametrize(("rule", "source"), [(rule, source) for rule, sources in CAUGHT.items() for source in sources])
def test_each_kind_is_caught(rule: str, source: str) -> None:
    findings = check_source(source)
    assert rule in {finding.rule for finding in findings}
    assert all(1 <= finding.line <= source.count("\n") + 1 for finding in findings)


@pytest.mark.parametrize("source", INNOCENT)
def test_innocent_look_alikes_pass(source: str) -> None:
    assert check_source(source) == []


def test_every_rule_is_described_and_tested() -> None:
    assert set(CAUGHT) == {name for name, _ in no_globals.RULES}


def test_lines_and_messages() -> None:
    source = textwrap.dedent("""
        import sys

        TABLE = {}

        def f():
            sys.path.append("x")
    """)
    first, second = check_source(source)
    assert (first.line, first.rule, first.message) == (4, "module-value", "TABLE is bound to a dict")
    assert (second.line, second.message) == (7, "sys.path.append() changes an imported object")


def test_frozen_classes_of_other_files_are_known(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("from dataclasses import dataclass\n@dataclass(frozen=True)\nclass Point:\n    x: int\n")
    (tmp_path / "b.py").write_text("from a import Point\nORIGIN = Point(0)\n")
    assert check_files([tmp_path]) == []
    (tmp_path / "a.py").write_text("from dataclasses import dataclass\n@dataclass\nclass Point:\n    x: int\n")
    assert [path.name for path, _ in check_files([tmp_path])] == ["b.py"]


def test_only_the_file_exempt_by_name_passes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    package = tmp_path / "varwg"
    package.mkdir()
    for name in ("_deprecated_rng.py", "other.py", "not_deprecated_rng.py"):
        (package / name).write_text("CACHE = {}\n")
    assert main([str(tmp_path)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [Path(line.partition(":")[0]).name for line in lines] == ["not_deprecated_rng.py", "other.py"]
    assert lines[0].endswith("not_deprecated_rng.py:1: [module-value] CACHE is bound to a dict")
    assert main([str(tmp_path), "--exempt", "varwg/other.py", "--exempt", "not_deprecated_rng.py"]) == 1
    assert "_deprecated_rng.py:1:" in capsys.readouterr().out


def test_exit_codes(tmp_path: Path) -> None:
    script = [sys.executable, no_globals.__file__]
    clean, bad = tmp_path / "clean.py", tmp_path / "bad.py"
    clean.write_text("X = 1\n")
    bad.write_text("def f(:\n")
    (tmp_path / "empty").mkdir()
    for target, code in ((clean, 0), (bad, 2), (tmp_path / "empty", 2), (tmp_path / "absent.py", 2)):
        assert subprocess.run([*script, str(target)], capture_output=True, check=False).returncode == code
    assert subprocess.run(script, capture_output=True, check=False).returncode == 2


def test_the_project_has_no_globals() -> None:
    findings = check_files([ROOT / "varwg", ROOT / "weathercop", ROOT / "tools"])
    assert [f"{path.relative_to(ROOT)}:{finding.line}: {finding.message}" for path, finding in findings] == []
    shim = ROOT / "varwg" / "_deprecated_rng.py"
    assert check_source(shim.read_text(encoding="utf-8"))  # what the exemption is for
