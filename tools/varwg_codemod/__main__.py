"""Start the codemod as ``python -m varwg_codemod`` or as the command ``varwg-codemod``."""

import sys

_MISSING = 'varwg-codemod: the package libcst is missing; install it with `pip install "varwg-weathercop[codemod]"`\n'
_DEEP = 10_000  # levels of Python calls; LibCST takes several for each level of an expression


def main() -> int:
    """Run the command; without LibCST, say what to install (exit code 2)."""
    try:
        from varwg_codemod import cli
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "libcst":
            raise
        sys.stderr.write(_MISSING)
        return 2
    sys.setrecursionlimit(max(_DEEP, sys.getrecursionlimit()))
    return cli.main()


if __name__ == "__main__":
    sys.exit(main())
