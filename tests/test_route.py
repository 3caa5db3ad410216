from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from accounts import account_of, live, provider
from fakes import FakeEngine
from reelway.errors import EngineMissing, InvalidRequest, Refused
from reelway.providers import Providers
from reelway.request import VideoRequest, from_json, to_json
from reelway.route import (
    able,
    able_now,
    candidates,
    families,
    held,
    in_vain,
    objections,
    pinned,
    route,
    takers,
    waits_for,
)
from reelway.task import Task

ENGINES = {
    e.name: e
    for e in (FakeEngine("other", ("mine",)), FakeEngine("animatic", ("animatic", "still")))
}
TASK = Task(
    id=1,
    public_id="x",
    owner_id=1,
    key_id=None,
    wire="native",
    model_asked="kling-v3",
    request=VideoRequest(),
)


@pytest.mark.parametrize(
    ("model", "name"),
    [
        ("kling-v3", "animatic"),
        ("kling-o3", "animatic"),
        ("animatic", "animatic"),
        ("still", "animatic"),
        ("mine", "other"),
    ],
)
def test_which_engine(model: str, name: str) -> None:
    assert route(VideoRequest(model=model), ENGINES).name == name


@pytest.mark.parametrize("model", ["", "sora", "Kling-v3", "other"])
def test_a_model_that_nobody_knows(model: str) -> None:
    with pytest.raises(InvalidRequest) as told:
        route(VideoRequest(model=model), ENGINES)
    assert told.value.field == "model"
    assert "kling-v3, kling-o3, mine, animatic, still" in told.value.message
    assert families(ENGINES) == ["kling-v3", "kling-o3", "mine", "animatic", "still"]


def test_an_engine_that_cannot_says_why() -> None:
    engine = FakeEngine()
    engine.refuses = "no voices"
    with pytest.raises(EngineMissing, match=r"^no voices$"):
        route(VideoRequest(), {"animatic": engine})


def test_no_engine_at_all() -> None:
    with pytest.raises(EngineMissing, match="no engine is configured"):
        route(VideoRequest(), {})


# Providers

V3, O3 = VideoRequest(model="kling-v3"), VideoRequest(model="kling-o3")


def names(request: VideoRequest, engines: Providers, draw: str = "") -> list[str]:
    return [engine.name for engine in able(request, engines, draw)]


def test_with_a_provider_the_animatic_engine_makes_only_what_names_it() -> None:
    engines = live([provider("north", models=["kling-v3"])])
    assert names(V3, engines) == ["north"]
    assert names(VideoRequest(model="animatic"), engines) == ["animatic"]
    assert names(VideoRequest(model="animatic-still"), engines) == ["animatic"]
    with pytest.raises(EngineMissing, match="no engine is configured for this model"):
        able(O3, engines)
    account_of(engines, "north").refuses = "no 4k"
    with pytest.raises(EngineMissing, match=r"^no 4k$"):
        able(V3, engines)


def test_voices_are_kept_here_whoever_makes_films() -> None:
    engines = live([provider("north", models=["kling-v3"])])
    account_of(engines, "north").refuses = "no voices"
    assert names(VideoRequest(kind="voice", sample="asset:x"), engines) == ["animatic"]


def test_a_provider_may_bring_models_that_nobody_else_knows() -> None:
    engines = live([provider("north", models=["veo-9", "animatic"])])
    assert names(VideoRequest(model="veo-9"), engines) == ["north"]
    assert families(engines) == ["kling-v3", "kling-o3", "veo-9", "animatic", "animatic-still"]
    assert names(VideoRequest(model="animatic"), engines) == ["north", "animatic"]


CASES: Sequence[tuple[str, dict[str, dict[str, Any]], list[str]]] = (
    ("order", {"a": {"order": 2}, "b": {"order": 1}, "c": {"order": 2}}, ["b", "a", "c"]),
    ("order", {"a": {}, "b": {}, "c": {}}, ["a", "b", "c"]),
    ("order", {"a": {"order": 0}, "b": {"order": -3}}, ["b", "a"]),
    (
        "cheapest",
        {"a": {"price": "0.2"}, "b": {}, "c": {"price": "0.1"}, "d": {"price": "0.2", "order": -1}},
        ["c", "d", "a", "b"],
    ),
    ("weight", {"a": {"weight": 1}, "b": {"weight": 9}, "c": {"weight": 0}}, ["b", "a", "c"]),
)


@pytest.mark.parametrize(("policy", "providers", "wanted"), CASES)
def test_the_policy_puts_them_in_order(
    policy: str, providers: dict[str, dict[str, Any]], wanted: list[str]
) -> None:
    engines = live([provider(name, **said) for name, said in providers.items()], policy=policy)
    assert names(V3, engines) == wanted


def test_a_model_may_have_a_policy_of_its_own() -> None:
    both = [provider("dear", price="0.2"), provider("cheap", price="0.1", order=1)]
    engines = live(both, policy="order", policies={"kling-o3": "cheapest"})
    assert names(V3, engines) == ["dear", "cheap"]
    assert names(O3, engines) == ["cheap", "dear"]


def test_who_is_drawn_by_weight_is_drawn_so_often_and_the_same_each_time() -> None:
    said = [provider("a", weight=6), provider("b", weight=3), provider("c", weight=1)]
    engines = live([*said, provider("never", weight=0)], policy="weight")
    ids = [f"task_{n:05}" for n in range(4000)]
    first = [names(V3, engines, id) for id in ids]
    drawn = Counter(order[0] for order in first)
    assert 2300 < drawn["a"] < 2500 and 1100 < drawn["b"] < 1300 and 340 < drawn["c"] < 460
    assert {order[-1] for order in first} == {"never"}
    assert drawn["never"] == 0
    again = live([provider("never", weight=0), *reversed(said)], policy="weight")
    assert [names(V3, again, id) for id in ids] == first  # after a restart, in any order
    fewer = live(said[:2], policy="weight")
    left = [[name for name in order if name in ("a", "b")] for order in first]
    assert [names(V3, fewer, id) for id in ids] == left  # only what c had goes elsewhere


def test_a_request_may_name_its_provider() -> None:
    engines = live([provider("north"), provider("south", models=["kling-o3"])])
    assert names(replace(V3, provider="north"), engines) == ["north"]
    with pytest.raises(EngineMissing, match="north is not south, which was asked for"):
        able(replace(V3, provider="south"), engines)
    assert pinned(" south ", engines) == "south"
    assert pinned(None, engines) is None
    for name in ("east", "animatic", "", "North"):
        with pytest.raises(InvalidRequest, match="must be one of north, south") as told:
            pinned(name, engines)
        assert told.value.field == "X-Reelway-Provider"
    with pytest.raises(InvalidRequest, match="there is none"):
        pinned("north", live())


def test_what_the_named_provider_cannot_make_is_a_fault_of_the_order() -> None:
    engines = live([provider("north"), provider("south", models=["kling-o3"])])
    with pytest.raises(InvalidRequest) as caught:
        able_now(replace(V3, provider="south"), engines)
    assert caught.value.field == "X-Reelway-Provider"
    assert "south does not serve kling-v3" in caught.value.message
    assert [e.name for e in able_now(replace(V3, provider="north"), engines)] == ["north"]
    with pytest.raises(EngineMissing):
        able_now(V3, live([provider("south", models=["kling-o3"])]))


def test_what_is_pinned_is_kept_with_the_request() -> None:
    kept = to_json(replace(V3, provider="north"))
    assert kept["provider"] == "north"
    assert from_json(kept).provider == "north"
    assert "provider" not in to_json(V3)
    assert from_json({"v": 1}).provider is None


def test_what_documents_refuse_goes_to_whoever_takes_it_for_sure() -> None:
    engines = live([provider("a"), provider("b"), provider("c")])
    account_of(engines, "a").documents = "A takes no such film"
    assert names(V3, engines) == ["b", "c"]
    assert objections(V3, candidates("kling-v3", engines)) == {"a": "A takes no such film"}
    account_of(engines, "b").refuses = "no word"
    assert names(V3, engines) == ["c"]
    account_of(engines, "c").documents = "neither does C"
    assert names(V3, engines) == ["a", "c"], "only the vendor knows"
    assert names(replace(V3, provider="a"), engines) == ["a"]


def test_one_that_was_removed_gets_nothing_new() -> None:
    engines = live([provider("north"), provider("south", models=["kling-v3"])])
    account_of(engines, "north").retired = True
    assert names(V3, engines) == ["south"]
    assert [e.name for e in candidates("kling-o3", engines)] == []
    with pytest.raises(InvalidRequest):
        pinned("north", engines)


# Whose slots a task waits for


def test_a_running_task_has_its_engines_slot() -> None:
    assert waits_for(replace(TASK, status="running", engine="other"), ENGINES) == ("other",)


def test_a_queued_task_waits_for_all_that_may_get_it() -> None:
    assert waits_for(TASK, ENGINES) == ("animatic",)
    assert waits_for(replace(TASK, engine="other"), ENGINES) == ("animatic",)  # of the last attempt
    engines = live([provider("north"), provider("south", order=-1)])
    assert waits_for(TASK, engines) == ("south", "north")
    voice = replace(TASK, request=VideoRequest(kind="voice"))
    assert waits_for(voice, engines) == ("voices",)


def test_the_draw_is_the_tasks_own() -> None:
    engines = live([provider("north"), provider("south")], policy="weight")
    seen = {id: waits_for(replace(TASK, public_id=id), engines) for id in map(str, range(50))}
    assert set(seen.values()) == {("north", "south"), ("south", "north")}
    assert all(waits_for(replace(TASK, public_id=id), engines) == was for id, was in seen.items())


def test_who_has_refused_is_not_asked_again() -> None:
    engines = live([provider("a"), provider("b"), provider("c")])
    account_of(engines, "c").documents = "C takes no such film"

    def left(*refused: str, declined: Sequence[str] = ()) -> tuple[str, ...]:
        report = {
            "refused": [{"provider": n, "code": "x", "message": f"not by {n}"} for n in refused],
            "declined": [{"provider": n} for n in declined],
        }
        task = replace(TASK, engine="a", provider="a", report=report)
        if len(refused) == 3:
            with pytest.raises(Refused, match="not by b") as told:
                takers(task, engines)
            assert told.value.code == "x"
        return waits_for(task, engines)

    assert left() == ("a", "b")
    assert left("a") == ("b",)
    assert left("a", declined=["b"]) == ("b",)
    assert left("b", "a") == ("c",), "what its documents say, it may say itself"
    assert left("b", "a", "c") == ("animatic",), "its flow ends it"


def test_whose_provider_is_absent_waits_for_its_slots() -> None:
    meant = replace(TASK, engine="north", provider="north")
    engines = live([provider("north", models=["kling-o3"]), provider("south", models=["kling-o3"])])
    assert waits_for(meant, engines) == ("(nobody)",)  # it is there, and makes other films now
    account_of(engines, "north").retired = True
    assert waits_for(meant, engines) == ("north",)
    assert waits_for(replace(meant, engine="gone", provider="gone"), engines) == ("gone",)
    pinned_there = replace(meant, request=replace(V3, provider="gone"))
    assert waits_for(pinned_there, engines) == ("gone",)
    assert waits_for(meant, live()) == ("north",)
    for accounts in (("(nobody)",), ("north",), ("gone",), ("north", "gone")):
        assert in_vain(accounts, engines)
    for accounts in (("south",), ("north", "south"), ("voices",), ("animatic",)):
        assert not in_vain(accounts, engines)


def test_what_cannot_be_made_any_more_is_ended_by_its_flow() -> None:
    lost = replace(TASK, request=VideoRequest(model="gone"))
    assert waits_for(lost, ENGINES) == ("animatic",)


def test_what_a_provider_was_to_make_never_becomes_an_animatic() -> None:
    """Neither after a reload that took it away, nor after a restart that no more knows it."""
    meant = replace(TASK, engine="north")
    engines = live([provider("north")])
    account_of(engines, "north").retired = True
    for without in (engines, live()):
        with pytest.raises(EngineMissing, match="north, which was to make it"):
            takers(meant, without)
    assert [e.name for e in takers(replace(TASK, engine="animatic"), live())] == ["animatic"]
    named = replace(meant, request=VideoRequest(model="animatic"))
    assert [e.name for e in takers(named, live())] == ["animatic"]  # it asked for nothing else


def test_who_has_declined_is_asked_again_after_all_the_others() -> None:
    engines = live([provider("a"), provider("b"), provider("c")])

    def left(*declined: str) -> tuple[str, ...]:
        report = {"declined": [{"provider": name, "code": "x"} for name in declined]}
        return waits_for(replace(TASK, report=report), engines)

    assert left() == ("a", "b", "c")
    assert left("a") == ("b", "c")
    assert left("b", "gone") == ("a", "c")
    assert left("a", "c") == ("b",)
    assert left("a", "b", "c") == ("a", "b", "c")
    assert left("a", "b", "c", "a") == ("b", "c")


def test_what_a_vendor_works_on_is_held() -> None:
    engines = live([provider("north")])
    running = replace(TASK, status="running", engine="north")
    assert held(running, engines)
    assert waits_for(running, engines) == ("north",)
    assert held(replace(running, engine="gone"), engines)  # it was a provider
    assert waits_for(replace(running, engine="gone"), engines) == ("gone",)
    assert held(replace(running, status="cancelled", stage="late"), engines)
    for other in (
        replace(running, status="queued"),
        replace(running, status="failed"),
        replace(running, engine="animatic"),
        replace(running, engine=None),
        replace(running, request=VideoRequest(kind="voice")),
    ):
        assert not held(other, engines)
