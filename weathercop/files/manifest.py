"""The manifest of a directory: what all members in it share, which decides whether a run may resume there."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, get_args

from varwg.errors import StoreError
from weathercop.files.memberfile import Engine, Precision, flush

MANIFEST: Final = "manifest.json"
FORMAT: Final = "varwg-weathercop ensemble"
FORMAT_VERSION: Final = 1
#: Attributes of the files of a member that say what it was made with besides the scenario, where there was anything.
OPTIONS: Final = ("phases", "conditions", "heat_waves")
#: Attribute of the files of a member whose days became hours: how.
DISAGGREGATION: Final = "disaggregation"


@dataclass(frozen=True)
class Manifest:
    """What all members of a directory share; a run with anything else may not write there.

    Attributes
    ----------
    model, scenario, seed : str
        Fingerprint of the model, the scenario as JSON, and the seed of the ensemble as text.
    first_day, n_days : str, int
        The simulated days.
    dtype, engine, compression : str, str, int
        How members are stored.
    phases_from : str
        What the source of the phases was, for a derived scenario; empty for any other ensemble.
    options : str
        What members are made with besides the scenario (phases, conditions, heat waves) as JSON; empty where nothing is.
    hourly : str
        How days became hours (`weathercop.hourly.HourlyOptions`), empty where members have no file of hours.
    """

    model: str
    scenario: str
    seed: str
    first_day: str
    n_days: int
    dtype: Precision = "float64"
    engine: Engine = "netcdf4"
    compression: int = 0
    phases_from: str = ""
    options: str = ""
    hourly: str = ""

    def to_json(self) -> str:
        """The text of the manifest file."""
        return json.dumps({"format": FORMAT, "format_version": FORMAT_VERSION, **asdict(self)}, indent=2) + "\n"

    @classmethod
    def read(cls, directory: Path) -> Manifest:
        """The manifest of a directory.

        Raises
        ------
        StoreError
            If there is none, or it is not one that this version reads.
        """
        path = directory / MANIFEST
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            if content.pop("format") != FORMAT or content.pop("format_version") > FORMAT_VERSION:
                raise StoreError(f"{path} was written by other software or a newer version: update, or use another directory.")
            return cls(**content)._checked()
        except FileNotFoundError as error:
            raise StoreError(f"{directory} holds no ensemble (there is no {MANIFEST}): check the path.") from error
        except (ValueError, KeyError, TypeError, AttributeError, OSError) as error:
            if isinstance(error, StoreError):
                raise
            raise StoreError(f"{path} cannot be read as a manifest ({error}): use another directory.") from error

    def _checked(self) -> Manifest:
        """Itself, if all fields are of their types, which files that somebody has edited need not be."""
        for name, value in asdict(self).items():
            expected = int if name in ("n_days", "compression") else str
            if not isinstance(value, expected) or isinstance(value, bool):
                raise ValueError(f"{name} is {value!r}")
        if self.dtype not in get_args(Precision) or self.engine not in get_args(Engine) or self.n_days < 1:
            raise ValueError(f"dtype {self.dtype}, engine {self.engine}, {self.n_days} days")
        if not all(isinstance(text, str) for text in self.member_attributes().values()):
            raise ValueError(f"options are {self.options}")
        return self

    def member_attributes(self) -> dict[str, str]:
        """What every file of a member says if it belongs to this ensemble, or must not say: then it is empty."""
        others: dict[str, str] = json.loads(self.options) if self.options else {}
        own = {"model": self.model, "scenario": self.scenario, DISAGGREGATION: self.hourly}
        return {**dict.fromkeys(OPTIONS, ""), **own, **others}

    def first_difference(self, other: Manifest) -> tuple[str, Any, Any] | None:
        """Name and both values of the first field in which two manifests differ, or None."""
        mine, others = asdict(self), asdict(other)
        for name in mine:
            if mine[name] != others[name]:
                return name, mine[name], others[name]
        return None


def write_text(path: Path, text: str) -> None:
    """Write a small text file under a temporary name and rename it.

    Raises
    ------
    StoreError
        If it cannot be written.
    """
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        temporary.write_text(text, encoding="utf-8")
        flush(temporary)
        temporary.replace(path)
    except OSError as error:
        raise StoreError(f"{path} cannot be written ({error.strerror}): make room or choose another out_dir.") from error
    finally:
        temporary.unlink(missing_ok=True)
