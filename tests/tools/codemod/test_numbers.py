"""Programs print the same numbers before and after rewriting, against a stand-in for varwg."""

from types import ModuleType

import pytest

PROGRAMS = {
    "script": """
        import varwg

        varwg.reseed(0)
        print(varwg.rng.normal(size=2))
    """,
    "callee_reseeds_and_caller_goes_on": """
        import varwg

        def sample(n):
            varwg.reseed(0)
            return varwg.rng.normal(size=n)

        varwg.reseed(1)
        a = sample(2)
        print(a, varwg.rng.normal())
    """,
    "all_import_forms": """
        import varwg as vg
        import varwg.core.core
        from varwg import rng, get_rng as g, reseed
        from varwg.core.core import rng as other

        def draw():
            return vg.rng.normal() + varwg.core.core.rng.normal() + rng.random() + g().random() + other.random()

        reseed(4)
        print(draw(), varwg.get_rng().random())
    """,
    "expressions": """
        import varwg

        def a(n):
            return varwg.rng.normal() if n == 0 else b(n - 1)

        def b(n):
            return a(n)

        def main():
            varwg.reseed(0)
            print(a(3), [varwg.rng.normal() for _ in range(2)], {k: varwg.rng.random() for k in "ab"})
            print(f"{varwg.rng.normal():.3f} {a(1)!r}", varwg.rng.normal(
                size=3,
            )[0], varwg.rng.normal(size=(2, 2))[varwg.rng.integers(2)])
            draw = lambda k=3: varwg.rng.normal(size=k)
            print(draw(), (lambda: varwg.rng.random())())

        if __name__ == "__main__":
            main()
    """,
    "classes": """
        import varwg

        class Model:
            def __init__(self, n):
                self.x = varwg.rng.normal(size=n)

            def perturb(self, k=1):
                return self.x + k * self._noise()

            def _noise(self):
                return varwg.get_rng().normal()

        class Special(Model):
            def __init__(self):
                super().__init__(2)
                self.y = varwg.rng.random()

            def _noise(self):
                return super()._noise() + self.y

        def build():
            return Special()

        varwg.reseed(7)
        special = build()
        print(special.perturb(), special.perturb(k=2), Model(1).perturb())
    """,
    "nested_functions": """
        import varwg

        def outer(n):
            def inner(x):
                varwg.reseed(x)
                return varwg.rng.normal()
            return [inner(k) for k in range(n)], varwg.rng.normal()

        varwg.reseed(1)
        print(outer(3), varwg.rng.normal())
    """,
    "branches_and_loops": """
        import varwg

        if varwg.rng.random() > 2:
            varwg.reseed(2)
        else:
            varwg.reseed(3)
        print(varwg.rng.normal())
        try:
            varwg.reseed(4)
            print(varwg.rng.normal())
        finally:
            print(varwg.rng.normal())
        for i in range(2): varwg.reseed(i); print(varwg.rng.random())
        while True:
            print(varwg.rng.random()); break
        print(varwg.rng.random())
    """,
    "class_body_at_module_level": """
        import varwg

        varwg.reseed(5)

        class C:
            x = varwg.rng.normal()
            varwg.reseed(8)

            def m(self):
                return [varwg.rng.normal() for _ in range(2)]

        print(C.x, C().m(), varwg.rng.random())
    """,
    "state_saved_and_restored": """
        import varwg

        def with_seed(seed):
            before = varwg.rng.bit_generator.state
            varwg.reseed(seed)
            value = varwg.rng.normal()
            varwg.rng.bit_generator.state = before
            return value

        def main():
            varwg.reseed(1)
            a = varwg.rng.normal()
            print(a, with_seed(5), varwg.rng.normal())

        main()
    """,
    "generator_functions_and_aliases": """
        import varwg as vg

        def values():
            rng = vg.get_rng()
            return [rng.normal() for _ in range(3)]

        def restart():
            vg.reseed(4)

        def stream(n):
            for _ in range(n):
                yield vg.rng.normal()

        vg.reseed(3)
        held = vg.rng
        print(values())
        it = stream(4)
        print(next(it), held.random())
        restart()
        print(values(), next(it), held.random())
        vg.reseed(9)
        print(list(it), values(), held.random())
    """,
    "ensembles": """
        from concurrent.futures import ThreadPoolExecutor

        import varwg

        def realisation(i):
            varwg.reseed(1000 * i)
            return varwg.rng.normal()

        def ensemble(n):
            return [realisation(i) for i in range(n)]

        if __name__ == "__main__":
            print(ensemble(3))
            with ThreadPoolExecutor(1) as pool:
                print(list(pool.map(realisation, range(3))), pool.submit(realisation, 9).result())
            for i in range(3):
                varwg.reseed(i)
                wg = varwg.VarWG(("theta",))
                wg.fit(p=2)
                print(wg.simulate(
                    T=3,
                ))
    """,
    "map_and_partial": """
        import functools
        from functools import partial

        import varwg

        def draw(a, b=1):
            return a * b * varwg.rng.normal()

        varwg.reseed(1)
        p = functools.partial(draw, 3)
        print(p(), p(b=2), partial(draw, b=4)(2))
        varwg.reseed(2)
        print(p(), sorted([3, 1, 2], key=draw), list(map(draw, [1, 2])))
    """,
    "signatures": """
        from __future__ import annotations

        import varwg

        def noise(n: int, *, scale: float = 1.0) -> float:
            return varwg.rng.normal() * scale * n

        def positional(a, /):
            return noise(a)

        def passing(*args, **kw):
            return noise(*args, **kw)

        def summed(n=sum(i for i in range(3))):
            return sum(positional(x) for x in range(n)) + total(x for x in range(n))

        def total(values,):
            return sum(v * varwg.rng.random() for v in values)

        varwg.reseed(seed=4)
        print(noise(3), positional(2), passing(2, scale=3), summed(), sum(passing(i) for i in [1, 2]))
    """,
    "asynchronous": """
        import asyncio

        import varwg

        async def draw():
            return varwg.rng.normal()

        async def several():
            varwg.reseed(1)
            return await draw(), await asyncio.gather(draw(), draw())

        def main():
            varwg.reseed(0)
            print(varwg.rng.normal(), asyncio.run(several()), varwg.rng.normal())

        main()
    """,
    "old_arguments": """
        import varwg

        def main():
            wg = varwg.VarWG(("theta",))
            varwg.reseed(7)
            wg.fit(3)
            state = varwg.rng.bit_generator.state
            a = wg.simulate(T=2, random_state=state)
            b = wg.simulate(random_state=None)
            c = wg.simulate(seed_before_sim=3)
            print(a, b, c, wg.disaggregate(), wg.fit().simulate())

        main()
    """,
    "generator_replaced": """
        import numpy as np
        import varwg

        varwg.rng = np.random.default_rng(3)
        print(varwg.rng.normal())
    """,
    "unseeded_helper_of_a_seeded_main": """
        import varwg

        def prepare():
            wg = varwg.VarWG()
            wg.fit()
            return wg

        def main(n=2):
            wg = prepare()
            for _ in range(n):
                print(wg.simulate())

        if __name__ == "__main__":
            varwg.reseed(11)
            main()
    """,
    "reseed_by_a_drawn_number": """
        import varwg

        varwg.reseed(3)
        varwg.reseed(int(varwg.rng.integers(100)))
        print(varwg.rng.normal())
    """,
    "api_objects_in_a_container": """
        import varwg

        varwg.reseed(1)
        models = {k: varwg.VG() for k in "ab"}
        print([models[k].simulate() for k in "ab"], varwg.rng.random())
    """,
    "common_method_of_objects_in_a_list": """
        import varwg

        class Sampler:
            def sample(self):
                return varwg.rng.normal()

        def use(things):
            return [thing.sample() for thing in things]

        varwg.reseed(1)
        print(use([Sampler(), Sampler()]), varwg.rng.normal())
    """,
    "decorators_of_the_program": """
        import functools
        import varwg

        def timed(function):
            @functools.wraps(function)
            def wrapper(*args, **kwargs):
                result = function(*args, **kwargs)
                return result
            return wrapper

        def repeated(times):
            def decorate(function):
                @functools.wraps(function)
                def wrapper(*args, **kwargs):
                    return [function(*args, **kwargs) for _ in range(times)]
                return wrapper
            return decorate

        @repeated(2)
        @timed
        def noise(n, scale=1):
            return varwg.rng.normal(size=n) * scale

        class Model:
            @timed
            def step(self):
                return varwg.rng.random()

        varwg.reseed(1)
        print(noise(2, scale=3), Model().step())
    """,
    "workers_that_seed_themselves_and_cannot_gain_a_parameter": """
        import functools
        import threading
        import varwg

        class Worker(threading.Thread):
            def __init__(self, i):
                super().__init__()
                self.i = i

            def run(self):
                varwg.reseed(self.i)
                self.result = varwg.rng.normal()

        def only_positional(function):
            return lambda *args: function(*args)

        @only_positional
        def member(i):
            varwg.reseed(1000 * i)
            return varwg.rng.normal()

        @functools.lru_cache
        def table(seed):
            varwg.reseed(seed)
            return tuple(varwg.rng.normal(size=2))

        def main():
            workers = [Worker(i) for i in range(2)]
            for worker in workers:
                worker.start()
                worker.join()
            print([worker.result for worker in workers], [member(i) for i in range(2)], table(1), table(1))

        main()
    """,
    "a_class_attribute_called_rng": """
        import varwg

        class Model:
            rng = varwg.rng

            def draw(self):
                return self.rng.normal()

        varwg.reseed(2)
        print(Model().draw(), varwg.rng.random())
    """,
    "a_protocol_and_a_union": """
        from typing import Optional, Protocol, Union
        import varwg

        class Draws(Protocol):
            def draw(self, n: int) -> float: ...

        class Normal:
            def draw(self, n: int) -> float:
                return varwg.rng.normal() * n

        class Uniform:
            def draw(self, n: int) -> float:
                return varwg.rng.random() * n

        def use(thing: Draws):
            return thing.draw(2)

        def either(one: Normal | Uniform, two: "Normal", three: Optional[Union[Normal, Uniform]] = None):
            return one.draw(1), two.draw(1), three.draw(3) if three else 0

        varwg.reseed(1)
        print(use(Normal()), use(Uniform()), either(Normal(), Normal()), either(Uniform(), Normal(), Uniform()))
    """,
    "objects_in_containers": """
        from dataclasses import dataclass, field
        import varwg

        class Site:
            def __init__(self, k):
                self.k = k

            def sample(self):
                return varwg.rng.normal() * self.k

        @dataclass
        class Net:
            main: Site
            sites: list[Site] = field(default_factory=list)

            def sample(self):
                return self.main.sample(), [site.sample() for site in self.sites]

        class Store:
            def __init__(self):
                self.by_name = {}
                self.sites = []

            def put(self, k):
                self.by_name[k] = Site(k)
                self.sites.append(Site(k))

            def run(self):
                total = [site.sample() for name, site in self.by_name.items()]
                for i, site in enumerate(self.sites):
                    total.append(site.sample() + i)
                for a, b in zip(self.sites, sorted(self.by_name.values(), key=lambda site: site.k)):
                    total.append(a.sample() + b.sample())
                return total, self.by_name[1].sample(), self.sites.pop().sample()

        varwg.reseed(1)
        store, more = Store(), []
        store.put(1)
        store.put(2)
        more.append(Site(3))
        print(Net(Site(1), [Site(2)]).sample(), store.run(), more[0].sample(), [s.sample() for s in list(more)])
    """,
    "functions_given_to_scipy": """
        import numpy as np
        from scipy import integrate, optimize
        import varwg

        class Fit:
            def loss(self, p, x):
                return np.sum((x - p[0]) ** 2) + 1e-9 * varwg.rng.random()

            def run(self, x):
                options = {"maxiter": 3}
                return optimize.minimize(self.loss, [0.0], args=(x,), method="Nelder-Mead", options=options).x

        def height(x):
            return x + varwg.rng.random()

        varwg.reseed(1)
        print(Fit().run(varwg.rng.normal(size=5)), integrate.fixed_quad(height, 0, 1)[0], varwg.rng.random())
    """,
    "doctests_apart_everything_is_rewritten": """
        import varwg

        def noise(n):
            # >>> noise(3)
            return varwg.rng.normal(size=n)

        varwg.reseed(1)
        print(noise(2))
    """,
    "api_objects_as_arguments": """
        import varwg

        class Runner:
            def __init__(self, wg, n=2):
                self.wg = wg
                self.n = n

            def run(self):
                return [self.wg.simulate(T=2) for _ in range(self.n)]

        def make(wg, *, n):
            return Runner(wg, n=n)

        def default(wg=None):
            if wg is None:
                wg = varwg.VarWG()
            return wg.simulate(T=4)

        def repeat(wg, n):
            return [wg.simulate(T=2), *repeat(wg, n - 1)] if n else []

        varwg.reseed(1)
        wg = varwg.VarWG()
        wg.fit()
        print(make(wg, n=2).run(), Runner(wg).run(), repeat(n=2, wg=wg), default(), default(wg))
    """,
    "function_looked_at": """
        import varwg

        def noise():
            return varwg.rng.random()

        varwg.reseed(1)
        print(noise() if callable(noise) else repr(noise))
    """,
    "global_statement": """
        import varwg

        rng = varwg.rng

        def draw():
            global rng
            return rng.random()

        varwg.reseed(0)
        print(draw(), rng.random())
    """,
    "table_of_functions": """
        import varwg

        def draw():
            return varwg.rng.normal()

        TABLE = {"normal": draw}
        varwg.reseed(1)
        print(TABLE["normal"](), draw())
    """,
    "decorators_that_keep_keywords_to_themselves": """
        import functools
        import varwg

        def remembered(function):
            known = {}
            @functools.wraps(function)
            def wrapper(*args, **kwargs):
                key = args, tuple(kwargs.items())
                if key not in known:
                    known[key] = function(*args, **kwargs)
                return known[key]
            return wrapper

        def only_positional(function):
            return lambda *args: function(*args)

        @remembered
        def noise(n):
            return varwg.rng.normal(size=n)

        @only_positional
        def other(n):
            return varwg.rng.random(n)

        varwg.reseed(1)
        print(noise(2), noise(2), other(1))
    """,
    "a_container_filled_by_another_function": """
        import varwg

        class Site:
            def sample(self):
                return varwg.rng.normal()

        class Other:
            def sample(self):
                return 3

        def fill(things):
            things.append(Other())

        things = []
        things.append(Site())
        fill(things)
        varwg.reseed(0)
        print([thing.sample() for thing in things])
    """,
    "containers_of_unknown_things": """
        import varwg

        class Site:
            def sample(self):
                return varwg.rng.normal()

        class Other:
            def sample(self):
                return 3

        def use(extra):
            things = [Site()]
            things.extend(extra)
            return [thing.sample() for thing in things]

        varwg.reseed(0)
        print(use([Other(), Site()]))
        more = [Site()]
        more += [Other()]
        print([thing.sample() for thing in more])
    """,
}

KEPT_PROGRAMS = {
    "bound_methods_kept_while_the_seed_changes": """
        import varwg

        def draw():
            normal = varwg.rng.normal
            return normal(size=2) + varwg.rng.random()

        varwg.reseed(1)
        print(draw())
        random = varwg.rng.random
        print(random())
        varwg.reseed(1)
        print(random())
    """,
    "generator_among_the_keywords": """
        import varwg

        def draw(**options):
            return options["rng"].random() + varwg.rng.random()

        varwg.reseed(1)
        print(draw(rng=varwg.rng))
    """,
    "simulate_of_an_object_of_several_classes": """
        import varwg

        class Fake:
            def simulate(self, T):
                return T

        def run(wg):
            return wg.simulate(T=2)

        varwg.reseed(1)
        print(run(varwg.VarWG()), run(Fake()))
    """,
    "function_of_an_api_object_handed_on": """
        import varwg

        def run(wg):
            return wg.simulate(T=2)

        varwg.reseed(1)
        print(list(map(run, [varwg.VarWG()])), run(varwg.VarWG()))
    """,
    "getattr": """
        import varwg

        def draw():
            return varwg.rng.normal()

        varwg.reseed(1)
        print(draw(), getattr(varwg, "rng").normal(), draw())
    """,
    "property": """
        import varwg

        class A:
            __slots__ = ()

            @property
            def noise(self):
                return varwg.rng.normal()

            def total(self):
                return self.noise + varwg.rng.normal()

        def main():
            varwg.reseed(1)
            print(A().total(), varwg.rng.normal())

        main()
    """,
    "special_methods": """
        import varwg

        class Noise:
            __slots__ = ()

            def __getitem__(self, i):
                return varwg.rng.normal() * i

        varwg.reseed(1)
        print(Noise()[3], varwg.rng.normal())
    """,
    "executor": """
        from concurrent.futures import ThreadPoolExecutor

        import varwg

        def draw(i):
            return varwg.rng.normal() * i

        def main():
            varwg.reseed(1)
            with ThreadPoolExecutor(1) as pool:
                print(pool.submit(draw, 3).result(), list(pool.map(draw, range(3))))
            print(draw(3))

        main()
    """,
    "default_argument": """
        import varwg

        def draw(n, source=varwg.rng):
            return source.normal(size=n)

        varwg.reseed(1)
        print(draw(2), varwg.rng.normal())
    """,
    "fallback": """
        import varwg

        def draw(n, rng=None):
            if rng is None:
                rng = varwg.rng
            return rng.normal(size=n)

        varwg.reseed(1)
        print(draw(2), varwg.rng.normal())
    """,
    "cached": """
        import functools

        import varwg

        @functools.lru_cache
        def draw(n):
            return varwg.rng.normal()

        varwg.reseed(1)
        print(draw(1), draw(1), draw(2), varwg.rng.normal())
    """,
    "shadowed_rng": """
        import numpy as np
        import varwg

        def draw(n):
            rng = np.random.default_rng(5)
            return rng.normal(size=n) + varwg.rng.normal(size=n)

        varwg.reseed(1)
        print(draw(2), varwg.rng.normal())
    """,
    "reseed_in_an_expression": """
        import varwg

        print([varwg.reseed(i) or varwg.rng.normal() for i in range(3)])
    """,
    "decorators_that_draw": """
        import functools
        import varwg

        def seeded(seed):
            def decorate(function):
                @functools.wraps(function)
                def wrapper(*args, **kwargs):
                    varwg.reseed(seed)
                    return function(*args, **kwargs)
                return wrapper
            return decorate

        @seeded(5)
        def noise(n):
            return varwg.rng.normal(size=n)

        print(noise(2), varwg.rng.random(), noise(1))
    """,
    "a_cached_function_whose_seed_is_drawn_on": """
        import functools
        import varwg

        @functools.lru_cache
        def table(seed):
            varwg.reseed(seed)
            return tuple(varwg.rng.normal(size=2))

        print(table(1), varwg.rng.random(), table(1), varwg.rng.random())
    """,
    "an_initializer_of_workers": """
        from multiprocessing.pool import ThreadPool
        import varwg

        def start(seed):
            varwg.reseed(seed)

        def work(i):
            return varwg.rng.normal()

        with ThreadPool(1, initializer=start, initargs=(3,)) as pool:
            print(pool.map(work, range(2)))
    """,
    "an_old_argument_that_draws_itself": """
        import varwg

        varwg.reseed(1)
        wg = varwg.VarWG()
        print(wg.simulate(random_state=varwg.rng.bit_generator.state), varwg.rng.random())
    """,
    "several_ways_to_fall_back": """
        import numpy as np
        import varwg

        def one(rng=None):
            rng = rng or varwg.rng
            return rng.normal()

        def two(rng=None):
            rng = varwg.get_rng() if rng is None else rng
            return rng.normal()

        varwg.reseed(1)
        print(one(), two(), one(rng=np.random.default_rng(1)))
    """,
    "a_class_body_in_a_function": """
        import varwg

        def make():
            class Model:
                rng = varwg.rng

                def draw(self):
                    return self.rng.normal()

            return Model()

        varwg.reseed(1)
        print(make().draw())
    """,
    "monkeypatched": """
        from unittest import mock

        import varwg

        varwg.reseed(1)
        with mock.patch("varwg.get_rng", lambda: varwg.rng):
            print(varwg.rng.normal(), varwg.get_rng().normal())
    """,
    "name_bound_twice": """
        try:
            import varwg
        except ImportError:
            import nothing as varwg

        varwg.reseed(1)
        print(varwg.rng.normal())
    """,
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_numbers_stay_the_same_without_the_global_generator(play: ModuleType, name: str) -> None:
    """Rewritten completely: the program even runs where there is no global generator."""
    _, result = play.check(PROGRAMS[name])
    assert play.left(result) == []


@pytest.mark.parametrize("name", KEPT_PROGRAMS)
def test_the_numbers_stay_the_same_where_something_is_left(play: ModuleType, name: str) -> None:
    """What shares its stream with a site left for a human stays on the global generator."""
    _, result = play.check(KEPT_PROGRAMS[name])
    assert play.left(result)


def test_several_files_are_rewritten_together(play: ModuleType) -> None:
    """A function gains its parameter in one file, its callers pass it in others."""
    files = {
        "prog.py": """
            import helpers
            from helpers import noise as drawn
            from package.deep import again
            import varwg

            varwg.reseed(0)
            print(drawn(3), helpers.twice(2), again())
            varwg.reseed(1)
            print(helpers.twice(2))
        """,
        "helpers.py": '''
            """Helpers."""
            import varwg as vg

            def noise(n, *args,
                      scale=1.0,
                      **kwds):
                """Draw."""
                return scale * vg.rng.normal(size=n)  # comment

            def twice(n): return noise(n) + noise(
                n,
                scale=2.0,  # two
            )
        ''',
        "package/__init__.py": "from .inner import middle",
        "package/inner.py": """
            from helpers import twice

            def middle():
                return twice(1)
        """,
        "package/deep.py": """
            from . import middle

            def again():
                return middle()
        """,
    }
    new, result = play.check(files, "prog.py")
    assert play.left(result) == []
    assert "def middle(*, rng):" in new["package/inner.py"]
    assert "return middle(rng=rng)" in new["package/deep.py"]


def test_a_star_import_within_the_program(play: ModuleType) -> None:
    """Names that only the star can have bound are those of the other file."""
    files = {
        "prog.py": "from math import *\nfrom common import *\n\nreseed(1)\nprint(draw(), rng.random(), floor(2.5))\n",
        "common.py": "from varwg import reseed, rng\n\n\ndef draw():\n    return rng.normal()\n",
    }
    sources = play.dedent(files)
    new, result = play.converted(sources)
    assert new["prog.py"].endswith("\nrng = np.random.default_rng(1)\nprint(draw(rng=rng), rng.random(), floor(2.5))\n")
    assert play.run(new) == play.run(sources)
    assert [f.path for f in result.findings if f.kind == "left"] == ["common.py"]  # `reseed` is still imported


def test_a_generator_from_another_file_used_before_the_package_is_imported(play: ModuleType) -> None:
    """NumPy is imported before the generator is made."""
    files = {
        "prog.py": "import streams\n\nstreams.start()\nprint(streams.stream.random())\nimport varwg\nprint(varwg.rng.random())\n",
        "streams.py": "import varwg\n\nstream = varwg.rng\n\n\ndef start():\n    varwg.reseed(2)\n",
    }
    sources = play.dedent(files)
    new, _ = play.converted(sources)
    assert play.run(new) == play.run(sources)


def test_tests_and_test_cases(play: ModuleType) -> None:
    """Tests make their generators; classes that seed in setUp share self.rng."""
    files = {
        "test_it.py": """
            import unittest
            import varwg
            from varwg import reseed

            class TestA(unittest.TestCase):
                def setUp(self):
                    varwg.reseed(0)
                    self.x = varwg.rng.normal()

                def test_a(self):
                    print(self.x, varwg.rng.normal(), self.help(), outside())

                def help(self):
                    return varwg.rng.random()

                def test_b(self):
                    reseed(2)
                    print(self.help())

            class TestB(TestA):
                def test_c(self):
                    print(varwg.rng.normal())

            def test_c():
                reseed(4)
                print(varwg.rng.normal(), outside())

            def outside():
                return varwg.rng.normal()
        """
    }
    new, result = play.check(files, "test_it.py", tests=True)
    assert play.left(result) == []
    text = new["test_it.py"]
    assert "self.rng = np.random.default_rng(0)" in text
    assert "print(self.x, self.rng.normal(), self.help(), outside(rng=self.rng))" in text
    assert "def test_c():" in text and "def test_c(self):" in text


def test_a_set_up_that_does_not_always_seed_is_left(play: ModuleType) -> None:
    """With a cache in setUp the stream goes on from test to test: nothing may change."""
    files = {
        "test_it.py": """
            import unittest
            import varwg

            class TestA(unittest.TestCase):
                cached = None

                def setUp(self):
                    if TestA.cached is not None:
                        return
                    varwg.reseed(0)
                    TestA.cached = varwg.rng.normal()

                def test_a(self):
                    print(varwg.rng.normal())

                def test_b(self):
                    print(varwg.rng.normal(), TestA.cached)
        """
    }
    new, _ = play.check(files, "test_it.py", tests=True)
    assert new == play.dedent(files)
