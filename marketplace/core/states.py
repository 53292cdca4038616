"""State machines as tables, checked when the module that declares one is imported.

A machine says which steps exist; the slice's one `transition` function takes them and writes the history line.
"""

from __future__ import annotations

from collections.abc import Mapping

from marketplace.core.errors import IllegalTransition


class StateMachine:
    """Named transition table ``{state: (next, …)}`` with its initial state and, for people, what its states are called.

    Raises ValueError at construction when a state is unknown, unreachable from the initial one, or listed twice.
    """

    def __init__(
        self,
        name: str,
        transitions: Mapping[str, tuple[str, ...]],
        initial: str,
        titles: Mapping[str, str] | None = None,
    ) -> None:
        self.name = name
        self.titles = {} if titles is None else dict(titles)
        self.transitions = dict(transitions)
        self.initial = initial
        self._check()

    def _check(self) -> None:
        if self.initial not in self.transitions:
            raise ValueError(f"{self.name}: initial state {self.initial} is not in the table")
        for state, targets in self.transitions.items():
            unknown = set(targets) - set(self.transitions)
            if unknown:
                raise ValueError(f"{self.name}: {state} leads to unknown {sorted(unknown)}")
            if len(set(targets)) != len(targets):
                raise ValueError(f"{self.name}: {state} lists a target twice")
        reached, frontier = {self.initial}, [self.initial]
        while frontier:
            for target in self.transitions[frontier.pop()]:
                if target not in reached:
                    reached.add(target)
                    frontier.append(target)
        if reached != set(self.transitions):
            raise ValueError(f"{self.name}: unreachable {sorted(set(self.transitions) - reached)}")

    def title_of(self, state: str) -> str:
        """What people call a state; its code where the machine was given no titles."""
        return self.titles.get(state, state)

    @property
    def states(self) -> tuple[str, ...]:
        """All states, in the order of the table."""
        return tuple(self.transitions)

    @property
    def terminal(self) -> frozenset[str]:
        """States that lead nowhere."""
        return frozenset(s for s, targets in self.transitions.items() if not targets)

    def may(self, current: str, target: str) -> bool:
        """Whether the table has the step."""
        return target in self.transitions.get(current, ())

    def require(self, current: str, target: str) -> None:
        """Raise `IllegalTransition` (409), naming both states and what would be allowed, unless the step exists."""
        if not self.may(current, target):
            raise IllegalTransition(
                detail=f"{self.name}: 不能从 {self.title_of(current)} 变为 {self.title_of(target)}",
                current=current,
                target=target,
                allowed=list(self.transitions.get(current, ())),
            )
