"""The arguments of `exemplary index` and `exemplary images`, and the request that they make."""

from __future__ import annotations

import argparse
from pathlib import Path

from core.image_files import Columns
from core.services.images.indexing import IndexRequest

SOURCES = (
    "a folder; .zip, .tar (WebDataset shards, also as shards-{000..009}.tar) or .parquet files, or a folder that holds them; "
    "an address such as s3://bucket/folder; or torchvision:NAME, such as torchvision:CIFAR10"
)


def add_index(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `index`."""
    parser.add_argument("sources", nargs="+", metavar="SOURCE", help=SOURCES)
    parser.add_argument("--name", required=True, help="name of the image set; under a name that is known, images that were added follow")
    parser.add_argument("--labels", type=Path, metavar="FILE", help="text file of lines `LABEL WORDS` that translates labels")
    parser.add_argument("--replace", action="store_true", help="drop what was mined from images that were removed or changed since")
    parquet = parser.add_argument_group("Parquet files")
    parquet.add_argument("--image-column", metavar="NAME", help="column of images, where it is not clear which")
    parquet.add_argument("--label-column", metavar="NAME", help="column of labels, where it is not clear which")
    torchvision = parser.add_argument_group("torchvision's data sets")
    torchvision.add_argument("--split", help="train, test or another part that the data set has")
    torchvision.add_argument("--root", type=Path, metavar="FOLDER", help="where the data set lies or is downloaded to (default: workspace)")


def request_of(parsed: argparse.Namespace) -> IndexRequest:
    """Return the request that the arguments make."""
    return IndexRequest(
        tuple(parsed.sources),
        parsed.name,
        labels=parsed.labels,
        replace=parsed.replace,
        columns=Columns(parsed.image_column, parsed.label_column),
        split=parsed.split,
        root=parsed.root,
    )


def add_images(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `images`."""
    parser.add_argument("name", metavar="NAME", help="name of the image set")
    parser.add_argument("--skipped", action="store_true", help="every file that was skipped, with its reason")
