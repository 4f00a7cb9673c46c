"""Observations as a table for people: stations, variables, units, ranges, gaps, what looks suspicious; and models in short."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from typing import Final, NamedTuple

import numpy as np

from varwg._arrays import BoolArray, FloatArray, IntArray, TimeArray
from varwg._observations.container import Observations
from varwg._statistics import sorted_quantiles
from varwg._variables import Variable, with_unit

#: More series than this are not listed one by one.
MAX_ROWS: Final = 40
#: Lines of a model's description.
_MOST_LINES: Final = 40
#: A value is far from all others beyond this share of the range of the others.
_GAP: Final = 0.35
#: The same for amounts, whose largest values lie far apart.
_GAP_OF_AMOUNTS: Final = 0.75
#: Quantiles between which values are never suspicious.
_CORE: Final = (0.002, 0.998)
#: So many equal values in succession look like a stuck instrument or a filled gap ...
_STUCK: Final = 5
#: ... where fewer such runs than this are expected of independent values that are equal as often.
_BY_CHANCE: Final = 1e-3
_COLUMNS: Final = ("variable", "unit", "station", "min", "mean", "max", "missing", "longest gap")
#: Least widths of the columns, which grow with what stands in them, and the most that they grow to.
_WIDTHS: Final = (10, 8, 14, 8, 8, 8, 8, 12)
_WIDEST: Final = 28
_TREATMENT: Final = ("variable", "unit", "taken for", "of a day", "bounds", "distribution")
_TREATMENT_WIDTHS: Final = (10, 8, 26, 8, 20, 20)


class Row(NamedTuple):
    """One series in numbers, NaN where it has no values; `missing` is a share, and `longest_gap` in days."""

    variable: str
    units: str
    station: str
    lowest: float
    mean: float
    highest: float
    missing: float
    longest_gap: float
    remarks: tuple[str, ...]

    def cells(self) -> tuple[str, ...]:
        """The row as texts."""
        gap = f"{self.longest_gap:g} d" if self.longest_gap else "-"
        if np.isnan(self.mean):
            return (self.variable, self.units, self.station, "-", "-", "-", "all", gap)
        numbers = (f"{number:.4g}" for number in (self.lowest, self.mean, self.highest))
        return (self.variable, self.units, self.station, *numbers, f"{self.missing:.1%}", gap)


def series_rows(observations: Observations) -> Iterator[Row]:
    """Every series in numbers, variable by variable."""
    for column, variable in enumerate(observations.variables):
        for station, values in zip(observations.stations, observations.values[:, column], strict=True):
            present_days = np.isfinite(values)
            present = values[present_days]
            numbers = (float(present.min()), float(present.mean()), float(present.max())) if present.size else (np.nan,) * 3
            remarks = tuple(_suspicious(values, observations.times, variable)) if present.size else ()
            gap = int(np.max(_runs(~present_days)[1], initial=0)) / observations.steps_per_day
            yield Row(variable.name, variable.units, station, *numbers, float(1.0 - present_days.mean()), gap, remarks)


def describe_observations(observations: Observations, *, title: str = "Observations", max_rows: int = MAX_ROWS) -> str:
    """The table as text, with suspicious values and repairs below it.

    Parameters
    ----------
    observations : Observations
        Daily or sub-daily.
    title : str
        What stands above the table.
    max_rows : int
        So many series are listed, and so many remarks.
    """
    rows = list(series_rows(observations))
    table = _as_lines([_COLUMNS, *(row.cells() for row in rows[:max_rows])], _WIDTHS, texts=3)
    lines = [f"{title}: {_extent(observations)}", *table]
    if len(rows) > max_rows:
        lines.append(f"... and {len(rows) - max_rows} more series")
    lines += treatment_lines(observations.variables)
    return "\n".join([*lines, *_shortened(_remarks(rows, observations), max_rows)])


def treatment_lines(variables: tuple[Variable, ...]) -> list[str]:
    """What each variable is taken for and what is done to it, as the lines of a table with a header."""
    return _as_lines([_TREATMENT, *map(_treatment, variables)], _TREATMENT_WIDTHS, texts=len(_TREATMENT))


def _treatment(variable: Variable) -> tuple[str, ...]:
    ends = (f"{variable.lower:g}", "day's highest" if variable.upper_bound != "none" else f"{variable.upper:g}")
    bounds = "none" if ends == ("-inf", "inf") else " to ".join(ends).replace("-inf", "any").replace("inf", "any")
    return (
        variable.name,
        variable.units,
        variable.long_name or "another quantity",
        variable.aggregation,
        bounds,
        variable.marginal.replace("_", " "),
    )


def describe_model(
    kind: str,
    variables: Sequence[Variable],
    families: Sequence[Sequence[str]],
    stations: Sequence[str],
    record: str,
    further: Sequence[str] = (),
    *,
    max_rows: int = 24,
) -> str:
    """A fitted model in at most forty lines: what it is of, the distributions of its variables, and whatever else.

    Parameters
    ----------
    kind : str
        What it is.
    variables : sequence of Variable
        The K variables.
    families : sequence (K) of sequence of str
        Families of the distributions at the stations that report the variable.
    stations : sequence of str
        Names.
    record : str
        What it was fitted to.
    further : sequence of str
        Lines that follow, of which as many are shown as there is room for.
    max_rows : int
        Variables that are shown.
    """
    shown = ", ".join(stations) if len(stations) <= 8 else f"{', '.join(stations[:7])}, ... and {len(stations) - 7} more"
    lines = [f"{kind} of {len(stations)} station{'s' * (len(stations) != 1)} ({shown}), fitted to {record}"]
    width = max(len(variable.name) for variable in variables)
    for variable, at_stations in list(zip(variables, families, strict=True))[:max_rows]:
        counts = {family: list(at_stations).count(family) for family in dict.fromkeys(at_stations)}
        told = ", ".join(family if len(counts) == 1 else f"{family} ({n})" for family, n in counts.items()) or "not reported"
        lines.append(f"  {variable.name:{width}}  {told}  [{variable.units}]")
    if len(variables) > max_rows:
        lines.append(f"  ... and {len(variables) - max_rows} more variables")
    room = _MOST_LINES - len(lines)
    kept = list(further) if len(further) <= room else [*further[: room - 1], f"... and {len(further) - room + 1} more lines"]
    return "\n".join([*lines, *kept])


def observations_html(observations: Observations, *, title: str = "Observations", max_rows: int = MAX_ROWS) -> str:
    """The table as HTML, for notebooks; parameters as for `describe_observations`."""
    rows = list(series_rows(observations))
    head = "".join(f"<th>{escape(name)}</th>" for name in _COLUMNS)
    body = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row.cells())}</tr>" for row in rows[:max_rows])
    notes = _shortened(_remarks(rows, observations), max_rows)
    if len(rows) > max_rows:
        notes = [f"... and {len(rows) - max_rows} more series", *notes]
    text = "".join(f"<p>{escape(note)}</p>" for note in notes)
    return f"<p><b>{escape(title)}</b>: {escape(_extent(observations))}</p><table><tr>{head}</tr>{body}</table>{text}"


def _extent(observations: Observations) -> str:
    first, last = (str(observations.times[place].astype("datetime64[D]")) for place in (0, -1))
    steps = observations.times.size
    length = f"{steps} days" if observations.steps_per_day == 1 else f"{steps} steps ({observations.steps_per_day} a day)"
    stations, variables = (counted(len(names), kind) for names, kind in (
        (observations.stations, "station"), (observations.variables, "variable")))  # fmt: skip
    return f"{stations} x {variables}, {length} from {first} to {last}"


def counted(number: int, kind: str) -> str:
    """A number of things, as in 1 station and 2 stations."""
    return f"{number} {kind}" if number == 1 else f"{number} {kind}s"


def _as_lines(rows: list[tuple[str, ...]], least: tuple[int, ...], texts: int) -> list[str]:
    """Lines of a table whose first columns are texts, at the left, and whose others are numbers, at the right."""
    widths = [
        max(width, min(_WIDEST, max(map(len, column)))) for width, column in zip(least, zip(*rows, strict=True), strict=True)
    ]
    signs = ["<" if number < texts else ">" for number in range(len(least))]
    return [
        " ".join(f"{_cut(cell, width):{sign}{width}s}" for cell, width, sign in zip(row, widths, signs, strict=True)).rstrip()
        for row in rows
    ]


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}~"


def _remarks(rows: list[Row], observations: Observations) -> list[str]:
    suspicious = [f"suspicious: {row.variable} at {row.station}: {remark}" for row in rows for remark in row.remarks]
    return [*suspicious, *(f"note: {repair}" for repair in observations.repairs)]


def _shortened(notes: list[str], most: int) -> list[str]:
    return [*notes[:most], *([f"... and {len(notes) - most} more remarks"] if len(notes) > most else [])]


def _runs(flags: BoolArray) -> tuple[IntArray, IntArray]:
    """First positions and lengths of the runs of true values."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    return edges[::2], edges[1::2] - edges[::2]


def _suspicious(values: FloatArray, times: TimeArray, variable: Variable) -> Iterator[str]:
    """What a person would look up in the original record."""
    yield from _isolated(values, times, variable)
    yield from _stuck(values, times, variable)


def _isolated(values: FloatArray, times: TimeArray, variable: Variable) -> Iterator[str]:
    """Values beyond a wide gap in the sorted values at either end."""
    ordered = np.sort(values[np.isfinite(values)])
    if ordered.size < 100:
        return
    low, high = sorted_quantiles(ordered, _CORE)
    share = _GAP_OF_AMOUNTS if variable.marginal.startswith("zero_inflated") else _GAP
    for side, tail in (("above", ordered[ordered >= high]), ("below", ordered[ordered <= low][::-1])):
        gaps = np.abs(np.diff(tail))
        if not gaps.size or gaps.max() <= share * (high - low):
            continue
        last = int(np.argmax(gaps))
        beyond = tail[last + 1 :]
        place = int(np.flatnonzero(values == beyond[-1])[0])
        subject = f"a value far {side}" if beyond.size == 1 else f"{beyond.size} values far {side}"
        yield (
            f"{subject} all others: {with_unit(beyond[-1], variable)} on {_day(times[place])}, where the others end at "
            f"{with_unit(tail[last], variable)}"
        )


def _stuck(values: FloatArray, times: TimeArray, variable: Variable) -> Iterator[str]:
    """The longest run of equal values that are neither a bound nor dry, if chance would hardly make one as long."""
    inside = np.isfinite(values) & (values > variable.lower) & (values < variable.upper)
    if variable.threshold > 0.0:
        inside &= values >= variable.threshold
    pairs = inside[1:] & inside[:-1]
    equal = pairs & (values[1:] == values[:-1])
    places, lengths = _runs(equal)
    longest = int(np.argmax(lengths)) if lengths.size else 0
    length = int(np.max(lengths, initial=0)) + 1
    expected = pairs.sum() * (equal.sum() / max(pairs.sum(), 1)) ** (length - 1)
    if length >= _STUCK and expected < _BY_CHANCE:
        start = int(places[longest])
        yield f"{length} equal values in succession, {with_unit(values[start], variable)}, from {_day(times[start])} on"


def _day(time: np.datetime64) -> str:
    return str(time.astype("datetime64[D]"))
