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
