"""The command `varwg`: arguments, exit codes, and what is printed; the work is done elsewhere."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from varwg._arguments import log_to_terminal, printable
from varwg._calendar import in_nanoseconds
from varwg.errors import DataError, UnitError, VarwgError

if TYPE_CHECKING:
    import xarray as xr

EXIT_OK: Final = 0
EXIT_ERROR: Final = 1
EXIT_INTERRUPTED: Final = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit code: 0, 1 (an error, told in one sentence), 2 (usage) or 130 (interrupted)."""
    arguments = _parser().parse_args(argv)
    log_to_terminal(verbose=arguments.verbose)
    try:
        arguments.run(arguments)
    except (VarwgError, ValueError, OSError) as error:
        sys.stderr.write(printable(f"varwg: error: {error}\n"))
        return EXIT_ERROR
    except KeyboardInterrupt:
        sys.stderr.write("varwg: interrupted; nothing was written.\n")
        return EXIT_INTERRUPTED
    return EXIT_OK


def run_convert(arguments: argparse.Namespace) -> None:
    """Read weather files of any format and write one file of another."""
    from varwg.io._formats import read_weather, write_weather

    _refuse_overwriting(arguments.inputs, arguments.output)
    dataset = read_weather(arguments.inputs, format_name=arguments.from_format, stations=_names(arguments.stations))
    dataset = _with_units(_chosen(dataset, _names(arguments.variables)), arguments.units or [])
    dataset = _in_period(_placed(dataset, arguments), arguments.start, arguments.end)
    write_weather(dataset, arguments.output, format_name=arguments.to_format)
    stations, times = dataset.sizes["station"], dataset["time"].values
    sys.stdout.write(
        f"{arguments.output}: {', '.join(map(str, dataset.data_vars))} at {stations} station{'s' * (stations > 1)}, "
        f"{times[0].astype('datetime64[D]')} to {times[-1].astype('datetime64[D]')}.\n"
    )


def _refuse_overwriting(inputs: Sequence[str], output: str) -> None:
    """An input that is replaced by the output would be lost."""
    target = Path(output).resolve()
    for path in inputs:
        if Path(path).resolve() == target:
            raise DataError(f"{output} is an input too and would be lost: name another file with -o.")


def _chosen(dataset: xr.Dataset, names: list[str] | None) -> xr.Dataset:
    """The variables asked for."""
    from varwg.io._layout import positions

    if names is None:
        return dataset
    positions("variable", names, [str(name) for name in dataset.data_vars])
    return dataset[names]


def _with_units(dataset: xr.Dataset, pairs: Sequence[str]) -> xr.Dataset:
    """The units given as NAME=UNIT, in place of those in the files."""
    changed = dataset.copy()
    for pair in pairs:
        name, _, unit = pair.partition("=")
        if not unit or name not in dataset.data_vars:
            raise UnitError(
                f"--units has {pair!r}, but NAME=UNIT with one of {', '.join(map(str, dataset.data_vars))} was expected."
            )
        changed[name] = dataset[name].assign_attrs(units=unit)
    return changed


def _placed(dataset: xr.Dataset, arguments: argparse.Namespace) -> xr.Dataset:
    """The coordinates given, for all stations."""
    changed = dataset.copy()
    for name in ("latitude", "longitude", "elevation"):
        value = getattr(arguments, name)
        if value is not None:
            attributes = dataset[name].attrs if name in dataset.coords else {}
            changed = changed.assign_coords({name: ("station", np.full(dataset.sizes["station"], value), attributes)})
    return changed


def _in_period(dataset: xr.Dataset, start: str | None, end: str | None) -> xr.Dataset:
    """The times from the first to the last day given, both included."""
    times = dataset["time"].values
    first = times[0] if start is None else _day(start)
    last = times[-1] if end is None else _day(end) + np.timedelta64(1, "D") - np.timedelta64(1, "ns")
    keep = (times >= first) & (times <= last)
    if not keep.any():
        raise DataError(f"the data have no time from {start or 'the first'} to {end or 'the last'}: choose another period.")
    return dataset.isel(time=keep)


def _day(text: str) -> np.datetime64:
    try:
        return np.datetime64(in_nanoseconds(np.array([text], dtype="datetime64[D]"))[0])
    except ValueError as error:
        if isinstance(error, DataError):
            raise
        raise DataError(f"{text!r} is not a date: write it like 2030-01-01.") from error


def _names(parts: list[str] | None) -> list[str] | None:
    """Names given apart or joined by commas."""
    return None if parts is None else [name for part in parts for name in part.split(",") if name]


def _parser() -> argparse.ArgumentParser:
    from varwg import __version__

    parser = argparse.ArgumentParser(prog="varwg", description="Single-site stochastic weather generator.")
    parser.add_argument("--version", action="version", version=f"varwg {__version__}")
    parser.add_argument("-v", "--verbose", action="store_true", help="tell what is being done and repaired")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_convert(commands)
    return parser


def _add_convert(commands: Any) -> None:
    from varwg.io._formats import FORMATS

    readable = [known.name for known in FORMATS]
    writable = [known.name for known in FORMATS if known.write]
    listed = "\n".join(f"  {known.name:<8} {known.description}" for known in FORMATS)
    convert = commands.add_parser(
        "convert",
        help="convert weather files",
        description="Read weather files of any format, merge them, and write one file.",
        epilog=f"formats:\n{listed}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    convert.add_argument("inputs", nargs="+", metavar="IN", help="files to read; where two have a value, the first wins")
    convert.add_argument("-o", "--output", required=True, metavar="OUT", help="file to write")
    convert.add_argument("--from", dest="from_format", choices=readable, help="format of the inputs (default: by content)")
    convert.add_argument("--to", dest="to_format", choices=writable, help="format of the output (default: by its ending)")
    convert.add_argument("--stations", nargs="+", metavar="NAME", help="stations to keep, by number or name (default: all)")
    convert.add_argument("--variables", nargs="+", metavar="NAME", help="variables to keep (default: all)")
    convert.add_argument("--units", nargs="+", metavar="NAME=UNIT", help="units, in place of those in the files")
    convert.add_argument("--start", metavar="DATE", help="first day to keep")
    convert.add_argument("--end", metavar="DATE", help="last day to keep")
    convert.add_argument("--latitude", type=float, metavar="DEGREES", help="latitude of the stations, north positive")
    convert.add_argument("--longitude", type=float, metavar="DEGREES", help="longitude of the stations, east positive")
    convert.add_argument("--elevation", type=float, metavar="M", help="elevation of the stations in metres")
    convert.set_defaults(run=run_convert)
