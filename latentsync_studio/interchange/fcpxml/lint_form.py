"""The form of an FCPXML: which attributes and children an element may have, in which order.

Only for elements that our writer makes; others are passed over. A DTD, where one is at hand, says
the same and more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from latentsync_studio.interchange.xml_in import Node

VERSIONS: Final = frozenset(("1.8", "1.9", "1.10", "1.11", "1.12", "1.13", "1.14"))
_ANCHORED: Final = (
    "audio video clip title caption mc-clip ref-clip sync-clip asset-clip audition spine"
)
_MARKERS: Final = "marker chapter-marker rating keyword analysis-marker"
_SOUND: Final = "audioSources audioChannels audioRate"
_CLIP: Final = "lane offset name start duration enabled"

# element -> (attributes that it must have, others that it may have)
_ATTRIBUTES: Final = {
    "asset": (
        "id",
        "name uid start duration hasVideo format hasAudio videoSources " + _SOUND,
    ),
    "asset-clip": (
        "ref",
        _CLIP + " srcEnable audioStart audioDuration format tcStart tcFormat audioRole videoRole",
    ),
    "effect": ("id uid", "name src"),
    "event": ("", "name uid"),
    "filter-audio": ("ref", "name enabled presetID"),
    "filter-video": ("ref", "name enabled"),
    "format": ("id", "name frameDuration fieldOrder width height paspH paspV colorSpace"),
    "gap": ("duration", "name offset start enabled"),
    "marker": ("start value", "duration completed note"),
    "media-rep": ("src", "kind sig suggestedFilename"),
    "project": ("", "name uid id modDate"),
    "sequence": ("format", "duration tcStart tcFormat audioLayout audioRate renderFormat keywords"),
    "spine": ("", "lane offset name format"),
    "transition": ("duration", "name offset"),
    "video": ("ref duration", _CLIP + " srcID role"),
}
# element -> groups of children in their order
_CHILDREN: Final = {
    "fcpxml": ("import-options", "resources", "library event project"),
    "resources": ("asset effect format media locator",),
    "library": ("event smart-collection",),
    "project": ("sequence",),
    "sequence": ("note", "spine", "metadata"),
    "asset": ("media-rep", "metadata"),
    "asset-clip": (
        "note",
        "conform-rate",
        "timeMap",
        _ANCHORED,
        _MARKERS,
        "audio-channel-source",
        "filter-video filter-video-mask",
        "filter-audio",
        "metadata",
    ),
    "gap": ("note", _ANCHORED, _MARKERS, "metadata"),
    "video": ("param", "note", "conform-rate", "timeMap", _ANCHORED, _MARKERS, "filter-video"),
    "transition": ("filter-video", "filter-audio", _MARKERS, "metadata"),
}
_REFERENCES: Final = {"ref": "", "format": "format"}


def form_problems(root: Node) -> Iterator[tuple[int, str]]:
    """Lines and what is wrong in them."""
    if root.get("version") not in VERSIONS:
        yield root.line, f"there is no version {root.get('version')[:20]!r}"
    ids: set[str] = set()
    for resources in root.all("resources"):
        for node in resources.children:
            if node.get("id") in ids:
                yield node.line, f"the id {node.get('id')[:40]!r} is used twice"
            ids.add(node.get("id"))
    yield from _element(root)
    for node in root.descendants(*_ATTRIBUTES, *_CHILDREN):
        yield from _element(node)
        for attribute in _REFERENCES:
            target = node.get(attribute)
            if target and target not in ids:
                yield node.line, f"{attribute}={target[:40]!r} names no resource"


def _element(node: Node) -> Iterator[tuple[int, str]]:
    must, may = (set(text.split()) for text in _ATTRIBUTES.get(node.tag, ("", "")))
    if node.tag in _ATTRIBUTES:
        for name in sorted(must - node.attributes.keys()):
            yield node.line, f"{node.tag} lacks its {name}"
        for name in sorted(node.attributes.keys() - must - may):
            yield node.line, f"{node.tag} cannot have {name[:40]!r}"
    groups = [group.split() for group in _CHILDREN.get(node.tag, ())]
    if not groups:
        return
    reached = 0
    for child in node.children:
        place = next((n for n, group in enumerate(groups) if child.tag in group), None)
        if place is None:
            if not child.tag.startswith("adjust-"):
                yield child.line, f"{node.tag} cannot hold {child.tag[:40]!r}"
        elif place < reached:
            yield child.line, f"{child.tag} stands behind {groups[reached][0]} in {node.tag}"
        else:
            reached = place
