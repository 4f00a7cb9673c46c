"""Trends: recovered where they are, absent where not, taken out of the fit and put back as asked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from scipy import special, stats

import varwg
import weathercop
from varwg import read_observations
from varwg._trend import Trend, estimate_trend, with_exceedance
from varwg.rain import is_wet

#: Changes a year: of theta in K, of what wet days have above 1 mm and of their frequency relative to the mean.
SLOPE, EXCESS, FREQUENCY = 0.05, 0.012, -0.010
FIRST_YEAR = 1980


def _memory(rng: np.random.Generator, n_days: int, phi: float) -> np.ndarray[Any, Any]:
    """Autoregressive series of two stations that are alike."""
    shocks = rng.standard_normal((3, n_days))
    shocks = 0.6 * shocks[:1] + 0.8 * shocks[1:]
    series = np.zeros((2, n_days))
    for day in range(1, n_days):
        series[:, day] = phi * series[:, day - 1] + np.sqrt(1.0 - phi**2) * shocks[:, day]
    return series


def truth(
    seed: int, n_years: int = 30, *, slope: float = 0.0, excess: float = 0.0, frequency: float = 0.0, cycle: bool = False
) -> xr.Dataset:
    """Two stations of temperature, rain, humidity and wind whose climate changes with the years, or with a cycle of 7 years."""
    rng = np.random.default_rng(seed)
    times = np.arange(np.datetime64(f"{FIRST_YEAR}-01-01"), np.datetime64(f"{FIRST_YEAR + n_years}-01-01"))
    n_days = times.size
    doy = (times - times.astype("datetime64[Y]")).astype(int)
    years = times.astype("datetime64[Y]").astype(int) + 1970
    change = index_of(years) if cycle else np.arange(n_days) / 365.25
    change = change - change.mean()
    theta = 10.0 - 8.0 * np.cos(2 * np.pi * doy / 365.25) + 3.0 * _memory(rng, n_days, 0.8) + slope * change
    exceedance = special.ndtr(-_memory(rng, n_days, 0.4)) / (0.35 * (1.0 + frequency * change))
    amounts = 1.0 - 5.0 * np.log(np.minimum(exceedance, 1.0)) * (1.0 + excess * change)
    rain = np.where(exceedance < 1.0, amounts, 0.0)
    humidity = special.expit(1.0 + 0.9 * _memory(rng, n_days, 0.6))
    wind = np.exp(0.8 + 0.4 * _memory(rng, n_days, 0.5))
    units = {"theta": "degC", "R": "mm", "rh": "1", "U": "m s-1"}
    values = {"theta": theta, "R": rain, "rh": humidity, "U": wind}
    return xr.Dataset(
        {name: (("station", "time"), values[name], {"units": unit}) for name, unit in units.items()},
        {"station": ["one", "two"], "time": times, "latitude": ("station", [50.0, 50.5])},
    )


def index_of(years: Any) -> Any:
    """An index with a cycle of seven years."""
    return np.sin(2 * np.pi * np.asarray(years) / 7.0)


@pytest.fixture(scope="module")
def dataset() -> xr.Dataset:
    return truth(1, slope=SLOPE, excess=EXCESS, frequency=FREQUENCY)[["theta", "R"]]


@pytest.fixture(scope="module")
def wc(dataset: xr.Dataset) -> weathercop.Multisite:
    return weathercop.Multisite(dataset).fit(rng=1, trend="linear")


@pytest.fixture(scope="module")
def wg(dataset: xr.Dataset) -> varwg.VarWG:
    return varwg.VarWG(dataset.isel(station=[0])).fit(rng=1, trend="linear")


def trend_of(model: Any) -> Trend:
    """The trend of a model that has one."""
    assert model.trend is not None
    return model.trend  # type: ignore[no-any-return]


def annual(values: Any, times: Any, of: Any) -> np.ndarray[Any, Any]:
    """A statistic of each calendar year, shape (Y,)."""
    years = np.asarray(times).astype("datetime64[Y]")
    return np.array([of(values[..., years == year]) for year in np.unique(years)])


def slope_of(means: np.ndarray[Any, Any]) -> float:
    """Least-squares change a year."""
    return float(stats.linregress(np.arange(means.size), means).slope)


def test_trends_are_recovered_within_their_standard_errors() -> None:
    """Errors in units of the standard error over 40 records: standard normal, but for Student's tails.

    False alarms: each mean beyond 3.9 of its standard errors or standard deviation beyond 3.9 of its own, six times 1e-4.
    """
    errors: dict[str, list[float]] = {"theta": [], "excess": [], "frequency": []}
    for seed in range(40):
        found = estimate_trend(read_observations(truth(seed, slope=0.12, excess=0.02, frequency=-0.015)), "linear")
        assert found is not None
        errors["theta"].append((found.slopes[0, 0] - 0.12) / found.errors[0, 0])
        errors["excess"].append((found.slopes[0, 1] - 0.02) / found.errors[0, 1])
        errors["frequency"].append((found.wet_slopes[0, 1] + 0.015) / found.wet_errors[0, 1])
    for name, several in errors.items():
        sample = np.array(several)
        assert abs(sample.mean()) < 3.9 * 1.1 / np.sqrt(sample.size), name
        assert abs(np.log(sample.std(ddof=1))) < 3.9 * 1.1 / np.sqrt(2 * sample.size), name


def test_records_without_a_trend_have_none_but_for_the_chance_that_is_stated() -> None:
    """Five tests of 5 % on each of 30 records: more than 17 findings of 150 have a chance below 5e-4."""
    found = 0
    for seed in range(100, 130):
        trend = estimate_trend(read_observations(truth(seed)), "linear")
        if trend is not None:
            found += int(trend.slopes.any(axis=0).sum() + trend.wet_slopes.any(axis=0).sum())
    assert found <= 17


def test_a_fit_that_finds_no_trend_is_the_fit_without() -> None:
    dataset = truth(103, 12)[["theta", "rh"]]
    assert estimate_trend(read_observations(dataset), "linear") is None
    with_, without = (varwg.VarWG(dataset.isel(station=[0])).fit(rng=1, trend=trend) for trend in ("linear", None))
    assert with_.model.fingerprint() == without.model.fingerprint()
    several = [weathercop.Multisite(dataset).fit(rng=1, trend=trend).model.fingerprint() for trend in ("linear", None)]
    assert several[0] == several[1]


def test_a_covariate_is_found_where_the_years_are_not() -> None:
    observations = read_observations(truth(5, slope=1.5, frequency=0.2, cycle=True))
    years = range(FIRST_YEAR, FIRST_YEAR + 30)
    trend = estimate_trend(observations, {year: float(index_of(year)) for year in years})
    assert trend is not None
    assert np.all(np.abs(trend.slopes[:, 0] - 1.5) < 4.0 * trend.errors[:, 0])
    assert np.all(np.abs(trend.wet_slopes[:, 1] - 0.2) < 4.0 * trend.wet_errors[:, 1])


def test_what_is_left_of_humidity_has_no_slope_and_stays_within_its_bounds() -> None:
    dataset = truth(6)
    years = np.arange(dataset.sizes["time"]) / 365.25
    odds = special.logit(dataset["rh"].values) + 0.04 * (years - years.mean())
    dataset["rh"] = (("station", "time"), special.expit(odds), {"units": "1"})
    observations = read_observations(dataset)
    trend = estimate_trend(observations, "linear")
    assert trend is not None
    np.testing.assert_allclose(trend.slopes[:, 2], 0.04, atol=4.0 * float(trend.errors[:, 2].max()))
    names = (observations.stations, observations.names)
    on_days = trend.on(observations.times, "record", observations.times, names)
    record = observations.values[0, 2]
    without = on_days.of_record(record, 0, 2)
    assert without.min() > 0.0
    assert without.max() < 1.0
    assert abs(slope_of(annual(without, observations.times, np.mean))) < 0.02 * abs(
        slope_of(annual(record, observations.times, np.mean))
    )
    values = np.array(observations.values)
    values[0, 2] = without
    on_days.put_back(values)
    np.testing.assert_allclose(values[0, 2], record, rtol=1e-12)


def test_bounds_that_are_not_zero_and_one_are_those_of_the_odds() -> None:
    """A variable between 2 and 12 whose odds change with the years has the slope of its odds, and the words say so."""
    dataset = truth(6)
    years = np.arange(dataset.sizes["time"]) / 365.25
    level = 2.0 + 10.0 * special.expit(special.logit(dataset["rh"].values) + 0.04 * (years - years.mean()))
    depth = varwg.Variable("depth", "m", lower=2.0, upper=12.0, upper_bound="constant", marginal="kde")
    observations = read_observations(
        dataset.assign(depth=(("station", "time"), level, {"units": "m"}))[["depth"]], variables=[depth]
    )
    trend = estimate_trend(observations, "linear")
    assert trend is not None
    np.testing.assert_allclose(trend.slopes[:, 0], 0.04, atol=4.0 * float(trend.errors[:, 0].max()))
    assert trend.described(observations.variables)[0].startswith("depth: odds +")
    assert "% per decade" in trend.described(observations.variables)[0]


def test_memory_of_the_years_widens_the_error() -> None:
    """Years with a correlation of 0.6 are worth (1 - 0.6) / (1 + 0.6) of independent ones: errors are twice as large."""
    ratios = []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        times = np.arange(np.datetime64("1950-01-01"), np.datetime64("2010-01-01"))
        year = times.astype("datetime64[Y]").astype(int) - times[0].astype("datetime64[Y]").astype(int)
        shocks, errors = rng.standard_normal(60), []
        for memory in (0.6, 0.0):
            level = np.zeros(60)
            for number in range(1, 60):
                level[number] = memory * level[number - 1] + np.sqrt(1.0 - memory**2) * shocks[number]
            theta = level[year] + 0.2 * rng.standard_normal(times.size) + 0.2 * year
            dataset = xr.Dataset(
                {"theta": (("station", "time"), theta[None], {"units": "degC"})}, {"station": ["A"], "time": times}
            )
            trend = estimate_trend(read_observations(dataset), "linear")
            assert trend is not None
            errors.append(float(trend.errors[0, 0]))
        ratios.append(errors[0] / errors[1])
    # The correlation of 60 years is underestimated by 0.08, and their variance by a tenth; ratios scatter by a quarter.
    assert np.median(ratios) == pytest.approx(2.0, abs=0.6)


def test_exceedance_is_multiplied_on_every_level() -> None:
    scores = np.linspace(-3.0, 8.0, 50)
    factor = np.full(50, 0.7)
    np.testing.assert_allclose(special.ndtr(-with_exceedance(scores, factor)), 0.7 * special.ndtr(-scores), rtol=1e-10)
    np.testing.assert_allclose(with_exceedance(with_exceedance(scores, factor), 1.0 / factor), scores, atol=1e-9)


def test_simulations_have_the_trend_of_the_record(wc: weathercop.Multisite) -> None:
    """The mean of 8 members against the estimate: members' own slopes vary by about one standard error of the record.

    False alarms: three comparisons at 4 / sqrt(8) of that error, together below 3e-4.
    """
    trend, ensemble = trend_of(wc.model), wc.simulate_ensemble(8, seed=3, progress=False)
    theta = np.mean([slope_of(annual(member[:, 0], ensemble["time"].values, np.mean)) for member in ensemble.values])
    wet = np.mean([slope_of(annual(is_wet(member[:, 1]), ensemble["time"].values, np.mean)) for member in ensemble.values])
    share = is_wet(wc.observations.values[:, 1]).mean()
    assert abs(theta - trend.slopes[:, 0].mean()) < 4.0 * trend.errors[0, 0] / np.sqrt(8)
    assert abs(wet / share - trend.wet_slopes[:, 1].mean()) < 4.0 * trend.wet_errors[0, 1] / np.sqrt(8)

    def excess(values: Any) -> float:
        return float((values[is_wet(values)] - 1.0).mean())

    amounts = np.mean([slope_of(annual(member[:, 1], ensemble["time"].values, excess)) for member in ensemble.values])
    mean = excess(wc.observations.values[:, 1])
    assert abs(amounts / mean - trend.slopes[:, 1].mean()) < 4.0 * trend.errors[0, 1] / np.sqrt(8)


def test_a_course_moves_means_by_what_the_slope_says(wc: weathercop.Multisite) -> None:
    """With the same random numbers, the difference of two courses is the trend and nothing else."""
    trend = trend_of(wc.model)

    def theta(course: Any, start: str = "1980-01-01") -> Any:
        return wc.simulate(730, rng=2, start=start, trend=course).sim_sea.sel(variable="theta").values

    none = theta("none")
    for year in (1985, 2030):
        moved = theta(year) - none
        np.testing.assert_allclose(moved, (trend.slopes[:, :1] * (year + 0.5 - trend.reference)) * np.ones(730), atol=1e-9)
    np.testing.assert_allclose(theta({1980: 2000.5, 1981: 2000.5}), theta(2000), atol=1e-9)
    np.testing.assert_array_equal(theta("record"), theta("continue"))
    held, goes_on = theta("record", "2030-01-01"), theta("continue", "2030-01-01")
    last_day = 2010.0 - 0.5 / 365.0
    moved = held - theta("none", "2030-01-01")
    np.testing.assert_allclose(moved, trend.slopes[:, :1] * (last_day - trend.reference) * np.ones(730), atol=1e-9)
    np.testing.assert_allclose((goes_on - held).mean(axis=1), trend.slopes[:, 0] * 21.0, rtol=0.05)


def test_a_scenario_comes_on_top(wc: weathercop.Multisite) -> None:
    plain, warmer = (wc.simulate(rng=4, theta_incr=change).sim_sea.sel(variable="theta") for change in (None, 2.0))
    np.testing.assert_allclose((warmer - plain).mean("time").values, 2.0, atol=1e-3)


def test_models_with_a_trend_survive_their_files(wc: weathercop.Multisite, wg: varwg.VarWG, tmp_path: Path) -> None:
    for name, model in (("many", wc.model), ("one", wg.model)):
        model.save(tmp_path / f"{name}.nc")
        assert weathercop.load_model(tmp_path / f"{name}.nc").fingerprint() == model.fingerprint()
    assert "degC per decade" in str(wc.model)


def test_members_say_which_course_they_have(wc: weathercop.Multisite, tmp_path: Path) -> None:
    ensemble = wc.simulate_ensemble(2, n_days=400, trend=2005, out_dir=tmp_path / "e", seed=1, progress=False)
    other = wc.simulate_ensemble(2, n_days=400, seed=1, progress=False)
    assert not np.array_equal(ensemble.values, other.values)
    assert wc.simulate(400, rng=1, trend=2005).sim_sea.attrs["trend"] == "2005"


def test_one_site_with_its_residuals_is_the_record(wg: varwg.VarWG) -> None:
    again = wg.simulate(rng=2, residuals=wg.model.residuals)
    np.testing.assert_allclose(again.data[0], wg.observations.values[0, 0], atol=1e-9)
    rain, record = again.data[1], wg.observations.values[0, 1]
    # Amounts a little above the threshold are recorded as such, and may come out as dry.
    clear = record > 1.05
    np.testing.assert_allclose(rain[clear], record[clear], rtol=1e-6)


def test_gaps_are_filled_with_the_climate_of_their_year(dataset: xr.Dataset) -> None:
    gappy = dataset.isel(station=[0]).copy(deep=True)
    last = slice(-365, None)
    hidden = gappy["theta"].values[0, last].copy()
    gappy["theta"].values[0, last] = np.nan
    wg = varwg.VarWG(gappy).fit(rng=1, trend="linear")
    plain = varwg.VarWG(gappy).fit(rng=1)
    filled, without = (
        np.mean([generator.infill(rng=seed).data[0, last].mean() for seed in range(12)]) for generator in (wg, plain)
    )
    trend = trend_of(wg.model)
    assert filled - without == pytest.approx(14.5 * trend.slopes[0, 0], rel=0.35)
    assert np.isfinite(hidden).all()


def test_forecasts_begin_with_the_climate_of_the_last_day(wg: varwg.VarWG, dataset: xr.Dataset) -> None:
    plain = varwg.VarWG(dataset.isel(station=[0])).fit(rng=1)
    far = [np.mean(generator.predict(400).data[0, 35:]) for generator in (wg, plain)]
    assert far[0] - far[1] == pytest.approx(15.0 * trend_of(wg.model).slopes[0, 0], rel=0.2)


def test_given_values_have_the_trend_of_their_days(wg: varwg.VarWG) -> None:
    given = wg.observations.values[0, 0]
    result = wg.simulate(rng=1, fixed_variables={"theta": given})
    np.testing.assert_array_equal(result.data[0], given)
    assert abs(slope_of(annual(result.scores[0], result.times, np.mean))) < 0.3 * slope_of(annual(given, result.times, np.mean))


@pytest.mark.parametrize(
    ("covariate", "words"),
    [
        ("quadratic", "'linear' or values"),
        ({1980: 0.0}, "has no value of covariate for 1981"),
        (dict.fromkeys(range(1980, 2010), 1.0), "is 1 in all years"),
        ({1980: np.nan}, "give finite numbers"),
        ({"a": 1.0}, "numbers by year"),
    ],
)
def test_a_covariate_that_is_none_is_refused(dataset: xr.Dataset, covariate: Any, words: str) -> None:
    with pytest.raises(varwg.errors.FitError, match=words):
        weathercop.Multisite(dataset).fit(rng=1, trend=covariate)


def test_a_record_of_a_few_years_has_no_trend_to_be_estimated() -> None:
    with pytest.raises(varwg.errors.FitError, match="needs 10 years"):
        weathercop.Multisite(truth(1, 6)[["theta"]]).fit(rng=1, trend="linear")


def test_a_course_that_is_none_is_refused(wc: weathercop.Multisite, example_wc: weathercop.Multisite) -> None:
    for course, words in (("ever", "'record', 'continue', 'none'"), (True, "are expected"), ({}, "are expected")):
        with pytest.raises(varwg.errors.ScenarioError, match=words):
            wc.simulate(30, rng=1, trend=course)  # type: ignore[arg-type]
    with pytest.raises(varwg.errors.ScenarioError, match="simulate fewer years"):
        wc.simulate(30, rng=1, trend=2250)
    with pytest.raises(varwg.errors.ScenarioError, match="the model has no trend"):
        example_wc.simulate(30, rng=1, trend="continue")


def test_a_covariate_beyond_its_years_is_asked_for() -> None:
    years = range(FIRST_YEAR, FIRST_YEAR + 30)
    dataset = truth(5, slope=1.5, cycle=True)[["theta"]].isel(station=[0])
    wg = varwg.VarWG(dataset).fit(rng=1, trend={year: float(index_of(year)) for year in years})
    with pytest.raises(varwg.errors.ScenarioError, match="known from 1980 to 2009, but 2020 is simulated"):
        wg.simulate(30, rng=1, start="2020-01-01", trend="continue")
    high, low = (wg.simulate(30, rng=1, start="2020-01-01", trend={2020: value}).data[0] for value in (1.0, -1.0))
    np.testing.assert_allclose(high - low, 2.0 * trend_of(wg.model).slopes[0, 0], atol=1e-9)
