"""Fitted values to text and arrays, and back, bit for bit."""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np
import pytest

from varwg import _persistence as codec
from varwg._arrays import readonly
from varwg.errors import ModelFileError


@dataclass(frozen=True, eq=False)
class Part:
    table: np.ndarray
    name: str


@dataclass(frozen=True, eq=False)
class Whole:
    parts: tuple[Part | None, ...]
    weight: float
    count: int
    flag: bool
    nothing: None = None


@pytest.fixture
def whole() -> Whole:
    return Whole((Part(readonly(np.arange(6.0).reshape(2, 3)), "a"), None), 0.1, 3, True)


def test_round_trip_keeps_every_bit(whole: Whole) -> None:
    text, arrays = codec.encode(whole)
    back = codec.decode(text, arrays, (Whole, Part))
    assert back.weight == whole.weight
    assert (back.count, back.flag, back.nothing, back.parts[1]) == (3, True, None, None)
    assert back.parts[0] is not None and whole.parts[0] is not None
    assert np.array_equal(back.parts[0].table, whole.parts[0].table)
    assert codec.digest(back) == codec.digest(whole)


@pytest.mark.parametrize("number", [float("inf"), -float("inf"), 0.1 + 0.2, 5e-324, -0.0])
def test_floats_are_exact(number: float) -> None:
    text, arrays = codec.encode(Whole((), number, 0, False))
    back = codec.decode(text, arrays, (Whole,)).weight
    assert np.float64(back).tobytes() == np.float64(number).tobytes()


def test_arrays_come_back_read_only(whole: Whole) -> None:
    back = codec.decode(*codec.encode(whole), (Whole, Part))
    with pytest.raises(ValueError, match="read-only"):
        back.parts[0].table[0, 0] = 1.0


def test_the_hash_notices_one_bit(whole: Whole) -> None:
    assert whole.parts[0] is not None
    table = whole.parts[0].table.copy()
    table[1, 2] = np.nextafter(table[1, 2], 9)
    assert codec.digest(Whole((Part(table, "a"), None), 0.1, 3, True)) != codec.digest(whole)


def test_the_hash_tells_shapes_and_names_apart() -> None:
    flat = codec.digest(Part(np.zeros(6), "a"))
    assert flat != codec.digest(Part(np.zeros((2, 3)), "a"))
    assert flat != codec.digest(Part(np.zeros(6), "b"))


def test_a_class_that_is_not_listed_is_refused(whole: Whole) -> None:
    text, arrays = codec.encode(whole)
    with pytest.raises(ModelFileError, match="cannot be read"):
        codec.decode(text, arrays, (Whole,))


@pytest.mark.parametrize("text", ["", "{", '{"type": "Whole", "fields": {"no": 1}}', '{"array": "missing"}'])
def test_damaged_text_is_refused(text: str) -> None:
    with pytest.raises(ModelFileError, match=r"cannot be read|damaged"):
        codec.decode(text, {}, (Whole, Part))


@pytest.mark.parametrize("change", ["gained", "lost"])
def test_a_model_of_another_version_is_told_by_the_part_that_differs(whole: Whole, change: str) -> None:
    """Also where the part has a default now, with which it would be another model than the one that was saved."""
    text, arrays = codec.encode(whole)
    tree = json.loads(text)
    if change == "gained":
        del tree["fields"]["nothing"]
    else:
        tree["fields"]["gone"] = 1
    with pytest.raises(ModelFileError, match=f"whose Whole differs in {'nothing' if change == 'gained' else 'gone'}: fit"):
        codec.decode(json.dumps(tree), arrays, (Whole, Part))


def test_what_has_no_place_in_a_file_is_refused() -> None:
    with pytest.raises(TypeError, match="no place"):
        codec.encode(Part(np.zeros(1), {"a": "dict"}))  # type: ignore[arg-type]


def test_the_text_is_json_and_canonical(whole: Whole) -> None:
    first, _ = codec.encode(whole)
    assert json.loads(first)["type"] == "Whole"
    assert first == codec.encode(whole)[0]
