"""The report: validation, pictures and provenance as one HTML file."""

from __future__ import annotations

import base64
import hashlib
import json
import shlex
from collections.abc import Iterator, Sequence
from html import escape
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from string import Template
from typing import Any, Final, NamedTuple

import numpy as np
import xarray as xr

from varwg._description import series_rows
from varwg._observations import Observations, read_observations
from varwg._persistence import REPORT, write_text
from varwg._variables import Variable
from varwg.errors import DataError
from varwg.plotting import _style as style
from varwg.plotting._marginals import family_words
from varwg.plotting._source import reported
from weathercop import validation
from weathercop._describe import source_of_phases, words_of
from weathercop._model import MultisiteModel
from weathercop.plotting._vine import family_name, tree_edges, vine_of
from weathercop.validation._sample import is_rain
from weathercop.validation._tables import at_station
from weathercop.vines._base import tau_text

#: Seven years hold at least five whole calendar years, even with a gap of one.
_DAYS_FOR_EXTREMES: Final = 7 * 366
#: Hours of more members than this only take memory.
_HOURLY_MEMBERS: Final = 5
#: Enough for a screen and for paper, and half the size of what figures have by themselves.
_DPI: Final = 110
#: Letters that a legend has room for.
_LONGEST_LABEL: Final = 28


def available() -> bool:
    """Whether matplotlib is installed."""
    return find_spec("matplotlib") is not None


class ReportPictures:
    """Pictures of one station beside the observations.

    Parameters
    ----------
    simulated : xarray.DataArray, dimensions (realization, station, variable, time)
        The members at this station, in memory.
    observed : Observations
        Of all stations.
    station : str
        The station.
    model : MultisiteModel or None
        Where what was fitted is taken from.
    """

    def __init__(self, simulated: xr.DataArray, observed: Observations, station: str, model: MultisiteModel | None) -> None:
        from weathercop.plotting import Pictures

        self.simulated = simulated
        self.observed = observed
        self.station = station
        observed_names = reported(observed, station)
        self.names = tuple(name for name in reported(simulated, station) if name in observed_names)
        self.pictures = Pictures(simulated, observed, station=station, model=model)

    def summary(self, ensemble: xr.DataArray, report: xr.Dataset) -> str:
        """What matters most in one picture."""
        from weathercop.plotting import summary_picture

        drawn = summary_picture(ensemble, self.observed, report, station=self.station)
        return _gallery([_figure("Year, memory, grades, months, extremes and dependence; blue is simulated, black observed.",
                                 drawn, wide=True)])  # fmt: skip

    def weather(self) -> Iterator[tuple[str, str]]:
        """Heading and HTML of the course of one year, and of each variable."""
        text = "The first year; observed weather is not meant to be repeated."
        drawn = [_figure(text, self.pictures.meteogram(), wide=True)]
        if {"u", "v"} <= set(self.names):
            drawn.append(_figure("Observed wind.", self.pictures.wind_rose(observed=True)))
            drawn.append(_figure("Simulated wind.", self.pictures.wind_rose()))
        yield "Weather", _gallery(drawn)
        for variable in self.observed.variables:
            words = (variable.long_name or variable.name).capitalize()
            here = variable.name in self.names
            html = _gallery(self._of_variable(variable)) if here else f"<p>{escape(self.station)} does not report it.</p>"
            yield words, html

    def together(self, ensemble: xr.DataArray) -> str:
        """Correlations of stations and variables, and the map."""
        pictures = type(self.pictures)(ensemble, self.observed, station=self.station)
        drawn = []
        if ensemble.sizes["station"] > 1 or ensemble.sizes["variable"] > 1:
            drawn.append(_figure("Correlations of all pairs.", pictures.correlation_scatter(), wide=True))
        if ensemble.sizes["variable"] > 1:
            drawn.append(_figure("Correlations of the variables.", pictures.variable_correlations()))
        if ensemble.sizes["station"] > 1:
            shown = [treated.name for number, treated in enumerate(self.observed.variables) if number == 0 or is_rain(treated)]
            drawn += [_figure(f"Correlations of the stations: {name}.", pictures.station_correlations(name)) for name in shown]
        if (np.isfinite(self.observed.longitude) & np.isfinite(self.observed.latitude)).any():
            drawn.append(_figure("The stations.", pictures.station_map()))
        return _gallery(drawn)

    def hours(self, hourly: xr.DataArray) -> str:
        """The mean course of a day of each variable, of the first members."""
        few = hourly.isel(realization=slice(_HOURLY_MEMBERS)).sel(station=[self.station]).load()
        pictures = type(self.pictures)(few, self.observed.hourly, station=self.station)
        return _gallery(
            _figure(f"{(variable.long_name or variable.name).capitalize()} in the course of a day.", pictures.day_courses(name))
            for name, variable in zip(self.observed.names, self.observed.variables, strict=True)
            if name in self.names
        )

    def scenario(self, base: xr.DataArray) -> str:
        """Every variable beside that of the base."""
        pictures = type(self.pictures)(base.sel(station=[self.station]).load(), self.observed, station=self.station)
        words = words_of(str(self.simulated.attrs.get("scenario", "")))
        label = words if words != "none" and len(words) <= _LONGEST_LABEL else "scenario"
        return _gallery([
            _figure(f"{(variable.long_name or variable.name).capitalize()} without and with the scenario.",
                    pictures.scenario_change(self.simulated, variable.name, label=label), wide=True)
            for variable in self.observed.variables
            if variable.name in self.names
        ])  # fmt: skip

    def marginals(self, names: list[str]) -> str:
        """Quantiles of fitted marginals in the course of the year, and one month of each."""
        drawn = []
        for name in names:
            drawn.append(_figure(f"Quantiles of {name} in the course of the year.", self.pictures.seasonal_marginal(name)))
            drawn.append(_figure(f"Distribution of {name} in July.", self.pictures.marginal_fit(name)))
        return _gallery(drawn)

    def copulas(self) -> str:
        """Trees of the vine, dependence in the course of the year, and the copulas of the first tree."""
        return _gallery([
            _figure("The trees of the vine, whose pairs are those of the table above.", self.pictures.vine_trees(), wide=True),
            _figure("Dependence in the course of the year.", self.pictures.seasonal_tau(), wide=True),
            _figure("Copulas of the first tree.", self.pictures.copula_densities(trees=1), wide=True),
        ])  # fmt: skip

    def _of_variable(self, variable: Variable) -> Iterator[str]:
        pictures, name = self.pictures, variable.name
        yield _figure("Means of the months.", pictures.monthly_means(name))
        yield _figure("Distributions by month.", pictures.monthly_violins(name))
        if is_rain(variable):
            yield _figure("Wet days by month.", pictures.wet_fractions(name))
            yield _figure("Wet and dry spells.", pictures.spell_lengths(name))
        else:
            yield _figure("The annual cycle.", pictures.annual_cycle(name))
        yield _figure("Quantiles against quantiles.", pictures.qq(name))
        long_enough = min(self.observed.times.size, self.simulated.sizes["time"]) >= _DAYS_FOR_EXTREMES
        if variable.upper_bound == "none" and long_enough:
            yield _figure("Rare events.", pictures.return_levels(name))
        else:
            yield _figure("Probability of exceedance.", pictures.exceedance_curve(name))
        yield _figure("Memory of anomalies.", pictures.autocorrelation(name))
        yield _figure("Variance by period.", pictures.spectrum(name))


def _gallery(figures: Any) -> str:
    return f'<div class="pictures">{"".join(figures)}</div>'


def _figure(caption: str, drawn: tuple[Any, Any], *, wide: bool = False) -> str:
    """A figure with its caption; a wide one has a row of its own, and can be moved sideways where there is no room."""
    data = base64.b64encode(style.png(drawn[0], dpi=_DPI, small=True)).decode("ascii")
    seen = style.in_words(drawn[0])
    style.close(drawn[0])
    words, kind = escape(caption), ' class="wide"' if wide else ""
    image = f'<img loading="lazy" alt="{escape(f"{caption} {seen}".strip())}" src="data:image/png;base64,{data}">'
    return f'<figure{kind}><div class="scroll">{image}</div><figcaption>{words}</figcaption></figure>'


#: Provenance that is shown, and which of it is JSON to be put in words.
_PROVENANCE: Final = ("seed", "bit_generator", "model", "version", "numpy_version", "scipy_version", "python_version")
_AS_WORDS: Final = ("scenario", "phases", "conditions", "heat_waves", "disaggregation")


class Section(NamedTuple):
    """A part of the report: anchor, heading and HTML, and of which station it is, where it is of one."""

    anchor: str
    heading: str
    html: str
    station: str = ""


class Sources(NamedTuple):
    """Where the parts of a report come from, for the commands that make it again."""

    observations: str = "OBSERVATIONS.nc"
    model: str = "MODEL.nc"
    directory: str = "DIRECTORY"


def write_report(
    path: str | Path,
    ensemble: xr.DataArray,
    obs: Any,
    *,
    model: MultisiteModel | None = None,
    station: str | Sequence[str] | None = None,
    base: xr.DataArray | None = None,
    hourly: xr.DataArray | None = None,
    checked: xr.Dataset | None = None,
    sources: Sources | None = None,
) -> None:
    """Write the report of an ensemble to an HTML file.

    Without matplotlib it has no pictures, and says so.

    Parameters
    ----------
    path : str or Path
        The file.
    ensemble : xarray.DataArray, dimensions (realization, station, variable, time)
        In memory or opened lazily.
    obs : Observations, or whatever `varwg.read_observations` reads
        The observations.
    model : MultisiteModel, optional
        Adds marginals, vine and copulas to the report.
    station : str or sequence of str, optional
        Stations of the pictures of single stations, between which the reader chooses; the first by default.
    base : xarray.DataArray, optional
        An ensemble without the scenario of this one, to show what the scenario changes.
    hourly : xarray.DataArray, optional
        The hours of the ensemble, to show the courses of days; drawn if the observations are hourly too.
    checked : xarray.Dataset, optional
        The result of `weathercop.validate`, if it is there already.
    sources : Sources, optional
        Names of files for the commands in the report.

    Raises
    ------
    DataError
        If ensemble, observations, model and station do not go together, or the file cannot be written.
    """
    stations, names = ([str(name) for name in ensemble[dim].values] for dim in ("station", "variable"))
    places = stations[:1] if station is None else [station] if isinstance(station, str) else list(dict.fromkeys(station))
    for place in places:
        if place not in stations:
            raise DataError(
                f"there is no station {place!r} in the ensemble, which has {', '.join(stations)}: name one or several of these."
            )
    observations = obs if isinstance(obs, Observations) else read_observations(obs, stations=stations, variables=names)
    compared = observations.select(stations, names)
    report = validation.validate(ensemble, compared) if checked is None else checked
    shown = {
        place: ReportPictures(ensemble.sel(station=[place]).load(), compared, place, model) for place in places if available()
    }
    summaries, parts = [], []
    for place, pictures in shown.items():
        if min(ensemble.sizes["time"], compared.times.size) >= _DAYS_FOR_EXTREMES and names[0] in pictures.names:
            summaries.append(Section("summary", "At a glance", pictures.summary(ensemble, report), place))
        # Numbered, because names of variables are text, which an anchor is not.
        weather = enumerate(pictures.weather())
        parts += [Section(f"variable-{number}", heading, html, place) for number, (heading, html) in weather]
        if hourly is not None and compared.hourly is not None:
            parts.append(Section("hours", "Hours", pictures.hours(hourly), place))
        if base is not None:
            parts.append(Section("scenario", "What the scenario changes", pictures.scenario(base), place))
    if model is not None:
        parts += [Section("model", "Model", _model(model, place, shown.get(place)), place) for place in places]
    sections = [*summaries, _agreement(report), _observations(compared), *parts]
    if shown:
        sections.append(Section("together", "Stations and variables together", shown[places[0]].together(ensemble)))
    sections.append(_reproduction(ensemble, model, sources or Sources()))
    write_text(path, _page(ensemble, compared, places, sections, with_pictures=bool(shown)), kind=REPORT)


def _page(
    ensemble: xr.DataArray, observations: Observations, places: Sequence[str], sections: Sequence[Section], *, with_pictures: bool
) -> str:
    several = len(places) > 1
    anchors = [f"{part.anchor}-{places.index(part.station)}" if several and part.station else part.anchor for part in sections]
    of_station = [f' data-station="{escape(part.station)}"' if several and part.station else "" for part in sections]
    headings = [f"{part.heading}, {part.station}" if several and part.station else part.heading for part in sections]
    body = [
        f'<section id="{anchor}"{own_station}>\n<h2>{escape(heading)}</h2>\n{part.html}\n</section>'
        for anchor, own_station, heading, part in zip(anchors, of_station, headings, sections, strict=True)
    ]
    links = [
        f'<a href="#{anchor}"{own_station}>{escape(part.heading)}</a>'
        for anchor, own_station, part in zip(anchors, of_station, sections, strict=True)
    ]
    options = "".join(f"<option>{escape(place)}</option>" for place in places)
    chooser = f'<label class="chooser">Pictures of <select id="pictures">{options}</select></label>\n' if several else ""
    days, observed = (times.astype("datetime64[D]") for times in (ensemble["time"].values, observations.times))
    facts = (
        ("members", str(ensemble.sizes["realization"])),
        ("days", f"{days.size} ({days[0]} to {days[-1]})"),
        ("stations", ", ".join(map(str, ensemble["station"].values))),
        ("variables", ", ".join(f"{treated.long_name or treated.name} ({treated.name})" for treated in observations.variables)),
        ("scenario", words_of(str(ensemble.attrs.get("scenario", "")))),
        ("observed", f"{observed.size} days from {observed[0]} to {observed[-1]}"),
        ("pictures", f"of {', '.join(places)}, where they are of one station" if with_pictures
         else "none: install matplotlib (pip install 'varwg-weathercop[plot]') and make the report again"),
    )  # fmt: skip
    folder = files("weathercop") / "templates"
    page, script = ((folder / name).read_text(encoding="utf-8") for name in ("report.html", "report.js"))
    digest = base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii")
    return Template(page).substitute(
        script=script,
        script_hash=f"sha256-{digest}",
        title="Simulated weather against observations",
        facts=_terms(facts),
        links=chooser + " ".join(links),
        body="\n".join(body),
    )


def _agreement(report: xr.Dataset) -> Section:
    """Grades: of all, and of each statistic with the value that is furthest off; of all stations, or of one that is chosen."""
    pretty = [style.pretty_units(str(units)) for units in report["units"].values]
    report = report.assign_coords(units=("variable", np.array(pretty, dtype=np.str_)))
    stations = [str(name) for name in report["station"].values]
    each = [at_station(report, name) for name in stations] if len(stations) > 1 else []
    lines = [f"<tbody>{_grade_row([report, *each], '')}</tbody>"]
    for group, statistics in validation.GROUPS:
        rows = [
            _grade_row([report, *each], statistic.name)
            for statistic in statistics
            if validation.grade_shares(report, statistic.name).n_values
        ]
        if rows:
            title = f'<tr><th colspan="5" class="group" scope="rowgroup">{escape(group.capitalize())}</th></tr>'
            lines.append("\n".join([f"<tbody>{title}", *rows, "</tbody>"]))
    head = "".join(f'<th class="number" scope="col">{word}</th>' for word in ("values", *validation.GRADES[1:]))
    total = validation.grade_shares(report)
    grades = zip(validation.GRADES[1:], total[1:], strict=True)
    key = " &nbsp; ".join(f'<span class="key {grade}"></span>{grade} {share:.0%}' for grade, share in grades)
    options = "".join(f"<option>{escape(name)}</option>" for name in ("all stations", *stations))
    chooser = f'<label class="chooser">Grades of <select id="grades">{options}</select></label>' if each else ""
    explanation = (
        "Good: the observed value lies in the 90 % range of the members. Fair: it lies in their 99.7 % range, or their median "
        "is within 5 % of it. Poor: neither. Where the model is true, one in ten values is not good by chance. Below "
        "each statistic is the value that is furthest off: observed / median of the members (90 % range)."
    )
    above = f'<p>{total.n_values} values: {key}</p>\n<p class="soft">{escape(explanation)}</p>\n{chooser}\n'
    table = f'<thead><tr><th scope="col">statistic</th>{head}</tr></thead>\n' + "\n".join(lines)
    html = f'{above}<div class="scroll"><table class="grades">{table}\n</table></div>'
    return Section("agreement", "Agreement", html)


def _grade_row(reports: Sequence[xr.Dataset], name: str) -> str:
    """A row of the table of grades: of one statistic, or of all; with what it is at each station for the script."""
    cells = [_grade_cells(report, name) for report in reports]
    data = f' data-stations="{escape(json.dumps(cells, ensure_ascii=False))}"' if len(cells) > 1 else ""
    first, *numbers = cells[0]
    return f"<tr{data}><td>{first}</td>" + "".join(f'<td class="number">{text}</td>' for text in numbers) + "</tr>"


def _grade_cells(report: xr.Dataset, name: str) -> list[str]:
    shares = validation.grade_shares(report, *([name] if name else []))
    words = escape(str(report[name].attrs["long_name"]) if name else "all statistics")
    if not shares.n_values:
        return [words, "0", "–", "–", "–"]
    detail = f'<div class="soft small">{escape(validation.furthest(report, name))}</div>' if name else ""
    return [f"{words}{_bar(shares)}{detail}", str(shares.n_values), *(f"{share:.0%}" for share in shares[1:])]


def _bar(shares: validation.Shares) -> str:
    parts = zip(validation.GRADES[1:], shares[1:], strict=True)
    spans = "".join(f'<span class="{grade}" style="width: {100 * share:.2f}%"></span>' for grade, share in parts if share > 0.0)
    return f'<div class="bar">{spans}</div>'


def _observations(observations: Observations) -> Section:
    """What was observed, what looks suspicious in it, and what was repaired."""
    head = "".join(f"<th>{name}</th>" for name in ("variable", "unit", "station"))
    head += "".join(f'<th class="number">{name}</th>' for name in ("min", "mean", "max", "missing", "longest gap"))
    rows = list(series_rows(observations))
    lines = []
    for row in rows:
        name, units, *cells = row.cells()
        texts = "".join(f"<td>{escape(cell)}</td>" for cell in (name, style.pretty_units(units) or "–", cells[0]))
        numbers = "".join(f'<td class="number">{escape(cell)}</td>' for cell in cells[1:])
        lines.append(f"<tr>{texts}{numbers}</tr>")
    remarks = [f"{row.variable} at {row.station}: {remark}." for row in rows for remark in row.remarks]
    html = f'<div class="scroll"><table><tr>{head}</tr>\n{chr(10).join(lines)}\n</table></div>'
    return Section(
        "observations", "Observations", html + _list("Suspicious values", remarks) + _list("Notes", observations.repairs)
    )


def _list(heading: str, items: Sequence[str]) -> str:
    return f"\n<h3>{heading}</h3>\n<ul>{''.join(f'<li>{escape(item)}</li>' for item in items)}</ul>" if items else ""


def _model(model: MultisiteModel, station: str, pictures: ReportPictures | None) -> str:
    """Marginals, vine and copulas of one station."""
    fitted = model.marginals[model.stations.index(station)]
    marginals = [(variable, marginal) for variable, marginal in zip(model.variables, fitted, strict=True) if marginal is not None]
    rows = [_row(variable.long_name or variable.name, family_words(marginal.family)) for variable, marginal in marginals]
    vine = vine_of(model, station)
    edges = [
        _row(str(edge.tree + 1), edge.text(vine.variables), family_name(edge.copula), tau_text(edge.copula))
        for edge in tree_edges(vine)
    ]
    head = "<tr><th>tree</th><th>pair</th><th>family</th><th>Kendall's τ</th></tr>"
    html = f'<h3>Marginals</h3>\n<div class="scroll"><table><tr><th>variable</th><th>family</th></tr>\n{chr(10).join(rows)}\n'
    html += "</table></div>\n" + (pictures.marginals([variable.name for variable, _ in marginals]) if pictures else "")
    html += f'\n<h3>Vine</h3>\n<div class="scroll"><table>{head}\n{chr(10).join(edges)}\n</table></div>\n'
    html += pictures.copulas() if pictures and len(vine.variables) > 1 else ""
    return html


def _reproduction(ensemble: xr.DataArray, model: MultisiteModel | None, sources: Sources) -> Section:
    terms_listed = [(name, str(ensemble.attrs[name])) for name in _PROVENANCE if ensemble.attrs.get(name)]
    terms_listed += [(name, words_of(str(ensemble.attrs[name]))) for name in _AS_WORDS if ensemble.attrs.get(name)]
    days = ensemble["time"].values.astype("datetime64[D]")
    terms = dict(terms_listed)
    if ensemble.attrs.get("phases_from"):
        terms_listed.append(("phases from", source_of_phases(str(ensemble.attrs["phases_from"]))))
    observations, fitted, directory = map(shlex.quote, sources)
    fit_seed = "SEED" if model is None else _readable_seed(model.fit_seed.split(" ")[0])
    draws = f"--seed {_readable_seed(terms.get('seed', ''))}"
    if ensemble.attrs.get("phases_from"):
        draws = "--phases-from BASE"
    calendar = f"--start {days[0]} --days {days.size}"
    commands = [
        f"weathercop fit {observations} -o {fitted} --seed {fit_seed}",
        f"weathercop simulate {fitted} -n {ensemble.sizes['realization']} {draws} {calendar} -o {directory}",
        f"weathercop reproduce {directory}/real_0000.nc --model {fitted}",
    ]
    if terms.get("scenario", "none") != "none":
        commands.insert(1, f"# with the options of the scenario: {terms['scenario']}")
    explanation = (
        "The second command makes the members again; each has its seed in its attributes, and the last command computes one "
        "again and compares it bit by bit (on the same machine with the same versions)."
    )
    return Section(
        "reproduce", "Reproduce", f"{_terms(terms_listed)}\n<p>{explanation}</p>\n<pre>{escape(chr(10).join(commands))}</pre>"
    )


def _readable_seed(seed: str) -> str:
    """A seed that is one number in decimal, as the command line takes it."""
    try:
        return str(int(seed, 0))
    except ValueError:
        return "SEED"


def _terms(pairs: Sequence[tuple[str, str]]) -> str:
    parts = "".join(f"<dt>{escape(name.replace('_', ' '))}</dt><dd>{escape(text)}</dd>" for name, text in pairs)
    return f"<dl>{parts}</dl>"


def _row(*cells: str) -> str:
    return "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>"
