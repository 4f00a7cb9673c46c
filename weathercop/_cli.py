"""The command `weathercop`: arguments, exit codes, and what is printed; the work is done elsewhere."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from varwg import _cli as terminal
from varwg._arguments import cell
from varwg._calendar import daily_times
from varwg._persistence import (
    COMPARISON,
    FACTORS,
    MODEL,
    PICTURE,
    REPORT,
    STRESS,
    TEXT,
    is_model_file,
    replacing,
    require_replaceable,
    write_dataset,
)
from varwg.errors import DataError, StoreError, VarwgError, printable

if TYPE_CHECKING:
    from varwg._observations import Observations
    from varwg._request import Asked, Request

#: Options that name what is read, and those that name files that are written.
_INPUTS: Final = (
    "data",
    "source",
    "obs",
    "model",
    "historical",
    "future",
    "scenario",
    "changes",
    "member",
    "ensemble",
    "base",
    "like",
)
_OUTPUTS: Final = ("output", "csv", "netcdf", "target")
#: Options that say what observations leave open.
_READING: Final = ("units", "rename", "latitude", "longitude", "elevation")
#: The most numbers of a range.
_MOST_CELLS: Final = 10_000
EXIT_OK: Final = 0
EXIT_ERROR: Final = 1
EXIT_USAGE: Final = 2
EXIT_POOR: Final = 3
EXIT_INTERRUPTED: Final = 130
#: What stands at the end of each command's --help; all of it can be typed after `weathercop example .`.
_EXAMPLES: Final = MappingProxyType(
    {
        "demo": ("weathercop demo -n 5 -o demo",),
        "example": ("weathercop example .",),
        "fit": (
            "weathercop fit observations.nc -o model.nc --seed 1",
            "weathercop fit bern.csv -o bern.nc --units theta=degC R=mm rh=% --latitude 46.9 --start 2001-01-01 --end 2003-12-31",
            "weathercop fit lake.csv -o lake.nc --latitude 46.9 --longitude 7.5",
        ),
        "simulate": (
            "weathercop simulate model.nc -n 20 --seed 7 -o members",
            "weathercop simulate model.nc -n 20 --phases-from members --theta-incr 2 --fixed-variables R -o warmer",
            "weathercop simulate lake.nc -n 100 --years 1 --hours formula -o hourly",
            "weathercop simulate model.nc --members 200:300 --seed 7 -o large",
        ),
        "factors": ("weathercop factors historical.nc future.nc --model model.nc -o factors.nc",),
        "stress": ("weathercop stress model.nc --dt 0:4:1 --dp 0.7:1.3:0.1 -n 20 -o stress",),
        "info": ("weathercop info model.nc", "weathercop info bern.csv --units rh=%", "weathercop info members --json"),
        "export": (
            "weathercop export members members.nc",
            "weathercop export members members.csv",
            "weathercop export hourly forcing --to glm --hourly",
        ),
        "reproduce": ("weathercop reproduce members/real_0003.nc --model model.nc",),
        "merge": (
            "weathercop simulate model.nc --members 0:100 --seed 7 -o part0",
            "weathercop simulate model.nc --members 100:200 --seed 7 -o part1",
            "weathercop merge part0 part1 -o whole",
        ),
        "check": ("weathercop check members",),
        "validate": ("weathercop validate members --obs observations.nc --csv statistics.csv --max-poor 5",),
        "report": ("weathercop report members --obs observations.nc --model model.nc -o report.html",),
    }
)

#: Options whose values are files, where the keyword takes other things as well.
_FILES: Final = MappingProxyType({"changes": "file of change factors, as `weathercop factors` writes; a table is for --scenario"})


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit code: 0, 1 (an error, told in one sentence), 2 (usage), 3 (poor) or 130 (interrupted)."""
    arguments = _parser().parse_args(argv)
    terminal.set_up_logging(arguments)
    try:
        with terminal.standard_input(arguments, "data", "source", "path", "obs"):
            _refuse_to_replace_inputs(arguments)
            return int(arguments.run(arguments) or EXIT_OK)
    except BrokenPipeError:
        terminal.close_standard_output()
        return EXIT_ERROR
    except (VarwgError, ValueError, OSError, ImportError) as error:
        print(printable(f"weathercop: error: {error}"), file=sys.stderr)
        return EXIT_ERROR
    except KeyboardInterrupt:
        resumes = arguments.run in (run_simulate, run_merge)
        rest = "finished members stay, and the same command resumes after them" if resumes else "nothing was finished"
        print(f"weathercop: interrupted; {rest}.", file=sys.stderr)
        return EXIT_INTERRUPTED


def _refuse_to_replace_inputs(arguments: argparse.Namespace) -> None:
    """An input that is replaced by the output would be lost.

    Raises
    ------
    DataError
        If an option names the same file as input and as output.
    """
    values = {name: value for name, value in vars(arguments).items() if isinstance(value, str) and value}
    for output in (value for name, value in values.items() if name in _OUTPUTS):
        terminal.refuse_overwriting([value for name, value in values.items() if name in _INPUTS], output)


def run_demo(arguments: argparse.Namespace) -> None:
    """Fit the bundled example, simulate, print observed against simulated, and write a report."""
    from weathercop._demo import demo

    for line in demo(Path(arguments.out_dir), n_members=arguments.members, seed=arguments.seed):
        terminal.say(arguments, line)


def run_example(arguments: argparse.Namespace) -> None:
    """Write the files that the tutorial begins with."""
    from weathercop._demo import write_example

    for path in write_example(Path(arguments.directory), rng=_generator(0)):
        terminal.say(arguments, str(path))


def run_fit(arguments: argparse.Namespace) -> None:
    """Fit a model to observations and save it."""
    from varwg._description import counted, series_rows, treatment_lines
    from varwg._trend import trend_lines

    began = time.perf_counter()
    if not Path(arguments.output).resolve().parent.is_dir():
        raise StoreError(f"the directory of {arguments.output} does not exist, so the model could not be written: create it.")
    require_replaceable(Path(arguments.output), MODEL)
    wc = _multisite(arguments)
    terminal.say(arguments, "\n".join(treatment_lines(wc.observations.variables)))
    wc.fit(
        rng=_generator(arguments.seed),
        per_station=not arguments.shared,
        families=terminal.names(arguments.families),
        trend=_covariate(arguments.trend),
        n_workers=arguments.workers,
        **{name: value for name in ("vine", "window", "harmonics") if (value := getattr(arguments, name)) is not None},
    )
    if arguments.trend is not None:
        terminal.say(arguments, "\n".join(trend_lines(wc.model.trend, wc.model.variables) or ["Trend: none found"]))
    wc.model.save(arguments.output)
    terminal.say(
        arguments,
        f"Fitted {counted(len(wc.model.sites), 'station')} x {counted(len(wc.model.variables), 'variable')} in "
        f"{time.perf_counter() - began:.1f} s; model written to {arguments.output}.",
    )
    if any(row.remarks for row in series_rows(wc.observations)):
        terminal.say(arguments, f"Some observations look suspicious: weathercop info {arguments.data} lists them.")
    terminal.say(arguments, f"Next: weathercop simulate {arguments.output} -n 20 --seed 1 -o DIRECTORY")


def _covariate(choice: str | None) -> Any:
    """What `fit` takes as a trend: "linear", or the values of a covariate by year in a file.

    Raises
    ------
    DataError
        If the file cannot be read as years and values.
    """
    if choice is None or choice == "linear":
        return choice
    import pandas as pd

    try:
        table = pd.read_csv(choice, index_col=0)
    except (OSError, ValueError) as error:
        raise DataError(f"--trend names {choice}, which cannot be read ({error}): give linear, or a CSV file.") from error
    if table.shape[1] != 1:
        raise DataError(
            f"--trend names {choice}, which has {table.shape[1] + 1} columns: give years and values of one covariate."
        )
    return table.iloc[:, 0]


def run_simulate(arguments: argparse.Namespace) -> None:
    """Simulate an ensemble from a model, or from observations that are fitted first."""
    from varwg.ensembles import simulate_ensemble
    from weathercop._model import load_model

    seed = arguments.seed
    if is_model_file(arguments.source):
        _refuse_selection(arguments)
        model = load_model(arguments.source)
    else:
        arguments.data = arguments.source
        model = _multisite(arguments).fit(rng=_generator(seed)).model
        seed = None if arguments.phases_from else seed
    request = _request(arguments, model.first_day)
    began = time.perf_counter()
    simulate_ensemble(
        model,
        arguments.members,
        request,
        seed=seed,
        phases_from=arguments.phases_from,
        out_dir=arguments.out_dir,
        n_workers=arguments.workers,
        dtype=arguments.dtype,
        engine=arguments.engine,
        compression=arguments.compression,
    )
    _print_summary(arguments, time.perf_counter() - began)


def run_factors(arguments: argparse.Namespace) -> None:
    """Write the change factors between two periods of a climate model."""
    from varwg._site_model import load_model
    from varwg._variables import VARIABLES
    from varwg.scenarios import climate_factors
    from weathercop._describe import span

    require_replaceable(Path(arguments.output), FACTORS)
    places: dict[str, Any] = {"stations": ("all",), "variables": VARIABLES}
    if arguments.model is not None:
        model = load_model(arguments.model)
        places = {"stations": model.stations, "variables": model.variables}
        places |= {name: model.site_values(name) for name in ("latitude", "longitude")}
    wanted, held = terminal.names(arguments.variables), [variable.name for variable in places["variables"]]
    for name in wanted or ():
        if name not in held:
            raise DataError(f"--variables names {name!r}, but the variables are {', '.join(held)}: name one of these.")
    places["variables"] = [variable for variable in places["variables"] if wanted is None or variable.name in wanted]
    factors = climate_factors(arguments.historical, arguments.future, quantiles=arguments.quantiles, **places)
    factors.to_netcdf(arguments.output, tuple(places["stations"]))
    for line in factors.source:
        terminal.say(arguments, line)
    for name, entries in factors.changes.items():
        for entry, values in entries.items():
            if entry != "quantiles":
                terminal.say(arguments, f"{name} {entry}: {span(values.ravel().tolist(), '.3g')}")
    terminal.say(arguments, f"Factors of {', '.join(factors.variables)} written to {arguments.output}.")
    terminal.say(
        arguments, f"Next: weathercop simulate {arguments.model or 'MODEL.nc'} --changes {arguments.output} -n 20 -o DIR"
    )


def run_stress(arguments: argparse.Namespace) -> None:
    """Responses to a grid of changes, as data and as a picture."""
    from varwg._request import Request
    from varwg._site_model import load_model
    from varwg.ensembles import stress

    surface_path = Path(arguments.out_dir) / "surface.nc"
    require_replaceable(surface_path, STRESS)
    grid = {name: _range(getattr(arguments, name)) for name in ("dt", "dp") if getattr(arguments, name) is not None}
    model = load_model(arguments.model)
    request = Request(others="keep") if arguments.scenario is None else Request.read(arguments.scenario)
    if arguments.n_days is not None:
        request = replace(request, n_days=arguments.n_days)
    surface = stress(
        model,
        grid,
        arguments.members,
        response=arguments.response,
        request=request,
        seed=arguments.seed,
        out_dir=arguments.out_dir,
        job=_job(arguments.job),
        n_workers=arguments.workers,
    )
    left = int(np.isnan(next(iter(surface.data_vars.values())).isel(realization=0)).sum())
    write_dataset(surface_path, surface, STRESS)
    terminal.say(arguments, f"{', '.join(map(str, surface.data_vars))} written to {arguments.out_dir}/surface.nc.")
    if len(grid) == 2 and not left and find_spec("matplotlib") is not None:
        from varwg.plotting import response_surface

        figure, _ = response_surface(surface)
        with replacing(Path(arguments.out_dir) / "surface.png", kind=PICTURE) as temporary:
            figure.savefig(temporary, format="png", dpi=150, bbox_inches="tight")
        terminal.say(arguments, f"The picture of {next(iter(surface.data_vars))} is {arguments.out_dir}/surface.png.")
    if left:
        terminal.say(arguments, f"{left} values are left to other jobs; the last command that is run writes all.")


def _range(text: str) -> list[float]:
    """The numbers of FIRST:LAST:STEP, both ends among them, or of a list joined by commas."""
    try:
        if ":" not in text:
            return [float(part) for part in text.split(",")]
        first, last, step = (float(part) for part in text.split(":"))
        count = round((last - first) / step) + 1
        if 0 < count <= _MOST_CELLS:
            return [round(first + number * step, 10) for number in range(count)]
    except (ValueError, ZeroDivisionError, OverflowError):
        pass
    raise DataError(
        f"{text!r} is not a range of at most {_MOST_CELLS} numbers: write FIRST:LAST:STEP, such as 0:4:1, or numbers with commas."
    )


def _members(text: str) -> int | range:
    """A number of members, or the numbers from FIRST to before STOP of FIRST:STOP."""
    if ":" not in text:
        return terminal.positive(text)
    first, stop = (part.isascii() and part.isdigit() for part in text.split(":", 1))
    if first and stop and (numbers := range(*map(int, text.split(":")))):
        return numbers
    raise argparse.ArgumentTypeError(f"{text!r} is given, but a number, or FIRST:STOP such as 200:300, is expected")


def _job(text: str) -> tuple[int, int]:
    """Number, from 1, and count of a job written as 2/8."""
    number, slash, count = text.partition("/")
    if not (slash and number.isdigit() and count.isdigit() and 1 <= int(number) <= int(count)):
        raise DataError(f"--job is {text!r}, but NUMBER/COUNT such as 2/8 is expected.")
    return int(number) - 1, int(count)


def run_info(arguments: argparse.Namespace) -> None:
    """Describe a model, an ensemble directory, a member, or a file of observations."""
    from weathercop._describe import describe, facts

    readings: list[Observations] = []

    def read() -> Observations:
        readings.append(_read(arguments, "path"))
        return readings[0]

    with terminal.held_back() as told:
        found = (facts if arguments.json else describe)(arguments.path, read)
        asked = [f"--{name}" for name in _READING if getattr(arguments, name) is not None]
        if asked and not readings:
            raise DataError(f"{asked[0]} is about observations that are read, but {arguments.path} holds none: leave it out.")
        said = found.get("notes", ()) if isinstance(found, dict) else found
        told[:] = [record for record in told if record.getMessage() not in said]
    if isinstance(found, dict):
        terminal.print_json(found)
    else:
        print(found)


def run_export(arguments: argparse.Namespace) -> None:
    """Write an ensemble as one NetCDF file, a Zarr store, or CSV files."""
    from varwg.ensembles._export import to_csv, to_models, to_netcdf, to_zarr, with_evaporation
    from varwg.ensembles._opening import open_ensemble

    ensemble = open_ensemble(arguments.ensemble, step="hourly" if arguments.hourly else "daily")
    members = with_evaporation(ensemble) if arguments.evaporation else ensemble
    if arguments.to is not None:
        n_files = to_models(members, arguments.target, arguments.to)
        terminal.say(arguments, f"{n_files} files for {arguments.to} written to {arguments.target}, a folder for each member.")
        if not arguments.hourly and "disaggregation" in ensemble.attrs:
            terminal.say(arguments, "They hold days; --hourly writes the hours.")
        return
    if arguments.grid or arguments.like:
        if Path(arguments.target).suffix != ".nc":
            raise DataError(f"--grid and --like write NetCDF, but {arguments.target} does not end in .nc: name such a file.")
        to_netcdf(members, arguments.target, grid=arguments.grid, like=arguments.like)
        terminal.say(arguments, f"{ensemble.sizes['realization']} members written to {arguments.target}, on the grid.")
        return
    writers = {".nc": to_netcdf, ".zarr": to_zarr}
    writers.get(Path(arguments.target).suffix, to_csv)(members, arguments.target)
    terminal.say(arguments, f"{ensemble.sizes['realization']} members written to {arguments.target}.")


def run_reproduce(arguments: argparse.Namespace) -> int:
    """Recompute a member from its own attributes and compare."""
    from varwg.ensembles._reproduction import reproduce
    from weathercop._model import load_model

    outcome = reproduce(arguments.member, load_model(arguments.model), archive=arguments.hours)
    if arguments.json:
        terminal.print_json(outcome._asdict())
    else:
        print(outcome.text)
    return EXIT_OK if outcome.identical else EXIT_ERROR


def run_merge(arguments: argparse.Namespace) -> None:
    """Make one directory of several that hold parts of one ensemble."""
    from varwg.ensembles import merge_ensembles
    from varwg.ensembles._integrity import missing_members, read_index

    numbers = merge_ensembles(arguments.directories, arguments.out_dir)["realization"].values.tolist()
    terminal.say(arguments, f"{len(numbers)} members in {arguments.out_dir}, from {numbers[0]} to {numbers[-1]}.")
    missing = missing_members(numbers, read_index(Path(arguments.out_dir)))
    if missing:
        terminal.say(
            arguments, f"{len(missing)} between them are missing, the first is {missing[0]}: simulate and merge them too."
        )


def run_check(arguments: argparse.Namespace) -> int:
    """Say what is wrong with the files of an ensemble, and compute them again if that is wanted."""
    from varwg._site_model import load_model
    from varwg.ensembles._integrity import check_ensemble, repair

    if arguments.repair and arguments.model is None:
        raise StoreError("--repair needs the model that members are computed with: give --model MODEL.nc.")
    model = None if arguments.model is None else load_model(arguments.model)
    findings = check_ensemble(arguments.directory, model)
    for finding in findings:
        print(f"{finding.path}: {finding.said}.")
    if not findings:
        print(f"{arguments.directory}: all files are what was written.")
        return EXIT_OK
    if not arguments.repair or model is None:
        return EXIT_ERROR
    members = repair(arguments.directory, model, findings)
    left = check_ensemble(arguments.directory, model)
    said = "all files are what was written" if not left else f"{len(left)} files still differ from what was written"
    print(f"Members computed again: {', '.join(map(str, members))}; {said}.")
    return EXIT_ERROR if left else EXIT_OK


def run_validate(arguments: argparse.Namespace) -> int:
    """Compare an ensemble with observations, print the summary, and write tables."""
    from varwg.ensembles._opening import open_ensemble
    from weathercop.validation import grade_shares, rows, summary_table, validate, write_csv, write_netcdf
    from weathercop.validation._tables import COLUMNS

    for output, kind in ((arguments.csv, TEXT), (arguments.netcdf, COMPARISON)):
        if output is not None:
            require_replaceable(Path(output), kind)
    if arguments.base:
        return _validate_scenario(arguments)
    report = validate(open_ensemble(arguments.directory), _read(arguments, "obs"))
    if arguments.json:
        terminal.print_json(
            {
                "shares": grade_shares(report)._asdict(),
                "statistics": [dict(zip(COLUMNS, row, strict=True)) for row in rows(report)],
            }
        )
    else:
        print(summary_table(report))
    if arguments.csv:
        write_csv(report, arguments.csv)
    if arguments.netcdf:
        write_netcdf(report, arguments.netcdf)
    shares = grade_shares(report)
    if arguments.max_poor is None or 100.0 * shares.poor <= arguments.max_poor:
        return EXIT_OK
    finding = f"{shares.poor:.1%} of the values are poor" if shares.n_values else "nothing could be compared"
    print(f"weathercop: {finding}, but at most {arguments.max_poor:g} % poor are allowed.", file=sys.stderr)
    return EXIT_POOR


def _validate_scenario(arguments: argparse.Namespace) -> int:
    """Compare a scenario with its base, and print what was asked and reached."""
    from weathercop.validation import reached, reached_table, write_netcdf

    comparison = reached(arguments.directory, arguments.base)
    if arguments.json:
        frame = comparison.to_dataframe().reset_index()
        terminal.print_json({"changes": frame.to_dict(orient="records")})
    else:
        print(reached_table(comparison))
    if arguments.csv:
        texts = comparison.to_dataframe().reset_index().rename(columns=cell)
        texts = texts.apply(lambda column: column.map(lambda content: cell(content) if isinstance(content, str) else content))
        with replacing(arguments.csv, kind=TEXT) as temporary:
            texts.to_csv(temporary, index=False)
    if arguments.netcdf:
        write_netcdf(comparison, arguments.netcdf)
    return EXIT_OK


def run_report(arguments: argparse.Namespace) -> None:
    """Write the report of an ensemble as one HTML file."""
    from varwg._site_model import SiteModel
    from varwg.ensembles._opening import open_ensemble
    from varwg.ensembles._store import Manifest
    from weathercop._model import load_model
    from weathercop._report import Sources, write_report

    require_replaceable(Path(arguments.output), REPORT)
    ensemble, directory = open_ensemble(arguments.directory), Path(arguments.directory)
    model = None if arguments.model is None else load_model(arguments.model)
    if isinstance(model, SiteModel):
        raise StoreError(f"{arguments.model} is a model of one site, but the report shows those of many: leave --model out.")
    if model is not None and model.fingerprint() != ensemble.attrs["model"]:
        raise StoreError(
            f"{directory} was simulated with the model {ensemble.attrs['model'][:12]}, but {arguments.model} is "
            f"{model.fingerprint()[:12]}: give the model it was simulated with."
        )
    write_report(
        arguments.output,
        ensemble,
        _read(arguments, "obs"),
        model=model,
        station=terminal.names(arguments.station),
        base=None if arguments.base is None else open_ensemble(arguments.base),
        hourly=open_ensemble(directory, step="hourly") if Manifest.read(directory).hourly else None,
        sources=Sources(arguments.obs, arguments.model or "MODEL.nc", arguments.directory),
    )
    terminal.say(arguments, f"Report written to {arguments.output}; open it in a browser.")


def _multisite(arguments: argparse.Namespace) -> Any:
    from weathercop._multisite import Multisite

    return Multisite(
        _source(arguments),
        primary_var=arguments.primary,
        variables=terminal.names(arguments.variables),
        stations=terminal.names(arguments.stations),
        **_told(arguments),
    )


def _told(arguments: argparse.Namespace) -> dict[str, Any]:
    """What the options say that the observations do not say: units and places."""
    places = {name: getattr(arguments, name) for name in ("latitude", "longitude", "elevation")}
    return {"units": dict(arguments.units or ()), **places}


def _read(arguments: argparse.Namespace, place: str) -> Observations:
    """The observations whose file an argument names, with what the options say of them."""
    from varwg._observations import read_observations

    return read_observations(_source(arguments, place), **_told(arguments))


def _source(arguments: argparse.Namespace, place: str = "data") -> Any:
    """The observations under the names and of the period asked for, or else their path."""
    from varwg.io import read_weather

    path = _observations(getattr(arguments, place))
    first, last = getattr(arguments, "first_day", None), getattr(arguments, "last_day", None)
    if not arguments.rename and first is None and last is None:
        return path
    return terminal.in_period(terminal.renamed(read_weather([path]), arguments.rename or ()), first, last)


def _observations(name: str) -> Path:
    """The path of a file of observations, as far as that can be told without reading it."""
    path = Path(name)
    if not path.exists():
        raise DataError(f"there is no file {path}: check the path.")
    if is_model_file(path):
        raise DataError(f"{path} is a fitted model, but observations are needed here: give the file it was fitted to.")
    return path


def _generator(seed: int | None) -> np.random.Generator:
    """The front door of the command line; without --seed it draws fresh entropy, which the model records."""
    return np.random.default_rng(seed)


def _request(arguments: argparse.Namespace, first_day: str) -> Request:
    """What the scenario file and the options ask for; options take the place of what the file says."""
    from varwg._request import Request, asked_for

    in_file = Request() if arguments.scenario is None else Request.read(arguments.scenario)
    values = {
        name: _value(declared, getattr(arguments, name)) for name, declared in asked_for().items() if declared.flag is not None
    }
    n_days = _n_days(arguments.start or str(in_file.start or first_day), arguments)
    if n_days is not None:
        values["n_days"] = n_days
    if arguments.window is not None:
        values["disaggregate"] = {"window": arguments.window}
    if arguments.hours is not None:
        values |= {"archive": arguments.hours, "disaggregate": values["disaggregate"] or True}
    return replace(in_file, **{name: value for name, value in values.items() if value is not None})


def _value(declared: Asked, value: Any) -> Any:
    """The value of an option; one number or name stands for itself."""
    if declared.flag == "names":
        value = terminal.names(value)
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def _refuse_selection(arguments: argparse.Namespace) -> None:
    for option in ("stations", "variables", "primary", *_READING):
        if getattr(arguments, option) is not None:
            raise StoreError(
                f"--{option} was given with a fitted model, which has its {option} already: give it to `weathercop fit`, "
                "or pass observations in place of the model."
            )


def _n_days(first_day: str, arguments: argparse.Namespace) -> int | None:
    """Days from --days, or those between the start and the same date so many years later."""
    if arguments.years is None:
        return int(arguments.n_days) if arguments.n_days is not None else None
    start = daily_times(first_day, 1)[0].astype("datetime64[D]")
    month = start.astype("datetime64[M]")
    end = (month + np.timedelta64(12 * arguments.years, "M")).astype("datetime64[D]") + (start - month.astype("datetime64[D]"))
    return int((end - start).astype(int))


def _print_summary(arguments: argparse.Namespace, seconds: float) -> None:
    """What an ensemble is, where it is, and what to do next."""
    from weathercop._describe import describe

    members = arguments.members
    done = f"members {members[0]} to {members[-1]}" if isinstance(members, range) else f"{members} members"
    terminal.say(arguments, f"{done.capitalize()} after {seconds:.1f} s.\n{describe(arguments.out_dir)}")
    source = arguments.source
    observations, model = ("OBSERVATIONS.nc", f" --model {source}") if is_model_file(source) else (source, "")
    terminal.say(arguments, f"Next: weathercop report {arguments.out_dir} --obs {observations}{model}")


def _parser() -> argparse.ArgumentParser:
    from varwg import __version__

    parser = terminal.Parser(prog="weathercop", description="Multi-site stochastic weather generator.")
    parser.add_argument("--version", action="version", version=f"weathercop {__version__}")
    terminal.add_verbosity(parser)
    commands = parser.add_subparsers(required=True, metavar="COMMAND", dest="command")
    _add_demo(commands)
    _add_fit(commands)
    _add_simulate(commands)
    _add_factors(commands)
    _add_stress(commands)
    _add_info(commands)
    _add_export(commands)
    _add_reproduce(commands)
    _add_check(commands)
    _add_merge(commands)
    _add_validate(commands)
    _add_report(commands)
    _add_example(commands)
    terminal.add_completion(commands, parser)
    sentences = {choice.dest: str(choice.help) for choice in commands._choices_actions}
    for name, command in terminal.commands_of(parser).items():
        terminal.add_verbosity(command)
        command.description = f"{sentences[name][0].upper()}{sentences[name][1:]}."
        command.epilog = command.epilog or terminal.examples(*_EXAMPLES[name])
    return parser


def _add_demo(commands: Any) -> None:
    demo = commands.add_parser("demo", help="fit the bundled example data, simulate 20 members, compare, write a report")
    demo.add_argument("-n", "--members", type=terminal.positive, default=20, help="number of members (default: 20)")
    demo.add_argument("-o", "--out-dir", default="weathercop-demo", help="directory (default: %(default)s)")
    demo.add_argument("--seed", type=terminal.seed, default=42, help="seed of fit and ensemble (default: %(default)s)")
    demo.set_defaults(run=run_demo)


def _add_example(commands: Any) -> None:
    example = commands.add_parser("example", help="write the files that the tutorial begins with; their weather is synthetic")
    example.add_argument("directory", metavar="DIR", help="directory for the files; made if needed")
    example.set_defaults(run=run_example)


def _add_fit(commands: Any) -> None:
    fit = commands.add_parser("fit", help="fit a model to observations")
    fit.add_argument("data", metavar="DATA", help="file of observations that varwg convert reads, or - for standard input")
    fit.add_argument("-o", "--output", required=True, metavar="MODEL.nc", help="file for the model")
    _add_selection(fit)
    fit.add_argument("--seed", type=terminal.seed, help="seed of the fit (default: fresh entropy)")
    fit.add_argument("--vine", choices=("c", "d", "r"), help="canonical, drawable or regular vine (default: c)")
    fit.add_argument("--families", nargs="+", metavar="NAME", help="copulas to choose from, such as gaussian frank gumbel")
    fit.add_argument("--shared", action="store_true", help="one set of copulas for all stations")
    fit.add_argument("--window", type=terminal.count, metavar="DAYS", help="half-width of seasonal windows (default: 15)")
    fit.add_argument("--harmonics", type=terminal.count, metavar="N", help="harmonics of all that has a season (default: 4)")
    fit.add_argument("--workers", type=terminal.positive, help="threads (default: one per core, at most four)")
    fit.add_argument(
        "--trend",
        metavar="linear|FILE.csv",
        help="find what the climate changes with: the years, or a covariate in a file with a column of years and one of values",
    )
    fit.add_argument("--start", dest="first_day", metavar="DATE", help="first day of the observations that is used")
    fit.add_argument("--end", dest="last_day", metavar="DATE", help="last day that is used")
    fit.set_defaults(run=run_fit)


def _add_simulate(commands: Any) -> None:
    simulate = commands.add_parser("simulate", help="simulate an ensemble")
    simulate.add_argument("source", metavar="MODEL-or-DATA", help="file of a fitted model, or of observations")
    simulate.add_argument(
        "-n",
        "--members",
        type=_members,
        required=True,
        metavar="N|FIRST:STOP",
        help="number of members, or a part of a larger ensemble for a job array: 200:300 is members 200 to 299",
    )
    simulate.add_argument("-o", "--out-dir", required=True, metavar="DIR", help="directory for the members")
    simulate.add_argument("--seed", type=terminal.seed, help="seed of the ensemble (default: member i has the seed i)")
    _add_selection(simulate)
    length = simulate.add_mutually_exclusive_group()
    length.add_argument("--years", type=terminal.positive, help="length in years (default: that of the record)")
    length.add_argument("--days", dest="n_days", type=terminal.positive, help="length in days")
    simulate.add_argument(
        "--scenario", metavar="FILE.toml", help="keywords of simulate() as lines of TOML; options take the place of its lines"
    )
    _add_asked(simulate)
    simulate.add_argument(
        "--phases-from", metavar="DIR", help="draw what the members of another ensemble drew, so that only the scenario differs"
    )
    simulate.add_argument(
        "--window",
        type=terminal.count,
        metavar="DAYS",
        help="as --disaggregate, with hours from days up to so far in the year (default: 15)",
    )
    simulate.add_argument(
        "--hours",
        metavar="FILE|formula",
        help="as --disaggregate, with the courses of days of this hourly record (of stations with the same names, or of one for "
        "all), or by formula",
    )
    simulate.add_argument("--workers", type=terminal.positive, help="threads (default: one per core, or as many as help)")
    simulate.add_argument("--dtype", choices=("float64", "float32"), default="float64", help="type of stored values")
    simulate.add_argument("--engine", choices=("netcdf4", "scipy"), default="netcdf4", help="NetCDF-4 or classic files")
    simulate.add_argument(
        "--compression", type=terminal.count, default=0, metavar="LEVEL", help="zlib level, 0 to 9 (default: 0)"
    )
    simulate.set_defaults(run=run_simulate)


def _add_asked(parser: argparse.ArgumentParser) -> None:
    """Options for all that can be asked for on a command line, from the list of it."""
    from varwg._request import asked_for

    group = parser.add_argument_group("what is simulated (the rest of the keywords of simulate() is for --scenario)")
    kind: Any
    for name, declared in asked_for().items():
        if declared.flag is None or name == "n_days":
            continue
        sentence = _FILES.get(name, declared.sentence).replace("`", "").replace("%", "%%").rstrip(".")
        sentence = sentence[0].lower() + sentence[1:]
        option = f"--{name.replace('_', '-')}"
        if declared.flag == "switch":
            group.add_argument(option, action="store_true", default=None, help=sentence)
        elif declared.flag in ("numbers", "names"):
            kind = terminal.number if declared.flag == "numbers" else str
            group.add_argument(option, type=kind, nargs="+", metavar="NAME" if kind is str else "X", help=sentence)
        else:
            kind, shown = {"number": (float, "X"), "count": (int, "N"), "date": (str, "DATE"), "name": (str, "WORD")}[
                declared.flag
            ]
            group.add_argument(option, type=kind, metavar="FILE.nc" if name in _FILES else shown, help=sentence)


def _add_factors(commands: Any) -> None:
    factors = commands.add_parser("factors", help="change factors between two periods of a climate model")
    factors.add_argument(
        "historical",
        metavar="HISTORICAL.nc",
        help="daily CF file of the first period, in any calendar, or a directory or quoted pattern",
    )
    factors.add_argument("future", metavar="FUTURE.nc", help="the same of the second period")
    factors.add_argument("-o", "--output", required=True, metavar="FACTORS.nc", help="the file for simulate --changes")
    factors.add_argument("--model", metavar="MODEL.nc", help="whose stations get the nearest cells, and whose variables are read")
    factors.add_argument("--variables", nargs="+", metavar="NAME", help="only these (default: all that are known)")
    factors.add_argument(
        "--quantiles", type=terminal.count, metavar="N", help="changes of so many quantiles, in place of moments"
    )
    factors.set_defaults(run=run_factors)


def _add_stress(commands: Any) -> None:
    stress = commands.add_parser("stress", help="responses of a model to a grid of changes of temperature and precipitation")
    stress.add_argument("model", metavar="MODEL.nc", help="file of a fitted model")
    stress.add_argument("--dt", metavar="FIRST:LAST:STEP", help="changes of the mean of all temperatures in K, such as 0:4:1")
    stress.add_argument("--dp", metavar="FIRST:LAST:STEP", help="factors of precipitation, such as 0.7:1.3:0.1")
    stress.add_argument(
        "-n", "--members", type=terminal.count, default=20, metavar="N", help="members of each cell (default: 20)"
    )
    stress.add_argument("-o", "--out-dir", required=True, metavar="DIR", help="where responses are kept, cell by cell")
    stress.add_argument(
        "--response",
        nargs="+",
        default=["annual_sum"],
        metavar="NAME",
        help="annual_sum (the default), driest_100_days, degree_days, summer_maximum",
    )
    stress.add_argument(
        "--days", dest="n_days", type=terminal.count, metavar="N", help="days of each member (default: as the record)"
    )
    stress.add_argument("--scenario", metavar="FILE.toml", help="what else is asked of every cell")
    stress.add_argument("--seed", type=terminal.count, default=0, metavar="N", help="of all cells alike (default: 0)")
    stress.add_argument("--job", default="1/1", metavar="I/N", help="do every N-th cell, from the I-th on, for job arrays")
    stress.add_argument("--workers", type=terminal.count, metavar="N", help="threads (default: one for each core)")
    stress.set_defaults(run=run_stress)


def _add_info(commands: Any) -> None:
    info = commands.add_parser("info", help="describe a model, an ensemble, a member or observations")
    info.add_argument("path", metavar="FILE-or-DIR", help="what is to be described, or - for observations on standard input")
    info.add_argument("--json", action="store_true", help="print JSON in place of text")
    _add_reading(info)
    info.set_defaults(run=run_info)


def _add_export(commands: Any) -> None:
    export = commands.add_parser("export", help="write an ensemble as one file, or as CSV files")
    export.add_argument("ensemble", metavar="DIR", help="directory of an ensemble")
    export.add_argument(
        "target", metavar="TARGET", help="NAME.nc, NAME.zarr, NAME.csv, or a directory for one CSV file per station"
    )
    export.add_argument("--hourly", action="store_true", help="the hours of an ensemble simulated with --disaggregate")
    export.add_argument(
        "--evaporation", action="store_true", help="with reference evaporation, ET0 in mm (Penman and Monteith, or Hargreaves)"
    )
    export.add_argument(
        "--to", metavar="FORMAT", help="files of a model: glm, gotm, dyresm, dssat, apsim, swat, epw, hbv, mhm, met or csv"
    )
    export.add_argument("--grid", action="store_true", help="NAME.nc in the layout of the grid that the observations came in")
    export.add_argument("--like", metavar="FILE", help="NAME.nc in the layout of the grid in this NetCDF file")
    export.set_defaults(run=run_export)


def _add_check(commands: Any) -> None:
    check = commands.add_parser("check", help="whether all files of an ensemble are what was written, byte by byte")
    check.add_argument("directory", metavar="DIR", help="directory of an ensemble")
    check.add_argument("--model", metavar="MODEL.nc", help="what it should have been simulated with")
    check.add_argument("--repair", action="store_true", help="compute again what is wrong; needs --model")
    check.set_defaults(run=run_check)


def _add_merge(commands: Any) -> None:
    merge = commands.add_parser("merge", help="make one directory of several that hold parts of one ensemble")
    merge.add_argument("directories", nargs="+", metavar="DIR", help="what simulate --members FIRST:STOP wrote; it stays")
    merge.add_argument("-o", "--out-dir", required=True, metavar="DIR", help="directory for all members")
    merge.set_defaults(run=run_merge)


def _add_validate(commands: Any) -> None:
    validate = commands.add_parser("validate", help="compare an ensemble with observations, statistic by statistic")
    validate.add_argument("directory", metavar="DIR", help="directory of the members")
    against = validate.add_mutually_exclusive_group(required=True)
    against.add_argument("--obs", metavar="DATA", help="file of observations, as for fit")
    against.add_argument(
        "--base", metavar="DIR", help="ensemble without the scenario: compare what the scenario asked with what was reached"
    )
    validate.add_argument("--csv", metavar="FILE", help="write all values to a CSV file")
    validate.add_argument("--netcdf", metavar="FILE", help="write all values to a NetCDF file")
    validate.add_argument(
        "--max-poor", type=terminal.number, metavar="PERCENT", help="exit with 3 if more values than this are poor"
    )
    validate.add_argument("--json", action="store_true", help="print JSON in place of text")
    _add_reading(validate)
    validate.set_defaults(run=run_validate)


def _add_report(commands: Any) -> None:
    report = commands.add_parser("report", help="write a report as one HTML file (its pictures need matplotlib)")
    report.add_argument("directory", metavar="DIR", help="directory of the members")
    report.add_argument("--obs", required=True, metavar="DATA", help="file of observations, as for fit")
    report.add_argument("--model", metavar="MODEL.nc", help="the fitted model, to show marginals, vine and copulas")
    report.add_argument("--base", metavar="DIR", help="an ensemble without the scenario of this one, to show what it changes")
    report.add_argument(
        "--station", nargs="+", metavar="NAME", help="of the pictures; of several one chooses (default: the first)"
    )
    report.add_argument("-o", "--output", default="report.html", metavar="FILE", help="default: %(default)s")
    _add_reading(report)
    report.set_defaults(run=run_report)


def _add_reproduce(commands: Any) -> None:
    reproduce = commands.add_parser("reproduce", help="recompute a member from its attributes and compare")
    reproduce.add_argument("member", metavar="FILE", help="member file")
    reproduce.add_argument("--model", required=True, metavar="MODEL.nc", help="the fitted model it was simulated with")
    reproduce.add_argument("--hours", metavar="FILE", help="the hourly record that its hours were borrowed from")
    reproduce.add_argument("--json", action="store_true", help="print JSON in place of text")
    reproduce.set_defaults(run=run_reproduce)


def _add_selection(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--stations", nargs="+", metavar="NAME", help="stations to use (default: all)")
    parser.add_argument("--variables", nargs="+", metavar="NAME", help="variables to use (default: all)")
    parser.add_argument("--primary", metavar="NAME", help="primary variable (default: theta, or the first)")
    _add_reading(parser)


def _add_reading(parser: argparse.ArgumentParser) -> None:
    """Options on what a table leaves open, for all commands that read one."""
    reading = parser.add_argument_group("what the observations do not say")
    reading.add_argument(
        "--units", nargs="+", type=terminal.pair, metavar="NAME=UNIT", help="units, in place of those in the data"
    )
    reading.add_argument(
        "--rename", nargs="+", type=terminal.pair, metavar="OLD=NEW", help="names of variables, such as Temp=theta"
    )
    reading.add_argument("--latitude", type=terminal.number, metavar="DEGREES", help="of the stations, north positive")
    reading.add_argument("--longitude", type=terminal.number, metavar="DEGREES", help="of the stations, east positive")
    reading.add_argument("--elevation", type=terminal.number, metavar="M", help="of the stations, in metres")
