"""Pictures of one station: labelled axes with units, given axes are used, nothing global is touched, known points are drawn."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import xarray as xr

from varwg import Simulation, VarWG, plotting, read_observations
from varwg.errors import DataError, FitError, VarwgError
from varwg.marginals import ZeroInflated
from varwg.plotting import _source as source
from varwg.plotting import _style as style
from weathercop import example_dataset

matplotlib = pytest.importorskip("matplotlib")


@pytest.fixture(scope="module")
def members(bern_wg: VarWG) -> tuple[Simulation, ...]:
    return tuple(bern_wg.simulate(rng=np.random.default_rng(seed)) for seed in range(4))


Draw = Callable[[Any, VarWG], Any]

PICTURES: dict[str, Draw] = {
    "meteogram": lambda sims, wg: plotting.meteogram(sims, wg),
    "qq": lambda sims, wg: plotting.qq(sims, wg, "theta"),
    "qq of one simulation": lambda sims, wg: plotting.qq(sims[0], wg.observations, "R"),
    "violins": lambda sims, wg: plotting.monthly_violins(sims, wg, "theta"),
    "violins of rain": lambda sims, wg: plotting.monthly_violins(sims, wg, "R"),
    "exceedance": lambda sims, wg: plotting.exceedance_curve(sims, wg, "R"),
    "means": lambda sims, wg: plotting.monthly_means(sims, wg, "rh"),
    "wet": lambda sims, wg: plotting.wet_fractions(sims, wg),
    "cycle": lambda sims, wg: plotting.annual_cycle(sims, wg, "theta"),
    "spells": lambda sims, wg: plotting.spell_lengths(sims, wg),
    "return levels": lambda sims, wg: plotting.return_levels(sims, wg, "R", days=3),
    "autocorrelation": lambda sims, wg: plotting.autocorrelation(sims, wg, "theta"),
    "cross-correlation": lambda sims, wg: plotting.cross_correlation(sims, wg, "theta", "rh"),
    "spectrum": lambda sims, wg: plotting.spectrum(sims, wg, "theta"),
    "marginal": lambda sims, wg: plotting.marginal_fit(wg, wg, "R", month=1),
    "seasonal marginal": lambda sims, wg: plotting.seasonal_marginal(wg, wg, "R"),
    "parameters": lambda sims, wg: plotting.seasonal_parameters(wg, "R"),
    "scenario": lambda sims, wg: plotting.scenario_change(sims[:2], sims[2:], "theta"),
}


@pytest.fixture
def untouched_matplotlib() -> Iterator[None]:
    """Fails if settings change; and pyplot, which keeps figures, must not be imported by a picture (see below)."""
    before = dict(matplotlib.rcParams)
    yield
    assert dict(matplotlib.rcParams) == before


@pytest.mark.parametrize("name", PICTURES)
def test_every_axis_is_labelled_with_a_unit(
    name: str, members: tuple[Simulation, ...], bern_wg: VarWG, untouched_matplotlib: None
) -> None:
    figure, axes = PICTURES[name](members, bern_wg)
    panels = list(np.ravel(np.asarray(axes, dtype=object)))
    assert all(panel.figure is figure for panel in panels)
    figure.canvas.draw()
    shared_y = name == "spells"
    for number, panel in enumerate(panels):
        if name != "meteogram" or number == len(panels) - 1:
            assert panel.get_xlabel(), name
        if number == 0 or not shared_y:
            assert "(" in panel.get_ylabel(), f"{name}: {panel.get_ylabel()!r} has no unit"
        assert panel.lines or panel.collections or panel.patches
    assert figure.axes[0].get_title(loc="left")


@pytest.mark.parametrize("name", ["qq", "monthly_means", "exceedance_curve", "autocorrelation", "spectrum", "annual_cycle"])
def test_given_axes_are_drawn_on(name: str, members: tuple[Simulation, ...], bern_wg: VarWG) -> None:
    figure, axes = style.new_axes()
    found = getattr(plotting, name)(members, bern_wg, "theta", ax=axes)
    assert found[0] is figure
    assert found[1] is axes


def test_pictures_as_methods_are_those_of_the_functions(members: tuple[Simulation, ...], bern_wg: VarWG) -> None:
    pictures = plotting.Pictures(members, bern_wg, model=bern_wg.model).at("BERN")
    drawn = (
        pictures.meteogram(n_days=30), pictures.qq("theta"), pictures.monthly_violins("theta"), pictures.wet_fractions(),
        pictures.exceedance_curve("R"), pictures.monthly_means("theta"), pictures.annual_cycle("rh"), pictures.spell_lengths(),
        pictures.return_levels("R"), pictures.autocorrelation("theta"), pictures.cross_correlation("theta", "R"),
        pictures.spectrum("theta"), pictures.scenario_change(members[:2], "theta", label="warmer"),
        pictures.marginal_fit("theta", month=2), pictures.seasonal_marginal("R"), pictures.seasonal_parameters("R"),
    )  # fmt: skip
    for figure, _ in drawn:
        assert figure.axes[0].get_title(loc="left").startswith("BERN")
    with pytest.raises(DataError, match="OSLO"):
        pictures.at("OSLO").monthly_violins("theta")


def test_every_function_is_a_method() -> None:
    functions = set(plotting.__all__) - {"Pictures", "response_surface"}  # the latter shows no weather
    assert functions <= set(dir(plotting.Pictures))


def test_a_wind_rose_of_components() -> None:
    times = np.arange("2001-01-01", "2001-01-05", dtype="datetime64[D]")
    winds = np.array([[-3.0, -3.0, -3.0, -3.0], [0.0, 0.0, 0.0, 0.0]])  # from the east
    array = xr.DataArray(winds[None], {"station": ["A"], "variable": ["u", "v"], "time": times}, ("station", "variable", "time"))
    _, axes = plotting.Pictures(array, array).wind_rose()
    heights = {round(np.degrees(bar.get_x() + bar.get_width() / 2)): bar.get_height() for bar in axes.patches if bar.get_height()}
    assert heights == {90: pytest.approx(100.0)}
    assert axes.get_title(loc="left") == "A, simulated"
    assert plotting.Pictures(None, array).wind_rose(observed=True)[1].get_title(loc="left") == "A, observed"


def test_what_was_not_given_cannot_be_drawn(bern_wg: VarWG) -> None:
    with pytest.raises(DataError, match="no simulation to draw"):
        plotting.Pictures(None, bern_wg).qq("theta")
    with pytest.raises(FitError, match="no fitted model to draw"):
        plotting.Pictures(bern_wg, bern_wg).marginal_fit("theta")


def test_seasonal_parameters_are_those_of_the_marginal(bern_wg: VarWG) -> None:
    _, axes = plotting.seasonal_parameters(bern_wg, "R")
    marginal = bern_wg.model.marginals[bern_wg.model.variable_names.index("R")]
    assert [panel.get_ylabel() for panel in axes] == ["mean (mm)", "sd (mm)", "probability of dry (-)"]
    np.testing.assert_allclose(axes[0].lines[0].get_ydata(), marginal.mean())
    assert isinstance(marginal, ZeroInflated)
    np.testing.assert_allclose(axes[2].lines[0].get_ydata(), marginal.dry_probability, atol=1e-9)


def test_observed_monthly_means_are_where_they_belong(members: tuple[Simulation, ...], bern_wg: VarWG) -> None:
    _, axes = plotting.monthly_means(members, bern_wg, "theta")
    drawn = next(line for line in axes.lines if line.get_label() == "observed").get_ydata()
    expected = bern_wg.to_dataset()["theta"].isel(station=0).groupby("time.month").mean()
    np.testing.assert_allclose(drawn, expected)


def test_a_simulation_equal_to_the_observations_lies_on_the_diagonal(bern_wg: VarWG) -> None:
    _, axes = plotting.qq(bern_wg, bern_wg, "theta")
    dots = next(line for line in axes.lines if line.get_linestyle() == "None")
    np.testing.assert_allclose(dots.get_xdata(), dots.get_ydata())


def test_day_courses_are_the_means_of_the_hours() -> None:
    hours = np.arange("2001-01-01", "2003-01-01", dtype="datetime64[h]")
    values = np.tile(np.arange(24.0), hours.size // 24) + np.arange(hours.size) // 24 % 2 - 0.5  # every other day is warmer
    daily = example_dataset()["theta"].isel(station=[0])
    data = daily.isel(time=slice(0, 1)).reindex(time=hours.astype("datetime64[ns]")).copy(data=values[None]).to_dataset()
    observations = read_observations(data)
    _, axes = plotting.day_courses(observations.hourly, observations, "theta")
    np.testing.assert_allclose(axes.lines[0].get_ydata(), np.arange(24.0), atol=0.02)
    np.testing.assert_allclose(axes.lines[0].get_xdata(), np.arange(24.0) + 0.5)
    with pytest.raises(DataError, match="daily"):
        plotting.day_courses(read_observations(daily.to_dataset()), observations, "theta")


def test_wind_rose_bars_point_to_where_the_wind_comes_from() -> None:
    speed, direction = np.array([3.0, 3.0, 3.0, 9.0, 0.0]), np.array([90.0, 88.0, 92.0, 180.0, np.nan])
    figure, axes = plotting.wind_rose(speed, direction)
    figure.canvas.draw()
    tops: dict[int, float] = {}
    for bar in axes.patches:
        middle = round(np.degrees(bar.get_x() + bar.get_width() / 2))
        tops[middle] = max(tops.get(middle, 0.0), bar.get_y() + bar.get_height())
    assert {angle: top for angle, top in tops.items() if top > 0} == {90: pytest.approx(60.0), 180: pytest.approx(20.0)}
    assert "20 %" in axes.get_title(loc="left")
    with pytest.raises(DataError, match="no rose"):
        plotting.wind_rose(np.zeros(3), np.full(3, np.nan))


def test_wrong_sources_are_refused(members: tuple[Simulation, ...], bern_wg: VarWG) -> None:
    with pytest.raises(DataError, match="nothing to draw"):
        source.series(np.zeros(3))
    days = np.arange("2001-01-01", "2001-01-10", dtype="datetime64[D]")
    labels = {"station": ["A"], "variable": ["theta", "R"], "time": days}
    empty = xr.DataArray(np.full((1, 2, 9), np.nan), labels, tuple(labels))
    with pytest.raises(DataError, match="theta at A has no values to draw"):
        source.series(empty, "theta")
    with pytest.raises(DataError, match="no variable 'U'"):
        plotting.qq(members, bern_wg, "U")
    with pytest.raises(DataError, match="different lengths"):
        source.series((members[0], bern_wg.simulate(10, rng=np.random.default_rng(1))))
    with pytest.raises(DataError, match="return levels need at least 5"):
        plotting.return_levels(bern_wg.simulate(800, rng=np.random.default_rng(1)), bern_wg, "R")
    with pytest.raises(DataError, match="choose others"):
        plotting.meteogram(members, start="1950-01-01")
    with pytest.raises(DataError, match="no station 'OSLO'"):
        plotting.marginal_fit(bern_wg, bern_wg, "theta", station="OSLO")


def test_pictures_neither_need_pyplot_nor_import_matplotlib_early() -> None:
    code = (
        "import sys, numpy as np, varwg.plotting as p; assert 'matplotlib' not in sys.modules; "
        "p.wind_rose(np.ones(9), np.arange(9.0))[0].canvas.draw(); assert 'matplotlib.pyplot' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_observations_of_other_years_are_left_out_of_a_meteogram(bern_wg: VarWG) -> None:
    later = bern_wg.simulate(400, start="2051-01-01", rng=np.random.default_rng(1))
    _, axes = plotting.meteogram(later, bern_wg, variables=["theta"])
    assert [line.get_label() for line in axes[0, 0].lines] == ["simulated"]
    _, axes = plotting.meteogram(bern_wg.simulate(rng=np.random.default_rng(1)), bern_wg, variables=["theta"], n_days=50)
    assert [line.get_label() for line in axes[0, 0].lines] == ["simulated", "observed"]
    np.testing.assert_array_equal(axes[0, 0].lines[1].get_ydata(), bern_wg.observations.values[0, 0, :50])


def test_without_matplotlib_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch, bern_wg: VarWG) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(VarwgError, match="plot"):
        plotting.monthly_means(bern_wg, bern_wg, "theta")


@pytest.mark.parametrize("in_use", [False, True])
def test_the_last_line_of_a_cell_is_seen_and_unpacks(in_use: bool) -> None:
    """In a process of its own, because pyplot stays in use once it is imported; with it, `plt.show()` finds the figure."""
    code = (
        "import sys, numpy as np, varwg.plotting as p, matplotlib; matplotlib.use('Agg')\n"
        f"in_use = {in_use}\n"
        "if in_use: import matplotlib.pyplot as plt\n"
        "cell = p.wind_rose(np.ones(9), np.arange(9.0)); figure, axes = cell\n"
        "assert axes.figure is figure and cell[0] is figure and cell._repr_png_()[:4] == b'\\x89PNG'\n"
        "assert not in_use or plt.get_fignums() == [figure.number]\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_picture_that_cannot_be_drawn_leaves_none() -> None:
    """In a process of its own, as above; a notebook would show an empty figure below the error."""
    code = (
        "import numpy as np, varwg.plotting as p, matplotlib; matplotlib.use('Agg')\n"
        "import matplotlib.pyplot as plt\n"
        "plt.figure(7)\n"
        "try: p.wind_rose(np.zeros(9), np.arange(9.0))\n"
        "except ValueError as error: assert 'no wind speed above' in str(error)\n"
        "else: raise SystemExit('it was drawn')\n"
        "assert plt.get_fignums() == [7]\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_pictures_name_themselves() -> None:
    text = repr(plotting.Pictures(None, None, station="BERN"))
    assert text.startswith("Pictures of BERN: call one of annual_cycle, ")
    assert "return_levels" in text and "simulated" not in text
