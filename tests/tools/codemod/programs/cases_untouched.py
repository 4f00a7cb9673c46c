"""Programs that the codemod leaves exactly as they are: what looks like the old generator is another thing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

CASES: Final[Mapping[str, str | Mapping[str, str]]] = {
    "no_use_at_all": """
        import varwg
        print(varwg.__name__)
    """,
    "module_of_the_same_name_below": {
        "run.py": """
            from mine import varwg
            varwg.reseed(1)
            print(varwg.rng(), varwg.get_rng())
        """,
        "mine/__init__.py": "",
        "mine/varwg.py": """
            def reseed(seed):
                print("seed", seed)
            def rng():
                return 1
            def get_rng():
                return 2
        """,
    },
    "object_with_such_attributes": """
        class Holder:
            rng = 3
            def reseed(self, seed):
                return seed

        varwg = Holder()
        varwg.reseed(2)
        print(varwg.rng)
    """,
    "comments_and_strings": """
        '''varwg.rng.normal() in a docstring; varwg.reseed(1).'''
        TEXT = "varwg.rng.normal()"  # varwg.reseed(3)
        print(TEXT, f"varwg.get_rng() {len(TEXT)}")
    """,
    "parameter_called_varwg": """
        class Fake:
            class rng:
                @staticmethod
                def normal():
                    return 5.0

        def draw(varwg):
            return varwg.rng.normal()

        print(draw(Fake))
    """,
    "own_reseed_and_rng": """
        import numpy as np
        rng = np.random.default_rng(1)

        def reseed(seed):
            global rng
            rng = np.random.default_rng(seed)

        def get_rng():
            return rng

        def draw():
            return get_rng().normal() + rng.random()

        reseed(3)
        print(draw())
    """,
    "numpy_random_without_the_option": """
        import numpy as np
        np.random.seed(1)
        print(np.random.normal(), np.random.RandomState(3).rand())
    """,
    "python_random": """
        import random
        random.seed(2)
        print(random.random(), random.Random(3).gauss(0, 1))
    """,
    "already_explicit": """
        import numpy as np
        import varwg

        def noise(n, *, rng):
            return rng.normal(size=n).sum()

        def main(seed=3):
            rng = np.random.default_rng(seed)
            print(noise(2, rng=rng), varwg.realization_rng(2, seed=seed).normal(), varwg.as_generator(rng) is rng)

        main()
    """,
    "optional_generator_of_the_guide": """
        import numpy as np
        import varwg

        def noise(n, *, rng=None):
            rng = varwg.as_generator(rng)
            return rng.normal(size=n).sum()

        print(noise(2, rng=np.random.default_rng(1)), noise(2, rng=5))
    """,
    "tests_with_the_fixture_of_the_guide": {
        "conftest.py": """
            import numpy as np
            import pytest

            @pytest.fixture
            def rng():
                return np.random.default_rng(0)
        """,
        "test_it.py": """
            def test_noise(rng):
                print("n", rng.normal())
        """,
    },
    "names_that_end_alike": """
        class Arng:
            my_rng = 1

        def my_reseed(x):
            return x

        old_varwg = Arng
        print(old_varwg.my_rng, my_reseed(3))
    """,
    "odd_text": {
        "run.py": "x = 1 ;y=2\nif x :\n\tprint( x,y )\nelse : pass\n# varwg\n",
    },
}

#: The same with ``--select legacy-numpy``.
CASES_NUMPY: Final[Mapping[str, str | Mapping[str, str]]] = {
    "generators_that_are_explicit": """
        import numpy as np
        from numpy.random import PCG64, Generator, RandomState, SeedSequence, default_rng

        def main():
            rng = default_rng(1)
            old = RandomState(2)
            print(rng.normal(), old.normal(), Generator(PCG64(3)).random(), np.random.default_rng(SeedSequence(4)).integers(9))
            print(old.rand(2), isinstance(old, np.random.RandomState), np.random.RandomState(5).get_state()[2])

        main()
    """,
    "explicit_argument": """
        import numpy as np

        def noise(n, *, rng):
            return rng.normal(size=n).sum()

        def seeded(seed, n=2):
            return noise(n, rng=np.random.RandomState(seed))

        print(seeded(1), seeded(2, 3))
    """,
    "annotations": """
        import numpy as np

        def noise(n: int, rng: np.random.Generator | np.random.RandomState) -> float:
            return float(rng.normal(size=n).sum())

        print(noise(2, np.random.default_rng(1)), noise(2, rng=np.random.RandomState(1)))
    """,
    "names_in_texts": """
        '''np.random.seed(1) in a docstring.'''
        import numpy as np
        TEXT = "call np.random.normal() here"  # np.random.rand()
        print(TEXT, np.arange(2), f"{len(TEXT)} numpy.random.seed")
    """,
    "another_np": """
        class np:
            class random:
                @staticmethod
                def normal():
                    return 4.0

        print(np.random.normal())
    """,
    "parameter_called_np": """
        class Fake:
            class random:
                seed = normal = staticmethod(lambda *a: 3)

        def draw(np):
            np.random.seed(1)
            return np.random.normal()

        print(draw(Fake))
    """,
    "own_module_called_random_like_numpys": {
        "run.py": """
            from lib import random
            random.seed(3)
            print(random.normal(), random.rand(2))
        """,
        "lib/__init__.py": "",
        "lib/random.py": """
            def seed(n):
                print("seed", n)
            def normal():
                return 1.0
            def rand(n):
                return n
        """,
    },
    "python_random": """
        import random
        import numpy as np
        random.seed(2)
        items = [1, 2, 3]
        random.shuffle(items)
        print(random.random(), random.choice(items), random.sample(items, 2), np.array(items).sum())
    """,
    "own_functions_of_these_names": """
        import numpy as np

        def seed(n):
            return n

        def normal(size=1):
            return np.zeros(size)

        seed(3)
        print(normal(2), seed(4))
    """,
    "objects_with_such_methods": """
        import numpy as np

        class Box:
            def __init__(self):
                self.random = self
            def normal(self):
                return 2.0
            def seed(self, n):
                return n
            def rvs(self):
                return 3.0
            def sample(self, n):
                return n
        box = Box()
        box.random.seed(1)
        print(box.random.normal(), box.rvs(), box.sample(2), np.ones(1))
    """,
    "varwg_is_another_library": """
        import numpy as np
        import varwg

        varwg.reseed(2)
        print(varwg.rng.normal(), np.zeros(1))
    """,
    "rvs_with_a_seed": """
        import numpy as np
        from scipy import stats

        frozen = stats.norm(1, 2)
        print(stats.norm.rvs(size=2, random_state=3), frozen.rvs(random_state=np.random.RandomState(4)))
        print(stats.uniform.rvs(random_state=np.random.default_rng(5)), stats.norm.ppf(0.3), frozen.pdf(1))
    """,
    "tables_that_are_not_sampled_by_chance": """
        import pandas as pd

        table = pd.DataFrame({"a": range(48)}, index=pd.date_range("2000", periods=48, freq="h"))
        print(table.resample("D").sum()["a"].tolist(), table.sample(2, random_state=1)["a"].tolist())
    """,
    "module_of_numpy_for_other_things": """
        from numpy import random
        import numpy.random as npr

        print(random.default_rng(1).normal(), npr.SeedSequence(3).generate_state(1), npr.RandomState(2).rand())
    """,
    "tests_with_a_fixture": {
        "conftest.py": """
            import numpy as np
            import pytest

            @pytest.fixture
            def rng():
                return np.random.RandomState(0)
        """,
        "test_it.py": """
            import numpy as np

            def test_noise(rng):
                print("n", rng.normal(), np.random.default_rng(3).random())
        """,
    },
    "written_by_the_first_step_for_foreign_code": {
        "run.py": """
            import numpy as np
            import foreign

            def main():
                np.random.seed(3)
                rng = np.random.mtrand._rand
                print(rng.normal(), foreign.noise(), rng.rand())

            main()
        """,
        "outside/foreign.py": """
            import numpy as np
            def noise():
                return np.random.rand()
        """,
    },
}

#: Programs that the second step leaves as they are, and how many places it reports in each.
CASES_GENERATOR: Final[Mapping[str, tuple[int, str | Mapping[str, str]]]] = {
    "nothing_of_numpy": (
        0,
        """
        import random

        rng = random.Random(3)
        def dice(rng):
            return rng.randint(1, 6)
        def unused(rng):
            return rng.randint(1, 6) + rng.random()
        print(dice(rng), random.randint(1, 2) > 0, rng.choice([1, 2]))
        """,
    ),
    "generators_already": (
        0,
        """
        import numpy as np

        def noise(n, *, rng):
            return rng.standard_normal((n, 2)) + rng.integers(3, dtype=int)
        rng = np.random.default_rng(4)
        print(noise(2, rng=rng), np.random.Generator(np.random.PCG64(3)).random(), rng.bit_generator.state["state"] is not None)
        """,
    ),
    "objects_with_such_methods": (
        0,
        """
        import numpy as np

        class Box:
            def rand(self, *shape):
                return shape
            def randint(self, n):
                return n
            def seed(self, n):
                return n
        class RandomState:
            def __init__(self, seed):
                self.seed = seed
            def randn(self, n):
                return n + self.seed
        box = Box()
        print(box.rand(2, 3), box.randint(4), box.seed(3), RandomState(3).randn(4), np.ones(1))
        """,
    ),
    "names_in_strings_and_comments": (
        0,
        """
        # np.random.RandomState(3).rand(2, 3)
        text = "np.random.RandomState(3).randint(4)"
        print(text)
        """,
    ),
    "the_class_is_asked_for": (
        5,
        """
        import numpy as np

        def check(seed):
            if isinstance(seed, np.random.RandomState):
                return seed
            return np.random.RandomState(seed)
        print(check(3).rand(), check(check(4)).randint(5))
        """,
    ),
    "methods_by_strings": (
        2,
        """
        import numpy as np

        rng = np.random.RandomState(3)
        print([getattr(rng, name)(2).shape for name in ("rand", "randn")])
        """,
    ),
    "methods_by_strings_of_operator": (
        3,
        """
        import operator
        import numpy as np

        rng = np.random.RandomState(3)
        print(operator.methodcaller("rand", 2, 1)(rng).shape, operator.attrgetter("randn")(rng)(2).shape)
        """,
    ),
    "code_in_a_string": (
        3,
        """
        import numpy as np

        rng = np.random.RandomState(3)
        print(eval("rng.rand(2, 1)").shape, rng.randint(3) < 3)
        """,
    ),
    "methods_that_are_handed_on": (
        6,
        """
        import functools
        import numpy as np

        rng = np.random.RandomState(3)
        dice = functools.partial(rng.randint, 1, 7)
        draw = rng.rand
        print(dice(), draw(2, 2).shape, rng.randint(4))
        print(np.random.RandomState(4).tomaxint() > 0)
        """,
    ),
    "states_that_are_kept": (
        6,
        """
        import numpy as np

        class Model:
            def __init__(self):
                self.rng = np.random.RandomState(3)
                self.state = self.rng.get_state()
            def restart(self):
                self.rng.set_state(self.state)
        m = Model()
        a = m.rng.rand()
        m.restart()
        print(a == m.rng.rand(), len(m.rng.get_state()) > 0)
        """,
    ),
    "seeds_in_expressions": (
        4,
        """
        import numpy as np

        rng = np.random.RandomState(3)
        print([rng.seed(i) or rng.rand() for i in range(2)], [rng.seed(i) for i in range(2)])
        """,
    ),
    "either_kind": (
        3,
        """
        import random
        import numpy as np

        def dice(rng):
            return rng.randint(1, 7)
        print(dice(np.random.RandomState(3)) > 0, dice(random.Random(3)) > 0, dice(np.random) > 0)
        """,
    ),
    "arguments_that_are_not_seen": (
        5,
        """
        import numpy as np

        def draw(rng, *args, **kwargs):
            return rng.randint(*args, **kwargs)
        rng = np.random.RandomState(3)
        print(draw(rng, 3) > -1, draw(rng, 3, size=2).shape)
        def most(rng, n=None):
            return rng.random_integers(4, n)
        print(most(np.random.RandomState(2)), most(np.random.RandomState(2), 5))
        """,
    ),
    "libraries_that_want_the_old_kind": (
        5,
        {
            "run.py": """
                import numpy as np
                import foreign
                from foreign import Base

                class Model(Base):
                    def __init__(self):
                        self.random_state = np.random.RandomState(5)

                def main():
                    rng = np.random.RandomState(4)
                    print(foreign.draw(rng), rng.rand(2, 2).shape, Model().draw())

                main()
            """,
            "outside/foreign.py": """
                def draw(rng):
                    return rng.randint(9)

                class Base:
                    def draw(self):
                        return self.random_state.randint(4)
            """,
        },
    ),
    "objects_of_unknown_class": (
        4,
        """
        import pickle
        import numpy as np

        box = pickle.loads(pickle.dumps({"rng": 3}))
        box["rng"] = np.random.RandomState(3)
        print(box["rng"].randn(2, 2).shape)
        """,
    ),
    "a_class_that_derives_from_it": (
        1,
        """
        import numpy as np

        class Mine(np.random.RandomState):
            def rand(self, *shape):
                return super().rand(*shape) + 1
        print(Mine(3).rand(2, 2).min() > 0.9)
        """,
    ),
    "parametrized_tests": (
        3,
        {
            "test_it.py": """
                import numpy as np
                import pytest

                @pytest.mark.parametrize("rng", [np.random.RandomState(0), np.random.RandomState(1)])
                def test_it(rng):
                    print("t", rng.randint(3) < 3, rng.randn(2, 2).shape)
            """,
        },
    ),
    "examples_in_strings": (
        2,
        '''
        import numpy as np

        def noise(n, *, rng):
            """Noise.

            >>> noise(2, rng=np.random.RandomState(3)).shape
            (2, 2)
            """
            return rng.randn(n, 2)
        print(1)
        ''',
    ),
    "the_hidden_generator": (
        3,
        """
        import numpy as np

        np.random.seed(3)
        rng = np.random.mtrand._rand
        print(rng.rand(), np.random.randint(4))
        """,
    ),
}
