"""Start the codemod as ``python -m varwg_codemod`` or as the command ``varwg-codemod``."""

import sys

from varwg_codemod import cli

_DEEP = 10_000  # levels of Python calls; a tree of an expression takes several for each level


def main() -> int:
    """Run the command."""
    sys.setrecursionlimit(max(_DEEP, sys.getrecursionlimit()))
    return cli.main()


if __name__ == "__main__":
    sys.exit(main())
