"""How members differ: as the record's amplitudes, as records of their length, or as climates that the record may come from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

import weathercop
from varwg._request import Spread
from varwg.errors import ScenarioError
from weathercop import Multisite, MultisiteModel


def annual(members: xr.DataArray, name: str) -> np.ndarray:
    return members.sel(variable=name).mean("time").values


def test_each_word_spreads_more_than_the_one_before(example_wc: Multisite) -> None:
    """Standard deviation of the means of 40 members of the record's length: the second is some ten times the first."""
    words: tuple[Spread, ...] = ("record", "climate", "sampling")
    several = [annual(example_wc.simulate_ensemble(40, seed=1, spread=word), "theta") for word in words]
    spreads = [means.std(axis=0).mean() for means in several]
    assert spreads[0] < 0.3 * spreads[1]
    assert spreads[1] < spreads[2]


def test_members_are_right_in_the_mean(example_wc: Multisite) -> None:
    """The mean of 200 members is that of the record within four of its standard errors (probability below 1e-3)."""
    plain = annual(example_wc.simulate_ensemble(2, seed=1), "theta").mean(axis=0)
    several = annual(example_wc.simulate_ensemble(200, seed=1, spread="sampling"), "theta")
    error = several.std(axis=0) / np.sqrt(len(several))
    assert np.all(np.abs(several.mean(axis=0) - plain) < 4.0 * error + 0.01)


def test_the_words_stand_for_stretch_and_width(example_wc: Multisite) -> None:
    one = example_wc.simulate_ensemble(2, seed=3, n_days=800, spread="climate")
    other = example_wc.simulate_ensemble(2, seed=3, n_days=800, stretch=3, amplitude_width=10)
    assert np.array_equal(one.values, other.values)


@pytest.mark.parametrize("asked", [{}, {"theta_incr": 2.0}])
def test_the_same_bits_one_by_one_together_and_again(
    example_wc: Multisite, example_model: MultisiteModel, tmp_path: Path, asked: dict[str, Any]
) -> None:
    ensemble = example_wc.simulate_ensemble(3, seed=3, n_days=800, spread="sampling", out_dir=tmp_path, **asked)
    for number in range(3):
        alone = example_wc.simulate(800, rng=weathercop.realization_rng(number, 3), spread="sampling", **asked)
        assert np.array_equal(ensemble.values[number], alone.sim_sea.values)
    outcome = weathercop.ensembles.reproduce(tmp_path / "real_0001.nc", example_model)
    assert outcome.identical, outcome.text


def test_a_scenario_changes_the_mean_by_what_is_asked_in_every_climate(example_wc: Multisite) -> None:
    """Of a normal variable exactly: factor and shift of the sampling error do not touch what is asked."""
    base, warm = (example_wc.simulate_ensemble(4, seed=3, n_days=730, spread="sampling", theta_incr=i) for i in (0.0, 2.0))
    row = list(base["variable"].values).index("theta")
    assert warm.values[:, :, row] - base.values[:, :, row] == pytest.approx(2.0)


def test_a_model_keeps_what_its_record_says(example_model: MultisiteModel, tmp_path: Path) -> None:
    example_model.save(tmp_path / "model.nc")
    again = weathercop.load_model(tmp_path / "model.nc")
    assert isinstance(again, MultisiteModel) and again.sampling is not None and example_model.sampling is not None
    assert np.array_equal(again.sampling.means, example_model.sampling.means)
    assert example_model.sampling.means.mean(axis=0) == pytest.approx(0.0, abs=1e-12)


def test_what_is_no_word_or_not_known_is_refused(example_wc: Multisite, example_model: MultisiteModel) -> None:
    with pytest.raises(ScenarioError, match="spread is 'wide', but one of record, climate, sampling"):
        example_wc.simulate(10, spread="wide", rng=1)  # type: ignore[arg-type]
    from dataclasses import replace

    with pytest.raises(ScenarioError, match="fit it again"):
        weathercop.simulate(replace(example_model, sampling=None), spread="sampling", rng=np.random.default_rng(1))
