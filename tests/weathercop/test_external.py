"""External series: they go with the weather as they did, and do not change it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from scipy import signal

from varwg import Observations, Variable, daily_times, read_observations
from varwg import _persistence as codec
from varwg._request import Spread
from varwg.errors import FitError, ScenarioError
from varwg.marginals import MARGINALS
from varwg.streams import realization_rng
from weathercop import Multisite, MultisiteModel, load_external
from weathercop._external import ExternalModel, external_array, fit_external, realize_external
from weathercop._latent import LatentSpectrum
from weathercop._phases import MemberPhases

VARIABLES = (
    Variable("index", "1", marginal="normal"),
    Variable("flow", "m3 s-1", marginal="lognormal", lower=0.0),
    Variable("snow", "mm", marginal="zero_inflated", lower=0.0, threshold=0.1),
)


def drivers(model: MultisiteModel) -> np.ndarray:
    """The latent series of the record, as the external series were made from them."""
    return model.spectrum.realize(np.zeros(model.spectrum.n_phases(model.n_days)), model.n_days)


@pytest.fixture(scope="module")
def observations(example_model: MultisiteModel) -> Observations:
    """At GAUGE an index that follows the first latent series by three days, flow with gaps; at HUT snow only."""
    rng = np.random.default_rng(1)
    first, second = drivers(example_model)[:2]
    noise = rng.standard_normal((3, first.size))
    index = 5.0 + 2.0 * (0.8 * np.roll(first, 3) + 0.6 * signal.lfilter([0.6], [1.0, -0.8], noise[0]))
    flow = np.exp(0.5 * (0.7 * second + 0.7 * noise[1]))
    flow[500:560] = np.nan
    snow = np.maximum(0.6 * first + 0.8 * noise[2], 0.0) * 5.0
    nothing = np.full(first.size, np.nan)
    values = np.array([[index, flow, nothing], [nothing, nothing, snow]])
    coordinates = {"station": ["GAUGE", "HUT"], "time": example_model.times}
    units = {variable.name: variable.units for variable in VARIABLES}
    dataset = xr.Dataset(
        {name: (("station", "time"), values[:, k], {"units": units[name]}) for k, name in enumerate(units)}, coordinates
    )
    return read_observations(dataset, variables=VARIABLES)


@pytest.fixture(scope="module")
def external(example_model: MultisiteModel, observations: Observations) -> ExternalModel:
    return fit_external(example_model, observations, rng=np.random.default_rng(2))


def runs(model: MultisiteModel, external: ExternalModel, n_runs: int, n_days: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Pairs of latent weather and external values that share their phases."""
    times = daily_times(model.first_day, n_days)
    for seed in range(n_runs):
        phases = model.spectrum.draw_phases(n_days, rng=np.random.default_rng(seed))
        yield model.spectrum.realize(phases, n_days), realize_external(external, phases, times)


def correlation(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.corrcoef(one, other)[0, 1])


def test_the_phases_of_the_record_give_the_record_back(
    example_model: MultisiteModel, external: ExternalModel, observations: Observations
) -> None:
    again = realize_external(external, np.zeros(example_model.spectrum.n_phases(1)), example_model.times)
    assert np.allclose(again[0, 0], observations.values[0, 0], atol=0.2)
    assert np.isnan(again[1, :2]).all() and np.isnan(again[0, 2]).all() and np.isfinite(again[1, 2]).all()


@pytest.mark.parametrize("n_days", [3652, 6000])
def test_memory_and_dependence_on_the_weather_at_a_lag_are_kept(
    example_model: MultisiteModel, external: ExternalModel, observations: Observations, n_days: int
) -> None:
    """Means of 10 runs; their standard errors are below 0.01, tolerances four times that."""
    index, weather = observations.values[0, 0], drivers(example_model)[0]
    expected = [correlation(index[3:], weather[:-3]), correlation(index[:-3], weather[3:]), correlation(index[1:], index[:-1])]
    found = [
        [correlation(v[0, 0, 3:], w[0, :-3]), correlation(v[0, 0, :-3], w[0, 3:]), correlation(v[0, 0, 1:], v[0, 0, :-1])]
        for w, v in runs(example_model, external, 10, n_days)
    ]
    assert np.allclose(np.mean(found, axis=0), expected, atol=0.04)
    assert expected[0] - expected[1] > 0.2


def test_distributions_are_their_own(example_model: MultisiteModel, external: ExternalModel, observations: Observations) -> None:
    """Means of 10 runs of ten years against the record, within five standard errors of runs as correlated as these."""
    values = np.array([v for _, v in runs(example_model, external, 10, example_model.n_days)])
    assert values[:, 0, 1].min() > 0.0 and values[:, 1, 2].min() == 0.0
    dry = (values[:, 1, 2] < 0.1).mean()
    assert dry == pytest.approx((observations.values[1, 2] < 0.1).mean(), abs=0.03)
    assert np.log(values[:, 0, 1]).std() == pytest.approx(np.nanstd(np.log(observations.values[0, 1])), rel=0.05)


def test_gaps_are_filled_to_go_with_the_weather(example_model: MultisiteModel, observations: Observations) -> None:
    """Flow in a gap of 400 days depends on its driver as elsewhere, r = 0.7 / sqrt(0.98); no false alarm in 10 000."""
    values = observations.values.copy()
    values[0, 1, 1000:1400] = np.nan
    gappy = Observations(
        values,
        observations.times,
        observations.stations,
        observations.variables,
        observations.latitude,
        observations.longitude,
        observations.elevation,
    )
    fitted = fit_external(example_model, gappy, rng=np.random.default_rng(3))
    record = fitted.spectrum.realize(np.zeros(fitted.spectrum.n_phases(1)), example_model.n_days)
    assert correlation(record[1, 1000:1400], drivers(example_model)[1, 1000:1400]) > 0.55


def test_resampled_amplitudes_keep_it_with_the_weather(example_model: MultisiteModel, external: ExternalModel) -> None:
    """With other amplitudes the coherence at a lag is still there: mean of 10 runs, standard error below 0.02."""
    from varwg.streams import Streams

    n_days, found = example_model.n_days, []
    weather_phases, external_phases = (
        MemberPhases.of(s, n_days, keep_periods=[(2000.0, np.inf)], amplitude_width=6)
        for s in (example_model.spectrum, external.spectrum)
    )
    for seed in range(10):
        streams = Streams.of(np.random.default_rng(seed))
        spectrum, phases = weather_phases.draw(streams)
        own = external_phases.amplitudes(streams)
        values = realize_external(external, phases, example_model.times, spectrum=own)
        found.append(correlation(values[0, 0, 3:], spectrum.realize(phases, n_days)[0, :-3]))
    assert np.mean(found) > 0.7


def test_it_is_labelled(example_model: MultisiteModel, external: ExternalModel) -> None:
    values = realize_external(external, np.zeros(example_model.spectrum.n_phases(1)), example_model.times)
    array = external_array(external, values, example_model.times)
    assert array.dims == ("station", "variable", "time") and array.sel(variable="flow").units.item() == "m3 s-1"
    assert np.array_equal(array.sel(station="HUT", variable="snow"), values[1, 2])


def test_it_can_be_saved_and_depends_on_its_generator_only(
    example_model: MultisiteModel, observations: Observations, external: ExternalModel
) -> None:
    again = fit_external(example_model, observations, rng=np.random.default_rng(2))
    assert codec.digest(again) == codec.digest(external)
    decoded = codec.decode(*codec.encode(external), (ExternalModel, LatentSpectrum, Variable, *MARGINALS))
    assert codec.digest(decoded) == codec.digest(external)


def test_series_over_other_years_are_refused(example_model: MultisiteModel, observations: Observations) -> None:
    elsewhere = Observations(
        observations.values,
        observations.times + np.timedelta64(2500, "D"),
        observations.stations,
        observations.variables,
        observations.latitude,
        observations.longitude,
        observations.elevation,
    )
    with pytest.raises(FitError, match="index at GAUGE is known on 32% of the 3652 days"):
        fit_external(example_model, elsewhere, rng=np.random.default_rng(2))


@pytest.mark.parametrize(
    "options",
    [{}, {"n_days": 500}, {"n_days": 5000}, {"amplitude_width": 3}, {"stretch": 2}, {"keep_periods": [(300, 400)]}],
    ids=str,
)
def test_simulations_and_ensembles_know_the_phases_that_external_variables_ride_on(
    example_wc: Multisite, external: ExternalModel, options: dict[str, Any]
) -> None:
    """Lag-3 correlation of the index with the weather's own latent series says that the phases are the right ones."""
    result = example_wc.simulate(rng=realization_rng(1, seed=4), **options)
    single = external.simulate(result)
    assert single.dims == ("station", "variable", "time") and single.sizes["time"] == result.sim_sea.sizes["time"]
    ensemble = external.simulate(example_wc.simulate_ensemble(2, seed=4, **options))
    assert np.array_equal(ensemble.sel(realization=1).values, single.values, equal_nan=True)
    assert not np.array_equal(ensemble[0].values, ensemble[1].values, equal_nan=True)
    root = result.sim_trans.sel(station="BERN", variable="theta").values
    assert correlation(single[0, 0].values[3:], root[:-3]) > 0.6


def test_an_ensemble_that_says_nothing_of_its_seed_is_refused(example_wc: Multisite, external: ExternalModel) -> None:
    ensemble = example_wc.simulate_ensemble(2, seed=1, n_days=400)
    ensemble.attrs.pop("seed")
    with pytest.raises(ScenarioError, match="does not say how its members were drawn"):
        external.simulate(ensemble)


def test_an_external_model_is_a_file_too(
    example_wc: Multisite, observations: Observations, external: ExternalModel, tmp_path: Path
) -> None:
    again = example_wc.fit_external(observations, rng=np.random.default_rng(2))
    assert codec.digest(again) == codec.digest(external)
    external.save(tmp_path / "flow.nc")
    assert codec.digest(load_external(tmp_path / "flow.nc")) == codec.digest(external)


@pytest.mark.parametrize("spread", ["climate", "sampling"])
def test_it_goes_with_members_of_any_spread(example_wc: Multisite, external: ExternalModel, spread: Spread) -> None:
    """In an ensemble as with a member alone, from the same amplitudes and phases."""
    together = external.simulate(example_wc.simulate_ensemble(2, seed=3, n_days=800, spread=spread))
    alone = external.simulate(example_wc.simulate(800, rng=realization_rng(1, 3), spread=spread))
    assert np.array_equal(together.values[1], alone.values, equal_nan=True)
    plain = external.simulate(example_wc.simulate(800, rng=realization_rng(1, 3)))
    assert not np.array_equal(alone.values, plain.values, equal_nan=True)
