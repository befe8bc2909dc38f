"""Passphrases are kept as salted scrypt hashes, and recognised again."""

from __future__ import annotations

import hashlib
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import passphrases
from core.errors import UsageError
from core.passphrases import fits, generated_passphrase, hashed, is_hash


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash with the least that is taken, so that tests are quick."""
    monkeypatch.setattr(passphrases, "LOG2_N", 14)
    monkeypatch.setattr(passphrases, "PARALLEL", 1)


def test_a_passphrase_fits_its_own_hash_only() -> None:
    """The same words fit, others do not, and no part of them is in what is kept."""
    kept = hashed("correct horse battery")
    assert is_hash(kept) and fits("correct horse battery", kept)
    assert "correct" not in kept and not any(fits(other, kept) for other in ("correct horse batter", "Correct horse battery", ""))


def test_equal_passphrases_have_different_hashes() -> None:
    """Each hash has a salt of its own."""
    assert hashed("correct horse battery") != hashed("correct horse battery")


def test_the_hash_is_scrypts() -> None:
    """A hash is the one of Python's own scrypt with the numbers and the salt that stand before it."""
    _, log2_n, block, parallel, salt, made = hashed("correct horse battery").split(":")
    again = hashlib.scrypt(
        b"correct horse battery", salt=passphrases._read(salt), n=2 ** int(log2_n), r=int(block), p=int(parallel), maxmem=1 << 28, dklen=32
    )
    assert again == passphrases._read(made) and len(passphrases._read(salt)) == 16


def test_letters_that_look_alike_are_alike() -> None:
    """An accent typed as one character or as two is the same passphrase on every keyboard."""
    assert fits("cafe\u0301 au lait bitte", hashed("caf\u00e9 au lait bitte"))


@pytest.mark.parametrize("words", ["", "short", "x" * 11, "x" * 257])
def test_short_and_overlong_ones_are_refused(words: str) -> None:
    """A passphrase that can be guessed is refused with a sentence."""
    with pytest.raises(UsageError, match="12 to 256 characters"):
        hashed(words)


GOOD = "scrypt:15:8:3:" + "a" * 22 + ":" + "b" * 43


@pytest.mark.parametrize(
    "kept",
    ["", "secret", "scrypt", GOOD + "\n", GOOD + "c", GOOD.replace(":15:", ":13:"), GOOD.replace(":15:", ":19:"),
     GOOD.replace(":8:", ":9:"), GOOD.replace(":3:", ":9:"), GOOD.replace(":3:", ":0:"),
     GOOD.replace("scrypt", "md5"), GOOD.replace("b" * 43, "!" * 43)],
)  # fmt: skip
def test_what_is_no_hash_is_known(kept: str) -> None:
    """A plain passphrase, a cut hash, and one that would be too cheap or too dear are told apart from a hash."""
    assert is_hash(GOOD) and not is_hash(kept)


@settings(max_examples=20, deadline=None)
@given(st.text(min_size=12, max_size=60), st.text(max_size=60))
def test_any_text_can_be_a_passphrase(words: str, other: str) -> None:
    """Whatever is typed fits its own hash; another text does not, unless it is the same when written alike."""
    import unicodedata

    kept = hashed(words)
    assert fits(words, kept)
    assert fits(other, kept) == (unicodedata.normalize("NFKC", words) == unicodedata.normalize("NFKC", other))


def test_generated_ones_are_long_and_differ() -> None:
    """A made passphrase is five words that can be read out, never twice the same."""
    made = {generated_passphrase() for _ in range(200)}
    assert len(made) == 200 and all(re.fullmatch(r"([a-z]{4}\d\d-){4}[a-z]{4}\d\d", one) for one in made)
