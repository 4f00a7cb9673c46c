"""Programs as people write them in research, on varwg's global generator; each prints what it draws.

A case is a text (`run.py`), or texts by path; the name says what is difficult.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

CASES: Final[Mapping[str, str | Mapping[str, str]]] = {
    "argparse_main": """
        import argparse
        import varwg

        def noise(n):
            return varwg.rng.normal(size=n).sum()

        def main(argv=None):
            parser = argparse.ArgumentParser()
            parser.add_argument("--seed", type=int, default=3)
            parser.add_argument("--n", type=int, default=2)
            options = parser.parse_args(argv)
            varwg.reseed(options.seed)
            print(noise(options.n))
            return 0

        if __name__ == "__main__":
            raise SystemExit(main([]))
    """,
    "argparse_commands_by_set_defaults": """
        import argparse
        import varwg

        def sample(options):
            print("sample", varwg.rng.normal(size=options.n).sum())

        def shuffle(options):
            print("shuffle", varwg.rng.permutation(options.n).tolist())

        def main(argv):
            parser = argparse.ArgumentParser()
            commands = parser.add_subparsers()
            for name, function in (("sample", sample), ("shuffle", shuffle)):
                command = commands.add_parser(name)
                command.add_argument("n", type=int)
                command.set_defaults(run=function)
            options = parser.parse_args(argv)
            varwg.reseed(1)
            options.run(options)

        main(["sample", "3"])
        main(["shuffle", "4"])
    """,
    "command_decorators": """
        import varwg

        COMMANDS = {}

        def command(name=None):
            def enter(function):
                COMMANDS[name or function.__name__] = function
                return function
            return enter

        @command()
        def simulate(n=2):
            print(varwg.rng.normal(size=n).sum())

        @command("other")
        def something(n=2):
            simulate(n)
            print(varwg.rng.random())

        def main(*words):
            varwg.reseed(4)
            for word in words:
                COMMANDS[word]()

        if __name__ == "__main__":
            main("simulate", "other")
    """,
    "process_pool_with_seeds": """
        from concurrent.futures import ProcessPoolExecutor
        import multiprocessing
        import varwg

        def member(i):
            varwg.reseed(1000 * i)
            return float(varwg.rng.normal() + extra())

        def extra():
            return varwg.rng.random()

        def main():
            with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("fork")) as pool:
                print(list(pool.map(member, range(4))))

        if __name__ == "__main__":
            main()
    """,
    "pool_with_initializer": """
        import multiprocessing
        import varwg

        def start(seed):
            varwg.reseed(seed)

        def work(i):
            return i + float(varwg.rng.normal())

        def main():
            with multiprocessing.get_context("fork").Pool(1, initializer=start, initargs=(7,)) as pool:
                print(pool.map(work, [1, 2]))

        if __name__ == "__main__":
            main()
    """,
    "forked_pool_inherits_the_stream": """
        import multiprocessing
        import varwg

        def work(i):
            return i + float(varwg.rng.normal())

        def main():
            varwg.reseed(5)
            with multiprocessing.get_context("fork").Pool(1) as pool:
                print(pool.map(work, [1, 2]))
            print(varwg.rng.normal())

        if __name__ == "__main__":
            main()
    """,
    "dataclass_fields": """
        from dataclasses import dataclass, field
        import varwg

        def start():
            return varwg.rng.normal(size=2).tolist()

        @dataclass
        class State:
            n: int
            x: list = field(default_factory=start)
            y: float = field(default_factory=lambda: varwg.rng.random())
            z: float = field(init=False)

            def __post_init__(self):
                self.z = self.n * varwg.rng.normal()

        def main():
            varwg.reseed(2)
            print(State(1), State(2, x=[0.0]), State(n=3, y=1.0))

        main()
    """,
    "scripts_that_import_scripts": {
        "run.py": """
            import prepare
            import analyse

            if __name__ == "__main__":
                data = prepare.load(3)
                print(data, analyse.bootstrap(data))
        """,
        "prepare.py": """
            import varwg
            varwg.reseed(12)

            def load(n):
                return varwg.rng.normal(size=n).tolist()

            if __name__ == "__main__":
                print(load(2))
        """,
        "analyse.py": """
            from prepare import load
            import varwg

            def bootstrap(data):
                return [float(varwg.rng.choice(data)) for _ in range(3)] + load(1)
        """,
    },
    "fixtures_and_parametrize": {
        "conftest.py": """
            import pytest
            import varwg

            @pytest.fixture
            def seeded():
                varwg.reseed(3)
                yield
                varwg.reseed(0)

            @pytest.fixture(params=[2, 3])
            def data(request, seeded):
                return varwg.rng.normal(size=request.param)

            @pytest.fixture
            def make():
                def build(n):
                    return varwg.rng.random(n)
                return build
        """,
        "test_a.py": """
            import pytest
            import varwg

            def test_sum(data):
                print("sum", data.sum(), varwg.rng.normal())

            @pytest.mark.parametrize("n", [1, 2])
            def test_make(seeded, make, n):
                print("make", make(n).sum())

            @pytest.mark.usefixtures("seeded")
            class TestThings:
                def test_one(self):
                    print("one", varwg.rng.normal())

                def test_two(self, data):
                    print("two", varwg.rng.normal(), data[0])
        """,
    },
    "autouse_in_one_folder_only": {
        "conftest.py": """
            import pytest
            import varwg

            @pytest.fixture(autouse=True)
            def seed():
                varwg.reseed(0)
        """,
        "model.py": """
            import varwg

            def perturb(x):
                return x + varwg.rng.normal()
        """,
        "run_model.py": """
            import varwg
            from model import perturb

            def main():
                varwg.reseed(9)
                print(perturb(1.0))

            if __name__ == "__main__":
                main()
        """,
        "test_model.py": """
            import run_model
            from model import perturb

            def test_a():
                print("a", perturb(1))

            def test_b():
                print("b", perturb(2), perturb(3))

            def test_main():
                run_model.main()
                print("c", perturb(0))
        """,
    },
    "session_fixture_seeds_once": {
        "conftest.py": """
            import pytest
            import varwg

            @pytest.fixture(scope="session", autouse=True)
            def seed():
                varwg.reseed(0)
        """,
        "test_order.py": """
            import varwg

            def test_a():
                print("a", varwg.rng.normal())

            def test_b():
                print("b", varwg.rng.normal())
        """,
    },
    "unittest_setup_and_helpers": {
        "test_unit.py": """
            import unittest
            import varwg

            def noise():
                return varwg.rng.normal()

            class Base(unittest.TestCase):
                def setUp(self):
                    varwg.reseed(5)
                    self.x = varwg.rng.normal()

                def check(self, y):
                    print(self.x, y, noise())

            class TestIt(Base):
                def setUp(self):
                    super().setUp()
                    self.y = varwg.rng.random()

                def test_a(self):
                    self.check(self.y)

                def test_b(self):
                    self.check(varwg.rng.normal())

            class TestClassLevel(unittest.TestCase):
                @classmethod
                def setUpClass(cls):
                    varwg.reseed(8)
                    cls.data = varwg.rng.normal(size=3)

                def test_c(self):
                    print(self.data.sum(), varwg.rng.normal())

                def test_d(self):
                    print(varwg.rng.normal())
        """,
    },
    "pytest_setup_methods": {
        "test_setup.py": """
            import varwg

            def setup_module():
                varwg.reseed(1)

            def test_first():
                print("first", varwg.rng.normal())

            class TestX:
                def setup_method(self):
                    varwg.reseed(2)
                    self.value = varwg.rng.normal()

                def test_x(self):
                    print("x", self.value, varwg.rng.normal())

                def test_y(self):
                    print("y", varwg.rng.random())
        """,
    },
    "lru_cache_method_and_function": """
        import functools
        import varwg

        @functools.cache
        def table(n):
            return varwg.rng.normal(size=n).sum()

        class Model:
            @functools.cached_property
            def offset(self):
                return varwg.rng.normal()

            @functools.lru_cache
            def level(self, k):
                return k + varwg.rng.random()

        def main():
            varwg.reseed(6)
            model = Model()
            print(table(2), table(2), model.offset, model.offset, model.level(1), model.level(1), model.level(2))

        main()
    """,
    "context_manager_yields_generator": """
        from contextlib import contextmanager
        import varwg

        @contextmanager
        def seeded(seed):
            varwg.reseed(seed)
            yield varwg.rng
            varwg.reseed(0)

        def draw():
            return varwg.rng.normal()

        def main():
            with seeded(3) as rng:
                print(rng.normal(), draw())
            print(draw())

        main()
    """,
    "asyncio_tasks": """
        import asyncio
        import varwg

        async def step(k):
            await asyncio.sleep(0)
            return k + varwg.rng.normal()

        async def main():
            varwg.reseed(3)
            print(await step(1))
            print(await asyncio.gather(*(step(k) for k in range(3))))
            task = asyncio.create_task(step(5))
            print(await task)

        asyncio.run(main())
    """,
    "async_generator": """
        import asyncio
        import varwg

        async def stream(n):
            for _ in range(n):
                yield varwg.rng.normal()

        async def main():
            print([x async for x in stream(3)], varwg.rng.random())

        varwg.reseed(5)
        asyncio.run(main())
    """,
    "doctests": """
        import doctest
        import sys
        import varwg

        def noise(n):
            '''Noise.

            >>> import varwg
            >>> varwg.reseed(1)
            >>> noise(2) == noise(2)
            False
            >>> round(float(noise(1)), 6) != 0
            True
            '''
            return varwg.rng.normal(size=n).sum()

        if __name__ == "__main__":
            print(doctest.testmod(sys.modules[noise.__module__] if noise.__module__ in sys.modules else None))
            varwg.reseed(2)
            print(noise(3))
    """,
    "wraps_decorator_that_prints_signature": """
        import functools
        import inspect
        import varwg

        def logged(function):
            names = list(inspect.signature(function).parameters)
            @functools.wraps(function)
            def inner(*args, **kwargs):
                print(function.__name__, dict(zip(names, args)), sorted(kwargs))
                return function(*args, **kwargs)
            return inner

        @logged
        def draw(n, scale=1.0):
            return scale * varwg.rng.normal(size=n).sum()

        def main():
            varwg.reseed(1)
            print(draw(2), draw(1, scale=3.0))

        main()
    """,
    "decorator_that_seeds": """
        import functools
        import varwg

        def with_seed(seed):
            def decorate(function):
                @functools.wraps(function)
                def inner(*args, **kwargs):
                    varwg.reseed(seed)
                    return function(*args, **kwargs)
                return inner
            return decorate

        @with_seed(4)
        def experiment(n):
            return varwg.rng.normal(size=n).sum()

        def main():
            print(experiment(2), varwg.rng.normal(), experiment(2), varwg.rng.random())

        main()
    """,
    "class_decorator": """
        import varwg

        def tracked(cls):
            original = cls.__init__
            def __init__(self, *args, **kwargs):
                original(self, *args, **kwargs)
                self.tag = varwg.rng.integers(100)
            cls.__init__ = __init__
            return cls

        @tracked
        class Site:
            def __init__(self, n):
                self.x = varwg.rng.normal(size=n).sum()

        varwg.reseed(1)
        sites = [Site(2), Site(n=3)]
        print([(s.x, s.tag) for s in sites])
    """,
    "monkeypatched_method": """
        import varwg

        class Model:
            def draw(self):
                return varwg.rng.normal()

            def run(self):
                return self.draw()

        def fixed(self):
            return 7.0

        def main():
            varwg.reseed(1)
            model = Model()
            print(model.run())
            Model.draw = fixed
            print(model.run(), Model().run())
            model.draw = lambda: 3.0
            print(model.run())

        main()
    """,
    "rebinding_the_module_attribute": """
        import numpy as np
        import varwg

        def draw():
            return varwg.rng.normal()

        def main():
            varwg.reseed(1)
            print(draw())
            kept = varwg.rng
            varwg.rng = np.random.default_rng(8)
            print(draw())
            varwg.rng = kept
            print(draw())

        main()
    """,
    "name_bound_to_two_things": """
        import numpy as np
        from varwg import rng, reseed

        def draw(n):
            return rng.normal(size=n).sum()

        def other(rng):
            return rng.normal() + draw(1)

        def third():
            rng = np.random.default_rng(3)
            return rng.normal() + draw(2)

        reseed(1)
        print(draw(1), other(np.random.default_rng(2)), third(), [rng.random() for rng in [np.random.default_rng(1)]])
    """,
    "global_statement_rng": """
        import varwg

        rng = None

        def setup(seed):
            global rng
            varwg.reseed(seed)
            rng = varwg.rng

        def draw():
            return rng.normal()

        def main():
            setup(3)
            print(draw(), varwg.rng.normal(), draw())
            setup(4)
            print(draw())

        main()
    """,
    "alias_of_generator_at_module_level": {
        "run.py": """
            from common import RNG, seed
            import work

            seed(3)
            print(RNG.normal(), work.step(), work.Work().go())
        """,
        "common.py": """
            import varwg
            RNG = varwg.rng

            def seed(s):
                varwg.reseed(s)
        """,
        "work.py": """
            from common import RNG as R
            import common

            def step():
                return R.normal() + common.RNG.random()

            class Work:
                generator = common.RNG

                def go(self):
                    return self.generator.normal()
        """,
    },
    "init_star_and_all": {
        "run.py": """
            import varwg
            from lib import *
            import lib

            varwg.reseed(3)
            print(noise(2), Walk(1).x, lib.tools.helper(), lib.noise(1))
        """,
        "lib/__init__.py": """
            from .core import *
            from .core import __all__
            from . import tools
        """,
        "lib/core.py": """
            import varwg
            __all__ = ["noise", "Walk"]

            def noise(n):
                return varwg.rng.normal(size=n).sum()

            class Walk:
                def __init__(self, n):
                    self.x = noise(n)
        """,
        "lib/tools.py": """
            from .core import noise
            def helper():
                return noise(2)
        """,
    },
    "lazy_module_getattr": {
        "run.py": """
            import varwg
            import lib

            varwg.reseed(3)
            print(lib.noise(2))
        """,
        "lib/__init__.py": """
            import importlib

            def __getattr__(name):
                return getattr(importlib.import_module(".core", __name__), name)
        """,
        "lib/core.py": """
            import varwg

            def noise(n):
                return varwg.rng.normal(size=n).sum()
        """,
    },
    "importlib_plugins": {
        "run.py": """
            import importlib
            import varwg

            def main():
                varwg.reseed(3)
                for name in ("plugin_a", "plugin_b"):
                    print(name, importlib.import_module(name).run(2))

            main()
        """,
        "plugin_a.py": """
            import varwg
            def run(n):
                return varwg.rng.normal(size=n).sum()
        """,
        "plugin_b.py": """
            import varwg
            def run(n):
                return varwg.rng.random(n).sum()
        """,
    },
    "statistics_of_the_standard_library": {
        "run.py": """
            import statistics
            import random
            import varwg
            import lib.statistics
            from lib import statistics as ours

            varwg.reseed(3)
            print(statistics.mean([1, 2]), lib.statistics.mean([1, 2]), ours.mean([3]), random.Random(2).choice([1, 2, 3]))
        """,
        "lib/__init__.py": "",
        "lib/statistics.py": """
            import varwg
            def mean(x):
                return sum(x) + varwg.rng.normal()
        """,
        "lib/random.py": """
            import varwg
            def choice(x):
                return varwg.rng.choice(x)
        """,
        "lib/use.py": """
            import statistics
            import random
            def spread(x):
                return statistics.mean(x) + random.choice(x)
        """,
    },
    "same_method_in_many_classes": """
        import varwg

        class Normal:
            def sample(self, n):
                return varwg.rng.normal(size=n).sum()
            def cdf(self, x):
                return x / 2
            def fit(self, x):
                self.x = x
                return self

        class Fixed:
            def sample(self, n):
                return float(n)
            def cdf(self, x):
                return x
            def fit(self, x):
                return self

        class Jitter:
            def __init__(self, inner):
                self.inner = inner
            def cdf(self, x):
                return self.inner.cdf(x) + varwg.rng.normal()
            def sample(self, n):
                return self.inner.sample(n)
            def fit(self, x):
                self.inner.fit(x)
                return self

        def describe(dist, x):
            return dist.fit(x).cdf(0.5), dist.sample(2)

        def main():
            varwg.reseed(1)
            for dist in (Normal(), Fixed(), Jitter(Normal()), Jitter(Fixed())):
                print(describe(dist, [1.0]))

        main()
    """,
    "scipy_style_subclass": """
        import scipy.stats as stats
        import varwg

        class Noisy(stats.rv_continuous):
            def _cdf(self, x):
                return stats.norm.cdf(x)

            def draw(self, n):
                return self.ppf(varwg.rng.random(n)).sum()

        varwg.reseed(1)
        print(Noisy(name="noisy").draw(2), stats.norm.ppf(varwg.rng.random()))
    """,
    "base_of_foreign_library": """
        import json
        import varwg

        class Encoder(json.JSONEncoder):
            def default(self, thing):
                return float(varwg.rng.normal())

        def main():
            varwg.reseed(1)
            print(json.dumps({"a": object()}, cls=Encoder), varwg.rng.normal())

        main()
    """,
    "callback_of_scipy": """
        import scipy.optimize as opt
        import varwg

        def noisy(x):
            return (x[0] - 1) ** 2 + 0.01 * varwg.rng.normal()

        def main():
            varwg.reseed(1)
            print(opt.minimize(noisy, [0.0], method="Nelder-Mead", options={"maxiter": 5}).x)
            print(varwg.rng.normal())

        main()
    """,
    "callback_stored_on_self": """
        import varwg

        class Sim:
            def __init__(self, hook=None):
                self.hook = hook or self.default_hook

            def default_hook(self, x):
                return x + varwg.rng.normal()

            def go(self):
                return self.hook(1) + varwg.rng.random()

        def mine(x):
            return x * varwg.rng.exponential()

        def main():
            varwg.reseed(1)
            print(Sim().go(), Sim(mine).go(), Sim(hook=lambda x: x).go(), Sim(hook=lambda x: varwg.rng.normal()).go())

        main()
    """,
    "partial_and_kept_callables": """
        from functools import partial
        import varwg

        def draw(kind, n):
            return getattr(varwg.rng, kind)(size=n).sum()

        NORMAL = partial(draw, "normal")
        KINDS = [NORMAL, partial(draw, kind="uniform")]

        def main():
            varwg.reseed(1)
            print(NORMAL(2), KINDS[1](n=2), list(map(partial(draw, "random"), [1, 2])))

        main()
    """,
    "default_arguments_evaluated_once": """
        import varwg

        varwg.reseed(1)

        def f(x=varwg.rng.normal()):
            return x + varwg.rng.random()

        def g(n, gen=varwg.rng):
            return gen.normal(size=n).sum()

        print(f(), f(), f(2.0), g(2))
        varwg.reseed(3)
        print(g(2), f())
    """,
    "class_attributes_and_body": """
        import varwg

        varwg.reseed(1)

        class Setup:
            rng = varwg.rng
            noise = varwg.rng.normal(size=2)
            draw = staticmethod(lambda: varwg.rng.normal())

            def go(self):
                return self.rng.normal() + self.draw() + Setup.rng.random() + self.noise.sum()

        print(Setup().go())
        varwg.reseed(2)
        print(Setup().go())
    """,
    "inheritance_across_files": {
        "run.py": """
            import varwg
            from sub import Special, Plain

            def main():
                varwg.reseed(1)
                for cls in (Special, Plain):
                    thing = cls(2)
                    print(thing.total(), thing.value)

            main()
        """,
        "base.py": """
            import varwg

            class Base:
                def __init__(self, n):
                    self.n = n

                @property
                def value(self):
                    return self.draw() + varwg.rng.random()

                def draw(self):
                    raise NotImplementedError

                def total(self):
                    return sum(self.draw() for _ in range(self.n))
        """,
        "sub.py": """
            import varwg
            from base import Base

            class Special(Base):
                def draw(self):
                    return varwg.rng.normal()

            class Plain(Base):
                def draw(self):
                    return 1.0
        """,
    },
    "init_subclass_and_factory": """
        import varwg

        class Kind:
            kinds = {}

            def __init_subclass__(cls, key=None, **options):
                super().__init_subclass__(**options)
                Kind.kinds[key or cls.__name__.lower()] = cls

            @classmethod
            def make(cls, key, *args):
                return cls.kinds[key](*args)

            def draw(self):
                return 0.0

        class Rain(Kind):
            def __init__(self, n=1):
                self.x = varwg.rng.gamma(2.0, size=n).sum()

            def draw(self):
                return self.x + varwg.rng.random()

        class Dry(Kind, key="none"):
            pass

        def main():
            varwg.reseed(1)
            print(Kind.make("rain", 3).draw(), Kind.make("none").draw(), Kind.make("rain").draw())

        main()
    """,
    "metaclass_registry": """
        import varwg

        class Meta(type):
            table = {}
            def __new__(meta, name, bases, body):
                cls = super().__new__(meta, name, bases, body)
                meta.table[name] = cls
                return cls

        class A(metaclass=Meta):
            def go(self):
                return varwg.rng.normal()

        class B(A):
            def go(self):
                return super().go() + varwg.rng.random()

        varwg.reseed(1)
        print([cls().go() for cls in Meta.table.values()])
    """,
    "subclasses_of": """
        import varwg

        class Step:
            def apply(self, x):
                return x

        class Noise(Step):
            def apply(self, x):
                return x + varwg.rng.normal()

        class Scale(Step):
            def apply(self, x):
                return 2 * x

        def run(x):
            for cls in Step.__subclasses__():
                x = cls().apply(x)
            return x

        varwg.reseed(1)
        print(run(1.0))
    """,
    "enum_members_that_draw": """
        import enum
        import varwg

        class Dist(enum.Enum):
            NORMAL = "normal"
            UNIFORM = "uniform"

            def draw(self):
                return getattr(varwg.rng, self.value)()

        def main():
            varwg.reseed(1)
            print(Dist.NORMAL.draw(), [d.draw() for d in Dist], Dist("normal").draw())

        main()
    """,
    "operator_and_methodcaller": """
        import operator
        import varwg

        class Walk:
            def step(self, n=1):
                return varwg.rng.normal(size=n).sum()

        def main():
            varwg.reseed(1)
            walks = [Walk(), Walk()]
            print(list(map(operator.methodcaller("step"), walks)), operator.attrgetter("step")(walks[0])(2))

        main()
    """,
    "sorting_with_random_keys": """
        import varwg

        def jitter(item):
            return item + varwg.rng.normal()

        varwg.reseed(1)
        print(sorted(range(5), key=jitter), min([3, 1], key=lambda k: varwg.rng.random()))
        print(list(filter(lambda k: varwg.rng.random() > 0.5, range(6))))
    """,
    "generators_interleaved": """
        import itertools
        import varwg

        def walk():
            x = 0.0
            while True:
                x += varwg.rng.normal()
                yield x

        def pairs():
            yield from zip(itertools.islice(walk(), 2), walk())

        varwg.reseed(1)
        first, second = walk(), walk()
        print(next(first), next(second), varwg.rng.random(), next(first))
        print(list(pairs()), list(itertools.islice(first, 2)))
    """,
    "recursion_and_mutual": """
        import varwg

        def tree(depth):
            if depth == 0:
                return varwg.rng.normal()
            return left(depth - 1) + right(depth - 1)

        def left(depth):
            return tree(depth)

        def right(depth):
            return tree(depth) if depth else 0.0

        def main():
            varwg.reseed(1)
            print(tree(3))

        main()
    """,
    "try_import_fallback": """
        import numpy as np
        try:
            from varwg import rng, reseed
        except ImportError:
            rng = np.random.default_rng()
            def reseed(seed):
                global rng
                rng = np.random.default_rng(seed)

        def draw():
            return rng.normal()

        reseed(1)
        print(draw(), rng.random())
    """,
    "two_seeds_in_two_branches": """
        import varwg

        def draw():
            return varwg.rng.normal()

        def run(flag):
            if flag:
                varwg.reseed(1)
            else:
                varwg.reseed(2)
            return draw()

        def later():
            return draw()

        print(run(True), later(), run(False), later(), later())
    """,
    "seed_in_helper_of_other_module": {
        "run.py": """
            import utils
            import varwg

            def main():
                utils.init()
                print(varwg.rng.normal(), utils.noise())
                utils.init(5)
                print(varwg.rng.normal(), utils.noise())

            main()
        """,
        "utils.py": """
            import varwg

            def init(seed=1):
                print("seeding", seed)
                varwg.reseed(seed)

            def noise():
                return varwg.rng.normal()
        """,
    },
    "seed_none_and_conditionals": """
        import varwg

        class Experiment:
            def __init__(self, seed=None):
                if seed is not None:
                    varwg.reseed(seed)
                self.start = varwg.rng.normal()

            def run(self, n):
                return self.start + varwg.rng.normal(size=n).sum()

        def main():
            varwg.reseed(3)
            a = Experiment()
            b = Experiment(5)
            print(a.run(2), b.run(2), Experiment(seed=5).run(1))

        main()
    """,
    "seed_then_exec": """
        import varwg

        CODE = "import varwg\\nvalue = varwg.rng.normal()"

        def main():
            varwg.reseed(1)
            print(varwg.rng.normal())
            space = {}
            exec(CODE, space)
            print(space["value"], varwg.rng.normal())

        main()
    """,
    "threads_share_nothing": """
        import threading
        import varwg

        class Worker(threading.Thread):
            def __init__(self, seed):
                super().__init__()
                self.seed = seed

            def run(self):
                varwg.reseed(self.seed)
                self.out = [varwg.rng.normal(), helper()]

        def helper():
            return varwg.rng.random()

        def main():
            varwg.reseed(9)
            workers = [Worker(k) for k in (1, 2)]
            [w.start() for w in workers]
            [w.join() for w in workers]
            print([w.out for w in workers], varwg.rng.normal(), helper())

        main()
    """,
    "pickled_objects": """
        import pickle
        import varwg

        class Model:
            def __init__(self):
                self.rng = varwg.rng
                self.x = varwg.rng.normal()

            def draw(self):
                return self.rng.normal()

        def main():
            varwg.reseed(1)
            model = Model()
            copy = pickle.loads(pickle.dumps(model.x))
            print(copy, model.draw())

        main()
    """,
    "string_annotations_and_overload": """
        from __future__ import annotations
        from typing import overload, Protocol
        import varwg

        class Draws(Protocol):
            def draw(self, n: int) -> float: ...

        class Real:
            @overload
            def draw(self, n: int) -> float: ...
            @overload
            def draw(self, n: str) -> str: ...
            def draw(self, n):
                return varwg.rng.normal(size=int(n)).sum()

        def use(thing: Draws) -> float:
            return thing.draw(2)

        def main() -> None:
            varwg.reseed(1)
            print(use(Real()), Real().draw("3"))

        main()
    """,
    "simple_namespace_and_setattr": """
        import types
        import varwg

        def draw(n):
            return varwg.rng.normal(size=n).sum()

        space = types.SimpleNamespace(draw=draw, other=float)
        holder = type("Holder", (), {"draw": staticmethod(draw)})
        setattr(space, "again", draw)

        varwg.reseed(1)
        print(space.draw(2), holder.draw(1), getattr(space, "again")(3), vars(space)["draw"](1))
    """,
    "walrus_ternary_chained": """
        import varwg

        def pick(flag):
            return (f := draw if flag else other)(2), f.__name__

        def draw(n):
            return varwg.rng.normal(size=n).sum()

        def other(n):
            return n

        varwg.reseed(1)
        print(pick(True), pick(False), 0 < (x := varwg.rng.random()) < 1, x)
    """,
    "returned_function": """
        import varwg

        def make(kind):
            if kind == "n":
                return normal
            return lambda: varwg.rng.random()

        def normal():
            return varwg.rng.normal()

        def main():
            varwg.reseed(1)
            print(make("n")(), make("u")(), [f() for f in (make("n"), make("u"))])

        main()
    """,
    "legacy_methods_of_the_class_of_old": """
        import numpy as np
        import varwg

        def main():
            varwg.reseed(1)
            np.random.seed(2)
            print(varwg.rng.normal(), np.random.normal(), varwg.rng.random(), np.random.rand())

        main()
    """,
    "rng_argument_with_other_meaning": """
        import varwg

        def scale(values, rng=(0, 1)):
            low, high = rng
            return [low + v * (high - low) for v in values]

        def noise(n, rng=2.0):
            return rng * varwg.rng.normal(size=n).sum()

        def main():
            varwg.reseed(1)
            print(scale([varwg.rng.random()], rng=(1, 3)), noise(2), noise(2, 3.0))

        main()
    """,
    "local_called_rng_range": """
        import varwg

        def total(n):
            rng = range(n)
            return sum(varwg.rng.normal() + k for k in rng)

        def main():
            varwg.reseed(1)
            for rng in (2, 3):
                print(total(rng), varwg.rng.random())

        main()
    """,
    "new_parameter_would_clash_with_kwargs": """
        import varwg

        def settings(**options):
            return dict(options, noise=varwg.rng.normal())

        def main():
            varwg.reseed(1)
            print(settings(rng=3, n=2), settings(n=1))

        main()
    """,
    "del_and_shadowed_import": """
        import varwg
        from varwg import rng as _rng

        def draw():
            import varwg as inner
            return inner.rng.normal() + _rng.random()

        def main():
            import varwg
            varwg.reseed(1)
            print(draw())
            del varwg

        main()
        print(varwg.rng.normal())
    """,
    "comparison_with_the_global": """
        import varwg

        def draw(gen=None):
            gen = gen or varwg.rng
            return gen.normal(), gen is varwg.rng

        varwg.reseed(1)
        print(draw(), draw(varwg.rng), isinstance(varwg.rng, object), varwg.rng is varwg.rng)
    """,
    "decorated_method_and_property_setter": """
        import varwg

        class Site:
            def __init__(self):
                self._level = varwg.rng.normal()

            @property
            def level(self):
                return self._level

            @level.setter
            def level(self, value):
                self._level = value + varwg.rng.normal()

            def __getitem__(self, k):
                return k + varwg.rng.random()

            def __getattr__(self, name):
                if name.startswith("noise_"):
                    return varwg.rng.normal()
                raise AttributeError(name)

        def main():
            varwg.reseed(1)
            site = Site()
            print(site.level)
            site.level = 3
            print(site.level, site[2], site.noise_a, varwg.rng.normal())

        main()
    """,
    "two_programs_share_a_library": {
        "run.py": """
            import first
            import second

            first.main()
            second.main()
        """,
        "first.py": """
            import varwg
            from shared import draw

            def main():
                varwg.reseed(1)
                print("first", draw())
        """,
        "second.py": """
            from shared import draw

            def main():
                print("second", draw())
        """,
        "shared.py": """
            import varwg

            def draw():
                return varwg.rng.normal()
        """,
    },
    "already_half_migrated": {
        "run.py": """
            import numpy as np
            import varwg
            from old import noise
            from new import perturb

            def main():
                rng = np.random.default_rng(4)
                varwg.reseed(4)
                print(perturb(1.0, rng=rng), noise(2), rng.normal(), varwg.rng.normal())

            main()
        """,
        "new.py": """
            def perturb(x, *, rng):
                return x + rng.normal()
        """,
        "old.py": """
            import varwg

            def noise(n):
                return varwg.rng.normal(size=n).sum()
        """,
    },
    "bridge_to_the_new_style": """
        import varwg

        def new_style(n, *, rng):
            return rng.normal(size=n).sum()

        def old_style(n):
            return new_style(n, rng=varwg.rng) + varwg.rng.normal()

        class Holder:
            def __init__(self, rng=None):
                self.rng = varwg.get_rng() if rng is None else rng

            def go(self):
                return new_style(1, rng=self.rng)

        def main():
            varwg.reseed(1)
            print(old_style(2), Holder().go(), Holder(rng=varwg.rng).go())

        main()
    """,
    "what_is_bound_before_the_seed": """
        import functools
        import varwg
        def draw():
            return varwg.rng.normal()
        class Noise:
            @property
            def level(self):
                return varwg.rng.normal()
        def main(seed):
            noise, todo = Noise(), [draw, draw]
            varwg.reseed(seed)
            print([one() for one in todo], noise.level, functools.partial(draw)())
        main(3)
    """,
    "what_is_made_before_the_module_seeds": """
        import varwg
        class Noise:
            def __get__(self, owner, kind=None):
                return varwg.rng.normal()
        class Site:
            noise = Noise()
        site = Site()
        varwg.reseed(2)
        print(site.noise, varwg.rng.normal())
    """,
    "generator_by_getattr": """
        import varwg
        library = varwg
        def draw(name):
            return getattr(library, name).normal()
        def drawn(library=varwg):
            return getattr(library, "get_rng")().normal()
        varwg.reseed(2)
        print(draw("rng"), drawn(), varwg.rng.normal())
    """,
    "module_hook_that_draws": """
        import sys
        import varwg
        def __getattr__(name):
            if name == "noise":
                return varwg.rng.normal()
            raise AttributeError(name)
        varwg.reseed(2)
        print(sys.modules[__name__].noise, varwg.rng.normal())
    """,
    "all_members_at_once": {
        "operations.py": """
            import varwg
            def draw_first():
                return varwg.rng.normal()
        """,
        "run.py": """
            import inspect
            import operations
            import varwg
            class Model:
                def draw_rain(self):
                    return varwg.rng.exponential()
                def draw_wind(self):
                    return varwg.rng.random()
                def run(self):
                    return [m() for n, m in inspect.getmembers(self, inspect.ismethod) if n.startswith("draw_")]
            def by_class(model):
                return [f(model) for n, f in vars(Model).items() if n.startswith("draw_")]
            varwg.reseed(1)
            print(Model().run(), by_class(Model()))
            print([f() for n, f in inspect.getmembers(operations, inspect.isfunction)])
            print([getattr(operations, n)() for n in dir(operations) if n.startswith("draw_")], varwg.rng.normal())
        """,
    },
    "module_by_its_own_name": """
        import sys
        import varwg
        def draw_rain():
            return varwg.rng.exponential()
        def draw(what):
            return getattr(sys.modules[__name__], "draw_" + what)()
        varwg.reseed(1)
        print(draw("rain"), sys.modules[__name__].draw_rain(), varwg.rng.normal())
    """,
    "entries_of_globals": """
        import varwg
        def draw_rain():
            return varwg.rng.exponential()
        varwg.reseed(1)
        print([f() for n, f in list(globals().items()) if n.startswith("draw_")], globals().get("draw_rain")())
        print(varwg.rng.normal())
    """,
    "members_of_enumerations": """
        import enum
        import varwg
        class Kind(enum.Enum):
            RAIN = "exponential"
            WIND = 2
            def draw(self):
                return varwg.rng.normal()
        varwg.reseed(1)
        print(Kind.RAIN.draw(), Kind("exponential").draw(), Kind.WIND.draw(), varwg.rng.normal())
    """,
    "methods_registered_by_type": """
        from functools import singledispatchmethod
        import varwg
        class Noise:
            @singledispatchmethod
            def add(self, value):
                return value
            @add.register
            def _(self, value: float):
                return value + varwg.rng.normal()
        varwg.reseed(1)
        print(Noise().add(1), Noise().add(1.0), varwg.rng.normal())
    """,
    "files_run_by_their_names": {
        "first.py": """
            import varwg
            def main():
                varwg.reseed(5)
                print(varwg.rng.normal())
            if __name__ == "__main__":
                main()
        """,
        "second.py": """
            import varwg
            print(varwg.rng.normal())
        """,
        "run.py": """
            import runpy
            import varwg
            def go():
                varwg.reseed(3)
                runpy.run_path("first.py", run_name="__main__")
                print(varwg.rng.normal())
            go()
            for name in ("first", "second"):
                runpy.run_module(name, run_name="__main__")
            exec(compile(open("second.py").read(), "second.py", "exec"), {})
            print(varwg.rng.normal())
        """,
    },
    "modules_loaded_by_their_names": {
        "first.py": """
            import varwg
            varwg.reseed(5)
            X = varwg.rng.normal()
            def draw():
                return varwg.rng.normal()
        """,
        "second.py": """
            import varwg
            def main():
                varwg.reseed(6)
                return varwg.rng.normal()
        """,
        "run.py": """
            import importlib
            import importlib.util
            import varwg
            varwg.reseed(3)
            print(varwg.rng.normal())
            for name in ("second",):
                print(importlib.import_module(name).main(), varwg.rng.normal())
            file = importlib.util.spec_from_file_location("other", "first.py")
            module = importlib.util.module_from_spec(file)
            file.loader.exec_module(module)
            print(module.X, module.draw(), varwg.rng.normal())
        """,
    },
    "functions_in_a_dict_of_its_own_class": """
        import varwg
        class Registry(dict):
            def register(self, function):
                self[function.__name__] = function
                return function
        registry = Registry()
        @registry.register
        def draw():
            return varwg.rng.normal()
        varwg.reseed(1)
        print([function() for function in registry.values()], varwg.rng.normal())
    """,
    "methods_by_the_keys_of_their_class": """
        import varwg
        class Model:
            def step_first(self):
                return varwg.rng.normal()
            def step_second(self):
                return varwg.rng.random()
            @classmethod
            def steps(cls):
                return [name for name in cls.__dict__ if name.startswith("step_")]
            def run(self):
                return [getattr(self, name)() for name in sorted(self.steps())]
        varwg.reseed(1)
        print(Model().run(), varwg.rng.normal())
    """,
}
