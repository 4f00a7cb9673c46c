"""VWG018: a RandomState becomes a Generator."""

from varwg_codemod.rules.base import Rule


class GeneratorKind(Rule):
    """With ``--select legacy-numpy-generator``: a ``Generator`` where a ``RandomState`` was made, and where it is annotated.

    Unsafe: the numbers change, as a Generator draws others from the same seed. All generators that may meet in one
    place are converted together, or none of them.

    Before::

        state = np.random.RandomState(42)
        print(state.normal())

    After::

        state = np.random.default_rng(42)
        print(state.normal())
    """

    code = "VWG018"
    name = "generator-kind"
    safe = False
