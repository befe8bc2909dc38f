"""How a team gets in: what `access.toml` says, checked; and which role somebody has whom an identity provider knows."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeVar, get_args

from core.passphrases import is_hash
from core.roles import ROLES, Role

LoginKind = Literal["passphrase", "oidc"]
Admission = Literal["login", "link", "open"]
HOURS: Final = 12.0
MOST_HOURS: Final = 24.0 * 29  # Streamlit's own cookie ends after 30 days
SHORTEST_INVITATION: Final = 8
LONGEST_NAME: Final = 40  # of a reviewer
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class RoleRule:
    """Whom a role is for: these e-mail addresses, these domains, or one of these values of a claim. All in lower case but the claims."""

    role: Role
    emails: frozenset[str] = frozenset()
    domains: frozenset[str] = frozenset()
    claims: tuple[tuple[str, frozenset[str]], ...] = ()


@dataclass(frozen=True, slots=True)
class AccessSettings:
    """How a team gets in. `participants`: who may take the self-test without logging in: only who has the link of a begun one ("login"),
    whoever has the invitation ("link"), whoever reaches it ("open"). `default_role`: of whom no rule knows; None: they do not get in."""

    login: LoginKind
    hours: float = HOURS
    participants: Admission = "login"
    invitation: str | None = None
    passphrases: tuple[tuple[Role, str], ...] = ()  # hashes
    rules: tuple[RoleRule, ...] = ()
    default_role: Role | None = None
    names: tuple[tuple[str, str], ...] = ()  # e-mail address -> pseudonym
    provider: str | None = None
    trust_unverified_emails: bool = False


def access_of(content: Mapping[str, Any]) -> AccessSettings:
    """Return the settings that a file's content gives. Raises ValueError with what is wrong."""
    known = {"login", "hours", "participants", "invitation", "passphrases", "roles", "default_role", "names", "provider"}
    _no_others(content, {*known, "trust_unverified_emails"}, "access.toml")
    login: LoginKind = _one_of(content.get("login"), get_args(LoginKind), "login")
    found = AccessSettings(
        login=login,
        hours=_hours(content.get("hours", HOURS)),
        participants=_one_of(content.get("participants", "login"), get_args(Admission), "participants"),
        invitation=_optional_text(content, "invitation"),
        passphrases=_passphrases(_table(content, "passphrases")),
        rules=tuple(_rule(_role(role), rule) for role, rule in _table(content, "roles").items()),
        default_role=None if "default_role" not in content else _role(content["default_role"]),
        names=_names(_table(content, "names")),
        provider=_optional_text(content, "provider"),
        trust_unverified_emails=_truth(content.get("trust_unverified_emails", False), "trust_unverified_emails"),
    )
    _check(found)
    return found


def role_of(settings: AccessSettings, claims: Mapping[str, Any]) -> Role | None:
    """Return the role of somebody whom the provider describes so; None where no rule lets them in.

    An address counts before a claim, a claim before a domain, a domain before the default; among equals the strongest role. An address that
    the provider does not call verified counts for nothing, unless the settings trust it.
    """
    email = _trusted_email(settings, claims)
    domain = email.rpartition("@")[2]
    tests: tuple[Callable[[RoleRule], bool], ...] = (
        lambda rule: bool(email) and email in rule.emails,
        lambda rule: any(_has(claims.get(name), wanted) for name, wanted in rule.claims),
        lambda rule: bool(email) and domain in rule.domains,
    )
    for fits in tests:
        found = [rule.role for rule in settings.rules if fits(rule)]
        if found:
            return max(found, key=ROLES.index)
    return settings.default_role


def name_of(settings: AccessSettings, claims: Mapping[str, Any]) -> str:
    """Return the pseudonym of somebody whom the provider describes so, never another's: the one that the settings give their address, else
    what stands before its @ (with the domain where people of several may come in), else a code of the provider's name for them."""
    email = _trusted_email(settings, claims)
    given = dict(settings.names)
    if email in given:
        return given[email]
    local, _, domain = email.rpartition("@")
    name = local if _is_one_domain(settings) else f"{local} ({domain})"
    return name if local and _is_name(name) and name not in given.values() else _code(claims)


def _is_one_domain(settings: AccessSettings) -> bool:
    domains = {domain for rule in settings.rules for domain in (*rule.domains, *(one.rpartition("@")[2] for one in rule.emails))}
    return len(domains) == 1 and settings.default_role is None and not any(rule.claims for rule in settings.rules)


def _trusted_email(settings: AccessSettings, claims: Mapping[str, Any]) -> str:
    email = claims.get("email")
    is_trusted = claims.get("email_verified") in (True, "true") or settings.trust_unverified_emails
    return email.strip().lower() if is_trusted and isinstance(email, str) and email.count("@") == 1 else ""


def _code(claims: Mapping[str, Any]) -> str:
    subject = f"{claims.get('iss', '')}\0{claims.get('sub', '')}"  # OpenID Connect Core 2: together these name one person for good
    return f"person-{hashlib.sha256(subject.encode()).hexdigest()[:10]}"


def _is_name(name: object) -> bool:
    return isinstance(name, str) and 1 <= len(name) <= LONGEST_NAME and "@" not in name and name.isprintable()


def _has(value: object, wanted: frozenset[str]) -> bool:
    values = value if isinstance(value, list) else [value]
    return any(isinstance(one, str) and one in wanted for one in values)


def _check(found: AccessSettings) -> None:
    if found.login == "passphrase" and not found.passphrases:
        raise ValueError("login by passphrase needs one: `exemplary access --passphrase ROLE` adds it")
    if found.login == "oidc" and not found.rules and found.default_role is None:
        raise ValueError("login by OIDC needs [roles.ROLE] with emails, domains or claims, or a default_role: nobody could come in")
    if (found.participants == "link") != (found.invitation is not None):
        raise ValueError('participants = "link" and an invitation go together: `exemplary access --invitation` adds both')
    if found.invitation is not None and not re.fullmatch(rf"[A-Za-z0-9_-]{{{SHORTEST_INVITATION},64}}", found.invitation):
        raise ValueError(f"the invitation stands in a link: {SHORTEST_INVITATION} to 64 letters, digits, - and _")
    if found.provider is not None and "_" in found.provider:
        raise ValueError("the provider's name has no underscore (Streamlit's rule)")


def _passphrases(table: Mapping[str, Any]) -> tuple[tuple[Role, str], ...]:
    for role, kept in table.items():
        if not isinstance(kept, str) or not is_hash(kept):
            raise ValueError(f"the passphrase of {role} is no hash as `exemplary access --passphrase {role}` makes it")
    return tuple((_role(role), kept) for role, kept in table.items())


def _rule(role: Role, rule: Any) -> RoleRule:
    if not isinstance(rule, dict):
        raise ValueError(f"roles.{role} is a table with emails, domains or claims")
    _no_others(rule, {"emails", "domains", "claims"}, f"roles.{role}")
    claims = tuple((name, frozenset(_texts(values, f"claims.{name}"))) for name, values in _table(rule, "claims").items())
    emails = frozenset(_lower(rule.get("emails", []), f"roles.{role}.emails"))
    domains = frozenset(_lower(rule.get("domains", []), f"roles.{role}.domains"))
    if any(one.count("@") != 1 for one in emails) or any("@" in one for one in domains):
        raise ValueError(f"roles.{role} has addresses such as ada@example.org under emails, and such as example.org under domains")
    return RoleRule(role, emails, domains, claims)


def _names(table: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    found = tuple((email.lower(), name) for email, name in table.items())
    for email, name in found:
        if email.count("@") != 1:
            raise ValueError(f"under [names] stands {email!r}, which is no e-mail address")
        if not _is_name(name):
            raise ValueError(f"a pseudonym under [names] has 1 to {LONGEST_NAME} characters and is no e-mail address")
    if len({name for _, name in found}) < len(found):
        raise ValueError("two people under [names] have the same pseudonym")
    return found


def _role(value: Any) -> Role:
    return _one_of(value, ROLES, "a role")


def _one_of(value: Any, allowed: tuple[T, ...], what: str) -> T:
    for one in allowed:
        if one == value:
            return one
    raise ValueError(f"{what} is {', '.join(map(str, allowed))}, not {value!r:.40}")


def _hours(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or not 0 < value <= MOST_HOURS:
        raise ValueError(f"hours is how long a log-in lasts, up to {MOST_HOURS:.0f}, not {value!r:.40}")
    return float(value)


def _truth(value: Any, what: str) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"{what} is true or false")
    return value


def _optional_text(content: Mapping[str, Any], key: str) -> str | None:
    value = content.get(key)
    if value is not None and not isinstance(value, str):
        raise ValueError(f"{key} is a text")
    return value


def _lower(values: Any, what: str) -> list[str]:
    return [one.strip().lower() for one in _texts(values, what)]


def _texts(values: Any, what: str) -> Iterable[str]:
    if not isinstance(values, list) or not all(isinstance(one, str) for one in values):
        raise ValueError(f"{what} is a list of texts")
    return values


def _table(content: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = content.get(key, {})
    if not isinstance(value, dict):
        raise ValueError(f"{key} is a table, [{key}]")
    return value


def _no_others(content: Mapping[str, Any], known: set[str], where: str) -> None:
    others = sorted(content.keys() - known)
    if others:
        raise ValueError(f"{where} has no {', '.join(others)}")
