"""VWG003: seeding a generator that others hold resets it in place."""

from varwg_codemod.rules.base import Rule


class Reset(Rule):
    """Where callers go on drawing from the same generator, seeding must reach them too.

    A new local generator would leave the callers with the old stream, and with other numbers.

    Before::

        def restart():
            varwg.reseed(7)

    After::

        def restart(*, rng):
            rng.bit_generator.state = np.random.default_rng(7).bit_generator.state
    """

    code = "VWG003"
    name = "reset"
