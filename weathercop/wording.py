"""Scenarios and options of a run, which files keep as JSON, in words that fit on a line."""

from __future__ import annotations

import json
from typing import Any, Final

#: What a scenario has where nothing is asked for.
_NEUTRAL: Final = frozenset({"", "none", "None", "[]", "{}", "0", "0.0", "null"})
_MOST: Final = 160


def words_of(text: str) -> str:
    """JSON without what is neutral: "theta_incr 2", "theta_incr 0.5 to 2", "none"; other texts as they are."""
    try:
        content = json.loads(text) if text else None
    except ValueError:
        return text
    words = _words(content) or "none"
    return words if len(words) <= _MOST else f"{words[: _MOST - 4]} ..."


def source_of_phases(text: str) -> str:
    """What `phases_from` recorded: "an ensemble from 2001-01-01, scenario none"; other texts as they are."""
    try:
        content = json.loads(text)
        first_day, scenario = content["first_day"], content["scenario"]
    except (ValueError, KeyError, TypeError):
        return text
    return f"an ensemble from {first_day}, scenario {words_of(json.dumps(scenario))}"


def _words(content: Any) -> str:
    if isinstance(content, str):
        try:
            return _words(json.loads(content))
        except ValueError:
            return content
    if isinstance(content, dict):
        parts = ((name, _words(part)) for name, part in content.items() if not _neutral(name, part))
        return ", ".join(f"{name} {part}" for name, part in parts if part)
    if isinstance(content, list):
        return _words_of_list(content)
    return "" if content is None or content is False else f"{content:g}" if isinstance(content, float) else str(content)


def _words_of_list(content: list[Any]) -> str:
    numbers = _numbers(content)
    if numbers is None:
        return "; ".join(part for part in map(_words, content) if part)
    if not numbers:
        return ""
    low, high = min(numbers), max(numbers)
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"


def _numbers(content: Any) -> list[float] | None:
    """All numbers in nested lists, or None if there is anything else."""
    if isinstance(content, bool) or content is None:
        return None
    if isinstance(content, (int, float)):
        return [float(content)]
    if not isinstance(content, list):
        return None
    parts = [_numbers(part) for part in content]
    return None if any(part is None for part in parts) else [number for part in parts for number in part or ()]


def _neutral(name: str, part: Any) -> bool:
    """Whether a term changes nothing: zero, a factor of one, or nothing at all."""
    numbers = _numbers(part)
    neutral = 1.0 if name.endswith("factor") else 0.0
    if numbers is not None:
        return all(number == neutral for number in numbers)
    return str(part) in _NEUTRAL
