"""Passphrases that a role shares: only a salted scrypt hash is kept; comparing takes the same time whatever was wrong."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
import unicodedata
from typing import Final

from core.errors import UsageError

SHORTEST: Final = 12
LONGEST: Final = 256
LOG2_N: Final = 15  # with r = 8 and p = 3, one of the minimal settings of OWASP's Password Storage Cheat Sheet (32 MiB)
BLOCK: Final = 8
PARALLEL: Final = 3
SALT_BYTES: Final = 16
HASH_BYTES: Final = 32
_FORM: Final = re.compile(r"scrypt:(\d{1,2}):(\d{1,2}):(\d{1,2}):([A-Za-z0-9_-]{16,64}):([A-Za-z0-9_-]{43})")
_CONSONANTS: Final = "bdfgklmnprstvz"  # none that is easily misread or misheard
_VOWELS: Final = "aeiou"
_LIMITS: Final = ((14, 18), (8, 8), (1, 8))  # of log2 n, r, p: what a hash may ask of this machine
_N_WORDS: Final = 5  # of 70 * 70 * 90 each: 93 bits


def generated_passphrase() -> str:
    """Return a passphrase that can be read out: five words of two syllables and two digits, drawn from 2^93."""
    return "-".join(_word() for _ in range(_N_WORDS))


def hashed(passphrase: str) -> str:
    """Return what is kept of a passphrase. Raises UsageError for a short or overlong one."""
    if not SHORTEST <= len(passphrase) <= LONGEST:
        raise UsageError(f"A passphrase has {SHORTEST} to {LONGEST} characters, this one {len(passphrase)}; `--generate` makes a good one.")
    salt = secrets.token_bytes(SALT_BYTES)
    made = _scrypt(passphrase, salt, LOG2_N, BLOCK, PARALLEL)
    return f"scrypt:{LOG2_N}:{BLOCK}:{PARALLEL}:{_written(salt)}:{_written(made)}"


def is_hash(kept: str) -> bool:
    """Return whether this is what `hashed` returns, with settings that this machine will compute."""
    found = _FORM.fullmatch(kept)
    return found is not None and all(low <= int(value) <= high for value, (low, high) in zip(found.groups()[:3], _LIMITS, strict=True))


def fits(passphrase: str, kept: str) -> bool:
    """Return whether a passphrase is the one of a hash (as `is_hash` knows it)."""
    _, log2_n, block, parallel, salt, made = kept.split(":")
    found = _scrypt(passphrase[:LONGEST], _read(salt), int(log2_n), int(block), int(parallel))
    return hmac.compare_digest(found, _read(made))


def _scrypt(passphrase: str, salt: bytes, log2_n: int, block: int, parallel: int) -> bytes:
    text = unicodedata.normalize("NFKC", passphrase).encode("utf-8", "surrogatepass")
    memory = 2 * (128 * block << log2_n)  # what it takes is half of this
    return hashlib.scrypt(text, salt=salt, n=1 << log2_n, r=block, p=parallel, maxmem=memory, dklen=HASH_BYTES)


def _word() -> str:
    return "".join(secrets.choice(kind) for kind in (_CONSONANTS, _VOWELS, _CONSONANTS, _VOWELS)) + str(secrets.randbelow(90) + 10)


def _written(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def _read(value: str) -> bytes:
    return base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
