"""Members that meet conditions are those that rejection sampling keeps: not just inside the bounds, but as far as chance goes."""

import numpy as np
import pytest
from scipy.stats import ks_2samp

from weathercop.conditions import Conditioning, YearlyBounds

N_DAYS = 365


def sums(wc, n_members, seed, **asked):
    return np.array(
        [
            float(member.sel(station="BERN", variable="R").sum())
            for member in wc.iter_members(n_members, seed=seed, n_days=N_DAYS, progress=False, **asked)
        ]
    )


@pytest.fixture(scope="module")
def plain(example_wc):
    """Annual sums of 1200 years without conditions."""
    return sums(example_wc, 1200, seed=1)


@pytest.mark.parametrize("share", [0.15, 0.03])
def test_dry_years_are_as_dry_as_dry_years_are(example_wc, plain, share):
    """Kolmogorov-Smirnov against the plain years below the quantile; false alarms with a probability of 1e-3 each.

    At 15 % all members are found among plain ones; at 3 % some are searched for and led away from where that ended.
    """
    upper = float(np.quantile(plain, share))
    dry = YearlyBounds("R", statistic="sum", stations="BERN", upper=upper)
    found = sums(example_wc, 40, seed=2, conditions=Conditioning.of(dry, shortest_period=120.0))
    assert found.max() <= upper * (1.0 + 1e-9)
    assert ks_2samp(found, plain[plain <= upper]).pvalue > 1e-3


@pytest.mark.parametrize(("mixing", "right"), [(40, True), (0, False)])
def test_steps_lead_away_from_where_a_search_ends(example_wc, plain, monkeypatch, mixing, right):
    """Without plain draws, so that every member that is too wet is searched for; without steps these pile up below the bound."""
    monkeypatch.setattr("weathercop.conditions._conditioning._PLAIN_SHARE", 0.0)
    upper = float(np.quantile(plain, 0.15))
    dry = YearlyBounds("R", statistic="sum", stations="BERN", upper=upper)
    found = sums(example_wc, 60, seed=3, conditions=Conditioning((dry,), 120.0, 500, mixing))
    assert (ks_2samp(found, plain[plain <= upper]).pvalue > 1e-3) == right
