"""The graph of values: nodes, what each may hold, and what follows when it holds something new."""

from collections import deque
from collections.abc import Callable

from varwg_codemod.flow.values import CONTAINER, DULL, FOREIGN, MANY_OBJECTS, MANY_TEXTS, TEXT, Value

_MOST_TEXTS = 12
_DEEPEST = 40  # watchers that call watchers; what is deeper waits for its turn
_MOST_OBJECTS = 4  # a node that holds an inherited method of more objects holds that of all objects with such a base
_MOST_CONTAINERS = 6  # a node that holds more holds any container to which that happened


class TangledError(Exception):
    """A program hands its functions and objects around in more ways than can be followed in reasonable time."""


class Graph:
    """Nodes with growing sets of values; values run along edges, watchers see each value once.

    Parameters
    ----------
    most
        How many values all nodes together may hold; `solve` raises `TangledError` beyond.
    """

    def __init__(self, most: float) -> None:
        self._most = most
        self._held = 0
        self.values: list[dict[Value, None]] = []
        self._seen: list[dict[Value, None]] = []
        self._edges: list[dict[int, None]] = []
        self._watchers: list[list[Callable[[Value], None]]] = []
        self._callable_watchers: list[list[Callable[[Value], None]]] = []
        self._waiting: deque[int] = deque()
        self._fresh: list[list[Value]] = []
        self._texts: list[int] = []
        self._containers: list[int] = []
        self._objects: list[int] = []
        self._inherited: dict[str, Value] = {}
        self._depth = 0
        self._late: deque[tuple[Callable[[Value], None], list[Value]]] = deque()
        self._any_container = Value(CONTAINER, self.new())
        self._into_any = self.new()  # what is put into any container, and so into each of them
        self.edge(self._into_any, self._any_container.what)

    def new(self) -> int:
        """A new node."""
        self.values.append({})
        self._seen.append({})
        self._edges.append({})
        self._watchers.append([])
        self._callable_watchers.append([])
        self._texts.append(0)
        self._fresh.append([])
        self._containers.append(0)
        self._objects.append(0)
        return len(self.values) - 1

    def holding(self, value: Value) -> int:
        """A new node that holds a value."""
        node = self.new()
        self.add(node, value)
        return node

    def add(self, node: int, value: Value) -> None:
        """Let a node hold a value."""
        held = self.values[node]
        if value in held:
            return
        if value.kind == TEXT and value is not MANY_TEXTS:
            self._texts[node] += 1
            if self._texts[node] > _MOST_TEXTS:
                self.add(node, MANY_TEXTS)
                return
        if value.kind == FOREIGN and value.origin is not None and value.origin is not MANY_OBJECTS:
            self._objects[node] += 1
            if self._objects[node] > _MOST_OBJECTS:
                self.add(node, self._inherited.setdefault(value.what, Value(FOREIGN, value.what, MANY_OBJECTS)))
                return
        if value.kind == CONTAINER and value is not self._any_container:
            self._containers[node] += 1
            if self._containers[node] > _MOST_CONTAINERS:
                self.add(node, self.any_with(value))
                return
        held[value] = None
        self._held += 1
        fresh = self._fresh[node]
        if not fresh:
            self._waiting.append(node)
        fresh.append(value)

    def any_with(self, container: Value) -> Value:
        """A container that may be this one, or any other for which that was asked.

        What is in these is read from it, and what is put into it may be in each of them; what is in one is not in the others.
        """
        self.edge(container.what, self._any_container.what)
        self.edge(self._into_any, container.what)
        return self._any_container

    def inlet(self, container: Value) -> int:
        """The node to which that goes which is put into a container."""
        return self._into_any if container is self._any_container else container.what  # type: ignore[no-any-return]

    def edge(self, source: int | None, target: int) -> None:
        """Let all values of one node reach another."""
        if source is None or source == target or target in self._edges[source]:
            return
        self._edges[source][target] = None
        for value in tuple(self._seen[source]):
            self.add(target, value)

    def watch(self, node: int | None, seen: Callable[[Value], None]) -> None:
        """Call a function with each value that a node holds or will hold."""
        if node is None:
            return
        self._watchers[node].append(seen)
        for value in tuple(self._seen[node]):
            seen(value)

    def watch_callable(self, node: int | None, seen: Callable[[Value], None]) -> None:
        """The same for values that may be called, or hold what may be: no texts, arrays and the like."""
        if node is None:
            return
        self._callable_watchers[node].append(seen)
        held = [value for value in self._seen[node] if value.kind not in DULL]
        if self._depth == _DEEPEST:
            self._late.append((seen, held))
            return
        self._depth += 1
        for value in held:
            seen(value)
        self._depth -= 1

    def solve(self) -> None:
        """Let everything run until nothing is new."""
        while self._waiting or self._late:
            if self._held > self._most:
                raise TangledError
            if self._late:
                late, held = self._late.popleft()
                for value in held:
                    late(value)
                continue
            node = self._waiting.popleft()
            fresh = self._fresh[node]
            self._fresh[node] = []
            self._seen[node].update(dict.fromkeys(fresh))
            for target in tuple(self._edges[node]):
                there = self.values[target]
                for value in fresh:
                    if value not in there:
                        self.add(target, value)
            for seen in tuple(self._watchers[node]):
                for value in fresh:
                    seen(value)
            if self._callable_watchers[node]:
                interesting = [value for value in fresh if value.kind not in DULL]
                for seen in tuple(self._callable_watchers[node]):
                    for value in interesting:
                        seen(value)
