"""What a fit keeps of sub-daily observations, so that simulations can be disaggregated later."""

from __future__ import annotations

import logging
from typing import Final

from varwg.disaggregation.archive import HourlyArchive
from varwg.errors import DataError
from varwg.observations import Observations

_LOGGER: Final = logging.getLogger(__name__)


def archive_of(observations: Observations) -> HourlyArchive | None:
    """The courses of observed days; None where observations are daily, or no day is complete, which the log tells.

    A station that never reports a variable by the hour gets the mean course of the others, or else its daily value at
    all steps (rain that falls all day, sunshine in proportion to what the sun allows).
    """
    if observations.hourly is None:
        return None
    try:
        return HourlyArchive.of(observations)
    except DataError as error:
        _LOGGER.warning("simulations of %s cannot be disaggregated: %s", ", ".join(observations.stations), error)
        return None
