"""`python -m weathercop`: the same as the command `weathercop`."""

from weathercop._cli import main

if __name__ == "__main__":
    raise SystemExit(main())
