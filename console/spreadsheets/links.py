"""How the parts of an Office file name each other."""

import posixpath
from typing import NamedTuple

from console.spreadsheets.markup import walk
from console.spreadsheets.package import Package


class Link(NamedTuple):
    id: str
    type: str
    part: str


def links_in(package: Package, part: str) -> list[Link]:
    """The links of a part, those of the whole package for ''; what lies outside of the file is left out."""
    found: list[Link] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        if name == "Relationship" and attributes.get("TargetMode") != "External":
            kind = attributes.get("Type", "").rpartition("/")[2]
            found.append(Link(attributes.get("Id", ""), kind, _target(part, attributes.get("Target", ""))))

    folder, name = posixpath.split(part)
    listed = posixpath.join(folder, "_rels", name + ".rels")
    if listed in package:
        walk(listed, package.pieces(listed, most=package.limits.small_part_bytes), start)
    return found


def part_of(links: list[Link], kind: str) -> str:
    return next((link.part for link in links if link.type == kind), "")


def _target(source: str, target: str) -> str:
    if target.startswith("/"):
        return posixpath.normpath(target).lstrip("/")
    return posixpath.normpath(posixpath.join(posixpath.dirname(source), target))
