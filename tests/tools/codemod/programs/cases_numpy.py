"""Programs on NumPy's own hidden generator; after the first step (`RandomState`) each prints the same numbers bit for bit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

CASES: Final[Mapping[str, str | Mapping[str, str]]] = {
    "every_method": """
        import numpy as np

        def main():
            np.random.seed(1)
            x = np.arange(6)
            np.random.shuffle(x)
            print(x, np.random.rand(2), np.random.randn(2, 1), np.random.randint(5), np.random.randint(2, 9, size=3))
            print(np.random.random(), np.random.random_sample(2), np.random.sample(), np.random.random_integers)
            print(np.random.choice(5, 2, replace=False), np.random.permutation(4), np.random.bytes(3), np.random.beta(1, 2))
            print(np.random.normal(1, 2, 3), np.random.standard_t(4), np.random.multinomial(5, [0.5, 0.5]), np.random.tomaxint)

        main()
    """.replace(", np.random.random_integers", "").replace(", np.random.tomaxint", ""),
    "seed_everywhere": """
        import numpy as np

        np.random.seed(3)
        NOISE = np.random.randn(3)

        def draw(n=2):
            return np.random.rand(n).sum()

        def restart(seed):
            np.random.seed(seed)
            return draw()

        class Model:
            def __init__(self, seed=None):
                if seed is not None:
                    np.random.seed(seed)
                self.x = np.random.normal()

            def step(self):
                self.x += np.random.normal()
                return self.x

        def main():
            model = Model()
            print(NOISE, draw(), model.step(), Model(5).step(), restart(7), draw(), model.step())

        main()
    """,
    "from_imports": """
        from numpy.random import normal, seed, rand as uniform
        from numpy import random as npr
        import numpy.random

        def draw():
            return normal() + uniform() + npr.random() + numpy.random.randint(9)

        def main():
            seed(2)
            print(draw(), draw())
            npr.seed(4)
            print(draw())

        main()
    """,
    "state_saved_and_set": """
        import numpy as np

        def replay(function):
            state = np.random.get_state()
            first = function()
            np.random.set_state(state)
            return first, function()

        def draw():
            return np.random.normal(size=2).sum()

        def main():
            np.random.seed(0)
            print(replay(draw), draw())

        main()
    """,
    "temporary_seed": """
        import contextlib
        import numpy as np

        @contextlib.contextmanager
        def temp_seed(seed):
            state = np.random.get_state()
            np.random.seed(seed)
            try:
                yield
            finally:
                np.random.set_state(state)

        def draw():
            return np.random.rand()

        def main():
            np.random.seed(1)
            print(draw())
            with temp_seed(9):
                print(draw(), np.random.randint(100))
            print(draw())

        main()
    """,
    "scipy_rvs": """
        import numpy as np
        from scipy import stats
        import scipy.stats as st

        def sample(n):
            return stats.norm.rvs(size=n).sum() + st.gamma(2.0).rvs()

        def frozen():
            dist = stats.expon(scale=2.0)
            return dist.rvs(size=2).sum() + stats.uniform.rvs(0, 2, random_state=5)

        def main():
            np.random.seed(4)
            print(sample(3), np.random.normal(), frozen(), stats.multivariate_normal([0, 1]).rvs())

        main()
    """,
    "rvs_of_unknown_objects": """
        import numpy as np
        from scipy import stats

        def total(dists):
            return sum(dist.rvs() for dist in dists)

        class Fixed:
            def rvs(self):
                return 3.0

        def main():
            np.random.seed(4)
            print(total([stats.norm(), Fixed()]), np.random.rand())

        main()
    """,
    "pandas_sample": """
        import numpy as np
        import pandas as pd

        def pick(table, n):
            return table.sample(n).index.tolist()

        def main():
            np.random.seed(1)
            table = pd.DataFrame({"a": np.random.rand(6)})
            print(pick(table, 2), table["a"].sample(frac=0.5).index.tolist(), table.sample(2, random_state=3).index.tolist())
            print(np.random.rand())

        main()
    """,
    "foreign_consumer_between": {
        "run.py": """
            import numpy as np
            import foreign

            def draw():
                return np.random.normal()

            def main():
                np.random.seed(3)
                print(draw(), foreign.noise(), draw())

            main()
        """,
        "outside/foreign.py": """
            import numpy as np
            def noise():
                return np.random.rand()
        """,
    },
    "foreign_library_that_may_draw": """
        import numpy as np
        from scipy import optimize

        def cost(x):
            return float(((x - 1) ** 2).sum())

        def main():
            np.random.seed(3)
            print(np.random.normal())
            print(optimize.dual_annealing(cost, [(-2, 2)], maxiter=5).x)
            print(optimize.basinhopping(cost, [0.0], niter=2).x, np.random.rand())

        main()
    """,
    "default_random_state_parameter": """
        import numpy as np

        def check(random_state=None):
            if random_state is None:
                return np.random
            if isinstance(random_state, int):
                return np.random.RandomState(random_state)
            return random_state

        def sample(n, random_state=None):
            return check(random_state).normal(size=n).sum()

        def main():
            np.random.seed(1)
            print(sample(2), sample(2, random_state=3), sample(1, np.random.RandomState(2)), np.random.rand())

        main()
    """,
    "module_as_a_value": """
        import numpy as np

        class Walk:
            def __init__(self, rng=np.random):
                self.rng = rng

            def step(self):
                return self.rng.normal() + np.random.rand()

        def main():
            np.random.seed(1)
            print(Walk().step(), Walk(np.random.RandomState(2)).step(), Walk(rng=np.random).step())

        main()
    """,
    "mtrand_rand": """
        import numpy as np

        def draw(gen=np.random.mtrand._rand):
            return gen.normal()

        def main():
            np.random.seed(1)
            print(draw(), np.random.normal(), draw(np.random.RandomState(3)))

        main()
    """,
    "bound_methods_and_maps": """
        import numpy as np

        KINDS = {"normal": np.random.normal, "uniform": np.random.uniform}

        def draw(kind, n):
            return KINDS[kind](size=n).sum()

        def apply(function, n):
            return function(n)

        def main():
            np.random.seed(1)
            rand = np.random.rand
            print(draw("normal", 2), rand(), apply(np.random.permutation, 3), list(map(np.random.randint, [5, 9])))
            print(getattr(np.random, "exponential")(), rand(2))

        main()
    """,
    "class_with_methods": """
        import numpy as np

        class Swarm:
            def __init__(self, n):
                self.x = np.random.rand(n)
                self.best = self.x.min()

            def move(self):
                self.x = self.x + 0.1 * np.random.randn(len(self.x))
                return self

            def __call__(self, k):
                for _ in range(k):
                    self.move()
                return self.x.sum()

        def search(swarm, k=3):
            return swarm(k) + np.random.uniform(0, 1)

        if __name__ == "__main__":
            np.random.seed(12)
            print(search(Swarm(3)), search(Swarm(n=2), k=1))
    """,
    "pytest_autouse": {
        "conftest.py": """
            import numpy as np
            import pytest

            @pytest.fixture(autouse=True)
            def seed():
                np.random.seed(0)

            @pytest.fixture
            def data():
                return np.random.randn(4)
        """,
        "test_a.py": """
            import numpy as np
            import pytest

            def test_mean(data):
                print("mean", data.mean(), np.random.rand())

            @pytest.mark.parametrize("n", [1, 2])
            def test_n(n):
                print("n", np.random.rand(n).sum())
        """,
    },
    "unittest_setup": {
        "test_b.py": """
            import unittest
            import numpy as np

            class TestB(unittest.TestCase):
                def setUp(self):
                    np.random.seed(42)
                    self.x = np.random.rand(3)

                def test_one(self):
                    print("one", self.x.sum(), np.random.rand())

                def test_two(self):
                    print("two", np.random.randint(100))
        """,
    },
    "seed_of_arrays_and_none": """
        import numpy as np

        def main():
            for seed in ([1, 2, 3], 2**32 - 1, np.int64(5), np.array([7, 8])):
                np.random.seed(seed)
                print(np.random.rand(), np.random.normal())
            np.random.seed(seed=6)
            print(np.random.rand())

        main()
    """,
    "python_random_beside": """
        import random
        import numpy as np
        from random import choice, gauss

        def seed_all(seed):
            random.seed(seed)
            np.random.seed(seed)

        def main():
            seed_all(3)
            print(random.random(), np.random.rand(), choice([1, 2, 3]), gauss(0, 1), np.random.choice([1, 2, 3]))

        main()
    """,
    "explicit_generators_are_left_alone": """
        import numpy as np
        from numpy.random import default_rng, RandomState, Generator, PCG64, SeedSequence

        def main():
            rng = default_rng(1)
            old = RandomState(2)
            print(rng.normal(), old.normal(), Generator(PCG64(3)).random(), np.random.default_rng(SeedSequence(4)).integers(9))
            print(np.random.RandomState(5).rand(2), isinstance(old, np.random.RandomState))

        main()
    """,
    "local_array_called_np": """
        import numpy as np

        class Fake:
            class random:
                @staticmethod
                def normal():
                    return 7.0

        def draw(np):
            return np.random.normal()

        def main():
            np.random.seed(1)
            print(draw(Fake), draw(np), np.random.normal())

        main()
    """,
    "both_generators": """
        import numpy as np
        import varwg

        def noise(n):
            return varwg.rng.normal(size=n).sum() + np.random.normal()

        def main():
            varwg.reseed(1)
            np.random.seed(2)
            print(noise(2), np.random.rand(), varwg.rng.random())

        main()
    """,
    "threads_on_one_stream": """
        from concurrent.futures import ThreadPoolExecutor
        import numpy as np

        def work(i):
            return i + np.random.rand()

        def seeded(i):
            np.random.seed(i)
            return np.random.rand()

        def main():
            np.random.seed(1)
            with ThreadPoolExecutor(1) as pool:
                print(list(pool.map(work, range(3))), np.random.rand())
                print(list(pool.map(seeded, range(3))), np.random.rand())

        main()
    """,
    "forked_workers": """
        import multiprocessing
        import numpy as np

        def work(i):
            np.random.seed(100 + i)
            return float(np.random.rand() + helper())

        def helper():
            return np.random.normal()

        def main():
            with multiprocessing.get_context("fork").Pool(2) as pool:
                print(pool.map(work, range(4)))

        if __name__ == "__main__":
            main()
    """,
    "package_with_star": {
        "run.py": """
            import numpy as np
            from lib import *
            import lib.core as core

            np.random.seed(8)
            print(noise(2), core.noise(1), Jump().go())
        """,
        "lib/__init__.py": "from .core import *\n",
        "lib/core.py": """
            import numpy as np

            def noise(n):
                return np.random.randn(n).sum()

            class Jump:
                def go(self):
                    return noise(2) + np.random.exponential()
        """,
    },
    "lambda_default_and_sorted": """
        import numpy as np

        def shuffled(items, key=lambda k: np.random.rand()):
            return sorted(items, key=key)

        def main():
            np.random.seed(1)
            print(shuffled(range(5)), shuffled("abc", key=lambda k: -ord(k)), max([1, 2], key=lambda k: np.random.rand()))

        main()
    """,
    "numpy_star": """
        from numpy import *
        import numpy

        def draw(n):
            return random.rand(n).sum() + numpy.random.normal()

        random.seed(1)
        print(draw(2), random.randint(9), arange(2))
    """,
    "imported_in_functions": """
        def draw(n):
            import numpy as np
            return np.random.rand(n).sum()

        def seed(s):
            from numpy.random import seed as set_seed
            set_seed(s)

        def main():
            seed(2)
            print(draw(2), draw(1))

        main()
    """,
    "already_migrated": """
        import numpy as np

        def noise(n, *, rng):
            return rng.normal(size=n).sum()

        def main():
            rng = np.random.RandomState(3)
            print(noise(2, rng=rng), rng.rand())

        main()
    """,
    "fixed_seed_inside_a_function": """
        import numpy as np

        def make_data(n):
            np.random.seed(0)
            return np.random.randn(n)

        def bootstrap(x):
            return np.random.choice(x, len(x)).mean()

        def main():
            np.random.seed(1)
            x = make_data(4)
            print(bootstrap(x), make_data(2), bootstrap(x), np.random.rand())

        main()
    """,
    "jitter_of_cached_table": """
        import functools
        import numpy as np

        @functools.lru_cache(maxsize=None)
        def table(n):
            return np.random.rand(n).sum()

        def main():
            np.random.seed(1)
            print(table(2), table(2), table(3), np.random.rand())

        main()
    """,
    "getstate_of_module_alias": """
        import numpy as np
        rnd = np.random

        def draw():
            return rnd.normal()

        def main():
            rnd.seed(1)
            print(draw(), rnd.get_state()[2], np.random.rand())

        main()
    """,
    "seeding_threads_share_one_stream": """
        import threading
        from concurrent.futures import ThreadPoolExecutor
        import numpy as np

        def task(i):
            np.random.seed(i)
            return np.random.rand()

        def main():
            np.random.seed(1)
            with ThreadPoolExecutor(1) as pool:
                print(pool.submit(task, 2).result(), np.random.rand())
            thread = threading.Thread(target=task, args=(5,))
            thread.start()
            thread.join()
            print(np.random.normal())

        main()
    """,
    "kernel_estimates_and_moving_windows": """
        import numpy as np
        import pandas as pd
        from scipy import stats

        def main():
            np.random.seed(1)
            kde = stats.gaussian_kde(np.random.normal(size=20))
            series = pd.Series(np.random.rand(48), index=pd.date_range("2000", periods=48, freq="h"))
            print(series.resample("D").mean().round(6).tolist(), kde.resample(2).round(6).tolist(), np.random.rand())

        main()
    """,
    "explicit_none": """
        import numpy as np
        from scipy import stats

        def draw(n, random_state=None):
            return stats.norm.rvs(size=n, random_state=random_state).sum()

        def main():
            np.random.seed(1)
            print(stats.expon.rvs(random_state=None), draw(2), draw(2, 5), np.random.rand())

        main()
    """,
    "chosen_among_functions": """
        import numpy as np

        def small():
            return np.random.rand()

        def large():
            return 10 * np.random.rand()

        def main():
            np.random.seed(3)
            print(np.random.choice([small, large])(), np.random.permutation([small, large])[0]())

        main()
    """,
    "functions_of_modules_by_getattr": """
        import numpy as np
        import scipy.stats
        statistics = scipy.stats
        def draw(name):
            return getattr(scipy.stats, name).rvs(size=2)
        def drawn(module, function):
            return getattr(getattr(np, module), function)(size=2)
        class Site:
            library = scipy.stats
            def draw(self):
                return self.library.norm.rvs(size=2)
        np.random.seed(3)
        print(draw("norm"), statistics.norm.rvs(), Site().draw(), np.random.rand())
        print(drawn("random", "normal"))
    """,
    "columns_by_their_names": """
        import numpy as np
        import pandas as pd
        class Table:
            def __init__(self, table):
                self.table = table
            def bootstrap(self):
                return self.table.temperature.sample(4, replace=True).mean()
        np.random.seed(3)
        table = pd.DataFrame({"temperature": np.arange(9.0)})
        print(Table(table).bootstrap(), table.temperature.dropna().sample(2).tolist(), np.random.rand())
    """,
    "distribution_made_with_a_seed": """
        import numpy as np
        from scipy import stats
        np.random.seed(1)
        dice = stats.rv_discrete(values=([1, 2], [0.5, 0.5]), seed=4)
        normal = stats.multivariate_normal([0, 0], seed=4)
        print(dice.rvs(size=5), normal.rvs(), stats.norm.rvs(), np.random.normal())
    """,
    "distribution_given_a_seed": """
        import numpy as np
        from scipy import stats
        class Triangle(stats.rv_continuous):
            def _pdf(self, x):
                return 1.0
        np.random.seed(1)
        triangle, amounts = Triangle(a=0, b=1), stats.norm(1, 2)
        print(triangle.rvs(), amounts.rvs())
        triangle.random_state = 5
        amounts.random_state = np.random.RandomState(5)
        print(triangle.rvs(), amounts.rvs(), np.random.normal())
    """,
    "functions_applied_to_columns": """
        import numpy as np
        import pandas as pd
        def jitter(value):
            return value + np.random.normal()
        def main():
            np.random.seed(1)
            table = pd.DataFrame({"rain": np.arange(6.0), "month": [1, 1, 1, 2, 2, 2]})
            print(table.rain.apply(jitter).tolist(), table.rain.rolling(2).apply(lambda w: w.sum() + np.random.rand()).tolist())
            print(table.groupby("month").rain.apply(lambda rain: rain.sample(1).sum()).tolist(), np.random.rand())
        main()
    """,
}
