"""The table of roles: what each may do, and that a stronger role keeps what a weaker one may."""

from __future__ import annotations

from typing import get_args

import pytest

from core.roles import ACTIONS, NOBODY, ROLES, Action, Person, Role, may, roles_that_may

MAY: dict[Role, set[Action]] = {
    "participant": {"take_part"},
    "viewer": {"browse", "see_results"},
    "reviewer": {"browse", "see_results", "take_part", "review", "export_reviews", "upload"},
    "admin": set(get_args(Action)),
}


@pytest.mark.parametrize("role", ROLES)
def test_a_role_may_do_what_is_said_and_nothing_else(role: Role) -> None:
    """Participants only take part; viewers look; reviewers also review; admins may do everything."""
    assert {action for action in get_args(Action) if may(Person("Ada", role), action)} == MAY[role]


def test_every_action_and_role_is_in_the_table() -> None:
    """A new action cannot be forgotten: asking for it would fail."""
    assert set(ACTIONS) == set(get_args(Action)) and set(ROLES) == set(get_args(Role))


@pytest.mark.parametrize("action", ACTIONS)
def test_nobody_may_do_nothing(action: Action) -> None:
    """Without a role, and with a name that nobody gave a role, nothing is allowed."""
    assert not may(NOBODY, action) and not may(Person("Ada", None), action)
    assert "admin" in roles_that_may(action) and all(may(Person(None, role), action) for role in roles_that_may(action))
