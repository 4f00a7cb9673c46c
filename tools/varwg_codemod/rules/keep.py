"""VWG016: objects keep the generator for methods that Python calls."""

from varwg_codemod.rules.base import Rule


class Keep(Rule):
    """A property or special method can take no argument: the object is given the generator when it is made.

    So are objects whose methods are handed on to code that passes none, or called where the object is of unknown class,
    if the program seeds once. All classes that have the method get the generator, by each of their constructors; a class
    without one, and without bases that might have one, gets one.

    Before::

        class Noise:
            def __init__(self, scale):
                self.scale = scale

            @property
            def value(self):
                return self.scale * varwg.rng.normal()

        print(Noise(2.0).value)

    After::

        class Noise:
            def __init__(self, scale, *, rng):
                self.rng = rng
                self.scale = scale

            @property
            def value(self):
                return self.scale * self.rng.normal()

        rng = np.random.default_rng()
        print(Noise(2.0, rng=rng).value)
    """

    code = "VWG016"
    name = "keep"
