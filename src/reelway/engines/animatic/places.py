"""The places that there are: recipe and height of the horizon (view y) of each."""

from __future__ import annotations

from collections.abc import Callable

from reelway.engines.animatic import built, nature, sites
from reelway.engines.animatic.builder import Builder

HORIZON = {
    "coast": 0.07, "harbour": 0.10, "field": 0.05, "desert": 0.05, "mountains": 0.12,
    "forest": 0.14, "street": 0.13, "city": 0.10, "village": 0.08, "snow": 0.09, "room": 0.02,
    "underwater": 0.10,
}  # fmt: skip
PLACES: dict[str, Callable[[Builder], None]] = {
    "coast": nature.coast,
    "lake": nature.lake,
    "river": nature.river,
    "mountains": nature.mountains,
    "snow": nature.snow,
    "forest": nature.forest,
    "desert": nature.desert,
    "field": nature.field,
    "village": built.village,
    "harbour": built.harbour,
    "city": built.city,
    "street": built.street,
    "room": built.indoors,
    "space": built.space,
    "underwater": sites.underwater,
}


def recipe(place: str, site: str) -> Callable[[Builder], None]:
    """That of the site if it has one of its own, or the place's."""
    return sites.SITES.get((place, site), PLACES[place])
