"""Observations: what comes in, read from many layouts, checked, repaired in the open, and made daily."""

from varwg._observations.container import Observations
from varwg._observations.reading import read_observations

__all__ = ["Observations", "read_observations"]
