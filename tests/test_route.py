from __future__ import annotations

from dataclasses import replace

import pytest

from fakes import FakeEngine
from reelway.errors import EngineMissing, InvalidRequest
from reelway.request import VideoRequest
from reelway.route import account, families, route
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


# The slot that a task waits for


def test_a_running_task_has_its_engines_slot() -> None:
    assert account(replace(TASK, status="running", engine="other"), ENGINES) == "other"


def test_a_queued_task_waits_for_the_engine_that_will_get_it() -> None:
    assert account(TASK, ENGINES) == "animatic"
    assert account(replace(TASK, engine="other"), ENGINES) == "animatic"  # of the last attempt


@pytest.mark.parametrize("status", ["queued", "running"])
def test_an_engine_that_is_not_there_any_more_is_not_waited_for(status: str) -> None:
    task = replace(TASK, status=status, engine="gone")  # type: ignore[arg-type]
    assert account(task, ENGINES) == "animatic"


def test_what_cannot_be_made_any_more_is_ended_by_its_flow() -> None:
    lost = replace(TASK, request=VideoRequest(model="gone"))
    assert account(lost, ENGINES) == "animatic"
