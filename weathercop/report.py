"""The report: one HTML file that shows how well an ensemble agrees with the observations, and needs nothing beside it."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Any, Final, NamedTuple

import xarray as xr

from varwg.errors import DataError
from varwg.io.atomic import write_text
from varwg.observations import Observations, read_observations
from weathercop import plotting, validation
from weathercop.model import MultisiteModel
from weathercop.plotting.vine import family_name, tree_edges, vine_of
from weathercop.validation.sample import is_rain

#: Provenance that is shown as it is recorded.
_PROVENANCE: Final = ("seed", "scenario", "phases_from", "model", "version", "numpy_version", "scipy_version", "python_version")
#: Seven years hold at least five whole calendar years, even with a gap of one.
_DAYS_FOR_EXTREMES: Final = 7 * 366


class Section(NamedTuple):
    """A part of the report: anchor, heading and HTML."""

    anchor: str
    heading: str
    html: str


def write_report(
    path: str | Path,
    ensemble: xr.DataArray,
    obs: Any,
    *,
    model: MultisiteModel | None = None,
    station: str | None = None,
    checked: xr.Dataset | None = None,
) -> None:
    """Write the report of an ensemble to an HTML file.

    Parameters
    ----------
    path : str or Path
        The file.
    ensemble : xarray.DataArray, dims (realization, station, variable, time)
        In memory or opened lazily.
    obs : Observations, or whatever `varwg.read_observations` reads
        The observations.
    model : MultisiteModel, optional
        Adds marginals, vine and copulas to the report.
    station : str, optional
        Station of the pictures of single stations; the first by default.
    checked : xarray.Dataset, optional
        The result of `weathercop.validate`, if it is there already.

    Raises
    ------
    DataError
        If ensemble, observations, model and station do not go together, or the file cannot be written.
    """
    stations, names = ([str(name) for name in ensemble[dim].values] for dim in ("station", "variable"))
    place = stations[0] if station is None else station
    if place not in stations:
        raise DataError(f"there is no station {place!r} in the ensemble, only {', '.join(stations)}: name one of these.")
    report = validation.validate(ensemble, obs) if checked is None else checked
    own = obs if isinstance(obs, Observations) else read_observations(obs, stations=stations, variables=names)
    loaded = ensemble.sel(station=[place]).load()
    sections = [_agreement(report), *_weather(loaded, own, place), _together(ensemble, own, place)]
    if model is not None:
        sections.append(_model(model, own, place))
    sections.append(_reproduction(ensemble, own))
    days = ensemble["time"].values.astype("datetime64[D]")
    subtitle = (
        f"{ensemble.sizes['realization']} members of {days.size} days ({days[0]} to {days[-1]}) at {', '.join(stations)}; "
        f"{own.times.size} observed days from {str(own.times[0])[:10]}. Pictures of single stations: {place}."
    )
    write_text(path, _page("Simulated weather against observations", subtitle, sections))


def _page(title: str, subtitle: str, sections: Sequence[Section]) -> str:
    template = Template((files("weathercop") / "templates" / "report.html").read_text(encoding="utf-8"))
    links = " ".join(f'<a href="#{section.anchor}">{escape(section.heading)}</a>' for section in sections)
    body = "\n".join(f'<section id="{s.anchor}">\n<h2>{escape(s.heading)}</h2>\n{s.html}\n</section>' for s in sections)
    return template.substitute(title=escape(title), subtitle=escape(subtitle), links=links, body=body)


def _agreement(report: xr.Dataset) -> Section:
    """Grades: of all, as a picture, and as a table."""
    total = validation.grade_shares(report)
    shares = list(zip(validation.GRADES[1:], total[1:], strict=True))
    bar = "".join(f'<span class="{grade}" style="width: {100 * share:.2f}%"></span>' for grade, share in shares)
    key = " &nbsp; ".join(f'<span class="key {grade}"></span>{grade} {share:.0%}' for grade, share in shares)
    lines = []
    for name in validation.statistic_names(report):
        own = validation.grade_shares(report, name)
        if own.n_values:
            numbers = "".join(f'<td class="number">{share:.0%}</td>' for share in own[1:])
            words = escape(str(report[name].attrs["long_name"]))
            lines.append(f'<tr><td>{words}</td><td class="number">{own.n_values}</td>{numbers}</tr>')
    head = "".join(f'<th class="number">{word}</th>' for word in ("values", *validation.GRADES[1:]))
    explanation = (
        "Good: the observed value lies in the 90 % range of the members. Fair: it lies in their 99.7 % range, or their median "
        "is within 5 % of it. Poor: neither. Where the model is true, about one in ten values is not good by chance."
    )
    pictures = _pictures((("Shares of grades, by statistic.", plotting.grade_bars(report)),))
    return Section(
        "agreement",
        "Agreement",
        f'<div class="bar">{bar}</div>\n<p>{total.n_values} values: {key}</p>\n<p class="soft">{explanation}</p>\n{pictures}\n'
        f'<div class="scroll"><table><tr><th>statistic</th>{head}</tr>\n' + "\n".join(lines) + "\n</table></div>",
    )


def _weather(ensemble: xr.DataArray, own: Observations, station: str) -> list[Section]:
    """The course of one year, and the pictures of each variable."""
    pictures = plotting.Pictures(ensemble, own, station=station)
    sections = [Section("weather", "Weather", _pictures((("The first year; observed weather is not meant to be repeated.",
                                                          pictures.meteogram()),), wide=True))]  # fmt: skip
    for variable in own.select(None, [str(name) for name in ensemble["variable"].values]).variables:
        name, rain = variable.name, is_rain(variable)
        drawn = [
            ("Means of the months.", pictures.monthly_means(name)),
            ("Distributions by month.", pictures.monthly_violins(name)),
            ("Quantiles against quantiles.", pictures.qq(name)),
            ("Memory of anomalies.", pictures.autocorrelation(name)),
            ("Variance by period.", pictures.spectrum(name)),
        ]
        if rain:
            drawn += [("Wet days by month.", pictures.wet_fractions(name)), ("Wet and dry spells.", pictures.spell_lengths(name))]
        unbounded = variable.upper_bound == "none"
        if unbounded and own.times.size >= _DAYS_FOR_EXTREMES and ensemble.sizes["time"] >= _DAYS_FOR_EXTREMES:
            drawn.append(("Rare events.", pictures.return_levels(name)))
        else:
            drawn.append(("Probability of exceedance.", pictures.exceedance_curve(name)))
        sections.append(Section(f"variable-{len(sections)}", (variable.long_name or name).capitalize(), _pictures(drawn)))
    return sections


def _together(ensemble: xr.DataArray, own: Observations, station: str) -> Section:
    pictures = plotting.Pictures(ensemble, own, station=station)
    drawn = [
        ("Correlations of all pairs.", pictures.correlation_scatter()),
        ("Correlations of the variables.", pictures.variable_correlations()),
    ]
    if ensemble.sizes["station"] > 1:
        first = str(ensemble["variable"].values[0])
        drawn.append(("Correlations of the stations.", pictures.station_correlations(first)))
    return Section("together", "Stations and variables together", _pictures(drawn))


def _model(model: MultisiteModel, own: Observations, station: str) -> Section:
    """Marginals, vine and copulas of one station."""
    fitted = model.marginals[model.stations.index(station)]
    marginals = [(variable, own_fit) for variable, own_fit in zip(model.variables, fitted, strict=True) if own_fit is not None]
    lines = [_row(variable.long_name or variable.name, marginal.family.replace("_", "-")) for variable, marginal in marginals]
    vine = vine_of(model, station)
    edges = []
    for edge in tree_edges(vine):
        tau = edge.copula.tau()
        span = f"{tau.min():+.2f} to {tau.max():+.2f}"
        edges.append(_row(str(edge.tree + 1), edge.text(vine.variables), family_name(edge.copula), span))
    drawn = []
    for variable, _ in marginals:
        picture = plotting.seasonal_marginal(model, own, variable.name, station=station)
        drawn.append((f"Quantiles of {variable.name} in the course of the year.", picture))
    copulas = []
    if len(vine.variables) > 1:
        copulas = [
            ("The trees of the vine.", plotting.vine_trees(model, station=station)),
            ("Dependence in the course of the year.", plotting.seasonal_tau(model, station=station)),
            ("Copulas of the first tree.", plotting.copula_densities(model, own, station=station, trees=1)),
        ]
    edge_head = "<tr><th>tree</th><th>pair</th><th>family</th><th>Kendall's τ</th></tr>"
    return Section(
        "model",
        "Model",
        f"<h3>Marginals</h3>\n<table><tr><th>variable</th><th>family</th></tr>\n{chr(10).join(lines)}\n</table>\n{_pictures(drawn)}\n"
        f"<h3>Vine</h3>\n<div class=\"scroll\"><table>{edge_head}\n{chr(10).join(edges)}\n</table></div>\n"
        f"{_pictures(copulas, wide=True)}",
    )  # fmt: skip


def _reproduction(ensemble: xr.DataArray, own: Observations) -> Section:
    known = {name: str(ensemble.attrs[name]) for name in _PROVENANCE if ensemble.attrs.get(name)}
    terms = "".join(f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in known.items())
    repairs = "".join(f"<li>{escape(repair)}</li>" for repair in own.repairs)
    seed, n_members = _readable_seed(known.get("seed", "")), ensemble.sizes["realization"]
    commands = (
        "weathercop fit OBSERVATIONS.nc -o MODEL.nc --seed SEED\n"
        f"weathercop simulate MODEL.nc -n {n_members} -o DIRECTORY --seed {seed}\n"
        "weathercop reproduce DIRECTORY/real_0000.nc --model MODEL.nc"
    )
    explanation = "Each member records its seed; the last command computes one again and compares it bit by bit."
    html = f"<dl>{terms}</dl>\n<p>{explanation}</p>\n<pre>{escape(commands)}</pre>"
    if repairs:
        html += f"\n<h3>Repairs of the observations</h3>\n<ul>{repairs}</ul>"
    return Section("reproduce", "Reproduce", html)


def _readable_seed(seed: str) -> str:
    """A seed that is one number in decimal, as the command line takes it."""
    try:
        return str(int(seed, 0))
    except ValueError:
        return "SEED"


def _row(*cells: str) -> str:
    return "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>"


def _pictures(drawn: Sequence[tuple[str, Any]], wide: bool = False) -> str:
    """Figures with captions; each is encoded at once, so that only one is kept."""
    style = ' class="wide"' if wide else ""
    parts = []
    for caption, (figure, _) in drawn:
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", metadata={"Software": None})
        data = base64.b64encode(buffer.getvalue()).decode("ascii")
        words = escape(caption)
        image = f'<img loading="lazy" alt="{words}" src="data:image/png;base64,{data}">'
        parts.append(f"<figure{style}>{image}<figcaption>{words}</figcaption></figure>")
    return f'<div class="pictures">{"".join(parts)}</div>'
