"""Start the codemod as ``python -m varwg_codemod`` or as the command ``varwg-codemod``."""

import sys

_DEEP = 10_000  # levels of Python calls; a tree of an expression takes several for each level


def main() -> int:
    """Run the command; an interrupt at any time is told in one sentence."""
    sys.setrecursionlimit(max(_DEEP, sys.getrecursionlimit()))
    try:
        from varwg_codemod import cli

        return cli.main()
    except KeyboardInterrupt:
        sys.stderr.write("varwg-codemod: interrupted; run the same command again.\n")
        return 130


if __name__ == "__main__":
    sys.exit(main())
