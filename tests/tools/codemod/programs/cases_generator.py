"""Programs on `RandomState`; after the second step each has a `Generator`, which is asked for the same in other words.

The numbers are compared with those of `OldKind`, whose methods draw what a Generator does.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

CASES: Final[Mapping[str, str | Mapping[str, str]]] = {
    "every_method": """
        import numpy as np

        def main():
            rng = np.random.RandomState(1)
            x = np.arange(6)
            rng.shuffle(x)
            print(x, rng.rand(2), rng.randn(2, 1), rng.rand(), rng.randn(), rng.random_sample(), rng.random_sample((2, 1)))
            print(rng.randint(5), rng.randint(2, 9, size=3), rng.randint(2, 9, 3), rng.randint(4, size=(2, 2)), rng.random(2))
            print(rng.choice(5, 2, replace=False), rng.permutation(4), rng.bytes(3), rng.beta(1, 2), rng.choice([1.5, 2.5]))
            print(rng.normal(1, 2, 3), rng.standard_t(4), rng.multinomial(5, [0.5, 0.5]), rng.poisson(3.0), rng.uniform(1, 2))
            print(rng.multivariate_normal([0, 1], [[1, 0.5], [0.5, 1]], 2), rng.dirichlet([1, 2]), rng.triangular(0, 1, 2))

        main()
    """,
    "one_whole_number_is_an_int_of_python": """
        import json
        import numpy as np

        def draw(rng, size=None):
            return rng.randint(10, size=size)

        def main():
            rng = np.random.RandomState(2)
            print(json.dumps([rng.randint(6), rng.randint(low=3), rng.randint(1, 7)]), type(draw(rng)), type(draw(rng, 2)))
            print(2 ** (60 + rng.randint(4, 6)), rng.randint(0, 2, dtype=bool), rng.randint(0, 9, 2, "int16").dtype)
            print(rng.randint([3, 5, 9]), rng.randint(0, np.array([3, 5])), type(rng.randint(5, None)), rng.randint(5, None, 2))
            print([["a", "b", "c"][rng.randint(3)] for _ in range(4)], rng.randint(
                0,
                9,
            ))

        main()
    """,
    "whole_numbers_with_the_last_one": """
        import numpy as np

        def dice(rng, low, high):
            return rng.random_integers(low, high)

        rng = np.random.RandomState(3)
        print(rng.random_integers(6), rng.random_integers(6, size=4), rng.random_integers(6, None, 3), rng.random_integers(low=6))
        print(dice(rng, 2, 3), rng.random_integers(5, 6, 3), rng.random_integers(high=4, low=3, size=2), dice(rng, 1, high=1))
        print({int(n) for n in rng.random_integers(2, size=50)}, {int(n) for n in rng.random_integers(0, 1, 50)})
    """,
    "sizes": """
        import numpy as np

        def noise(rng, *shape):
            return rng.randn(*shape)

        def like(x, rng):
            return rng.rand(*x.shape) + rng.rand(*np.shape(x))

        def main():
            rng = np.random.RandomState(4)
            print(noise(rng), noise(rng, 2), noise(rng, 2, 1).shape, type(noise(rng)), like(np.ones((2, 2)), rng))
            print(type(like(np.float64(3), rng)), rng.rand(2, *[1, 2]).shape, rng.rand(*(n for n in (1, 2))).shape)
            print(rng.rand((2), (3)).shape, rng.randn(
                2,  # two
                3,
            ).shape, rng.rand(*[], *(2,)).shape, type(rng.rand(*[], *[])))

        main()
    """,
    "state": """
        import contextlib
        import numpy as np

        @contextlib.contextmanager
        def frozen(rng, seed):
            kept = rng.get_state()
            rng.seed(seed)
            try:
                yield rng
            finally:
                rng.set_state(kept)

        def main():
            rng = np.random.RandomState(5)
            with frozen(rng, 3) as inner:
                print(inner.rand(), rng.rand())
            print(rng.rand())
            rng.seed(seed=9); print(rng.rand())
            if rng.rand() < 2:
                rng.seed(
                    10
                )
            other = np.random.RandomState()
            other.set_state(rng.get_state())
            print(rng.rand() == other.rand(), (rng if rng else other).randn())

        main()
    """,
    "names_of_the_class": """
        from numpy.random import RandomState
        import numpy.random as npr
        import numpy
        from numpy import random
        from numpy.random.mtrand import RandomState as Old

        def main():
            print(RandomState(1).rand(), npr.RandomState(seed=2).randn(), numpy.random.RandomState([3, 4]).randint(9))
            print(random.RandomState(5).random_sample(), Old(6).rand(2), numpy.random.mtrand.RandomState(7).rand())

        main()
    """,
    "np_is_a_parameter": """
        from numpy.random import RandomState

        def draw(np):
            return RandomState(np).rand(2, 1)

        print(draw(4), globals()["draw"](5))
    """,
    "a_generator_behind_a_property": """
        import numpy as np

        class Model:
            _rng = None

            @property
            def rng(self):
                if self._rng is None:
                    self._rng = np.random.RandomState(3)
                return self._rng

            @rng.setter
            def rng(self, value):
                self._rng = value

            def draw(self):
                return self.rng.randint(9), self.rng.rand(2, 1)

        model = Model()
        print(model.draw())
        model.rng = np.random.RandomState(4)
        print(model.draw(), model.rng.randn(), getattr(model, "rng").rand(1, 2))
    """,
    "classes": """
        import dataclasses
        import numpy as np

        class Model:
            def __init__(self, seed=None, rng=None):
                self.rng = np.random.RandomState(seed) if rng is None else rng
                self._draw = self.rng.normal

            def step(self):
                return self._draw() + self.rng.rand()

            @property
            def level(self):
                return self.rng.randint(9)

        class Other(Model):
            def step(self):
                return super().step() + self.rng.randn()

        @dataclasses.dataclass
        class Record:
            rng: np.random.RandomState
            n: int = 2

            def draw(self):
                return self.rng.randn(self.n, 1).sum()

        def main():
            rng = np.random.RandomState(6)
            print(Model(1).step(), Other(rng=rng).step(), Model(2).level, Record(rng).draw(), Record(rng=rng, n=3).draw())
            print([model.step() for model in (Model(3), Other(4))], {"a": Model}["a"](5).level, rng.rand())

        main()
    """,
    "annotations": """
        from __future__ import annotations
        from typing import Optional
        import numpy as np
        from numpy.random import RandomState

        def make(seed: int) -> np.random.RandomState:
            return np.random.RandomState(seed)

        def draw(n: int, rng: Optional[RandomState] = None) -> float:
            if rng is None:
                rng = make(3)
            return rng.randn(n, 2).sum()

        def more(rng: "np.random.RandomState | None") -> float:
            state: RandomState = rng or make(4)
            return state.rand()

        print(draw(2), draw(2, make(1)), more(None), more(make(2)))
    """,
    "modules": {
        "run.py": """
            import functools
            from lib.core import make, STREAM
            from lib import models

            def main():
                rng = make(7)
                print(models.noise(2, rng=rng), list(map(functools.partial(models.noise, rng=rng), [1, 2])), STREAM.rand())
                print(models.table(rng)["b"](3), [s.randint(5) for s in models.streams(3)], models.run(models.noise, 2, rng=rng))

            main()
        """,
        "lib/__init__.py": "",
        "lib/core.py": """
            import numpy as np

            STREAM = np.random.RandomState(0)

            def make(seed):
                rng = np.random.RandomState(seed)
                rng.rand(3)
                return rng
        """,
        "lib/models.py": """
            from .core import make

            def noise(n, *, rng):
                return rng.randn(n).sum() + rng.randint(3)

            def table(rng):
                return {"a": rng.normal, "b": lambda n: rng.randint(n), "c": rng.random_sample}

            def streams(n):
                for seed in range(n):
                    yield make(seed)

            def run(function, *args, **kwargs):
                return function(*args, **kwargs)
        """,
    },
    "consumers": """
        import numpy as np
        import pandas as pd
        from scipy import stats

        def pick(table, rng):
            return table.sample(2, random_state=rng)["a"].tolist()

        def main():
            rng = np.random.RandomState(8)
            table = pd.DataFrame({"a": range(9)})
            frozen = stats.norm(1, 2)
            print(stats.norm.rvs(size=2, random_state=rng), frozen.rvs(random_state=rng), pick(table, rng), rng.rand())
            print(table["a"].sample(frac=0.5, random_state=rng).tolist(), stats.uniform.rvs(0, 2, random_state=rng))
            print(stats.multivariate_normal.rvs([0, 1], random_state=rng), stats.gaussian_kde([1.0, 2, 4]).resample(2, seed=rng))

        main()
    """,
    "hidden_generator_beside": """
        import numpy as np

        def main():
            np.random.seed(3)
            rng = np.random.RandomState(9)
            print(np.random.rand(), np.random.randint(9), rng.rand(2, 2), rng.randint(3))

        main()
    """,
    "fixtures": {
        "conftest.py": """
            import numpy as np
            import pytest

            @pytest.fixture
            def rng():
                return np.random.RandomState(0)

            @pytest.fixture(scope="session")
            def stream():
                yield np.random.RandomState(1)

            @pytest.fixture
            def sample(rng):
                return rng.randint(9, size=3)
        """,
        "test_it.py": """
            def helper(stream):
                return stream.rand(2, 2).sum()

            def test_noise(rng, sample):
                print("n", rng.randint(9), sample)

            class TestMore:
                def test_stream(self, stream):
                    print("m", stream.randn(2, 1), helper(stream))
        """,
    },
    "copies_threads_and_containers": """
        import copy
        import threading
        from concurrent.futures import ThreadPoolExecutor
        import numpy as np

        def work(seed):
            return np.random.RandomState(seed).randint(9)

        def put(rng, out):
            out.append(rng.normal())

        def main():
            rng = np.random.RandomState(10)
            other = copy.deepcopy(rng)
            print(rng.rand() == other.rand(), [r.randn() for r in [np.random.RandomState(i) for i in range(3)]])
            with ThreadPoolExecutor(1) as pool:
                print(list(pool.map(work, range(3))))
            out = []
            thread = threading.Thread(target=put, args=(rng, out))
            thread.start()
            thread.join()
            a, b = np.random.RandomState(1), np.random.RandomState(2)
            print(out, (a if out else b).rand(2, 1), max([1, 2], key=lambda n: a.randint(5)), {"x": b}["x"].randint(4))

        main()
    """,
    "shapes_of_text": """
        import numpy as np
        rng = (
            np.random
            .RandomState(  # the seed
                11
            )
        )
        print(f"{rng.rand(2, 1)} and {rng.randint(5)!r}", rng . randint ( 3 ), rng.randn(2,3,).shape, (rng).rand())
        print(*(rng.rand(n, 1) for n in range(2)), rng.randint(3) if rng.rand() < 2 else 0, [*rng.rand(2)], -rng.randn())
        def f(rng=np.random.RandomState(5)): return rng.randint(9)
        print(f(), f(), (lambda r: r.rand(1, 2))(rng), rng.randint(9, size=len([1, 2])))
    """,
    "library_whose_functions_nobody_calls": {
        "lib.py": """
            import numpy as np

            def noise(n, *, rng):
                return rng.randn(n, 2) + rng.randint(3)

            def typed(n, rng: np.random.RandomState):
                return rng.randint(n)
        """,
        "run.py": """
            print("imports nothing of it")
        """,
    },
}
