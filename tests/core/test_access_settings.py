"""What `access.toml` may say; which role and pseudonym somebody has whom a provider knows."""

from __future__ import annotations

import re
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.access_settings import LONGEST_NAME, AccessSettings, access_of, name_of, role_of
from core.roles import ROLES, Role

HASH = "scrypt:15:8:3:" + "a" * 22 + ":" + "b" * 43
PASSPHRASE = f'login = "passphrase"\n[passphrases]\nadmin = "{HASH}"\n'
OIDC = """
login = "oidc"
default_role = "viewer"
[roles.admin]
emails = ["Ada@example.org"]
[roles.reviewer]
domains = ["example.org"]
claims.groups = ["vision", "Admins"]
[roles.participant]
emails = ["eve@example.org"]
[names]
"ada@example.org" = "Ada"
"""


def read(text: str) -> AccessSettings:
    return access_of(tomllib.loads(text))


def person(email: str, **claims: object) -> dict[str, object]:
    return {"iss": "https://login.example.org", "sub": email, "email": email, "email_verified": True, **claims}


def test_the_shortest_settings() -> None:
    """A log-in and one passphrase are enough; the rest is strict: twelve hours, and participants log in too."""
    found = read(PASSPHRASE)
    assert (found.login, found.hours, found.participants, found.passphrases) == ("passphrase", 12.0, "login", (("admin", HASH),))
    assert found.default_role is None and not found.trust_unverified_emails


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "login is passphrase, oidc, not None"),
        ('login = "password"', "login is passphrase, oidc, not 'password'"),
        ('login = "passphrase"', "needs one"),
        ('login = "oidc"', "nobody could come in"),
        (PASSPHRASE + 'owner = "x"', "passphrase of owner is no hash"),
        (PASSPHRASE.replace("admin", "owner"), "a role is participant, viewer, reviewer, admin, not 'owner'"),
        (f'{PASSPHRASE}viewer = "open sesame"', "passphrase of viewer is no hash"),
        ("hours = 0\n" + PASSPHRASE, "hours is how long"),
        ("hours = true\n" + PASSPHRASE, "hours is how long"),
        ("hours = nan\n" + PASSPHRASE, "hours is how long"),
        ("hours = 1000\n" + PASSPHRASE, "hours is how long"),
        ("hour = 3\n" + PASSPHRASE, "access.toml has no hour"),
        ('participants = "all"\n' + PASSPHRASE, "participants is login, link, open"),
        ('participants = "link"\n' + PASSPHRASE, "go together"),
        ('invitation = "0123456789"\n' + PASSPHRASE, "go together"),
        ('participants = "link"\ninvitation = "short"\n' + PASSPHRASE, "8 to 64 letters"),
        ("invitation = 3\n" + PASSPHRASE, "invitation is a text"),
        ('passphrases = "x"\nlogin = "passphrase"', "passphrases is a table"),
        ('login = "oidc"\nroles.admin = "ada"', "roles.admin is a table"),
        ('login = "oidc"\nroles.admin.mails = []', "roles.admin has no mails"),
        ('login = "oidc"\nroles.admin.emails = "ada@example.org"', "list of texts"),
        ('login = "oidc"\nroles.admin.emails = ["example.org"]', "addresses such as"),
        ('login = "oidc"\nroles.admin.domains = ["@example.org"]', "addresses such as"),
        ('login = "oidc"\nroles.admin.claims.groups = [1]', "list of texts"),
        ('login = "oidc"\ndefault_role = "all"', "a role is"),
        (OIDC + '"bo@example.org" = "Ada"', "the same pseudonym"),
        (OIDC + '"bo@example.org" = "bo@example.org"', "no e-mail address"),
        ('login = "oidc"\ntrust_unverified_emails = 1\ndefault_role = "viewer"', "true or false"),
        ('login = "oidc"\nprovider = "my_login"\ndefault_role = "viewer"', "no underscore"),
    ],
)
def test_what_is_wrong_is_said(text: str, words: str) -> None:
    """Each mistake has a sentence of its own that names the key."""
    with pytest.raises(ValueError, match=re.escape(words)):
        read(text)


@pytest.mark.parametrize(
    ("claims", "role"),
    [
        (person("ada@example.org"), "admin"),
        (person("ADA@Example.org"), "admin"),
        (person("bo@example.org"), "reviewer"),
        (person("eve@example.org"), "participant"),  # named, so that the domain does not count
        (person("eve@example.org", groups=["vision"]), "participant"),
        (person("cy@example.net", groups=["vision"]), "reviewer"),
        (person("cy@example.net", groups="Admins"), "reviewer"),
        (person("cy@example.net", groups=["admins"]), "viewer"),
        (person("cy@sub.example.org"), "viewer"),
        (person("ada@example.org@example.net"), "viewer"),
        (person("ada@example.org", email_verified=False), "viewer"),
        ({"email": "ada@example.org"}, "viewer"),
        ({}, "viewer"),
        ({"email": None, "groups": 3}, "viewer"),
    ],
)
def test_the_role_of_somebody(claims: dict[str, object], role: Role) -> None:
    """Addresses count before claims, claims before domains, domains before the default, and only verified addresses count."""
    assert role_of(read(OIDC), claims) == role


def test_without_a_default_role_the_others_are_refused() -> None:
    """Whom no rule knows does not come in; an address that is not verified is believed only where the settings say so."""
    strict = OIDC.replace('default_role = "viewer"', "")
    assert role_of(read(strict), person("cy@example.net")) is None
    unverified = person("ada@example.org", email_verified=None)
    assert role_of(read(strict), unverified) is None
    assert role_of(read("trust_unverified_emails = true\n" + strict), unverified) == "admin"


def test_the_strongest_of_equal_rules() -> None:
    """Who is in two groups has the stronger role, in whichever order they stand."""
    rules = ['[roles.viewer]\nclaims.groups = ["all"]', '[roles.admin]\nclaims.groups = ["chiefs"]']
    for order in (rules, rules[::-1]):
        found = read('login = "oidc"\n' + "\n".join(order))
        assert role_of(found, {"groups": ["all", "chiefs"]}) == "admin"


ONE_DOMAIN = 'login = "oidc"\n[roles.reviewer]\ndomains = ["example.org"]\n[names]\n"ada@example.org" = "bo"\n'


def test_names_are_never_anothers() -> None:
    """A given pseudonym counts; else what stands before the @, with the domain where several come in; else a code. No two share one."""
    assert name_of(read(ONE_DOMAIN), person("cy@example.org")) == "cy"
    assert name_of(read(ONE_DOMAIN), person("ada@example.org")) == "bo"
    assert name_of(read(ONE_DOMAIN), person("bo@example.org")).startswith("person-")  # "bo" is Ada's
    assert name_of(read(OIDC), person("cy@example.net")) == "cy (example.net)"
    assert name_of(read(OIDC), person("cy@example.net", email_verified=False)).startswith("person-")
    long = [name_of(read(ONE_DOMAIN), person(f"{'x' * 60}{one}@example.org")) for one in "ab"]
    assert len(set(long)) == 2 and all(name.startswith("person-") for name in long)


@given(st.lists(st.emails(), min_size=2, max_size=6, unique_by=str.lower))
def test_any_two_people_have_two_names(emails: list[str]) -> None:
    """Whatever the addresses: names differ, are short, and are no addresses."""
    found = read('login = "oidc"\ndefault_role = "reviewer"')
    names = [name_of(found, person(email)) for email in emails]
    assert len(set(names)) == len({email.strip().lower() for email in emails})
    assert all(1 <= len(name) <= LONGEST_NAME and "@" not in name for name in names)


@given(
    st.dictionaries(
        st.sampled_from(["email", "email_verified", "groups", "sub", "iss"]), st.none() | st.booleans() | st.text() | st.integers()
    )
)
def test_odd_claims_are_no_fault(claims: dict[str, object]) -> None:
    """A provider may say anything: there is always a role or none, and a name."""
    found = read(OIDC)
    assert role_of(found, claims) in ROLES and name_of(found, claims)
