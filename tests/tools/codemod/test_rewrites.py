"""Exact texts after rewriting: layout, comments and everything around the sites are kept."""
# ruff: noqa: E501 - whole programs, to the byte

from types import ModuleType

import pytest

CASES = {
    "script": (
        "import varwg\n\nvarwg.reseed(0)  # seed\nx = varwg.rng.normal( size = 3 )\n",
        "import numpy as np\n\nrng = np.random.default_rng(0)  # seed\nx = rng.normal( size = 3 )\n",
    ),
    "only_a_seed": ("import varwg\n\nvarwg.reseed(0)\n", "import numpy as np\n\nrng = np.random.default_rng(0)\n"),
    "numpy_is_there_already": (
        "import numpy\nimport varwg\n\nvarwg.reseed(0)\nvarwg.rng.random()\n",
        "import numpy\n\nrng = numpy.random.default_rng(0)\nrng.random()\n",
    ),
    "np_is_something_else": (
        "import varwg\n\nnp = 3\nvarwg.reseed(0)\nvarwg.rng.random()\n",
        "import numpy\n\nnp = 3\nrng = numpy.random.default_rng(0)\nrng.random()\n",
    ),
    "docstring_and_future": (
        '"""Doc."""\n\nfrom __future__ import annotations\n\nimport os\n\nfrom varwg import reseed, rng, VarWG\n\nreseed(os.getpid())\nprint(rng.random(), VarWG)\n',
        '"""Doc."""\n\nfrom __future__ import annotations\n\nimport os\n\nimport numpy as np\nfrom varwg import VarWG\n\nrng = np.random.default_rng(os.getpid())\nprint(rng.random(), VarWG)\n',
    ),
    "multi_line_import": (
        "from varwg import (\n    reseed,\n    VarWG,\n    rng,\n)\n\nreseed(1)\nVarWG().fit(rng.random())\n",
        "import numpy as np\nfrom varwg import (\n    VarWG,\n)\n\nrng = np.random.default_rng(1)\nVarWG().fit(rng.random(), rng=rng)\n",
    ),
    "import_inside_a_function": (
        "def main():\n    from varwg import rng, reseed\n    reseed(1)\n    print(rng.random())\n\n\nmain()\n",
        "import numpy as np\n\ndef main():\n    rng = np.random.default_rng(1)\n    print(rng.random())\n\n\nmain()\n",
    ),
    "import_that_fills_a_block": (
        "def draw():\n    if True: from varwg import rng\n    return rng.random()\n",
        "def draw(*, rng):\n    if True: pass\n    return rng.random()\n",
    ),
    "main_without_a_seed": (
        "import varwg\n\n\ndef main():\n    # first\n    print(1)\n    # then\n    print(varwg.rng.random())\n\n\nif __name__ == '__main__':\n    main()\n",
        "import numpy as np\n\n\ndef main():\n    # first\n    print(1)\n    # then\n    rng = np.random.default_rng()\n    print(rng.random())\n\n\n"
        "if __name__ == '__main__':\n    main()\n",
    ),
    "the_generator_is_made_once_outside_of_loops": (
        "import varwg\n\nfor i in range(3):\n    if i:\n        print(varwg.rng.random())\n",
        "import numpy as np\n\nrng = np.random.default_rng()\nfor i in range(3):\n    if i:\n        print(rng.random())\n",
    ),
    "elif": (
        "import sys\nimport varwg\n\nif sys.argv:\n    pass\nelif varwg.rng.random():\n    pass\n",
        "import sys\nimport numpy as np\n\nrng = np.random.default_rng()\nif sys.argv:\n    pass\nelif rng.random():\n    pass\n",
    ),
    "tabs_and_semicolons": (
        "import varwg\nif 1:\n\tvarwg.reseed(0); x = varwg.rng.random(); print(x)\n",
        "import numpy as np\nif 1:\n\trng = np.random.default_rng(0); x = rng.random(); print(x)\n",
    ),
    "multi_line_calls": (
        "import varwg\n\n\ndef f(\n    a,\n    b=1,  # b\n):\n    return varwg.rng.random()\n\n\nvarwg.reseed(\n    0,\n)\nf(\n    1,\n    b=2  # two\n)\nf(1,\n  2)\n",
        "import numpy as np\n\n\ndef f(\n    a,\n    b=1,  # b\n    *,\n    rng,\n):\n    return rng.random()\n\n\nrng = np.random.default_rng(\n    0,\n)\n"
        "f(\n    1,\n    b=2,  # two\n    rng=rng\n)\nf(1,\n  2, rng=rng)\n",
    ),
    "annotated_functions": (
        "import varwg\n\n\ndef f(n: int) -> float:\n    return varwg.rng.random() * n\n",
        "import numpy as np\n\n\ndef f(n: int, *, rng: np.random.Generator) -> float:\n    return rng.random() * n\n",
    ),
    "type_parameters_and_defaults": (
        "import varwg\n\n\ndef f(n=(1, (2)), *, m={'a': 1}, **kw) -> dict[str, int]:\n    return varwg.rng.random()\n",
        "\n\ndef f(n=(1, (2)), *, m={'a': 1}, rng, **kw) -> dict[str, int]:\n    return rng.random()\n",
    ),
    "class_with_unittest_setup": (
        "import unittest\nimport varwg\n\n\nclass TestA(unittest.TestCase):\n    def setUp(self):\n        varwg.reseed(0)\n        self.n = 3\n\n"
        "    def test_a(self):\n        self.assertTrue(varwg.rng.random() < self.n)\n",
        "import unittest\nimport numpy as np\n\n\nclass TestA(unittest.TestCase):\n    def setUp(self):\n        self.rng = np.random.default_rng(0)\n"
        "        self.n = 3\n\n    def test_a(self):\n        self.assertTrue(self.rng.random() < self.n)\n",
    ),
    "objects_in_attributes_and_parameters": (
        "from __future__ import annotations\n\nimport varwg as vg\n\n\nclass Run:\n    def __init__(self, wg: vg.VarWG):\n        self.wg = vg.VG()\n"
        "        wg.fit()\n\n    def go(self):\n        with vg.VG() as other:\n            other.simulate()\n        return self.wg.fit(p=3).simulate()\n",
        "from __future__ import annotations\n\nimport numpy as np\nimport varwg as vg\n\n\nclass Run:\n"
        "    def __init__(self, wg: vg.VarWG, *, rng: np.random.Generator):\n        self.wg = vg.VG()\n"
        "        wg.fit(rng=rng)\n\n    def go(self, *, rng):\n        with vg.VG() as other:\n            other.simulate(rng=rng)\n"
        "        return self.wg.fit(p=3, rng=rng).simulate(rng=rng)\n",
    ),
    "multisite": (
        "import varwg\nfrom weathercop.multisite import Multisite\n\nvarwg.reseed(3)\nwc = Multisite(1)\nwc.fit()\nwc.simulate()\nwc.simulate_ensemble(3)\nwc.plot()\n",
        "import numpy as np\nfrom weathercop.multisite import Multisite\n\nrng = np.random.default_rng(3)\nwc = Multisite(1)\nwc.fit(rng=rng)\n"
        "wc.simulate(rng=rng)\nwc.simulate_ensemble(3)\nwc.plot()\n",
    ),
    "worker_for_an_executor": (
        "import varwg\n\n\ndef worker(i):\n    varwg.reseed(1000 * i)\n    return varwg.rng.random()\n\n\ndef main(pool):\n    return list(pool.map(worker, range(3)))\n",
        "import numpy as np\n\n\ndef worker(i):\n    rng = np.random.default_rng(1000 * i)\n    return rng.random()\n\n\ndef main(pool):\n"
        "    return list(pool.map(worker, range(3)))\n",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_rewritten_exactly(play: ModuleType, name: str) -> None:
    """The text after, to the byte; a second run changes nothing."""
    before, after = CASES[name]
    path = "test_it.py" if name.startswith("class_with") else "prog.py"
    result = play.rewrite({path: before})
    assert not result.failures
    assert result.texts[path] == after
    assert not play.rewrite({path: after}).texts


def test_positions_before_and_after(play: ModuleType) -> None:
    """Sites left are told by their place in the old text and in the new one."""
    result = play.rewrite(
        {
            "prog.py": "import varwg\n\n\ndef g():\n    return varwg.rng.random()\n\n\n"
            + "def f():\n    return 1, getattr(varwg, 'rng')\n"
        }
    )
    (left,) = [f for f in result.findings if f.kind == "left"]
    assert (left.line, left.col) == (9, 15)
    new = result.texts["prog.py"].splitlines()[left.new_line - 1]
    assert new[left.new_col - 1 :].startswith("getattr(varwg, 'rng')")


def test_no_edit_is_made_twice_at_one_place(play: ModuleType) -> None:
    """Calls inside calls that end at the same place get their arguments in the right order."""
    text = "import varwg\n\n\ndef f(x):\n    return varwg.rng.random() + x\n\n\nvarwg.reseed(1)\nf(f(f(x=varwg.rng.random())))\n"
    result = play.rewrite({"prog.py": text})
    assert result.texts["prog.py"].endswith("\nf(f(f(x=rng.random(), rng=rng), rng=rng), rng=rng)\n")
