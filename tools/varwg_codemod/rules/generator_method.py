"""VWG019: methods that a Generator has by another name, or with other arguments."""

from varwg_codemod.rules.base import Rule


class GeneratorMethod(Rule):
    """With ``--select legacy-numpy-generator``: methods of a ``RandomState`` are called as a ``Generator`` has them.

    One number of ``randint`` is an `int` of Python, and stays one.

    Before::

        state = np.random.RandomState(42)
        print(state.rand(2, 3), state.randn(), state.randint(6), state.randint(0, 9, size=3))
        print(state.random_integers(6), state.random_sample(4))
        state.seed(7)

    After::

        state = np.random.default_rng(42)
        print(state.random((2, 3)), state.standard_normal(), state.integers(6, dtype=int), state.integers(0, 9, size=3))
        print(state.integers(1, 6, endpoint=True), state.random(4))
        state.bit_generator.state = np.random.default_rng(7).bit_generator.state
    """

    code = "VWG019"
    name = "generator-method"
    safe = False
