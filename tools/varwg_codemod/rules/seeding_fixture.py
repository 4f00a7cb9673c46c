"""VWG017: a fixture that seeds becomes the fixture `rng`."""

from varwg_codemod.rules.base import Rule


class SeedingFixture(Rule):
    """A fixture that seeds before each test becomes one that makes the generator; tests and fixtures that draw ask for it.

    So do one that seeds once for a file or session, a ``setup_function`` or ``setup_module``, and a statement at the top of
    a ``conftest.py`` or a file of tests: its generator lives as long as that stream did.

    Before::

        @pytest.fixture(autouse=True)
        def seed():
            varwg.reseed(0)

        def test_noise():
            assert varwg.rng.normal() < 9

    After::

        @pytest.fixture
        def rng():
            return np.random.default_rng(0)

        def test_noise(rng):
            assert rng.normal() < 9
    """

    code = "VWG017"
    name = "seeding-fixture"
