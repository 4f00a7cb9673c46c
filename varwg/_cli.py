"""The command `varwg`, and the manners of both commands: full options, one sentence for errors, examples, completion."""

from __future__ import annotations

import argparse
import difflib
import json
import logging
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn

import numpy as np

from varwg._arguments import log_to_terminal
from varwg._calendar import in_seconds
from varwg.errors import DataError, VarwgError, printable

if TYPE_CHECKING:
    import xarray as xr

EXIT_OK: Final = 0
EXIT_ERROR: Final = 1
EXIT_USAGE: Final = 2
EXIT_INTERRUPTED: Final = 130
_EXAMPLES: Final = (
    "varwg convert bern.csv munich.csv zurich.csv -o stations.nc --units theta=degC R=mm rh=%",
    "varwg convert lake.csv -o forcing.csv --to glm --latitude 46.9",
    "varwg convert - -o converted.nc --rename theta=tas < lake.csv",
)
SHELLS: Final = ("bash", "zsh", "fish")
#: Bytes that classic and HDF5 files of NetCDF begin with.
_NETCDF: Final = (b"CDF", b"\x89HDF")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit code: 0, 1 (an error, told in one sentence), 2 (usage) or 130 (interrupted)."""
    arguments = _parser().parse_args(argv)
    set_up_logging(arguments)
    try:
        with standard_input(arguments, "inputs"):
            arguments.run(arguments)
    except BrokenPipeError:
        close_standard_output()
        return EXIT_ERROR
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

    refuse_overwriting(arguments.inputs, arguments.output)
    before = {new: old for old, new in arguments.rename or ()}
    units = {before.get(name, name): unit for name, unit in arguments.units or ()}
    dataset = read_weather(arguments.inputs, format_name=arguments.from_format, stations=names(arguments.stations), units=units)
    dataset = _chosen(renamed(dataset, arguments.rename or ()), names(arguments.variables))
    dataset = in_period(_placed(dataset, arguments), arguments.start, arguments.end)
    write_weather(dataset, arguments.output, format_name=arguments.to_format)
    stations, times = dataset.sizes["station"], dataset["time"].values
    say(
        arguments,
        f"{arguments.output}: {', '.join(map(str, dataset.data_vars))} at {stations} station{'s' * (stations > 1)}, "
        f"{times[0].astype('datetime64[D]')} to {times[-1].astype('datetime64[D]')}.",
    )


def refuse_overwriting(inputs: Sequence[str], output: str) -> None:
    """An input that is replaced by the output would be lost, under whatever name, in a folder of inputs, or of a pattern.

    Raises
    ------
    DataError
        If there is such an input.
    """
    target = Path(output)
    for name in inputs if target.is_file() else ():
        path = Path(name)
        paths = path.iterdir() if path.is_dir() else (path, *(path.parent.glob(path.name) if "*" in path.name else ()))
        if any(held.exists() and held.samefile(target) for held in paths):
            raise DataError(f"{output} is an input too and would be lost: name another file to write.")


def _chosen(dataset: xr.Dataset, names: list[str] | None) -> xr.Dataset:
    """The variables asked for."""
    from varwg.io._layout import positions

    if names is None:
        return dataset
    positions("variable", names, [str(name) for name in dataset.data_vars])
    return dataset[names]


def _placed(dataset: xr.Dataset, arguments: argparse.Namespace) -> xr.Dataset:
    """The coordinates given, for all stations."""
    changed = dataset.copy()
    for name in ("latitude", "longitude", "elevation"):
        value = getattr(arguments, name)
        if value is not None:
            attributes = dataset[name].attrs if name in dataset.coords else {}
            changed = changed.assign_coords({name: ("station", np.full(dataset.sizes["station"], value), attributes)})
    return changed


def _parser() -> argparse.ArgumentParser:
    from varwg import __version__

    parser = Parser(prog="varwg", description="Single-site stochastic weather generator.")
    parser.add_argument("--version", action="version", version=f"varwg {__version__}")
    add_verbosity(parser)
    commands = parser.add_subparsers(required=True, metavar="COMMAND", dest="command")
    _add_convert(commands)
    add_completion(commands, parser)
    for command in commands_of(parser).values():
        add_verbosity(command)
    return parser


def _add_convert(commands: Any) -> None:
    from varwg.io._formats import FORMATS

    readable = [form.name for form in FORMATS]
    writable = [form.name for form in FORMATS if form.write]
    listed = "\n".join(f"  {form.name:<8} {form.description}" for form in FORMATS)
    convert = commands.add_parser(
        "convert",
        help="convert weather files",
        description="Read weather files of any format, merge them, and write one file.",
        epilog=f"formats:\n{listed}\n\n{examples(*_EXAMPLES)}",
    )
    convert.add_argument(
        "inputs", nargs="+", metavar="IN", help="files to read, or - for standard input; where two have a value, the first wins"
    )
    convert.add_argument("-o", "--output", required=True, metavar="OUT", help="file to write")
    convert.add_argument("--from", dest="from_format", choices=readable, help="format of the inputs (default: by content)")
    convert.add_argument("--to", dest="to_format", choices=writable, help="format of the output (default: by its ending)")
    convert.add_argument("--stations", nargs="+", metavar="NAME", help="stations to keep, by number or name (default: all)")
    convert.add_argument("--variables", nargs="+", metavar="NAME", help="variables to keep (default: all)")
    convert.add_argument("--units", nargs="+", type=pair, metavar="NAME=UNIT", help="units, in place of those in the files")
    convert.add_argument("--rename", nargs="+", type=pair, metavar="OLD=NEW", help="names of variables")
    convert.add_argument("--start", metavar="DATE", help="first day to keep")
    convert.add_argument("--end", metavar="DATE", help="last day to keep")
    convert.add_argument("--latitude", type=number, metavar="DEGREES", help="latitude of the stations, north positive")
    convert.add_argument("--longitude", type=number, metavar="DEGREES", help="longitude of the stations, east positive")
    convert.add_argument("--elevation", type=number, metavar="M", help="elevation of the stations in metres")
    convert.set_defaults(run=run_convert)


class Parser(argparse.ArgumentParser):
    """A parser that takes no abbreviations and tells errors without the usage, which --help has."""

    def __init__(self, **settings: Any) -> None:
        settings.setdefault("formatter_class", argparse.RawDescriptionHelpFormatter)
        super().__init__(**{**settings, "allow_abbrev": False})

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """As of argparse, remembering the words for what is said of an error."""
        self._words = list(sys.argv[1:] if args is None else args)
        return super().parse_known_args(args, namespace)

    def error(self, message: str) -> NoReturn:
        """End with exit code 2 and one sentence; an option that does not exist is told before one that is missing."""
        options = options_of(self)
        unknown = [word for word in self._words if word.startswith("--") and word.partition("=")[0] not in options]
        if unknown and "arguments are required" in message:
            message = _unknown(unknown, options)
        self.exit(EXIT_USAGE, f"{self.prog}: error: {message.rstrip('.')}; {self.prog} --help shows what is possible.\n")

    def parse_args(self, args: Any = None, namespace: Any = None) -> Any:
        """As of argparse; an option that does not exist is answered with the nearest one."""
        parsed, unknown = self.parse_known_args(args, namespace)
        if unknown:
            chosen = commands_of(self).get(getattr(parsed, "command", ""), self)
            chosen.error(_unknown(unknown, options_of(chosen)))
        return parsed


def _unknown(words: Sequence[str], options: Sequence[str]) -> str:
    word = next((word for word in words if word.startswith("-")), words[0]).partition("=")[0]
    if not word.startswith("-"):
        return f"{word!r} is one argument too many"
    near = difflib.get_close_matches(word, options, 1)
    return f"unknown option {word}{f'; did you mean {near[0]}?' if near else ''}"


def add_verbosity(parser: argparse.ArgumentParser) -> None:
    """The options -v and -q; they may stand before and after the name of a command."""
    how = parser.add_mutually_exclusive_group()
    how.add_argument("-v", "--verbose", action="store_true", default=argparse.SUPPRESS, help="tell what is done and repaired")
    how.add_argument("-q", "--quiet", action="store_true", default=argparse.SUPPRESS, help="tell errors and results only")


def set_up_logging(arguments: argparse.Namespace) -> None:
    """What -v and -q ask of the messages."""
    log_to_terminal(verbose=getattr(arguments, "verbose", False), quiet=getattr(arguments, "quiet", False))


@contextmanager
def held_back() -> Iterator[list[logging.LogRecord]]:
    """The messages of the meantime, of which those that are left at the end are shown then."""
    handlers, told = logging.getLogger().handlers, list[logging.LogRecord]()

    def keep(record: logging.LogRecord) -> bool:
        told.append(record)
        return False

    for handler in handlers:
        handler.addFilter(keep)
    try:
        yield told
    finally:
        for handler in handlers:
            handler.removeFilter(keep)
            for record in told:
                handler.handle(record)


def say(arguments: argparse.Namespace, text: str) -> None:
    """Print what is good to know, unless -q asks for silence."""
    if not getattr(arguments, "quiet", False):
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()


def print_json(content: Any) -> None:
    """Print one JSON document; numbers that are none become null."""
    sys.stdout.write(f"{json.dumps(_plain(content), ensure_ascii=False, indent=2, allow_nan=False)}\n")


def _plain(content: Any) -> Any:
    if isinstance(content, dict):
        return {str(name): _plain(part) for name, part in content.items()}
    if isinstance(content, (list, tuple)):
        return [_plain(part) for part in content]
    if isinstance(content, np.generic):
        content = content.item()
    return None if isinstance(content, float) and not np.isfinite(content) else content


def names(parts: list[str] | None) -> list[str] | None:
    """Names given apart or joined by commas."""
    return None if parts is None else [name for part in parts for name in part.split(",") if name]


def number(text: str) -> float:
    """A number."""
    return float(_converted(text, float, "a number such as 1.5"))


def count(text: str) -> int:
    """A whole number."""
    return int(_converted(text, int, "a whole number"))


def positive(text: str) -> int:
    """A whole number of at least 1."""
    return _at_least(count(text), 1)


def seed(text: str) -> int:
    """A whole number of at least 0; also 0x..."""
    return _at_least(_converted(text, lambda digits: int(digits, 0), "a whole number"), 0)


def pair(text: str) -> tuple[str, str]:
    """NAME=VALUE as a name and a value."""
    name, sign, value = text.partition("=")
    if not (name and sign and value):
        raise argparse.ArgumentTypeError(f"{text!r} is given, but NAME=VALUE such as theta=degC is expected")
    return name, value


def _converted(text: str, kind: Callable[[str], Any], expected: str) -> Any:
    try:
        return kind(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is given, but {expected} is expected") from error


def _at_least(value: int, lowest: int) -> int:
    if value < lowest:
        raise argparse.ArgumentTypeError(f"{value} is given, but a whole number of at least {lowest} is expected")
    return value


@contextmanager
def standard_input(arguments: argparse.Namespace, *places: str) -> Iterator[None]:
    """Let `-` in one of the arguments `places` stand for standard input, which is kept in a file until the end."""
    piped = [place for place in places if "-" in _listed(getattr(arguments, place, None))]
    if not piped:
        yield
        return
    content = sys.stdin.buffer.read()
    ending = ".nc" if content.startswith(_NETCDF) else ".csv"
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / f"standard_input{ending}"
        path.write_bytes(content)
        for place in piped:
            argument = getattr(arguments, place)
            listed = [str(path) if entry == "-" else entry for entry in _listed(argument)]
            setattr(arguments, place, listed if isinstance(argument, list) else listed[0])
        yield


def _listed(argument: Any) -> list[Any]:
    return argument if isinstance(argument, list) else [argument]


def renamed(dataset: xr.Dataset, pairs: Sequence[tuple[str, str]]) -> xr.Dataset:
    """A dataset whose variables have the names asked for.

    Raises
    ------
    DataError
        If there is no such variable, or two would have one name.
    """
    for old, new in pairs:
        names = [str(name) for name in dataset.data_vars]
        if old not in names or new in names:
            what = f"there is a variable {new} already" if new in names else f"the variables are {', '.join(names)}"
            raise DataError(f"--rename has {old}={new}, but {what}: write OLD=NEW with the name of a variable and a new one.")
        dataset = dataset.rename({old: new})
    return dataset


def in_period(dataset: xr.Dataset, start: str | None, end: str | None) -> xr.Dataset:
    """The times from the first to the last day given, both included."""
    times = dataset["time"].values
    first = times[0] if start is None else _day(start)
    last = times[-1] if end is None else _day(end) + np.timedelta64(1, "D") - np.timedelta64(1, "s")
    keep = (times >= first) & (times <= last)
    if not keep.any():
        raise DataError(f"the data have no time from {start or 'the first'} to {end or 'the last'}: choose another period.")
    return dataset.isel(time=keep)


def _day(text: str) -> np.datetime64:
    try:
        return np.datetime64(in_seconds(np.array([text], dtype="datetime64[D]"))[0])
    except ValueError as error:
        if isinstance(error, DataError):
            raise
        raise DataError(f"{text!r} is not a date: write it like 2030-01-01.") from error


def commands_of(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """The commands of a parser by their names."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            return dict(action.choices)
    return {}


def options_of(parser: argparse.ArgumentParser) -> list[str]:
    """All options of a parser, as they are typed."""
    return [option for action in parser._actions for option in action.option_strings]


def add_completion(commands: Any, parser: argparse.ArgumentParser) -> None:
    """The command that prints what a shell needs to complete the others."""
    where = {
        "bash": f'eval "$({parser.prog} completion bash)"',
        "zsh": f'eval "$({parser.prog} completion zsh)"',
        "fish": f"{parser.prog} completion fish | source",
    }
    lines = "\n".join(f"  {line}" for line in where.values())
    completion = commands.add_parser(
        "completion",
        help="what a shell needs to complete commands and options",
        epilog=f"the line for the start-up file of bash, zsh or fish:\n{lines}\n\nexample:\n  {parser.prog} completion bash",
    )
    completion.add_argument("shell", choices=SHELLS, metavar="SHELL", help="bash, zsh or fish")
    completion.set_defaults(run=lambda arguments: sys.stdout.write(completion_script(parser, arguments.shell)) and None)


def completion_script(parser: argparse.ArgumentParser, shell: str) -> str:
    """A script that completes the commands and options of `parser`, and files elsewhere."""
    program = parser.prog
    options = {name: " ".join(options_of(command)) for name, command in commands_of(parser).items()}
    if shell == "fish":
        lines = [f"complete -c {program} -n __fish_use_subcommand -a '{' '.join(options)}'"]
        for name, listed in options.items():
            seen = f"complete -c {program} -n '__fish_seen_subcommand_from {name}'"
            lines += [f"{seen} {'-l' if option.startswith('--') else '-s'} {option.lstrip('-')}" for option in listed.split()]
        return "\n".join([*lines, ""])
    cases = "\n".join(f"    {name}) words='{listed}' ;;" for name, listed in options.items())
    body = (
        f"_{program}() {{\n"
        '  local words word command current="${COMP_WORDS[COMP_CWORD]}"\n'
        '  for word in "${COMP_WORDS[@]:1:$((COMP_CWORD - 1))}"; do [[ "$word" == -* ]] || { command="$word"; break; }; done\n'
        '  case "$command" in\n'
        f"{cases}\n"
        "  esac\n"
        f"  if [ -z \"$command\" ]; then words='{' '.join([*options, *options_of(parser)])}'\n"
        '  elif [[ "$current" != -* ]]; then words=""\n'
        "  fi\n"
        '  COMPREPLY=($(compgen -W "$words" -- "$current"))\n'
        "}\n"
        f"complete -o default -F _{program} {program}\n"
    )
    ready = "whence compdef >/dev/null || { autoload -U compinit && compinit }; autoload -U +X bashcompinit && bashcompinit\n"
    return body if shell == "bash" else ready + body


def examples(*lines: str) -> str:
    """The end of a help text."""
    return "\n".join([f"example{'s' * (len(lines) > 1)}:", *(f"  {line}" for line in lines)])


def close_standard_output() -> None:
    """Whoever read the output wants no more of it; what is left is not for the interpreter to complain about."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
