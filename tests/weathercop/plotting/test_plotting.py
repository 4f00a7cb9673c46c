"""Pictures of several stations, vines, copulas and validations: labels with units, and the right numbers drawn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from varwg import N_DOYS
from varwg.errors import DataError
from weathercop import Multisite, plotting
from weathercop.plotting._vine import tree_edges, vine_of
from weathercop.validation import GROUPS, grade_shares, validate

pytest.importorskip("matplotlib")


@pytest.fixture(scope="module")
def ensemble(example_wc: Multisite) -> xr.DataArray:
    return example_wc.simulate_ensemble(3, seed=1)


@pytest.fixture(scope="module")
def report(example_wc: Multisite, ensemble: xr.DataArray) -> xr.Dataset:
    return validate(ensemble, example_wc.observations)


Draw = Callable[[Multisite, xr.DataArray, xr.Dataset], Any]

PICTURES: dict[str, Draw] = {
    "meteogram": lambda wc, ens, report: plotting.meteogram(ens, wc, station="ZURICH"),
    "one simulation": lambda wc, ens, report: plotting.qq(wc.simulate(rng=np.random.default_rng(1)), wc, "R"),
    "scatter": lambda wc, ens, report: plotting.correlation_scatter(ens, wc.observations),
    "theta": lambda wc, ens, report: plotting.seasonal_tau(wc, parameter=True),
    "tau": lambda wc, ens, report: plotting.seasonal_tau(wc, station="ZURICH"),
    "copula": lambda wc, ens, report: plotting.copula_density(next(tree_edges(vine_of(wc))).copula, 10),
    "map": lambda wc, ens, report: plotting.station_map(wc),
    "grades": lambda wc, ens, report: plotting.grade_bars(report),
    "summary": lambda wc, ens, report: plotting.summary_picture(ens, wc.observations, report, station="ZURICH"),
    "agreement": lambda wc, ens, report: plotting.agreement(report, "quantile", "theta"),
}


def outside_or_over_data(figure: Any) -> list[str]:
    """Texts that a figure cuts, and legends that lie over axes."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    canvas: Any = FigureCanvasAgg(figure)
    canvas.draw()
    renderer, whole, found = canvas.get_renderer(), figure.bbox.padded(1.0), []
    for panel in figure.axes:
        texts = [panel.xaxis.label, panel.yaxis.label, *panel.texts, panel.title, panel._left_title]
        texts += [tick.label1 for axis in (panel.xaxis, panel.yaxis) for tick in axis._update_ticks() if panel.axison]
        legend = panel.get_legend()
        texts += legend.get_texts() if legend else []
        boxes = {text.get_text(): text.get_window_extent(renderer) for text in texts if text.get_text() and text.get_visible()}
        found += [words for words, box in boxes.items() if not all(whole.contains(*corner) for corner in box.corners())]
        if legend and any(legend.get_window_extent(renderer).shrunk(0.98, 0.98).overlaps(other.bbox) for other in figure.axes):
            found.append("a legend over axes")
    return found


@pytest.mark.parametrize("name", PICTURES)
def test_no_text_is_cut_and_no_legend_lies_over_data(
    name: str, example_wc: Multisite, ensemble: xr.DataArray, report: xr.Dataset
) -> None:
    assert outside_or_over_data(PICTURES[name](example_wc, ensemble, report)[0]) == []


def test_long_names_and_many_stations_have_room(example_wc: Multisite) -> None:
    rng = np.random.default_rng(1)
    stations, names = [f"STATION_NUMBER_{n}" for n in range(20)], ["theta_min", "theta_max"]
    days = np.arange("2001-01-01", "2008-01-02", dtype="datetime64[D]")
    values = rng.normal(size=(3, 20, 1, days.size)) + rng.normal(size=(3, 20, 2, days.size)) + [[0.0], [20.0]]
    coordinates = {"station": stations, "variable": names, "time": days, "latitude": ("station", 47 + rng.random(20)),
                   "longitude": ("station", 8 + rng.random(20))}  # fmt: skip
    many = xr.DataArray(values, coordinates, ("realization", "station", "variable", "time"))
    record = many[0].to_dataset("variable")
    observed = Multisite(record, primary_var="theta_min", units=dict.fromkeys(names, "degC"))
    pictures = plotting.Pictures(many, observed)
    drawn = (
        pictures.correlation_scatter(), pictures.station_correlations("theta_min"), pictures.station_map(),
        pictures.cross_correlation("theta_min", "theta_max"), pictures.return_levels("theta_max"),
        pictures.annual_cycle("theta_max"), pictures.monthly_means("theta_max"),
    )  # fmt: skip
    for figure, _ in drawn:
        assert outside_or_over_data(figure) == []


def test_one_variable_at_one_station_is_drawn_or_refused_in_a_sentence(example_wc: Multisite, report: xr.Dataset) -> None:
    alone = example_wc.simulate_ensemble(2, seed=1).isel(station=[0], variable=[0])
    name, place = str(alone["variable"].values[0]), str(alone["station"].values[0])
    for draw in (plotting.correlation_scatter, plotting.variable_correlations):
        with pytest.raises(DataError, match="alone has no correlation"):
            draw(alone, example_wc)
    with pytest.raises(DataError, match=f"{place} alone has no correlation"):
        plotting.station_correlations(alone, example_wc, name)
    figure, axes = plotting.summary_picture(alone, example_wc.observations, report)
    assert [text.get_text() for text in axes[1, 2].texts] == ["one variable, one station: no pairs"]
    assert outside_or_over_data(figure) == []


@pytest.mark.parametrize("name", PICTURES)
def test_every_axis_is_labelled_with_a_unit(name: str, example_wc: Multisite, ensemble: xr.DataArray, report: xr.Dataset) -> None:
    figure, axes = PICTURES[name](example_wc, ensemble, report)
    figure.canvas.draw()
    for panel in np.ravel(np.asarray(axes, dtype=object)):
        graded = panel.get_xlabel().startswith("share of")
        assert graded or "(" in panel.get_ylabel()
        assert panel.get_xlabel() in ("month", "") or "(" in panel.get_xlabel() or name == "meteogram"
        assert panel.has_data()


def test_matrices_show_observed_above_and_simulated_below(example_wc: Multisite, ensemble: xr.DataArray) -> None:
    figure, axes = plotting.variable_correlations(ensemble, example_wc.observations, "BERN")
    shown = np.ma.filled(axes.images[0].get_array(), np.nan)
    names = list(example_wc.observations.names)
    frame = example_wc.observations.to_dataset().sel(station="BERN").to_dataframe()[names]
    expected = frame.corr(method="spearman").to_numpy()
    upper = np.triu_indices(len(names), 1)
    np.testing.assert_allclose(shown[upper], expected[upper], atol=1e-10)
    assert figure.axes[1].get_ylabel().endswith("(-)")
    _, axes = plotting.station_correlations(ensemble, example_wc.observations, "theta")
    assert [label.get_text() for label in axes.get_xticklabels()] == list(example_wc.observations.stations)


def test_trees_have_all_edges(example_wc: Multisite) -> None:
    vine = vine_of(example_wc, "BERN")
    edges = list(tree_edges(vine))
    n = len(vine.variables)
    assert len(edges) == n * (n - 1) // 2
    assert len({frozenset({edge.given, edge.target}) | edge.conditional for edge in edges}) == len(edges)
    assert all(len(edge.conditional) == edge.tree for edge in edges)
    figure, axes = plotting.vine_trees(example_wc, station="BERN")
    assert [len(panel.lines) for panel in np.ravel(axes)] == list(range(n - 1, 0, -1))
    assert figure.axes[0].get_title(loc="left") == "BERN, tree 1"
    with pytest.raises(DataError, match="OSLO"):
        plotting.vine_trees(example_wc, station="OSLO")


def test_seasonal_tau_is_that_of_the_copulas(example_wc: Multisite) -> None:
    _, axes = plotting.seasonal_tau(example_wc)
    first = next(tree_edges(vine_of(example_wc))).copula
    assert axes.lines[0].get_xdata().size == N_DOYS
    np.testing.assert_allclose(axes.lines[0].get_ydata(), first.tau())


def test_densities_have_a_row_for_each_edge_and_dots_inside_the_square(example_wc: Multisite) -> None:
    figure, axes = plotting.copula_densities(example_wc, example_wc.observations, station="BERN", trees=1)
    assert axes.shape == (len(example_wc.model.variables) - 1, 4)
    for panel in axes.flat:
        dots = panel.lines[-1].get_xydata()
        assert len(dots) > 100
        assert ((dots >= 0) & (dots <= 1)).all()
    figure.canvas.draw()
    assert figure.get_supxlabel().endswith("(-)")


def test_bars_of_grades_are_the_shares(report: xr.Dataset) -> None:
    _, axes = plotting.grade_bars(report)
    good = axes.containers[0]
    shares = grade_shares(report, "mean")
    assert good[0].get_width() == pytest.approx(100 * shares.good)
    widths = np.array([[bar.get_width() for bar in container] for container in axes.containers]).sum(axis=0)
    np.testing.assert_allclose(widths, 100.0)


def test_every_picture_of_weather_or_model_is_a_method() -> None:
    of_reports = {"Pictures", "agreement", "grade_bars", "response_surface", "summary_picture"}
    parts = {"copula_density", "correlation_dots"}  # of copula_densities and summary_picture
    assert set(plotting.__all__) - of_reports - parts <= set(dir(plotting.Pictures))


def test_grouped_bars_are_the_shares_of_all_statistics_of_a_group(report: xr.Dataset) -> None:
    _, axes = plotting.grade_bars(report, grouped=True)
    name, statistics = GROUPS[0]
    assert axes.get_yticklabels()[0].get_text() == name
    shares = grade_shares(report, *(statistic.name for statistic in statistics))
    assert axes.containers[0][0].get_width() == pytest.approx(100 * shares.good)


def test_correlations_of_one_simulation_are_those_of_its_array(example_wc: Multisite) -> None:
    result = example_wc.simulate(rng=np.random.default_rng(1))
    _, axes = plotting.variable_correlations(result, example_wc, "ZURICH")
    drawn = np.asarray(axes.images[0].get_array())
    table = pd.DataFrame(result.sim_sea.sel(station="ZURICH").values.T).corr(method="spearman").to_numpy()
    lower = np.tril_indices(len(table), -1)
    np.testing.assert_allclose(drawn[lower], table[lower], atol=1e-9)


def test_a_map_needs_places(example_wc: Multisite, ensemble: xr.DataArray) -> None:
    _, axes = plotting.station_map(ensemble)
    np.testing.assert_allclose(np.asarray(axes.collections[-1].get_offsets())[:, 1], ensemble["latitude"].values)
    with pytest.raises(DataError, match="no map"):
        plotting.station_map(ensemble.drop_vars(["latitude", "longitude", "elevation"]))


def test_pictures_as_methods(example_wc: Multisite, ensemble: xr.DataArray) -> None:
    pictures = plotting.Pictures(ensemble, example_wc.observations, station="ZURICH", model=example_wc.model)
    drawn = (
        pictures.station_correlations("R"), pictures.variable_correlations(), pictures.correlation_scatter(),
        pictures.vine_trees(), pictures.seasonal_tau(), pictures.copula_densities(trees=1), pictures.station_map(),
    )  # fmt: skip
    for figure, axes in drawn:
        assert all(panel.figure is figure for panel in np.ravel(np.asarray(axes, dtype=object)))
    assert drawn[3][0].axes[0].get_title(loc="left") == "ZURICH, tree 1"
    assert pictures.at("BERN").monthly_means("U")[1].get_title(loc="left") == "BERN"
