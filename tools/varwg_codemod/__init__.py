"""varwg-codemod: rewrite programs from the old global generator to explicit ``rng=`` arguments."""

__version__ = "2.0"
