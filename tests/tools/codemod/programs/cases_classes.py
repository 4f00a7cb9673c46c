"""Classes whose methods cannot be given a generator, and functions that travel: how many uses are left in each of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

CASES: Final[Mapping[str, tuple[int, str | Mapping[str, str]]]] = {
    "post_init": (
        2,
        """
        import dataclasses
        import varwg

        @dataclasses.dataclass
        class Record:
            n: int
            x: float = 0.0
            def __post_init__(self):
                self.x = self.n * varwg.rng.normal()

        def main():
            varwg.reseed(1)
            print(Record(2).x, Record(n=3).x)
        main()
        """,
    ),
    "default_factory": (
        3,
        """
        from dataclasses import dataclass, field
        import varwg

        def draw():
            return varwg.rng.normal()

        @dataclass
        class Record:
            n: int = 1
            x: float = field(default_factory=draw)
            y: list = field(default_factory=lambda: [varwg.rng.uniform()])

        def main():
            varwg.reseed(1)
            print(Record().x, Record(2, 3.0).y)
        main()
        """,
    ),
    "property_without_init": (
        0,
        """
        import varwg

        class Noise:
            scale = 2.0
            @property
            def value(self):
                return self.scale * varwg.rng.normal()

        def main():
            varwg.reseed(1)
            noise = Noise()
            print(noise.value, Noise().value)
        main()
        """,
    ),
    "dunder_without_init": (
        0,
        """
        import varwg

        class Dice:
            def __len__(self):
                return int(varwg.rng.integers(1, 7))
            def __getitem__(self, n):
                return n + varwg.rng.normal()

        varwg.reseed(1)
        d = Dice()
        print(len(d), d[3])
        """,
    ),
    "mixin_property": (
        0,
        """
        import varwg

        class NoiseMixin:
            @property
            def noise(self):
                return self.scale * varwg.rng.normal()

        class Model(NoiseMixin):
            def __init__(self, scale):
                self.scale = scale
            def step(self):
                return self.noise + 1

        def main():
            varwg.reseed(1)
            print(Model(2).step())
        main()
        """,
    ),
    "property_inherited": (
        0,
        """
        import varwg

        class Base:
            def __init__(self, scale):
                self.scale = scale
            @property
            def noise(self):
                return self.scale * varwg.rng.normal()

        class Model(Base):
            def __init__(self, scale, more):
                super().__init__(scale)
                self.more = more
            def step(self):
                return self.noise + self.more
        class Plain(Base):
            pass

        def main():
            varwg.reseed(1)
            print(Model(2, 3).step(), Plain(4).noise, Base(1).noise)
        main()
        """,
    ),
    "callbacks_gui": (
        0,
        """
        import varwg

        class Button:
            def __init__(self, command=None):
                self.command = command
            def click(self):
                return self.command()

        class App:
            def __init__(self):
                self.values = []
                self.button = Button(command=self.on_click)
                self.other = Button()
                self.other.command = self.on_other
            def on_click(self):
                self.values.append(varwg.rng.normal())
            def on_other(self):
                self.values.append(varwg.rng.uniform())

        def main():
            varwg.reseed(1)
            app = App()
            app.button.click()
            app.other.click()
            print(app.values)
        main()
        """,
    ),
    "callbacks_events": (
        0,
        """
        import varwg

        class Emitter:
            def __init__(self):
                self._handlers = {}
            def on(self, name, handler):
                self._handlers.setdefault(name, []).append(handler)
            def emit(self, name, *args):
                return [h(*args) for h in self._handlers.get(name, [])]

        class Model:
            def __init__(self, emitter):
                emitter.on("step", self.step)
                emitter.on("stop", self.stop)
            def step(self, n):
                return n * varwg.rng.normal()
            def stop(self):
                return "stopped"

        def noise(n):
            return n + varwg.rng.uniform()

        def main():
            varwg.reseed(1)
            emitter = Emitter()
            Model(emitter)
            emitter.on("step", noise)
            print(emitter.emit("step", 2), emitter.emit("stop"))
        main()
        """,
    ),
    "name_shadow2": (
        3,
        """
        import varwg

        def random(rng=3):
            return rng

        def noise():
            rng = [1, 2]
            return sum(rng) + varwg.rng.normal()

        def more(n):
            for rng in range(n):
                pass
            return rng + varwg.rng.normal()

        def main():
            varwg.reseed(1)
            print(random(), noise(), more(3))
        main()
        """,
    ),
    "partial_module_level": (
        0,
        """
        import functools
        import varwg

        def noise(n, scale):
            return scale * varwg.rng.normal(size=n).sum()

        loud = functools.partial(noise, scale=5.0)
        quiet = functools.partial(noise, 2, 0.1)

        def main():
            varwg.reseed(1)
            print(loud(2), quiet(), sum(map(loud, [1, 2])))
        main()
        """,
    ),
    "lambda_module_level": (
        0,
        """
        import varwg

        noise = lambda n: varwg.rng.normal() * n
        TABLE = {"a": lambda: varwg.rng.uniform(), "b": noise}

        def main():
            varwg.reseed(1)
            print(noise(2), TABLE["a"](), TABLE["b"](3))
        main()
        """,
    ),
    "argparse_set_defaults": (
        2,
        """
        import argparse
        import varwg

        def run(args):
            print(args.n * varwg.rng.normal())

        def show(args):
            print("shown")

        def main(argv=("run", "-n", "3")):
            parser = argparse.ArgumentParser()
            sub = parser.add_subparsers()
            one = sub.add_parser("run")
            one.add_argument("-n", type=int, default=1)
            one.set_defaults(func=run)
            two = sub.add_parser("show")
            two.set_defaults(func=show)
            args = parser.parse_args(argv)
            varwg.reseed(1)
            args.func(args)
        main()
        """,
    ),
    "simple_namespace": (
        2,
        """
        from types import SimpleNamespace
        import varwg

        def noise(n):
            return n * varwg.rng.normal()

        tools = SimpleNamespace(noise=noise, size=3)

        def main():
            varwg.reseed(1)
            local = SimpleNamespace(draw=noise)
            print(tools.noise(2), local.draw(3), tools.size)
        main()
        """,
    ),
    "module_getattr": (
        2,
        {
            "run.py": """
                import lib
                import varwg

                def main():
                    varwg.reseed(1)
                    print(lib.noise(2), lib.VERSION, lib.old_noise(3))
                main()
            """,
            "lib.py": """
                import varwg

                def noise(n):
                    return n * varwg.rng.normal()

                def __getattr__(name):
                    if name == "VERSION":
                        return "1.0"
                    if name == "old_noise":
                        return noise
                    raise AttributeError(name)
            """,
        },
    ),
    "call_dunder": (
        0,
        """
        import varwg

        class Noise:
            def __init__(self, scale):
                self.scale = scale
            def __call__(self, n):
                return self.scale * varwg.rng.normal(size=n).sum()

        def apply(function, n):
            return function(n)

        def main():
            varwg.reseed(1)
            noise = Noise(2.0)
            print(noise(3), apply(noise, 2), list(map(noise, [1, 2])))
        main()
        """,
    ),
    "call_dunder_no_init": (
        0,
        """
        import varwg

        class Noise:
            def __call__(self, n):
                return varwg.rng.normal(size=n).sum()

        def main():
            varwg.reseed(1)
            noise = Noise()
            print(noise(3), list(map(noise, [1, 2])), sorted([1, 2], key=noise))
        main()
        """,
    ),
    "iter_protocol": (
        0,
        """
        import varwg

        class Stream:
            def __init__(self, n):
                self.n = n
            def __iter__(self):
                return self
            def __next__(self):
                if self.n == 0:
                    raise StopIteration
                self.n -= 1
                return varwg.rng.normal()

        def main():
            varwg.reseed(1)
            print(list(Stream(3)), sum(Stream(2)))
            for x in Stream(1):
                print(x)
        main()
        """,
    ),
    "context_manager_class": (
        0,
        """
        import varwg

        class Session:
            def __enter__(self):
                self.x = varwg.rng.normal()
                return self
            def __exit__(self, *error):
                varwg.rng.random()
                return False

        def main():
            varwg.reseed(1)
            with Session() as s:
                print(s.x)
            print(varwg.rng.normal())
        main()
        """,
    ),
    "dataclass_property": (
        2,
        """
        from dataclasses import dataclass
        import varwg

        @dataclass
        class Site:
            name: str
            level: float = 1.0
            @property
            def noise(self):
                return self.level * varwg.rng.normal()

        def main():
            varwg.reseed(1)
            print(Site("a").noise, Site("b", level=2.0).noise)
        main()
        """,
    ),
    "cached_property": (
        0,
        """
        import functools
        import varwg

        class Model:
            def __init__(self, n):
                self.n = n
            @functools.cached_property
            def noise(self):
                return varwg.rng.normal(size=self.n)

        def main():
            varwg.reseed(1)
            m = Model(2)
            print(m.noise, m.noise, Model(1).noise)
        main()
        """,
    ),
    "setter": (
        0,
        """
        import varwg

        class Model:
            def __init__(self):
                self._n = 0
            @property
            def n(self):
                return self._n
            @n.setter
            def n(self, value):
                self._n = value + varwg.rng.normal()

        def main():
            varwg.reseed(1)
            m = Model()
            m.n = 3
            print(m.n)
        main()
        """,
    ),
    "abstract_and_factory": (
        0,
        """
        import abc
        import varwg

        class Base(abc.ABC):
            def __init__(self, n):
                self.n = n
            @property
            @abc.abstractmethod
            def level(self): ...
            @classmethod
            def create(cls, kind, n):
                return {"a": A, "b": B}[kind](n)

        class A(Base):
            @property
            def level(self):
                return self.n * varwg.rng.normal()

        class B(Base):
            @property
            def level(self):
                return self.n

        def main():
            varwg.reseed(1)
            print(Base.create("a", 2).level, Base.create("b", 3).level, A(1).level)
        main()
        """,
    ),
    "slots": (
        2,
        """
        import varwg
        class Noise:
            __slots__ = ("n",)
            def __init__(self, n):
                self.n = n
            @property
            def value(self):
                return self.n * varwg.rng.normal()
        def main():
            varwg.reseed(1)
            print(Noise(2).value)
        main()
        """,
    ),
    "looked_at": (
        2,
        """
        import varwg
        class Noise:
            def __init__(self, n):
                self.n = n
            @property
            def value(self):
                return self.n * varwg.rng.normal()
            def describe(self):
                return dict(self.__dict__)
        def main():
            varwg.reseed(1)
            print(Noise(2).value, Noise(3).describe())
        main()
        """,
    ),
    "setattr_hook": (
        2,
        """
        import varwg
        class Noise:
            def __init__(self, n):
                self.n = n
            def __setattr__(self, name, value):
                print("set", name)
                object.__setattr__(self, name, value)
            @property
            def value(self):
                return self.n * varwg.rng.normal()
        def main():
            varwg.reseed(1)
            print(Noise(2).value)
        main()
        """,
    ),
    "rng_from_outside": (
        2,
        """
        import varwg
        class Noise:
            def __init__(self, n):
                self.n = n
            @property
            def value(self):
                return self.n * varwg.rng.normal()
        def main():
            varwg.reseed(1)
            n = Noise(2)
            n.rng = 5
            print(n.value, n.rng)
        main()
        """,
    ),
    "one_seed_unknown": (
        3,
        """
        import varwg
        class Noise:
            def __init__(self, n):
                self.n = n
            def perturb(self):
                return self.n * varwg.rng.normal()
        def run(box):
            return eval("box['a']").perturb(), varwg.rng.normal()
        def main():
            varwg.reseed(2)
            print(run({"a": Noise(3)}))
        main()
        """,
    ),
    "one_seed_in_loop": (
        3,
        """
        import varwg
        class Noise:
            def __init__(self, n):
                self.n = n
            def __call__(self, k):
                return self.n * varwg.rng.normal() + k
        def main():
            noise = Noise(2)
            for i in range(3):
                varwg.reseed(i)
                print(list(map(noise, [1, 2])), varwg.rng.normal())
        main()
        """,
    ),
    "one_seed_late": (
        0,
        """
        import varwg
        class Noise:
            def __init__(self, n):
                self.n = n
            def __call__(self, k):
                return self.n + varwg.rng.normal() * k
        NOISE = Noise(3)
        def main():
            varwg.reseed(5)
            print(list(map(NOISE, [1, 2])), varwg.rng.normal())
        main()
        """,
    ),
    "one_seed_helper": (
        0,
        """
        import varwg
        class Noise:
            def __init__(self, n):
                self.n = n
            def __call__(self, k):
                return self.n + varwg.rng.normal() * k
        def start(seed):
            varwg.reseed(seed)
        def main():
            noise = Noise(2)
            start(4)
            print(list(map(noise, [1, 2])), varwg.rng.normal())
            start(6)
            print(noise(3))
        main()
        """,
    ),
    "thread_draws": (
        3,
        """
        import threading
        import varwg
        class Noise:
            def __init__(self, n):
                self.n = n
                self.out = []
            def work(self):
                self.out.append(varwg.rng.normal() < 99)
        def main():
            varwg.reseed(1)
            noise = Noise(2)
            t = threading.Thread(target=noise.work)
            t.start()
            t.join()
            print(noise.out, varwg.rng.normal())
        main()
        """,
    ),
    "deepcopied": (
        2,
        """
        import copy
        import varwg
        class Noise:
            def __init__(self, n):
                self.n = n
            @property
            def value(self):
                return self.n * varwg.rng.normal()
        def main():
            varwg.reseed(1)
            a = Noise(2)
            b = copy.deepcopy(a)
            print(a.value, b.value, copy.copy(a).value)
        main()
        """,
    ),
    "sorted_key": (
        0,
        """
        import varwg
        class Ranker:
            def __init__(self, scale):
                self.scale = scale
            def rank(self, x):
                return x + self.scale * varwg.rng.normal()
            def order(self, items):
                return sorted(items, key=self.rank)
            def best(self, items):
                return max(items, key=self.rank)
        def main():
            varwg.reseed(1)
            r = Ranker(3)
            print(r.order([1, 2, 3]), r.best([3, 4]))
        main()
        """,
    ),
    "scipy_objective": (
        0,
        """
        import varwg
        from scipy import optimize
        class Fit:
            def __init__(self, n):
                self.data = varwg.rng.normal(size=n)
            def loss(self, x):
                return float((self.data - x).var() + x ** 2 + 0 * varwg.rng.normal())
            def run(self):
                return round(optimize.minimize_scalar(self.loss).x, 3)
        def main():
            varwg.reseed(1)
            print(Fit(3).run(), varwg.rng.normal())
        main()
        """,
    ),
    "super_property": (
        0,
        """
        import varwg
        class A:
            def __init__(self, n=1):
                self.n = n
            @property
            def level(self):
                return self.n * varwg.rng.normal()
        class B(A):
            def __init__(self):
                self.first = 3
                super().__init__(2)
                self.second = self.level
            @property
            def level(self):
                return super().level + self.first
        class C(B):
            pass
        def main():
            varwg.reseed(1)
            print(A().level, B().level, C().second, [k().level for k in (A, B)])
        main()
        """,
    ),
    "drawn_before_init": (
        0,
        """
        import varwg
        class A:
            def __init__(self, n=1):
                self.n = self.level
            @property
            def level(self):
                return varwg.rng.normal()
        class B(A):
            def __init__(self):
                self.first = self.level
                super().__init__()
        def main():
            varwg.reseed(1)
            print(A().n, B().n)
        main()
        """,
    ),
    "init_by_new": (
        2,
        """
        import varwg
        class A:
            def __init__(self, n=1):
                self.n = n
            @classmethod
            def blank(cls):
                new = cls.__new__(cls)
                new.n = 2
                return new
            @property
            def level(self):
                return self.n * varwg.rng.normal()
        def main():
            varwg.reseed(1)
            print(A().level, A.blank().level)
        main()
        """,
    ),
    "object_new": (
        2,
        """
        import varwg
        class A:
            def __init__(self, n=1):
                self.n = n
            @property
            def level(self):
                return self.n * varwg.rng.normal()
        def main():
            varwg.reseed(1)
            a = object.__new__(A)
            a.n = 3
            print(A().level, a.level)
        main()
        """,
    ),
    "foreign_pool": (
        2,
        {
            "run.py": """
                import foreign
                import varwg
                class Model:
                    def __init__(self, n):
                        self.n = n
                    def step(self, k):
                        return self.n + k * varwg.rng.normal()
                def main():
                    varwg.reseed(1)
                    model = Model(3)
                    print(foreign.run(model.step, [1, 2]))
                main()
            """,
            "outside/foreign.py": """
                def run(function, values):
                    return [function(v) for v in values]
            """,
        },
    ),
    "atexit_method": (
        0,
        """
        import atexit
        import varwg
        class Log:
            def __init__(self, n):
                self.n = n
                atexit.register(self.close)
            def close(self):
                print("closed", self.n * varwg.rng.normal())
        def main():
            varwg.reseed(1)
            Log(2)
            print(varwg.rng.normal())
        main()
        """,
    ),
    "constructor_of_heirs": (
        0,
        '''
        import varwg

        class Noise:
            """Doc."""

            scale = 2.0

            @property
            def value(self):
                return self.scale * varwg.rng.normal()

        class Loud(Noise):
            scale = 5.0

        class Named(Noise):
            def __init__(self, name):
                self.name = name

        def main():
            varwg.reseed(1)
            print(Noise().value, Loud().value, Named("a").value, [k().value for k in (Noise, Loud)])
        main()
        ''',
    ),
    "constructor_of_mixin": (
        0,
        """
        import varwg
        class Mixin:
            @property
            def value(self):
                return self.scale * varwg.rng.normal()
        class A(Mixin):
            scale = 2
        class B(Mixin):
            def __init__(self, scale):
                self.scale = scale
        def main():
            varwg.reseed(1)
            print(A().value, B(3).value)
        main()
        """,
    ),
    "constructor_and_other_bases": (
        2,
        """
        import varwg
        class Noise:
            @property
            def value(self):
                return 2 * varwg.rng.normal()
        class Named:
            def __init__(self, name):
                self.name = name
        class Both(Noise, Named):
            pass
        def main():
            varwg.reseed(1)
            print(Noise().value, Both("a").name, Both("b").value)
        main()
        """,
    ),
    "constructor_of_an_error": (
        2,
        """
        import varwg
        class Noise(Exception):
            @property
            def value(self):
                return 2 * varwg.rng.normal()
        def main():
            varwg.reseed(1)
            try:
                raise Noise("a")
            except Noise as error:
                print(error, error.value)
        main()
        """,
    ),
    "constructor_in_a_function": (
        0,
        """
        import varwg
        def make():
            class Noise:
                def __iter__(self):
                    yield varwg.rng.normal()
            return Noise()
        def main():
            varwg.reseed(1)
            print(list(make()))
        main()
        """,
    ),
    "constructor_on_one_line": (
        3,
        """
        import varwg
        class Noise: value = property(lambda self: varwg.rng.normal())
        class Other:
            def __len__(self): return int(varwg.rng.integers(5))
        def main():
            varwg.reseed(1)
            print(Noise().value, len(Other()))
        main()
        """,
    ),
    "constructor_with_decorated_first": (
        0,
        """
        import functools
        import varwg
        class Noise:
            @property
            @functools.lru_cache(maxsize=None)
            def value(self):
                return varwg.rng.normal()
            @functools.cached_property
            def other(self):
                return varwg.rng.normal()
        def main():
            varwg.reseed(1)
            n = Noise()
            print(n.value, n.value, n.other, n.other)
        main()
        """,
    ),
    "constructor_and_classmethod": (
        0,
        """
        import varwg
        class Noise:
            @classmethod
            def build(cls, n):
                new = cls()
                new.n = n
                return new
            @property
            def value(self):
                return self.n * varwg.rng.normal()
        def main():
            varwg.reseed(1)
            print(Noise.build(3).value)
        main()
        """,
    ),
    "constructor_handed_on": (
        0,
        """
        import collections
        import varwg
        class Noise:
            def __call__(self):
                return varwg.rng.normal()
        def main():
            varwg.reseed(1)
            table = collections.defaultdict(Noise)
            print(table["a"](), table["b"](), {"a": Noise}["a"]()())
        main()
        """,
    ),
    "constructor_of_two": (
        4,
        """
        import varwg
        class A:
            @property
            def value(self):
                return varwg.rng.normal()
        class B:
            __slots__ = ()
            @property
            def value(self):
                return varwg.rng.normal()
        class C:
            @property
            def value(self):
                return varwg.rng.uniform()
        def first():
            varwg.reseed(1)
            print(A().value, C().value)
        def second():
            varwg.reseed(2)
            print(B().value)
        first()
        second()
        """,
    ),
}
