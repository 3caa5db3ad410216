"""What an order would meet: a table of causes and reasons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from accounts import account_of, live, provider
from fakes import NOW, means_on, order
from reelway.errors import InvalidRequest
from reelway.health import mind_slots
from reelway.means import FILM_FLOW, Means
from reelway.quote import quote
from reelway.request import VideoRequest
from reelway.supply import Quote
from reelway.task import Task
from staged import Stage, turns

V3 = VideoRequest(model="kling-v3", duration=5)
NOBODY = 99  # an owner


def ask(means: Means, request: VideoRequest = V3, owner: int = NOBODY, now: float = 0.0) -> Quote:
    return quote(request, owner, 0, means, now)


def told(found: Quote) -> tuple[str | None, dict[str, list[str]]]:
    chosen = found.chosen.name if found.chosen else None
    return chosen, {bid.name: list(bid.reasons) for bid in found.bids}


# policy; providers; who cannot, is unhealthy, is full → who is chosen; the reasons
Said, Reasons = Mapping[str, Mapping[str, Any]], Mapping[str, list[str]]
Row = tuple[str, Said, str, str, str, str | None, Reasons]
SAME = {"a": {"price": "1"}, "b": {"price": "1"}}
HEAVY = {"a": {"weight": 1}, "b": {"weight": 3}}
TWO = {"a": {"price": "0.2"}, "b": {"price": "0.1"}}
TABLE: Sequence[Row] = (
    ("order", TWO, "", "", "", "a", {"a": [], "b": ["later"]}),
    ("order", TWO, "a", "", "", "b", {"b": [], "a": ["cannot"]}),
    ("order", TWO, "", "a", "", "b", {"a": ["unhealthy"], "b": []}),
    ("order", TWO, "", "", "a", "b", {"a": ["full"], "b": []}),
    ("order", TWO, "", "", "a b", "a", {"a": ["full"], "b": ["full", "later"]}),
    ("order", TWO, "", "a", "b", "b", {"a": ["unhealthy"], "b": ["full"]}),
    ("order", TWO, "", "a b", "", "a", {"a": ["unhealthy"], "b": ["unhealthy", "later"]}),
    ("order", TWO, "a b", "", "", None, {"a": ["cannot"], "b": ["cannot"]}),
    ("cheapest", TWO, "", "", "", "b", {"b": [], "a": ["dearer"]}),
    ("cheapest", TWO, "", "", "b", "a", {"b": ["full"], "a": []}),
    ("cheapest", {"a": {}, "b": {"price": "9"}}, "", "", "", "b", {"b": [], "a": ["dearer"]}),
    ("cheapest", SAME, "", "", "", "a", {"a": [], "b": ["later"]}),
    ("weight", HEAVY, "", "", "", "b", {"b": [], "a": ["later"]}),
)


@pytest.mark.parametrize(("policy", "said", "unable", "ill", "full", "chosen", "reasons"), TABLE)
async def test_who_is_chosen_and_every_reason_against_the_others(
    tmp_path: Path,
    policy: str,
    said: Said,
    unable: str,
    ill: str,
    full: str,
    chosen: str | None,
    reasons: Reasons,
) -> None:
    engines = live(
        [provider(name, **{"slots": 1, **more}) for name, more in said.items()], policy=policy
    )
    stage = Stage()
    async with means_on(tmp_path, engines=engines) as means:
        mind_slots(means, 0.0)
        await means.runner.start({FILM_FLOW: stage.flow})
        for name in full.split():
            await order(means, provider=name)
        await turns()
        for name in unable.split():
            account_of(engines, name).refuses = "no word for this last_frame"
        for name in ill.split():
            account_of(engines, name).breaker.failed(0.0)
        assert told(ask(means, now=1.0)) == (chosen, reasons)
        assert list(told(ask(means, now=1.0))[1]) == list(reasons)  # the preferred one first


SHARES: Sequence[tuple[Mapping[str, float], str, Mapping[str, float], Mapping[str, str]]] = (
    # weights; who is full → shares; what is said to those who are not the most probable
    ({"a": 1, "b": 3}, "", {"b": 0.75, "a": 0.25}, {"a": "drawn by weight, 25 %"}),
    ({"a": 1, "b": 2, "c": 0}, "", {"b": 0.667, "a": 0.333, "c": 0}, {"c": "drawn by weight, 0 %"}),
    ({"a": 1, "b": 3, "c": 1}, "b", {"b": 0, "a": 0.5, "c": 0.5}, {"c": "drawn by weight, 50 %"}),
    ({"a": 1, "b": 3}, "a b", {"b": 0.75, "a": 0.25}, {"a": "drawn by weight, 25 %"}),
    ({"a": 0, "b": 0}, "", {"a": 1, "b": 0}, {"b": "drawn by weight, 0 %"}),
    ({"a": 5}, "", {"a": 1}, {}),
)


@pytest.mark.parametrize(("weights", "full", "shares", "words"), SHARES)
async def test_what_is_drawn_is_told_in_shares(
    tmp_path: Path,
    weights: Mapping[str, float],
    full: str,
    shares: Mapping[str, float],
    words: Mapping[str, str],
) -> None:
    said = [provider(name, slots=1, weight=weight) for name, weight in weights.items()]
    stage = Stage()
    async with means_on(tmp_path, engines=live(said, policy="weight")) as means:
        mind_slots(means, 0.0)
        await means.runner.start({FILM_FLOW: stage.flow})
        for name in full.split():
            await order(means, provider=name)
        await turns()
        found = ask(means)
        assert {bid.name: bid.share for bid in found.bids} == shares
        assert found.chosen and found.chosen.share == max(shares.values())
        told_of = {bid.name: bid.reasons.get("later") for bid in found.bids}
        assert {name: told_of[name] for name in words} == words
        assert told_of[found.chosen.name] is None


async def test_where_nothing_is_drawn_there_are_no_shares(tmp_path: Path) -> None:
    async with means_on(tmp_path, engines=live([provider("a"), provider("b")])) as means:
        assert [bid.share for bid in ask(means).bids] == [None, None]


async def test_who_refuses_it_by_its_documents_cannot(tmp_path: Path) -> None:
    engines = live([provider("a"), provider("b")])
    account_of(engines, "a").documents = "A takes no such film: duration must be 5 or 10"
    async with means_on(tmp_path, engines=engines) as means:
        found = ask(means)
        assert told(found) == ("b", {"b": [], "a": ["cannot"]})
        assert "5 or 10" in found.bids[1].reasons["cannot"]


async def test_prices_are_micro_units_for_the_whole_film(tmp_path: Path) -> None:
    engines = live([provider("a", price="0.084"), provider("b"), provider("c", price="1")])
    account_of(engines, "c").refuses = "no"
    async with means_on(tmp_path, engines=engines) as means:
        found = ask(means, replace(V3, duration=7))
        assert {bid.name: bid.price for bid in found.bids} == {"a": 588_000, "b": None, "c": None}
        assert found.chosen and found.chosen.provider


async def test_our_own_engine_costs_nothing(tmp_path: Path) -> None:
    async with means_on(tmp_path) as means:
        found = ask(means)
    assert found.chosen and (found.chosen.name, found.chosen.price) == ("animatic", 0)
    assert not found.chosen.provider


async def test_one_that_was_asked_for(tmp_path: Path) -> None:
    engines = live([provider("a"), provider("b")])
    async with means_on(tmp_path, engines=engines) as means:
        found = ask(means, replace(V3, provider="b"))
        assert told(found) == ("b", {"b": [], "a": ["cannot"]})
        assert found.bids[1].reasons["cannot"] == "a is not b, which was asked for"
        with pytest.raises(InvalidRequest):
            ask(means, VideoRequest(model="sora"))


async def test_place_and_wait(tmp_path: Path) -> None:
    engines, stage = live([provider("a", slots=2)]), Stage()
    async with means_on(tmp_path, engines=engines) as means:
        mind_slots(means, 0.0)
        await means.runner.start({FILM_FLOW: stage.flow})
        found = ask(means)
        assert (found.position, found.wait, found.eta) == (0, 0, None)
        for n in range(6):
            await order(means, owner="ann" if n % 2 else "bob")
        await turns()
        found = ask(means)
        assert (found.position, found.wait, found.eta) == (2, None, None)  # nothing was made yet
        ann = stage.started[1].owner_id
        assert ask(means, owner=ann).position == 4  # behind what it has there already
        done = Task(
            id=9, public_id="x", owner_id=1, key_id=None, wire="native", model_asked="", request=V3,
            started_at=NOW, stored_at=NOW + 50_000,
        )  # fmt: skip
        means.estimate.learn(done, engines["a"])
        found = ask(means)
        assert (found.wait, found.eta) == (63, 113)  # (2 + ½) × 50 s ÷ 2 slots
        assert ask(means, replace(V3, duration=10)).eta == 163  # twice as long, there too


async def test_nothing_is_left_behind(tmp_path: Path) -> None:
    engines = live([provider("a", slots=0)])
    async with means_on(tmp_path, engines=engines) as means:
        before = await means.store.counts()
        ask(means)
        assert await means.store.counts() == before
        assert means.runner.queued() == 0
        assert engines["a"].name in told(ask(means))[1]
