"""Looking at every member of a source, many at a time: what can be decoded has a content hash and a size, what cannot a reason."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from core import imaging
from core.errors import ImageError
from core.image_files.listing import Listing
from core.image_files.members import Member
from core.image_files.reading import read_bytes
from core.image_files.remote import is_remote

AHEAD = 8  # members waiting, a thread
REMOTE_THREADS = 16  # they wait for the network most of the time

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Looked:
    """What was found of a member: the SHA-256 of its bytes and the size of the upright image, or the reason why it is not used."""

    path: str
    label: str
    content_hash: str = ""
    width_px: int = 0
    height_px: int = 0
    reason: str = ""


def looked_at(listing: Listing, *, words: Mapping[str, str], n_threads: int) -> Iterator[Looked]:
    """Give what was found of every member, in order; `words` translates labels."""
    n_threads = max(n_threads, REMOTE_THREADS) if is_remote(listing.folder) else max(2, n_threads)
    return in_order(lambda member: _look(listing.folder, member, words), listing.members, n_threads=n_threads)


def in_order(work: Callable[[Item], Result], items: Iterable[Item], *, n_threads: int) -> Iterator[Result]:
    """Give work(item) for each item, in order, worked on by several threads a little ahead of who takes the results."""
    waiting: deque[Future[Result]] = deque()
    pool = ThreadPoolExecutor(max_workers=n_threads)
    try:
        for item in items:
            waiting.append(pool.submit(work, item))
            if len(waiting) >= AHEAD * n_threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def _look(folder: str, member: Member, words: Mapping[str, str]) -> Looked:
    label = words.get(member.label, member.label)
    if member.reason:
        return Looked(member.path, label, reason=member.reason)
    try:
        content = read_bytes(folder, member.path)
        image = imaging.decode(content)
    except ImageError as error:
        return Looked(member.path, label, reason=str(error))
    return Looked(member.path, label, hashlib.sha256(content).hexdigest(), image.width, image.height)
