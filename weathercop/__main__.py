"""The commands `weathercop` and `python -m weathercop`."""

from varwg.__main__ import main as start


def main() -> int:
    """Run the command."""
    return start("weathercop._cli")


if __name__ == "__main__":
    raise SystemExit(main())
