"""Index images: what can be decoded becomes an image set, what cannot is listed with its reason; a set that grows keeps its numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.domain import ImageFile, ImageSet, SkippedFile, digest
from core.errors import NotReady, StaleWork, UsageError
from core.image_files import Columns, Listing, listed
from core.image_files.label_words import read_label_words
from core.image_files.looking import Looked, looked_at
from core.image_files.members import UNNAMED
from core.image_files.numbering import Numbering, numbered
from core.image_files.torchvision_names import is_data_set
from core.jobs.job import Progress, silent
from core.settings import Settings
from core.store import catalogue_read, catalogue_write
from core.store.publication import CatalogueReader, publish
from core.store.workspace import Workspace


@dataclass(frozen=True, slots=True)
class IndexRequest:
    """What to index under which name.

    sources: a folder, archives, Parquet files, patterns of these, here or at addresses; or one torchvision:NAME. labels: a text file
    that translates labels; columns: of Parquet files; split, root: of a torchvision data set.
    """

    sources: tuple[str, ...]
    name: str
    labels: Path | None = None
    replace: bool = False
    columns: Columns = UNNAMED
    split: str | None = None
    root: Path | None = None


@dataclass(frozen=True, slots=True)
class IndexReport:
    """What indexing found, and how it differs from what was indexed under this name before.

    is_changed: False where it was indexed before and is the same still. n_before: images that the set had, None where it is new.
    n_moved: the same content under another path.
    """

    image_set: ImageSet
    skipped: tuple[SkippedFile, ...]
    n_labels: int
    is_changed: bool
    n_before: int | None
    n_added: int
    n_moved: int


def index_folder(
    settings: Settings, folder: Path, *, name: str, labels: Path | None = None, replace: bool = False, progress: Progress = silent
) -> IndexReport:
    """Index every image below `folder`, as `index_images` does. Raises UsageError, StaleWork."""
    if not folder.expanduser().is_dir():
        raise UsageError(f"{folder} is not a folder; give the folder that holds the images.")
    return index_images(settings, IndexRequest((str(folder),), name, labels=labels, replace=replace), progress=progress)


def index_images(settings: Settings, request: IndexRequest, *, progress: Progress = silent) -> IndexReport:
    """Index every image of the sources as an image set; a label is the parent folder's name where the source tells no other.

    Duplicates of an indexed file are skipped: one image may stand in a trial once. Raises UsageError, StaleWork.
    """
    if not request.name or set("/+") & set(request.name) or request.name.startswith((".", "-")):
        raise UsageError(f"{request.name!r} cannot name an image set; use letters, digits, - and _, the first no -.")
    words = read_label_words(request.labels) if request.labels else {}
    listing = _listing(settings, request, progress)
    found: list[Looked] = []
    for one in looked_at(listing, words=words, n_threads=settings.threads):
        found.append(one)
        progress(len(found), len(listing.members), "indexing images")
    _check_any(found, request)
    return _put(Workspace(settings.workspace), request, listing.folder, found)


def _listing(settings: Settings, request: IndexRequest, progress: Progress) -> Listing:
    if any(map(is_data_set, request.sources)):
        from core.services.images.torchvision_sets import torchvision_listing

        return torchvision_listing(settings, request.sources, split=request.split, root=request.root, progress=progress)
    if request.split is not None or request.root is not None:
        raise UsageError("--split and --root are for torchvision's data sets; give torchvision:NAME, or leave them out.")
    return listed(
        request.sources,
        columns=request.columns,
        without=settings.workspace,
        progress=lambda done, total: progress(done, total, "reading archives"),
    )


def _check_any(found: Sequence[Looked], request: IndexRequest) -> None:
    if all(one.reason for one in found):
        first = f"; {found[0].path} {found[0].reason}" if found else ""
        raise UsageError(f"No image of {' '.join(request.sources)} can be used ({len(found)} files looked at{first}).")


def _put(workspace: Workspace, request: IndexRequest, folder: str, found: Sequence[Looked]) -> IndexReport:
    """Publish the set unless it is there already. Raises StaleWork where mined work would be lost unasked."""
    try:
        report, is_same, _ = _compared(CatalogueReader(workspace).cursor(), request, folder, found)
        if is_same:
            return report
    except NotReady:
        pass  # nothing was published yet
    reports: list[IndexReport] = []

    def change(cursor: catalogue_write.Cursor) -> None:
        report, _, numbering = _compared(cursor, request, folder, found)
        mined = [] if numbering.keeps_ids else catalogue_read.mined_studies_of(cursor, request.name)
        if mined and not request.replace:
            raise StaleWork(_stale(report, numbering, mined))
        catalogue_write.put_image_set(
            cursor, report.image_set, images=numbering.images, skipped=numbering.skipped, keeps_ids=numbering.keeps_ids
        )
        for study in mined:
            catalogue_write.drop_study(cursor, study)
        reports.append(report)

    publish(workspace, change)
    return reports[0]


def _compared(
    cursor: catalogue_read.Cursor, request: IndexRequest, folder: str, found: Sequence[Looked]
) -> tuple[IndexReport, bool, Numbering]:
    """Return the report, whether the catalogue has just this already, and the numbering against what the catalogue has."""
    former_set = {known.name: known for known in catalogue_read.image_sets(cursor)}.get(request.name)
    former = catalogue_read.images(cursor, request.name)
    numbering = numbered(found, former)
    images, skipped = numbering.images, numbering.skipped
    image_set = ImageSet(request.name, folder, set_digest(images), len(images), len(skipped))
    former_skipped = catalogue_read.skipped(cursor, request.name)
    is_same = image_set == former_set and sorted(skipped, key=_by_path) == sorted(former_skipped, key=_by_path)
    report = IndexReport(
        image_set,
        skipped,
        n_labels=len({image.label for image in images}),
        is_changed=not is_same,
        n_before=len(former) if former_set else None,
        n_added=numbering.n_added,
        n_moved=numbering.n_moved,
    )
    return report, is_same, numbering


def set_digest(images: Sequence[ImageFile]) -> str:
    """Return what names images with their paths and labels, in order of id."""
    return digest([[image.path, image.content_hash, image.label] for image in images])


def _by_path(file: SkippedFile) -> tuple[str, str]:
    return file.path, file.reason


def _stale(report: IndexReport, numbering: Numbering, mined: Sequence[str]) -> str:
    counts = ((numbering.n_removed, "removed"), (numbering.n_changed, "changed"), (numbering.n_added, "added"))
    differs = ", ".join(f"{n:,} {what}" for n, what in counts if n)
    return (
        f"The image set {report.image_set.name!r} has changed since {', '.join(mined)} was mined "
        f"({report.n_before:,} images then; {differs}); "
        "put the images back, index under another --name, or give --replace to drop what was mined from it."
    )
