"""Tests for which fixtures, hooks and files seed, and how many uses of the global generator are left in each of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

CASES: Final[Mapping[str, tuple[int, Mapping[str, str]]]] = {
    "module_level": (
        0,
        {
            "conftest.py": """
                import varwg
                varwg.reseed(3)
            """,
            "test_a.py": """
                import varwg
                def test_a():
                    print("a", varwg.rng.normal())
                def test_b():
                    print("b", varwg.rng.normal())
            """,
        },
    ),
    "module_level_with_fixture": (
        0,
        {
            "conftest.py": '''
                """Doc."""
                import pytest
                import varwg

                SEED = 4
                varwg.reseed(SEED)
                @pytest.fixture
                def sample():
                    return varwg.rng.normal(size=2)

                @pytest.fixture(scope="module")
                def more(sample_once):
                    return sample_once + varwg.rng.normal()
                @pytest.fixture(scope="session")
                def sample_once():
                    return varwg.rng.uniform()
            ''',
            "test_a.py": """
                import varwg
                def helper(n):
                    return varwg.rng.normal(size=n).sum()
                def test_a(sample):
                    print("a", varwg.rng.normal(), sample, helper(3))
                class TestB:
                    def test_b(self, more):
                        print("b", helper(n=2), more)
                def test_c():
                    print("c")
            """,
        },
    ),
    "other_folder_draws": (
        3,
        {
            "a/conftest.py": """
                import varwg
                varwg.reseed(3)
            """,
            "a/test_a.py": """
                import varwg
                def test_a():
                    print("a", varwg.rng.normal())
            """,
            "test_b.py": """
                import varwg
                def test_b():
                    print("b", varwg.rng.normal())
            """,
        },
    ),
    "other_folder_seeds": (
        4,
        {
            "a/conftest.py": """
                import varwg
                varwg.reseed(3)
            """,
            "a/test_a.py": """
                import varwg
                def test_a():
                    print("a", varwg.rng.normal())
            """,
            "test_b.py": """
                import varwg
                def test_b():
                    varwg.reseed(1)
                    print("b", varwg.rng.normal())
            """,
        },
    ),
    "two_conftests": (
        4,
        {
            "a/conftest.py": """
                import varwg
                varwg.reseed(3)
            """,
            "a/test_a.py": """
                import varwg
                def test_a():
                    print("a", varwg.rng.normal())
            """,
            "b/conftest.py": """
                import varwg
                varwg.reseed(4)
            """,
            "b/test_b.py": """
                import varwg
                def test_b():
                    print("b", varwg.rng.normal())
            """,
        },
    ),
    "session_fixture": (
        0,
        {
            "conftest.py": """
                import pytest
                import varwg
                @pytest.fixture(scope="session", autouse=True)
                def seed():
                    varwg.reseed(3)
                    yield
            """,
            "test_a.py": """
                import varwg
                import lib
                def test_a():
                    print("a", varwg.rng.normal(), lib.draw())
                def test_b():
                    print("b", varwg.rng.normal(), lib.Model().step())
            """,
            "lib.py": """
                import varwg
                def draw():
                    return varwg.rng.normal()
                class Model:
                    def step(self):
                        return varwg.rng.uniform()
            """,
        },
    ),
    "module_fixture_each": (
        0,
        {
            "test_a.py": """
                import pytest
                import varwg
                @pytest.fixture(scope="module", autouse=True)
                def seed():
                    varwg.reseed(3)
                def test_a():
                    print("a", varwg.rng.normal())
            """,
            "test_b.py": """
                import pytest
                import varwg
                @pytest.fixture(scope="module", autouse=True)
                def seed():
                    varwg.reseed(5)
                def test_b():
                    print("b", varwg.rng.normal())
            """,
        },
    ),
    "function_and_module": (
        1,
        {
            "conftest.py": """
                import pytest
                import varwg
                varwg.reseed(3)
                @pytest.fixture(autouse=True)
                def seed():
                    varwg.reseed(4)
            """,
            "test_a.py": """
                import varwg
                def test_a():
                    print("a", varwg.rng.normal())
            """,
        },
    ),
    "test_reseeds": (
        5,
        {
            "conftest.py": """
                import varwg
                varwg.reseed(3)
            """,
            "test_a.py": """
                import varwg
                def test_a():
                    print("a", varwg.rng.normal())
                def test_b():
                    varwg.reseed(1)
                    print("b", varwg.rng.normal())
                def test_c():
                    print("c", varwg.rng.normal())
            """,
        },
    ),
    "testcase": (
        2,
        {
            "conftest.py": """
                import varwg
                varwg.reseed(3)
            """,
            "test_a.py": """
                import unittest
                import varwg
                class TestA(unittest.TestCase):
                    def test_a(self):
                        print("a", varwg.rng.normal())
            """,
        },
    ),
    "testcase_setup": (
        1,
        {
            "conftest.py": """
                import varwg
                varwg.reseed(3)
            """,
            "test_a.py": """
                import unittest
                import varwg
                class TestA(unittest.TestCase):
                    def setUp(self):
                        varwg.reseed(1)
                    def test_a(self):
                        print("a", varwg.rng.normal())
            """,
        },
    ),
    "draws_at_import": (
        3,
        {
            "conftest.py": """
                import varwg
                varwg.reseed(3)
                DATA = varwg.rng.normal()
            """,
            "test_a.py": """
                import varwg
                from conftest import DATA
                def test_a():
                    print("a", varwg.rng.normal(), DATA)
            """,
        },
    ),
    "lib_seeds_at_import": (
        2,
        {
            "conftest.py": """
                import lib
            """,
            "lib.py": """
                import varwg
                varwg.reseed(3)
            """,
            "test_a.py": """
                import varwg
                def test_a():
                    print("a", varwg.rng.normal())
            """,
        },
    ),
    "configure_hook": (
        2,
        {
            "conftest.py": """
                import varwg
                def pytest_configure(config):
                    varwg.reseed(3)
            """,
            "test_a.py": """
                import varwg
                def test_a():
                    print("a", varwg.rng.normal())
            """,
        },
    ),
    "conditional": (
        2,
        {
            "conftest.py": """
                import os
                import varwg
                if not os.environ.get("NOSEED"):
                    varwg.reseed(3)
            """,
            "test_a.py": """
                import varwg
                def test_a():
                    print("a", varwg.rng.normal())
            """,
        },
    ),
    "rng_taken": (
        2,
        {
            "conftest.py": """
                import varwg
                import pytest
                import numpy as np
                varwg.reseed(3)
                @pytest.fixture
                def rng():
                    return np.random.default_rng(8)
            """,
            "test_a.py": """
                import varwg
                def test_a(rng):
                    print("a", varwg.rng.normal(), rng.normal())
            """,
        },
    ),
    "parametrized": (
        2,
        {
            "conftest.py": """
                import varwg; varwg.reseed(3)
            """,
            "test_a.py": """
                import varwg
                import pytest
                @pytest.mark.parametrize("n", [1, 2])
                def test_a(n):
                    print("a", n, varwg.rng.normal())
            """,
        },
    ),
    "parametrized2": (
        0,
        {
            "conftest.py": """
                import varwg
                varwg.reseed(seed=3)  # for all
            """,
            "test_a.py": """
                import varwg
                import pytest
                @pytest.mark.parametrize("n", [1, 2])
                def test_a(n):
                    print("a", n, varwg.rng.normal())
            """,
        },
    ),
    "helper_seeds": (
        3,
        {
            "conftest.py": """
                import pytest
                import varwg
                def start(seed):
                    varwg.reseed(seed)
                @pytest.fixture(autouse=True)
                def seed():
                    start(3)
            """,
            "test_a.py": """
                import varwg
                def test_a():
                    print("a", varwg.rng.normal())
                def test_b():
                    print("b", varwg.rng.normal())
            """,
        },
    ),
    "helper_called": (
        0,
        {
            "conftest.py": """
                import varwg
                def start(seed=3):
                    varwg.reseed(seed)
                    return varwg.rng.normal()
            """,
            "test_a.py": """
                import varwg
                from conftest import start
                def test_a():
                    x = start()
                    print("a", x, varwg.rng.normal())
                def test_b():
                    start(5)
                    print("b", varwg.rng.normal())
            """,
        },
    ),
    "fixture_draws": (
        0,
        {
            "conftest.py": """
                import pytest
                import varwg
                @pytest.fixture
                def sample():
                    varwg.reseed(2)
                    return varwg.rng.normal(size=3)
            """,
            "test_a.py": """
                import varwg
                def test_a(sample):
                    print("a", sample)
                def test_b(sample):
                    varwg.reseed(4)
                    print("b", sample, varwg.rng.normal())
            """,
        },
    ),
    "requested_seed": (
        3,
        {
            "conftest.py": """
                import pytest
                import varwg
                @pytest.fixture
                def seed():
                    varwg.reseed(2)
            """,
            "test_a.py": """
                import varwg
                import pytest
                def test_a(seed):
                    print("a", varwg.rng.normal())
                @pytest.mark.usefixtures("seed")
                def test_b():
                    print("b", varwg.rng.normal())
            """,
        },
    ),
    "generator_fixture": (
        2,
        {
            "conftest.py": """
                import pytest
                import varwg
                @pytest.fixture
                def stream():
                    varwg.reseed(2)
                    return varwg.rng
            """,
            "test_a.py": """
                def test_a(stream):
                    print("a", stream.normal())
            """,
        },
    ),
    "factory_fixture": (
        0,
        {
            "conftest.py": """
                import pytest
                import varwg
                @pytest.fixture(autouse=True)
                def seed():
                    varwg.reseed(2)
                @pytest.fixture
                def make():
                    def build(n):
                        return varwg.rng.normal(size=n)
                    return build
            """,
            "test_a.py": """
                import varwg
                def test_a(make):
                    print("a", make(2), varwg.rng.normal())
            """,
        },
    ),
    "model_fixture": (
        0,
        {
            "conftest.py": """
                import pytest
                import varwg
                from lib import Model
                @pytest.fixture(autouse=True)
                def seed():
                    varwg.reseed(2)
                @pytest.fixture
                def model():
                    return Model(3)
            """,
            "lib.py": """
                import varwg
                class Model:
                    def __init__(self, n):
                        self.n = n + varwg.rng.normal()
                    def step(self):
                        return self.n * varwg.rng.normal()
            """,
            "test_a.py": """
                import varwg
                def test_a(model):
                    print("a", model.step(), varwg.rng.normal())
            """,
        },
    ),
    "setup_function": (
        0,
        {
            "test_a.py": """
                import varwg
                def setup_function():
                    varwg.reseed(3)
                def test_a():
                    print("a", varwg.rng.normal())
            """,
        },
    ),
    "setup_module": (
        0,
        {
            "test_a.py": """
                import varwg
                def setup_module():
                    varwg.reseed(3)
                def test_a():
                    print("a", varwg.rng.normal())
                def test_b():
                    print("a", varwg.rng.normal())
            """,
        },
    ),
    "fixture_overridden": (
        3,
        {
            "conftest.py": """
                import pytest
                import varwg
                @pytest.fixture(autouse=True)
                def seed():
                    varwg.reseed(2)
                class A:
                    def step(self):
                        return varwg.rng.normal()
                class B:
                    def step(self):
                        return 3
                @pytest.fixture
                def model():
                    return A()
            """,
            "test_a.py": """
                import varwg
                import pytest
                from conftest import A, B
                def test_a(model):
                    print("a", model.step(), varwg.rng.normal())
                @pytest.mark.parametrize("model", [B(), A()])
                def test_b(model):
                    print("b", model.step())
            """,
        },
    ),
    "asked_for_by_all": (
        0,
        {
            "conftest.py": """
                import pytest
                import varwg
                @pytest.fixture
                def seed():
                    varwg.reseed(2)
                    yield
                @pytest.fixture
                def sample(seed):
                    return varwg.rng.normal(size=2)
            """,
            "test_a.py": """
                import varwg
                def test_a(seed):
                    print("a", varwg.rng.normal())
                def test_b(sample):
                    print("b", sample, varwg.rng.normal())
                def test_c(seed, sample):
                    print("c", sample)
                def test_d(seed):
                    print("d")
            """,
        },
    ),
    "asked_for_after_another": (
        3,
        {
            "conftest.py": """
                import pytest
                import varwg
                @pytest.fixture
                def seed():
                    varwg.reseed(2)
                @pytest.fixture
                def sample():
                    return varwg.rng.normal(size=2)
            """,
            "test_a.py": """
                import varwg
                def test_a(seed, sample):
                    print("a", varwg.rng.normal())
            """,
        },
    ),
    "asked_for_by_name": (
        2,
        {
            "conftest.py": """
                import pytest
                import varwg
                @pytest.fixture
                def seed():
                    varwg.reseed(2)
            """,
            "test_a.py": """
                import varwg
                def test_a(request):
                    request.getfixturevalue("seed")
                    print("a", varwg.rng.normal())
            """,
        },
    ),
    "one_in_each_folder": (
        0,
        {
            "conftest.py": """
                import pytest
                import varwg
                @pytest.fixture(autouse=True)
                def seed():
                    varwg.reseed(2)
            """,
            "test_a.py": """
                import varwg
                def test_a():
                    print("a", varwg.rng.normal())
            """,
            "b/conftest.py": """
                import pytest
                import varwg
                @pytest.fixture(autouse=True)
                def start():
                    varwg.reseed(5)
            """,
            "b/test_b.py": """
                import varwg
                def test_b():
                    print("b", varwg.rng.normal())
            """,
        },
    ),
    "autouse_that_draws_first": (
        3,
        {
            "conftest.py": """
                import pytest
                import varwg
                @pytest.fixture(autouse=True)
                def a_first():
                    return varwg.rng.normal(size=2)
                @pytest.fixture(autouse=True)
                def seed():
                    varwg.reseed(2)
            """,
            "test_a.py": """
                import varwg
                def test_a(a_first):
                    print("a", varwg.rng.normal())
            """,
        },
    ),
    "setup_module_and_a_seed": (
        5,
        {
            "test_a.py": """
                import varwg
                def setup_module():
                    varwg.reseed(3)
                def test_a():
                    print("a", varwg.rng.normal())
                def test_b():
                    varwg.reseed(1)
                    print("b", varwg.rng.normal())
                def test_c():
                    print("c", varwg.rng.normal())
            """,
        },
    ),
    "setup_class": (
        5,
        {
            "test_a.py": """
                import varwg
                class TestA:
                    @classmethod
                    def setup_class(cls):
                        varwg.reseed(3)
                    def test_a(self):
                        print("a", varwg.rng.normal())
                    def test_b(self):
                        varwg.reseed(1)
                        print("b", varwg.rng.normal())
                    def test_c(self):
                        print("c", varwg.rng.normal())
            """,
        },
    ),
    "setup_function_with_methods": (
        0,
        {
            "test_a.py": """
                import varwg
                def setup_function():
                    varwg.reseed(3)
                def test_a():
                    print("a", varwg.rng.normal())
                class TestA:
                    def test_b(self):
                        varwg.reseed(2)
                        print("b", varwg.rng.normal())
            """,
        },
    ),
    "setup_function_argument": (
        2,
        {
            "test_a.py": """
                import varwg
                def setup_function(function):
                    varwg.reseed(3)
                def test_a():
                    print("a", varwg.rng.normal())
            """,
        },
    ),
    "module_scope_with_wider_fixture": (
        3,
        {
            "test_a.py": """
                import pytest
                import varwg
                @pytest.fixture(scope="module", autouse=True)
                def seed():
                    varwg.reseed(3)
                @pytest.fixture(scope="session")
                def data():
                    return varwg.rng.normal(size=2)
                def test_a(data):
                    print("a", varwg.rng.normal())
            """,
        },
    ),
    "module_scope_in_conftest": (
        0,
        {
            "conftest.py": """
                import pytest
                import varwg
                @pytest.fixture(scope="module", autouse=True)
                def seed():
                    varwg.reseed(3)
            """,
            "test_a.py": """
                import varwg
                def test_a():
                    print("a", varwg.rng.normal())
                def test_b():
                    print("b", varwg.rng.normal())
            """,
            "test_c.py": """
                import varwg
                def test_c():
                    print("c", varwg.rng.normal())
            """,
        },
    ),
    "dynamic_scope": (
        2,
        {
            "conftest.py": """
                import pytest
                import varwg
                def scope(fixture_name, config):
                    return "session"
                @pytest.fixture(scope=scope, autouse=True)
                def seed():
                    varwg.reseed(3)
            """,
            "test_a.py": """
                import varwg
                def test_a():
                    print("a", varwg.rng.normal())
            """,
        },
    ),
    "name_option": (
        2,
        {
            "conftest.py": """
                import pytest
                import varwg
                @pytest.fixture(name="start")
                def seed():
                    varwg.reseed(3)
            """,
            "test_a.py": """
                import varwg
                def test_a(start):
                    print("a", varwg.rng.normal())
            """,
        },
    ),
    "state_is_set": (
        0,
        {
            "conftest.py": """
                import varwg
                varwg.reseed(3)
            """,
            "test_a.py": """
                import varwg
                def test_a():
                    state = varwg.rng.bit_generator.state
                    x = varwg.rng.normal()
                    varwg.rng.bit_generator.state = state
                    print("a", x == varwg.rng.normal())
            """,
        },
    ),
    "one_test_without_a_seed": (
        3,
        {
            "test_a.py": """
                import varwg
                def test_first():
                    varwg.reseed(1)
                    print("first", varwg.rng.normal())
                def test_second():
                    varwg.reseed(2)
                    print("second", varwg.rng.normal())
                def test_third():
                    print("third", varwg.rng.normal())
                def test_fourth():
                    varwg.reseed(4)
                    print("fourth", varwg.rng.normal())
            """,
        },
    ),
    "a_test_case_without_a_seed": (
        3,
        {
            "test_a.py": """
                import unittest
                import varwg
                class TestIt(unittest.TestCase):
                    def test_z(self):
                        varwg.reseed(1)
                        print("z", varwg.rng.normal())
                    def test_b(self):
                        print("b", varwg.rng.normal())
                    def test_a(self):
                        varwg.reseed(2)
                        print("a", varwg.rng.normal())
            """,
        },
    ),
    "another_file_without_a_seed": (
        4,
        {
            "test_a.py": """
                import varwg
                def draw():
                    return varwg.rng.normal()
                def test_a():
                    varwg.reseed(1)
                    print("a", draw())
            """,
            "test_b.py": """
                import pytest
                import varwg
                @pytest.fixture
                def start():
                    return varwg.rng.normal()
                def test_b(start):
                    print("b", start)
                def test_c():
                    print("c", varwg.rng.normal())
                def test_d():
                    varwg.reseed(3)
                    print("d", varwg.rng.normal())
            """,
        },
    ),
    "pytestmark": (
        3,
        {
            "conftest.py": """
                import pytest
                import varwg
                @pytest.fixture
                def seed():
                    varwg.reseed(2)
            """,
            "test_a.py": """
                import pytest
                import varwg
                pytestmark = [pytest.mark.usefixtures("seed")]
                def test_a():
                    print("a", varwg.rng.normal())
            """,
            "test_b.py": """
                import pytest
                import varwg
                class TestB:
                    pytestmark = pytest.mark.usefixtures("seed")
                    def test_b(self):
                        print("b", varwg.rng.normal())
            """,
        },
    ),
    "fixture_after_the_hook_of_a_file": (
        3,
        {
            "conftest.py": """
                import pytest
                import varwg
                @pytest.fixture
                def sample():
                    return varwg.rng.normal()
            """,
            "test_model.py": """
                import foreign
                import varwg
                def setup_function():
                    varwg.reseed(0)
                def test_one(sample):
                    print(sample, foreign.draw(), varwg.rng.normal())
            """,
            "outside/foreign.py": """
                import varwg
                def draw():
                    return varwg.rng.uniform()
            """,
        },
    ),
    "set_up_that_draws_before_it_seeds": (
        3,
        {
            "test_noise.py": """
        import unittest
        import varwg
        def noise():
            return varwg.rng.normal()
        class Test(unittest.TestCase):
            def setUp(self):
                noise()
                varwg.reseed(3)
                self.first = noise()
            def test_one(self):
                print(self.first, varwg.rng.random())
        """
        },
    ),
    "set_up_that_makes_an_object_before_it_seeds": (
        3,
        {
            "test_noise.py": """
        import varwg
        class Noise:
            @property
            def level(self):
                return varwg.rng.normal()
        class TestNoise:
            def setup_method(self):
                self.noise = Noise()
                varwg.reseed(3)
            def test_one(self):
                print(self.noise.level, varwg.rng.random())
        """
        },
    ),
}
