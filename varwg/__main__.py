"""`python -m varwg`: the same as the command `varwg`."""

from varwg._cli import main

if __name__ == "__main__":
    raise SystemExit(main())
