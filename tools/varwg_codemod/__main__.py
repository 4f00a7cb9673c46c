"""Start the codemod as ``python -m varwg_codemod`` or as the command ``varwg-codemod``."""

import sys

from varwg_codemod.cli import main

if __name__ == "__main__":
    sys.exit(main())
