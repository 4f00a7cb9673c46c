"""VWG015: replacing the global generator becomes making one."""

from varwg_codemod.rules.base import Rule


class Store(Rule):
    """Setting the module's attribute, before anything is drawn, makes the program's generator.

    Before::

        varwg.rng = np.random.default_rng(5)

    After::

        rng = np.random.default_rng(5)
    """

    code = "VWG015"
    name = "store"
