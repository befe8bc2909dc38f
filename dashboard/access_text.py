"""Every sentence about logging in, and about what one may not do."""

from __future__ import annotations

from typing import Final

from core.roles import Action, Person, Role, roles_that_may

ROLE_NAMES: Final[dict[Role, str]] = {
    "participant": "participant",
    "viewer": "viewer",
    "reviewer": "reviewer",
    "admin": "administrator",
}
_ROLES_IN_WORDS: Final[dict[Role, str]] = {
    "participant": "participants",
    "viewer": "viewers",
    "reviewer": "reviewers",
    "admin": "administrators",
}
DEEDS: Final[dict[Action, str]] = {
    "browse": "Feature maps and images are",
    "see_results": "Results are",
    "take_part": "The self-test is",
    "review": "Reviewing is",
    "export_reviews": "Exporting reviews is",
    "upload": "Looking at a photo of one's own is",
    "assign": "Assigning units to reviewers is",
    "delete_others": "Deleting what somebody else gave is",
    "export_answers": "Exporting answers is",
    "run_jobs": "Starting and stopping jobs is",
}
PAGE_HELP: Final = "Who you are here, and the way out."
LOG_IN: Final = "Log in"
ACCOUNT: Final = "Account"
INTRO: Final = "This dashboard is for a team: log in to look, to review or to take part."
NAME: Final = "Name or pseudonym"
NAME_HINT: Final = "Your reviews bear it; not needed to look, or to take part."
PASSPHRASE: Final = "Passphrase"
SHOW: Final = "Show"
HIDE: Final = "Hide"
CHECKING: Final = "Checking"
UNREACHABLE: Final = "The dashboard did not answer; try again."
BY_PROVIDER: Final = "Log in with your organisation"
BY_PROVIDER_NOTE: Final = "You come back to this dashboard; it keeps your pseudonym with what you give, never your e-mail address."
PARTICIPANTS_NOTE: Final = "Taking part in a self-test? Open the link that you were given."
LOGGED_IN: Final = "You are logged in as **{name}**, {role}."
LOGGED_IN_NAMELESS: Final = "You are logged in as {a_role}."
MAY: Final = "You may:"
LOG_OUT: Final = "Log out"
OTHER_LOG_IN: Final = "Log in as somebody else"
NO_ROLE: Final = "You are known as **{name}**, but have no role here; ask whoever runs this dashboard for one."
NOT_FOR: Final[dict[Role, str]] = {role: f"Not for {words}" for role, words in _ROLES_IN_WORDS.items()}
GO_TO: Final = "Go to {page}"
NO_LOG_IN: Final = "Nobody logs in here: whoever reaches this dashboard may do everything."
CAN: Final[dict[Action, str]] = {
    "browse": "browse feature maps and images",
    "see_results": "see results",
    "take_part": "take part in self-tests",
    "review": "review units",
    "export_reviews": "export reviews",
    "upload": "look at photos of your own",
    "assign": "assign units to reviewers",
    "delete_others": "delete what others gave",
    "export_answers": "export answers",
    "run_jobs": "start and stop jobs",
}

SETTINGS_GONE: Final = (
    "{file} was there when the dashboard began and is gone: put it back, or start the dashboard anew to let everybody in."
)
FOREIGN: Final = (
    "Without a log-in this dashboard answers to localhost only: `exemplary access --passphrase admin` sets a log-in, "
    "`streamlit run ... --server.allowedHosts NAME` lets it answer to a name."
)
NO_AUTHLIB: Final = "Logging in by OIDC needs Authlib: pip install 'exemplary[login]'."
NO_PROVIDER: Final = "Nobody can log in: {error} See docs/access.md."
SHORT_SECRET: Final = "Nobody can log in: cookie_secret in secrets.toml needs {n} random characters or more (openssl rand -hex 32)."
NO_PASSPHRASES: Final = "Nobody logs in by passphrase here."
WRONG: Final = "That passphrase opens nothing here; check it for typing errors."
WAIT: Final = "Too many tries; the next one is in {seconds} seconds."
BUSY: Final = "Many log in at this moment; try again."
NEEDS_NAME: Final = "Give a name too, as {role}: reviews bear it."
BAD_FIELDS: Final = "Logging in takes a name and a passphrase, both as text."
LOG_IN_FIRST: Final = "Log in first."
EVERYBODY: Final = (
    "The dashboard listens on {address} without a log-in: everybody who reaches it may do everything; `exemplary access` sets one."
)


def refusal(action: Action, who: Person) -> str:
    """Return why somebody may not do this, and what to do."""
    allowed = [_ROLES_IN_WORDS[role] for role in roles_that_may(action)]
    whose = " and ".join(filter(None, (", ".join(allowed[:-1]), allowed[-1])))
    if who.role is None:
        return f"{DEEDS[action]} for {whose}. {LOG_IN_FIRST}"
    return f"{DEEDS[action]} for {whose}; you are here as {article(ROLE_NAMES[who.role])}."


def article(word: str) -> str:
    """Return a noun with "a" or "an" before it."""
    return f"{'an' if word[0] in 'aeiou' else 'a'} {word}"
