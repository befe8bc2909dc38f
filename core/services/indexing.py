"""Index a folder of images: what can be decoded becomes an image set, what cannot is listed with its reason."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from core import imaging
from core.domain import ImageFile, ImageSet, SkippedFile, digest
from core.errors import ImageError, NotReady, StaleWork, UsageError
from core.jobs.job import Progress, silent
from core.settings import Settings
from core.store import catalogue_read, catalogue_write
from core.store.publication import CatalogueReader, publish
from core.store.workspace import Workspace


@dataclass(frozen=True, slots=True)
class IndexReport:
    """What indexing found. `is_changed` is False where the folder was indexed under this name before and is the same still."""

    image_set: ImageSet
    skipped: tuple[SkippedFile, ...]
    n_labels: int
    is_changed: bool


@dataclass(frozen=True, slots=True)
class _Decoded:
    relative: str
    label: str
    content_hash: str = ""
    width_px: int = 0
    height_px: int = 0
    reason: str = ""


def index_folder(
    settings: Settings, folder: Path, *, name: str, labels: Path | None = None, replace: bool = False, progress: Progress = silent
) -> IndexReport:
    """Index every image below `folder` as the image set `name`; a label is the parent folder's name, translated by `labels`.

    Duplicates of an indexed file are skipped: one image may stand in a trial once. Raises UsageError, StaleWork.
    """
    folder = Path(os.path.abspath(folder.expanduser()))  # noqa: PTH100  a link in the path stays as the user wrote it
    if not folder.is_dir():
        raise UsageError(f"{folder} is not a folder; give the folder that holds the images.")
    if not name or "/" in name or name.startswith("."):
        raise UsageError(f"{name!r} cannot name an image set; use letters, digits, - and _.")
    words = _read_labels(labels) if labels else {}
    decoded = _decode_all(folder, words, settings, progress)
    images, skipped = _separate(decoded)
    if not images:
        raise UsageError(f"No image below {folder} can be decoded ({len(skipped)} files looked at); give a folder of images.")
    image_set = ImageSet(name, str(folder), digest([[i.path, i.content_hash, i.label] for i in images]), len(images), len(skipped))
    is_changed = _put(Workspace(settings.workspace), image_set, images, skipped, replace=replace)
    return IndexReport(image_set, skipped, len({image.label for image in images}), is_changed)


def _put(
    workspace: Workspace, image_set: ImageSet, images: tuple[ImageFile, ...], skipped: tuple[SkippedFile, ...], *, replace: bool
) -> bool:
    """Publish the set unless it is there already; return whether anything changed. A folder that only moved keeps what was mined.

    Raises StaleWork where mined work would be lost unasked.
    """
    if _former(workspace, image_set.name) == image_set:
        return False

    def change(cursor: catalogue_write.Cursor) -> None:
        former = {known.name: known for known in catalogue_read.image_sets(cursor)}.get(image_set.name)
        if former is not None and former.set_digest == image_set.set_digest:
            catalogue_write.move_image_set(cursor, image_set.name, image_set.folder)
            return
        mined = catalogue_read.mined_studies_of(cursor, image_set.name)
        if former is not None and mined and not replace:
            raise StaleWork(
                f"The image set {image_set.name!r} has changed ({former.n_images:,} images when {', '.join(mined)} was mined, "
                f"{image_set.n_images:,} now); index it under another --name, or give --replace to drop what was mined from it."
            )
        catalogue_write.put_image_set(cursor, image_set, images=images, skipped=skipped)
        for study in mined:
            catalogue_write.drop_study(cursor, study)

    publish(workspace, change)
    return True


def _former(workspace: Workspace, name: str) -> ImageSet | None:
    try:
        cursor = CatalogueReader(workspace).cursor()
    except NotReady:
        return None
    return {known.name: known for known in catalogue_read.image_sets(cursor)}.get(name)


def _decode_all(folder: Path, words: dict[str, str], settings: Settings, progress: Progress) -> list[_Decoded]:
    files = sorted(_files(folder, settings.workspace), key=lambda path: path.relative_to(folder).as_posix())
    decoded: list[_Decoded] = []
    with ThreadPoolExecutor(max_workers=max(2, settings.threads)) as pool:
        for one in pool.map(lambda path: _decode(path, folder, words), files):
            decoded.append(one)
            progress(len(decoded), len(files), "indexing images")
    return decoded


def _decode(path: Path, folder: Path, words: dict[str, str]) -> _Decoded:
    name = path.relative_to(folder).as_posix()
    relative, label = name.encode(errors="backslashreplace").decode(), words.get(path.parent.name, path.parent.name)
    if relative != name:
        return _Decoded(relative, "", reason="its name is not valid UTF-8")
    if path.exists() and not path.is_file():
        return _Decoded(relative, label, reason="not a regular file")
    if path.suffix.lower() not in imaging.SUFFIXES:
        return _Decoded(relative, label, reason=f"not an image by its ending ({path.suffix or 'none'})")
    try:
        content, image = imaging.read(path)
    except ImageError as error:
        return _Decoded(relative, label, reason=str(error))
    return _Decoded(relative, label, hashlib.sha256(content).hexdigest(), image.width, image.height)


def _separate(decoded: Iterable[_Decoded]) -> tuple[tuple[ImageFile, ...], tuple[SkippedFile, ...]]:
    images: list[ImageFile] = []
    skipped: list[SkippedFile] = []
    first: dict[str, str] = {}
    for one in decoded:
        if one.reason:
            skipped.append(SkippedFile(one.relative, one.reason))
        elif one.content_hash in first:
            skipped.append(SkippedFile(one.relative, f"same content as {first[one.content_hash]}"))
        else:
            first[one.content_hash] = one.relative
            images.append(ImageFile(len(images), one.content_hash, one.relative, one.label, one.width_px, one.height_px))
    return tuple(images), tuple(skipped)


def _files(folder: Path, workspace: Path) -> Iterator[Path]:
    """Give all files below the folder but hidden ones and the workspace's own."""
    seen: set[str] = set()
    for root, folders, names in os.walk(folder, followlinks=True):
        real = os.path.realpath(root)
        if real in seen or (root != str(folder) and Path(real) == workspace):  # a link that leads back up, or our own images
            folders.clear()
            continue
        seen.add(real)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(root) / name for name in names if not name.startswith("."))


def _read_labels(path: Path) -> dict[str, str]:
    """Return folder name -> words from lines such as `n01440764 tench, Tinca tinca`: the first term, or all where it names two folders."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"The labels file {path} cannot be read ({error}); give a text file of lines `FOLDER WORDS`.") from error
    pairs = [line.split(maxsplit=1) for line in lines if line.strip()]
    words = {pair[0]: pair[1].strip() for pair in pairs if len(pair) == 2}
    first_terms = Counter(text.split(",")[0] for text in words.values())
    return {folder: text if first_terms[text.split(",")[0]] > 1 else text.split(",")[0] for folder, text in words.items()}
