"""Normal scores of whole records: what is kept of the data, what is drawn, and the noise of rain amounts."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import pytest
from scipy import stats

from varwg import Observations, SiteModel, Variable
from varwg._arrays import IntArray
from varwg._ranks import scores_from_ranks
from varwg._scores.amount_noise import add_amount_noise
from varwg._scores.normal_scores import LatentScores, latent_scores
from varwg.marginals import SeasonalMarginal

Case: TypeAlias = tuple[np.ndarray, tuple[SeasonalMarginal, ...], tuple[Variable, ...], IntArray]


def test_scores_are_those_of_one_day_in_a_million_million_and_no_farther() -> None:
    assert scores_from_ranks([1e-9, 1e-15, 0.0]) == pytest.approx([-5.9978, -7.0345, -7.0345], abs=1e-4)


@pytest.fixture(scope="module")
def case(bern: Observations, bern_model: SiteModel) -> Case:
    """Values, marginals and variables of the example with gaps in all variables."""
    values = bern.values[0].copy()
    gaps = np.random.default_rng(5).random(values.shape) < 0.03
    values[gaps] = np.nan
    return values, bern_model.marginals, bern.variables, bern.doy


@pytest.fixture(scope="module")
def latent(
    case: Case,
) -> LatentScores:
    return latent_scores(*case, rng=np.random.default_rng(6))


def test_scores_are_complete(latent: LatentScores) -> None:
    assert np.isfinite(latent.scores).all() and np.isfinite(latent.noise).all()


def test_observed_scores_of_variables_without_noise_keep_their_bits(
    case: Case,
    latent: LatentScores,
) -> None:
    values, marginals, variables, doy = case
    for row, variable in enumerate(variables):
        if variable.name != "R":
            observed = np.isfinite(values[row])
            expected = marginals[row].to_scores(values[row], doy)
            assert np.array_equal(latent.scores[row, observed], expected[observed])


def test_latent_scores_and_noise_give_the_rain_back(
    case: Case,
    latent: LatentScores,
) -> None:
    values, marginals, variables, doy = case
    (noisy,) = latent.noisy
    assert variables[noisy.series].name == "R" and 0.3 <= noisy.signal < 1.0
    scores = add_amount_noise(latent.scores[noisy.series], noisy.threshold[doy], noisy.signal, latent.noise[0])
    observed = np.isfinite(values[noisy.series])
    rain = marginals[noisy.series].from_scores(scores, doy)[observed]
    wet = values[noisy.series][observed] >= 0.1
    assert np.allclose(rain[wet], values[noisy.series][observed][wet], rtol=1e-7)
    assert np.all(rain[~wet] < 0.1)


def test_the_noise_is_standard_normal(
    case: Case,
    latent: LatentScores,
) -> None:
    """4000 values of a known distribution: a Kolmogorov-Smirnov p-value below 1e-4 by chance in one case of 10 000."""
    assert stats.kstest(latent.noise[0], "norm").pvalue > 1e-4


def test_the_latent_rain_is_standard_normal(latent: LatentScores) -> None:
    """Wet frequencies of single days scatter about the smoothed ones: 0.02 is 1.2 times the 95 % point for independent days."""
    assert stats.kstest(latent.scores[latent.noisy[0].series], "norm").statistic < 0.02


def test_equal_generators_equal_scores(
    case: Case,
    latent: LatentScores,
) -> None:
    again = latent_scores(*case, rng=np.random.default_rng(6))
    other = latent_scores(*case, rng=np.random.default_rng(7))
    assert np.array_equal(again.scores, latent.scores) and np.array_equal(again.noise, latent.noise)
    assert not np.array_equal(other.scores, latent.scores)


def test_nothing_is_noise_without_rain(
    case: Case,
) -> None:
    values, marginals, variables, doy = case
    keep = [row for row, variable in enumerate(variables) if variable.name != "R"]
    picked = [marginals[row] for row in keep], [variables[row] for row in keep]
    latent = latent_scores(values[keep], *picked, doy, rng=np.random.default_rng(6))
    assert latent.noisy == () and latent.noise.shape == (0, values.shape[1])
