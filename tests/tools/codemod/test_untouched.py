"""Code that looks like a site but is none, and sites that must be left: not one byte changes."""
# ruff: noqa: E501 - whole programs, to the byte

from types import ModuleType

import pytest

NOT_OURS = {
    "other_package": "import other\n\nother.reseed(0)\nprint(other.rng.normal(), other.get_rng().random())\n",
    "own_generator": "import numpy as np\n\nrng = np.random.default_rng(0)\nprint(rng.normal())\n",
    "own_functions": "def reseed(n):\n    return n\n\n\ndef get_rng():\n    return 1\n\n\nprint(reseed(0), get_rng())\n",
    "method_of_own_class": "import varwg\n\n\nclass A:\n    def reseed(self, n):\n        return n\n\n\nprint(A().reseed(3))\n",
    "attribute_of_self": "class A:\n    def f(self):\n        return self.rng.normal() + self.varwg_rng.normal()\n",
    "strings_and_comments": '"""varwg.rng.normal() and varwg.reseed(0)."""\n\nx = "from varwg import rng"  # varwg.rng\n',
    "longer_names": "import varwg\n\nprint(varwg.rngs, varwg.reseeded, varwg.string)\n",
    "keyword_called_rng": "import varwg\n\n\ndef f(rng):\n    return rng.normal()\n\n\nprint(f(rng=3), varwg.VarWG)\n",
    "vector_graphics": "def draw(vg):\n    vg.rng.shuffle(vg.items)\n    return vg.reseed(3)\n",
    "constructor_only": "import varwg\n\nwg = varwg.VarWG(('theta',))\nprint(wg.names, wg.plot())\n",
    "fit_of_another_library": "import varwg\nfrom lib import Model\n\nm = Model()\nm.fit(3)\nprint(m.predict(varwg.data))\n",
    "simulate_of_own_class": "import varwg\n\n\nclass S:\n    def simulate(self):\n        return 1\n\n\nS().simulate()\n",
    "already_migrated": (
        "import numpy as np\nimport varwg\n\n\ndef noise(n, *, rng):\n    return rng.normal(size=n)\n\n\n"
        "def main():\n    rng = np.random.default_rng(3)\n    wg = varwg.VarWG()\n    wg.fit(rng=rng)\n"
        "    return noise(3, rng=rng), wg.simulate(rng=rng)\n\n\nmain()\n"
    ),
    "ensemble_takes_a_seed": "import weathercop\n\nm = weathercop.Multisite(1)\nm.simulate_ensemble(10, seed=3)\n",
    "unused_import": "import varwg\n\nprint(1)\n",
    "only_a_prefix": "import varwg_tools as varwg\n\nvarwg.reseed(0)\n",
    "numpy_alone": "import numpy as np\n\nnp.random.seed(0)\nprint(np.random.normal())\n",
    "empty": "",
    "no_final_newline": "import varwg",
    "form_feed_and_tabs": "import varwg\n\x0c\nif 1:\n\tx = 1\n",
    "unicode": "import varwg\n\nä = 'ü\u2028'\n",
}

LEFT = {
    "getattr": ('import varwg\n\nprint(getattr(varwg, "rng").normal())\n', [(3, "VWG101")]),
    "setattr": ('import varwg\n\nsetattr(varwg, "rng", 3)\n', [(3, "VWG101")]),
    "vars": ('import varwg\n\nprint(vars(varwg)["get_rng"]())\n', [(3, "VWG101")]),
    "dunder_dict": ('import varwg\n\nprint(varwg.__dict__["rng"])\n', [(3, "VWG101")]),
    "sys_modules": ('import sys\n\nsys.modules["varwg"].reseed(0)\n', [(3, "VWG101")]),
    "import_module": ('import importlib\n\nimportlib.import_module("varwg").rng.normal()\n', [(3, "VWG101")]),
    "monkeypatch_string": ('def test(monkeypatch):\n    monkeypatch.setattr("varwg.rng", 3)\n', [(2, "VWG102")]),
    "monkeypatch_name": ('import varwg\n\n\ndef test(monkeypatch):\n    monkeypatch.setattr(varwg, "rng", 3)\n', [(5, "VWG102")]),
    "mock_patch": ('from unittest import mock\n\nwith mock.patch("varwg.core.core.reseed"):\n    pass\n', [(3, "VWG102")]),
    "doctest": ('"""Module.\n\n>>> import varwg\n>>> varwg.reseed(0)\n"""\n', [(1, "VWG102")]),
    "seed_for_a_function_that_is_given": (
        "import varwg\n\n\ndef run(f):\n    varwg.reseed(0)\n    return f()\n",
        [(5, "VWG116")],
    ),
    "class_body_in_a_function": (
        "import varwg\n\n\ndef make():\n    class A:\n        rng = varwg.rng\n\n    return A\n",
        [(6, "VWG108")],
    ),
    "star": ("from varwg import *\n\nreseed(0)\n", [(1, "VWG103"), (3, "VWG108")]),
    "default": ("import varwg\n\n\ndef f(r=varwg.rng):\n    return r\n", [(4, "VWG104")]),
    "lambda_default": ("import varwg\n\nf = lambda r=varwg.get_rng(): r\n", [(3, "VWG104")]),
    "property": (
        "import varwg\n\n\nclass A:\n    @property\n    def x(self):\n        return varwg.rng.normal()\n",
        [(7, "VWG105")],
    ),
    "cached_property": (
        "import functools\nimport varwg\n\n\nclass A:\n    @functools.cached_property\n    def x(self):\n        return varwg.rng.random()\n",
        [(8, "VWG105")],
    ),
    "special_method": (
        "import varwg\n\n\nclass A:\n    def __len__(self):\n        return varwg.rng.integers(3)\n",
        [(6, "VWG105")],
    ),
    "shadowed_module": ("import varwg\n\n\ndef f(varwg):\n    return varwg.rng.normal()\n", [(5, "VWG108")]),
    "handed_on": ("import varwg\n\n\ndef f(add):\n    add(varwg.reseed, 0)\n", [(5, "VWG108")]),
    "deleted": ("import varwg\n\ndel varwg.rng\n", [(3, "VWG108")]),
    "replaced_function": ("import varwg\n\nvarwg.reseed = print\n", [(3, "VWG108")]),
    "in_an_object": ("import varwg\n\n\ndef f(box):\n    return box.varwg.rng.normal()\n", [(5, "VWG108")]),
    "expression": ("import varwg\n\nx = [varwg.reseed(i) for i in range(3)]\n", [(3, "VWG115")]),
    "several_arguments": ("import varwg\n\nvarwg.reseed(*[1])\n", [(3, "VWG115")]),
    "two_bindings": (
        "try:\n    import varwg\nexcept ImportError:\n    import vg as varwg\n\nvarwg.reseed(0)\n",
        [(6, "VWG108")],
    ),
    "unknown_object": ("import varwg\n\n\ndef f(thing):\n    return thing.simulate(T=3)\n", [(5, "VWG113")]),
    "seeds_for_unknown_code": ("import varwg\nfrom lib import model\n\nvarwg.reseed(0)\nmodel.run_all()\n", [(4, "VWG116")]),
    "cached": (
        "import functools\nimport varwg\n\n\n@functools.cache\ndef f():\n    return varwg.rng.normal()\n",
        [(7, "VWG114")],
    ),
    "unknown_decorator": (
        "import click\nimport varwg\n\n\n@click.command()\ndef f():\n    print(varwg.rng.normal())\n",
        [(7, "VWG114")],
    ),
    "rng_parameter": ("import varwg\n\n\ndef f(n, rng=None):\n    return varwg.rng.normal()\n", [(5, "VWG118")]),
}


@pytest.mark.parametrize("name", NOT_OURS)
def test_not_ours(play: ModuleType, name: str) -> None:
    """No edit and no report."""
    result = play.rewrite({"prog.py": NOT_OURS[name]})
    assert not result.texts
    assert not result.failures
    assert not result.findings


@pytest.mark.parametrize("name", LEFT)
def test_left_for_a_human(play: ModuleType, name: str) -> None:
    """No edit, and each site is reported with its line and code."""
    text, expected = LEFT[name]
    result = play.rewrite({"prog.py": text})
    assert not result.texts
    assert not result.failures
    assert play.left(result) == expected
    assert all(f.message and f.advice for f in result.findings)


ADVICE = {
    "legacy": ("import numpy as np\nimport varwg\n\nnp.random.seed(0)\nnp.random.rand(2)\n", [4, 5]),
    "legacy_import": ("import varwg\nfrom numpy.random import normal\n\nprint(normal())\n", [4]),
}


@pytest.mark.parametrize("name", ADVICE)
def test_advice_about_the_generator_of_numpy(play: ModuleType, name: str) -> None:
    """Told, and neither rewritten nor counted as left."""
    text, lines = ADVICE[name]
    result = play.rewrite({"prog.py": text})
    assert not result.texts
    assert [(f.line, f.code, f.kind) for f in result.findings] == [(line, "VWG107", "advice") for line in lines]


def test_module_level_code_of_an_imported_file(play: ModuleType) -> None:
    """What draws at import stays, and is reported."""
    files = {"lib.py": "import varwg\n\nNOISE = varwg.rng.normal(size=3)\n", "prog.py": "import lib\n\nprint(lib.NOISE)\n"}
    result = play.rewrite(files)
    assert not result.texts
    assert [(f.path, f.line, f.code) for f in result.findings] == [("lib.py", 3, "VWG109")]


def test_the_definitions_of_the_old_names(play: ModuleType) -> None:
    """The predecessor's own package: what defines the names stays, what uses them is rewritten."""
    files = {
        "src/varwg/__init__.py": (
            "from numpy.random import default_rng\nfrom .core.base import VarWG\n\nrng = default_rng()\n\n\n"
            "def get_rng():\n    return rng\n\n\ndef reseed(seed):\n    rng.bit_generator.state = type(rng.bit_generator)(seed).state\n"
        ),
        "src/varwg/core/__init__.py": "",
        "src/varwg/core/base.py": (
            "import varwg\nfrom .. import rng as stream\n\n\nclass VarWG:\n    def simulate(self):\n"
            "        return varwg.get_rng().normal() + stream.random()\n\n    def plot(self):\n        return 1\n"
        ),
    }
    result = play.rewrite(files)
    assert list(result.texts) == ["src/varwg/core/base.py"]
    assert "def simulate(self, *, rng):\n        return rng.normal() + rng.random()" in result.texts["src/varwg/core/base.py"]
    assert "import" not in result.texts["src/varwg/core/base.py"]
    assert [(f.line, f.code) for f in result.findings if f.kind == "left"] == [(4, "VWG111"), (7, "VWG111"), (11, "VWG111")]


def test_fixtures_and_hooks_gain_no_parameter_that_no_fixture_has(play: ModuleType) -> None:
    """pytest would look for a fixture called rng: what shares a stream stays, tests that seed themselves do not."""
    text = (
        "import pytest\nimport varwg\n\n\n@pytest.fixture\ndef data():\n    varwg.reseed(1)\n    return varwg.rng.normal(size=3)\n\n\n"
        "@pytest.fixture(scope='module', autouse=True)\ndef seeded():\n    varwg.reseed(0)\n\n\ndef test_it(data):\n    assert varwg.rng.normal() < 9\n\n\n"
        "@pytest.mark.parametrize('n', [1])\ndef test_more(n):\n    varwg.reseed(n)\n    assert varwg.rng.normal() < 9\n"
    )
    result = play.rewrite({"test_it.py": text})
    new = result.texts["test_it.py"]
    for head in ("def data():", "def seeded():", "def test_it(data):", "def test_more(n):"):
        assert head in new
    assert "    rng = np.random.default_rng(n)\n" in new
    assert "    varwg.reseed(0)\n" in new


def test_a_fixture_that_seeds_for_all_tests_becomes_the_fixture_rng(play: ModuleType) -> None:
    """Tests and fixtures that draw ask for it; those of other folders, and tests that do not draw, do not."""
    files = {
        "a/conftest.py": "import pytest\nimport varwg\n\n\n@pytest.fixture(autouse=True)\ndef seed():\n    varwg.reseed(0)\n    yield\n",
        "a/test_a.py": "import varwg\n\n\ndef test_a(tmp_path):\n    assert varwg.rng.normal() < 9\n\n\ndef test_none():\n    assert True\n",
        "b/test_b.py": "import varwg\n\n\ndef test_b():\n    varwg.reseed(2)\n    assert varwg.rng.normal() < 9\n",
    }
    result = play.rewrite(files)
    assert not play.left(result)
    assert "@pytest.fixture\ndef rng():\n    return np.random.default_rng(0)\n" in result.texts["a/conftest.py"]
    assert "yield" not in result.texts["a/conftest.py"]
    assert "def test_a(tmp_path, rng):" in result.texts["a/test_a.py"]
    assert "def test_none():" in result.texts["a/test_a.py"]
    assert "def test_b():\n    rng = np.random.default_rng(2)\n" in result.texts["b/test_b.py"]


def test_fixtures_whose_results_draw_on(play: ModuleType) -> None:
    """A function that a fixture makes is given the generator of the test; a fixture that hands out the global one stays."""
    text = (
        "import pytest\nimport varwg\n\n\n@pytest.fixture\ndef make():\n    def build(n):\n        return varwg.rng.normal(size=n)\n\n"
        "    return build\n\n\n@pytest.fixture\ndef stream():\n    return varwg.rng\n\n\n"
        "def test_it(make):\n    varwg.reseed(1)\n    assert make(2).sum() < 9\n"
    )
    result = play.rewrite({"test_it.py": text})
    assert "assert make(2, rng=rng).sum() < 9" in result.texts["test_it.py"]
    assert [line for line, _ in play.left(result)] == [15]


def test_a_test_goes_on_with_the_stream_of_its_fixtures(play: ModuleType) -> None:
    """All that may have seeded it stay on the global generator with it; hooks seed the tests of their class only."""
    text = (
        "import unittest\nimport pytest\nimport varwg\n\n\n@pytest.fixture\ndef data():\n    varwg.reseed(2)\n    return varwg.rng.normal()\n\n\n"
        "def test_data(data):\n    assert varwg.rng.random() < data + 9\n\n\n"
        "class TestOne(unittest.TestCase):\n    @classmethod\n    def setUpClass(cls):\n        varwg.reseed(3)\n        cls.x = varwg.rng.random()\n\n"
        "    def test_it(self):\n        assert varwg.rng.random() < 9\n\n\n"
        "class TestTwo:\n    def setup_method(self):\n        varwg.reseed(4)\n\n    def test_it(self):\n        assert varwg.rng.random() < 9\n"
    )
    result = play.rewrite({"test_it.py": text})
    assert [line for line, _ in play.left(result)] == [8, 9, 13, 19, 20, 23]
    assert "        self.rng = np.random.default_rng(4)\n" in result.texts["test_it.py"]
    assert "        assert self.rng.random() < 9\n" in result.texts["test_it.py"]


def test_classes_that_share_a_generator_stay_together(play: ModuleType) -> None:
    """What a setUp keeps in `self.rng` is for the classes that inherit it as well; all of them or none."""
    base = "import unittest\nimport varwg\n\n\nclass Base(unittest.TestCase):\n    def setUp(self):\n        varwg.reseed(0)\n\n"
    text = base + "    def draw(self):\n        return varwg.rng.random()\n"
    other = (
        "import varwg\nfrom test_base import Base\n\n\nclass TestIt(Base):\n    def test_it(self):\n        varwg.reseed(5)\n"
        "        assert varwg.rng.random() < 9\n\n    def test_other(self):\n        assert {} < 9\n"
    )
    done = play.rewrite({"test_base.py": text, "test_it.py": other.format("self.draw()")})
    assert play.left(done) == []
    assert done.texts["test_it.py"].count("self.rng") == 2
    kept = play.rewrite({"test_base.py": text, "test_it.py": other.format('getattr(varwg, "rng").random()')})
    assert not kept.texts


def test_a_doctest_that_would_have_to_pass_the_generator(play: ModuleType) -> None:
    """A function that a doctest calls stays: the text in its docstring is run as well."""
    text = 'import varwg\n\n\ndef f():\n    """Draw.\n\n    >>> f() < 9\n    True\n    """\n    return varwg.rng.random()\n'
    result = play.rewrite({"lib.py": text})
    assert not result.texts
    assert [line for line, _ in play.left(result)] == [10]


def test_functions_that_only_global_callers_use_keep_the_generator(play: ModuleType) -> None:
    """A parameter would only move the old name from one function into all the calls of it."""
    text = (
        "import varwg\n\n\ndef noise():\n    return varwg.rng.normal()\n\n\n"
        "class A:\n    @property\n    def x(self):\n        return noise()\n\n    @property\n    def y(self):\n        return noise()\n"
    )
    result = play.rewrite({"lib.py": text})
    assert not result.texts
    assert (5, "VWG117") in play.left(result)


def test_form_feeds_between_definitions(play: ModuleType) -> None:
    """LibCST forgets form feeds; the text keeps them."""
    new, result = play.check(
        "import varwg\n\f\ndef f():\n    return varwg.rng.random()\n\n\fvarwg.reseed(1)\nif 1:\n\f    print(f())\n"
    )
    assert play.left(result) == []
    assert new["prog.py"].count("\f") == 3


def test_a_test_that_patches_stays_with_the_generator(play: ModuleType) -> None:
    """What it patches is what the function draws from."""
    text = (
        "import varwg\nfrom lib import draw\n\n\ndef test_it(monkeypatch):\n    monkeypatch.setattr(varwg, 'rng', 3)\n    assert draw() < 9\n\n\n"
        "def test_other():\n    varwg.reseed(1)\n    assert draw() < 9\n"
    )
    lib = "import varwg\n\n\ndef draw():\n    return varwg.rng.random()\n"
    result = play.rewrite({"test_it.py": text, "lib.py": lib})
    assert not result.texts
    assert {f.path for f in result.findings} == {"test_it.py", "lib.py"}
