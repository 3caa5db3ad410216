from __future__ import annotations

import asyncio
import base64
import json
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fakes import (
    BASE,
    FakeEngine,
    FakeRunner,
    engine_of,
    key_of,
    left_over,
    means_on,
    media_of,
    story,
    web_of,
)
from reelway.accept import Answer, accept
from reelway.errors import (
    BadImage,
    EngineMissing,
    InvalidRequest,
    KeyReused,
    Overloaded,
    ReelwayError,
)
from reelway.means import Means, work_of
from reelway.request import Image
from reelway.task import Key, Task
from reelway.wire import Call
from reelway.wires.native import wire as native

RED, BLUE = (base64.b64encode(name).decode() for name in (b"red", b"blue"))
FOX = {"prompt": "a fox"}


@pytest.fixture
async def means(tmp_path: Path) -> AsyncIterator[Means]:
    async with means_on(tmp_path, runner=FakeRunner()) as means:
        yield means


@pytest.fixture
async def key(means: Means) -> Key:
    return await key_of(means)


async def create(
    means: Means, key: Key, data: dict[str, Any], once: str | None = None, **more: Any
) -> Answer:
    headers = {**more.pop("headers", {}), **({"idempotency-key": once} if once is not None else {})}
    call = Call(method="POST", path="/api/v1/tasks", data=data, headers=headers, **more)
    return await accept(native, call, json.dumps(data).encode(), key, BASE, means)


async def tasks(means: Means, key: Key) -> list[Task]:
    return await means.store.tasks(key.owner_id, limit=100)


async def only(means: Means, key: Key) -> Task:
    (task,) = await tasks(means, key)
    return task


def works(means: Means) -> list[Any]:
    assert isinstance(means.runner, FakeRunner)
    return means.runner.works


def bodies(means: Means) -> list[Any]:
    db = sqlite3.connect(means.settings.data / "reelway.db")
    try:
        return [json.loads(row[0]) for row in db.execute("SELECT body FROM tasks ORDER BY id")]
    finally:
        db.close()


def assets(means: Means) -> list[bytes]:
    return [p.read_bytes() for p in (means.settings.data / "assets").rglob("*") if p.is_file()]


# A task


async def test_an_accepted_task_stands_and_is_handed_over(means: Means, key: Key) -> None:
    answer = await create(means, key, FOX)
    task = await only(means, key)
    assert (task.status, task.wire, task.key_id, task.owner_id) == (
        "queued",
        "native",
        key.id,
        key.owner_id,
    )
    assert (task.request.prompt, task.model_asked, task.base_url) == ("a fox", "kling-v3", BASE)
    assert await story(means, task) == [("queued", 1)]
    assert works(means) == [work_of(task, means.engines)]
    told = json.loads(answer.body)
    assert (answer.status, told["id"], told["status"]) == (201, task.public_id, "queued")
    assert (answer.engine, answer.ignored, answer.replayed) == ("animatic", (), False)
    assert bodies(means) == [FOX]


async def test_a_field_that_nobody_knows_is_told(means: Means, key: Key) -> None:
    answer = await create(means, key, {**FOX, "promt": "x"})
    assert answer.ignored == ("promt",)
    task = await only(means, key)
    assert task.report == {"ignored": [{"field": "promt", "reason": "not a known field"}]}
    assert task.request.extra == {"promt": "x"}


async def test_a_refused_body_stores_nothing(means: Means, key: Key) -> None:
    with pytest.raises(InvalidRequest):
        await create(means, key, {"prompt": "a fox", "duration": 99})
    assert await tasks(means, key) == [] and works(means) == []


# The model and its engine


async def test_the_header_replaces_the_model(means: Means, key: Key) -> None:
    await create(means, key, FOX, headers={"x-reelway-model": "animatic"})
    task = await only(means, key)
    assert (task.request.model, task.model_asked) == ("animatic", "kling-v3")


async def test_the_servers_map_replaces_the_model(tmp_path: Path) -> None:
    settings = {"model_map": {"kling-v3": "animatic"}}
    async with means_on(tmp_path, settings=settings, runner=FakeRunner()) as means:
        key = await key_of(means)
        await create(means, key, FOX)
        await create(means, key, {**FOX, "model": "kling-o3"})
        await create(means, key, FOX, headers={"x-reelway-model": "kling-o3"})
        found = [(t.model_asked, t.request.model) for t in await tasks(means, key)]
    assert found[::-1] == [
        ("kling-v3", "animatic"),
        ("kling-o3", "kling-o3"),
        ("kling-v3", "kling-o3"),
    ]


async def test_an_unknown_model_in_the_header(means: Means, key: Key) -> None:
    with pytest.raises(InvalidRequest) as told:
        await create(means, key, FOX, headers={"x-reelway-model": "sora"})
    assert told.value.field == "model"
    assert "kling-v3, kling-o3, animatic" in told.value.message


async def test_no_engine_can_make_it(means: Means, key: Key) -> None:
    engine_of(means).refuses = "it is not installed: pip install x"
    with pytest.raises(EngineMissing, match="pip install x"):
        await create(means, key, FOX)
    assert await tasks(means, key) == []


# Images


async def test_an_image_becomes_an_asset(means: Means, key: Key) -> None:
    await create(means, key, {**FOX, "first_frame": f"data:image/png;base64,{RED}"})
    task = await only(means, key)
    image = task.request.first_frame
    assert image and image.form == "asset" and (image.width, image.height) == (640, 480)
    assert means.assets.path(image.sha256).read_bytes() == b"red"
    asset = await means.store.asset(image.sha256)
    assert asset and (asset.kind, asset.size, asset.info) == (
        "image/png",
        3,
        {"width": 640, "height": 480},
    )
    assert bodies(means) == [{**FOX, "first_frame": image.source}]
    assert left_over(means) == []


async def test_equal_images_are_one_asset(means: Means, key: Key) -> None:
    spelled = f"data:image/png;base64,{RED}"
    elements = [{"frontal": spelled, "references": [BLUE]}]
    await create(means, key, {**FOX, "first_frame": RED, "last_frame": RED, "elements": elements})
    task = await only(means, key)
    found = {field: image.sha256 for field, image in task.request.images()}
    red = found["first_frame"]
    assert found == {
        "first_frame": red,
        "last_frame": red,
        "elements[0].frontal": red,
        "elements[0].references[0]": found["elements[0].references[0]"],
    }
    assert sorted(assets(means)) == [b"blue", b"red"]
    assert RED not in json.dumps(bodies(means))
    assert left_over(means) == []


async def test_an_image_is_not_swept_while_its_task_is_there(means: Means, key: Key) -> None:
    await create(means, key, {**FOX, "first_frame": RED})
    assert await means.store.sweep(once_before=0, assets_before=2**62) == []


async def test_a_refused_image_leaves_nothing(means: Means, key: Key) -> None:
    media_of(means).refuse["last_frame"] = BadImage("too small", field="last_frame")
    with pytest.raises(BadImage):
        await create(means, key, {**FOX, "first_frame": RED, "last_frame": BLUE}, once="k")
    assert media_of(means).checked == ["first_frame", "last_frame"]
    assert await tasks(means, key) == [] and assets(means) == [] and left_over(means) == []
    media_of(means).refuse.clear()
    answer = await create(means, key, FOX, once="k")  # the key was not used up
    assert not answer.replayed


async def test_a_task_that_cannot_be_stored_leaves_no_half_made_files(
    means: Means, key: Key, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(path: Path) -> tuple[str, int]:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(means.assets, "keep", full)
    with pytest.raises(OSError, match="No space"):
        await create(means, key, {**FOX, "first_frame": RED, "last_frame": BLUE})
    assert await tasks(means, key) == [] and left_over(means) == []


async def test_an_address_is_fetched(means: Means, key: Key) -> None:
    web_of(means).pages = {"https://a.example/1": b"red", "https://a.example/2": b"blue"}
    pictures = {"first_frame": "https://a.example/1", "references": ["https://a.example/2"] * 2}
    await create(means, key, {**FOX, **pictures, "last_frame": RED})
    found = {f: i for f, i in (await only(means, key)).request.images()}
    for field, data in (
        ("first_frame", b"red"),
        ("last_frame", b"red"),
        ("references[1]", b"blue"),
    ):
        assert means.assets.path(found[field].sha256).read_bytes() == data
        assert found[field].width == 640
    assert sorted(web_of(means).fetched) == ["https://a.example/1", "https://a.example/2"]
    assert left_over(means) == []


async def test_an_address_that_cannot_be_fetched_leaves_nothing(means: Means, key: Key) -> None:
    web = web_of(means)
    web.pages = {
        "https://a.example/1": b"red",
        "https://a.example/2": BadImage("last_frame cannot be fetched", field="last_frame"),
    }
    pictures = {"first_frame": "https://a.example/1", "last_frame": "https://a.example/2"}
    with pytest.raises(BadImage, match="last_frame"):
        await create(means, key, {**FOX, **pictures}, once="k")
    assert await tasks(means, key) == [] and assets(means) == [] and left_over(means) == []
    web.pages["https://a.example/2"] = b"blue"
    assert not (await create(means, key, {**FOX, **pictures}, once="k")).replayed
    web.fetched.clear()
    assert (await create(means, key, {**FOX, **pictures}, once="k")).replayed
    assert web.fetched == []  # a known key is answered before anything is fetched


# A dry run


async def test_a_dry_run_stores_nothing(means: Means, key: Key) -> None:
    answer = await create(means, key, {**FOX, "first_frame": RED}, query={"dry_run": "true"})
    told = json.loads(answer.body)
    assert (answer.status, told["object"], answer.engine) == (200, "dry_run", "animatic")
    assert await tasks(means, key) == [] and works(means) == []
    assert assets(means) == [] and left_over(means) == []


async def test_a_dry_run_fetches_nothing(means: Means, key: Key) -> None:
    data = {**FOX, "first_frame": "https://a.example/1"}
    answer = await create(means, key, data, query={"dry_run": "true"})
    assert answer.status == 200 and web_of(means).fetched == []


async def test_a_dry_run_looks_at_the_images(means: Means, key: Key) -> None:
    media_of(means).refuse["first_frame"] = BadImage("too small", field="first_frame")
    with pytest.raises(BadImage):
        await create(means, key, {**FOX, "first_frame": RED}, query={"dry_run": "true"})


# The same again


async def test_the_same_again_is_answered_as_before(means: Means, key: Key) -> None:
    first = await create(means, key, {**FOX, "first_frame": RED}, once="k")
    checked = list(media_of(means).checked)
    again = await create(
        means, key, {"first_frame": f"data:image/png;base64,{RED}", **FOX}, once=" k "
    )
    assert (again.status, again.body, again.replayed) == (first.status, first.body, True)
    assert not first.replayed
    assert len(await tasks(means, key)) == len(works(means)) == 1
    assert media_of(means).checked == checked and left_over(means) == []


async def test_the_same_again_when_the_task_is_over_and_gone(means: Means, key: Key) -> None:
    first = await create(means, key, FOX, once="k")
    task = await only(means, key)
    await means.store.move(task, "cancelled", 1)
    await means.store.delete_task(key.owner_id, task.public_id)
    again = await create(means, key, FOX, once="k")
    assert (again.body, again.replayed) == (first.body, True)


@pytest.mark.parametrize(
    "other",
    [
        {"prompt": "a cat"},
        {**FOX, "duration": 6},
        {**FOX, "first_frame": RED},
        {**FOX, "unknown": 1},
        {**FOX, "labels": {"a": "b"}},
    ],
)
async def test_another_request_under_the_same_key(
    means: Means, key: Key, other: dict[str, Any]
) -> None:
    await create(means, key, FOX, once="k")
    with pytest.raises(KeyReused):
        await create(means, key, other, once="k")
    assert len(await tasks(means, key)) == 1 and left_over(means) == []


async def test_another_model_by_header_is_another_request(means: Means, key: Key) -> None:
    await create(means, key, FOX, once="k")
    with pytest.raises(KeyReused):
        await create(means, key, FOX, once="k", headers={"x-reelway-model": "animatic"})


async def test_a_key_is_its_owners_alone(means: Means, key: Key) -> None:
    other = await key_of(means, "bob")
    first = await create(means, key, FOX, once="k")
    second = await create(means, other, FOX, once="k")
    assert not second.replayed and second.body != first.body
    assert len(await tasks(means, other)) == 1


async def test_two_keys_of_one_owner_share_what_was_asked(means: Means, key: Key) -> None:
    first = await create(means, key, FOX, once="k")
    assert (await create(means, await key_of(means), FOX, once="k")).body == first.body


async def test_without_a_key_it_is_another_task(means: Means, key: Key) -> None:
    for once in (None, None, "a", "b"):
        assert not (await create(means, key, FOX, once=once)).replayed
    assert len({t.public_id for t in await tasks(means, key)}) == 4


@pytest.mark.parametrize("data", [FOX, {**FOX, "first_frame": RED}], ids=["text", "image"])
async def test_many_at_once_make_one_task(means: Means, key: Key, data: dict[str, Any]) -> None:
    answers = await asyncio.gather(*(create(means, key, data, once="k") for _ in range(20)))
    assert len({(a.status, a.body) for a in answers}) == 1
    assert [a.replayed for a in answers].count(False) == 1
    task = await only(means, key)
    assert works(means) == [work_of(task, means.engines)]
    assert left_over(means) == []
    for _, image in task.request.images():
        assert means.assets.path(image.sha256).read_bytes() == b"red"


@pytest.mark.parametrize("once", ["", "   ", "x" * 256])
async def test_keys_that_are_refused(means: Means, key: Key, once: str) -> None:
    with pytest.raises(InvalidRequest) as told:
        await create(means, key, FOX, once=once)
    assert told.value.field == "Idempotency-Key"
    assert await tasks(means, key) == []


async def test_the_longest_key(means: Means, key: Key) -> None:
    await create(means, key, FOX, once="x" * 255)
    assert (await create(means, key, FOX, once="x" * 255)).replayed


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        ({"prompt": ""}, InvalidRequest),
        ({**FOX, "first_frame": "!!!"}, BadImage),
    ],
)
async def test_a_refused_request_does_not_use_its_key_up(
    means: Means, key: Key, data: dict[str, Any], kind: type[ReelwayError]
) -> None:
    with pytest.raises(kind):
        await create(means, key, data, once="k")
    assert not (await create(means, key, FOX, once="k")).replayed


async def test_an_overloaded_store_does_not_use_the_key_up(
    means: Means, key: Key, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def busy(*args: Any) -> Task:
        raise Overloaded("too many writes are waiting", retry_after=1)

    with monkeypatch.context() as patch:
        patch.setattr(means.store, "create", busy)
        with pytest.raises(Overloaded):
            await create(means, key, {**FOX, "first_frame": RED}, once="k")
    assert works(means) == [] and left_over(means) == []
    assert not (await create(means, key, FOX, once="k")).replayed


async def test_a_model_of_its_own_goes_to_its_engine(tmp_path: Path) -> None:
    engines = {e.name: e for e in (FakeEngine(), FakeEngine("other", ("mine",)))}
    async with means_on(tmp_path, engines=engines, runner=FakeRunner()) as means:
        key = await key_of(means)
        answer = await create(means, key, FOX, headers={"x-reelway-model": "mine"})
        assert answer.engine == "other"
        assert [w.accounts for w in works(means)] == [("other",)]


async def test_an_image_that_is_sent_again_keeps_its_size(means: Means, key: Key) -> None:
    for _ in range(2):
        await create(means, key, {**FOX, "first_frame": RED})
    for task in await tasks(means, key):
        assert isinstance(task.request.first_frame, Image)
        assert task.request.first_frame.width == 640
    assert assets(means) == [b"red"]


# Equal requests within some seconds, for clients that send no idempotency key


class Clock:
    """A time that tests set, in UTC milliseconds."""

    def __init__(self, now: int) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now


async def test_an_equal_request_within_the_keys_seconds_is_the_same(tmp_path: Path) -> None:
    clock = Clock(1_760_000_000_000)
    async with means_on(tmp_path, runner=FakeRunner(), now=clock) as means:
        key = replace(await key_of(means), dedupe_seconds=10)
        first = await create(means, key, FOX)
        for passed in (0, 1, 9_000, 10_000):  # whatever the span's edges, up to ten seconds after
            clock.now = 1_760_000_000_000 + passed
            again = await create(means, key, FOX)
            assert (again.replayed, again.body) == (True, first.body), passed
        assert not (await create(means, key, {"prompt": "a hen"})).replayed
        clock.now = 1_760_000_000_000 + 10_001
        assert not (await create(means, key, FOX)).replayed
        assert len(await tasks(means, key)) == 3


@pytest.mark.parametrize("begun", [0, 1, 4_999, 9_999])
async def test_the_seconds_hold_across_the_edge_of_a_span(tmp_path: Path, begun: int) -> None:
    clock = Clock(1_760_000_000_000 + begun)
    async with means_on(tmp_path, runner=FakeRunner(), now=clock) as means:
        key = replace(await key_of(means), dedupe_seconds=10)
        await create(means, key, FOX)
        clock.now += 10_000
        assert (await create(means, key, FOX)).replayed


async def test_many_equal_at_once_within_the_seconds_make_one_task(means: Means, key: Key) -> None:
    key = replace(key, dedupe_seconds=60)
    answers = await asyncio.gather(*(create(means, key, FOX) for _ in range(32)))
    assert len({answer.body for answer in answers}) == 1
    assert len(await tasks(means, key)) == 1


async def test_another_key_of_the_owner_is_not_held_to_it(means: Means, key: Key) -> None:
    await create(means, replace(key, dedupe_seconds=60), FOX)
    assert not (await create(means, await key_of(means), FOX)).replayed
    other = replace(await key_of(means), dedupe_seconds=60)
    assert not (await create(means, other, FOX)).replayed


async def test_a_dry_run_answers_for_itself_even_under_a_used_key(means: Means, key: Key) -> None:
    await create(means, key, FOX, once="k")
    dry = await create(means, key, FOX, once="k", query={"dry_run": "true"})
    assert not dry.replayed
    assert json.loads(dry.body)["object"] == "dry_run"


# Terms


TERMS_HEADERS = {
    "x-reelway-priority": "7",
    "x-reelway-deadline": " 60 ",
    "x-reelway-cancel-after": "120",
}


async def test_terms_by_body(means: Means, key: Key) -> None:
    told = await create(means, key, {**FOX, "priority": -5, "deadline": 60, "cancel_after": 120})
    task, now = await only(means, key), means.now()
    assert (task.priority, task.start_by, task.cancel_at) == (-5, now + 60_000, now + 120_000)
    assert [w.priority for w in works(means)] == [-5]
    shown = json.loads(told.body)
    assert (shown["priority"], shown["start_by"], shown["cancel_at"]) == (
        -5,
        now + 60_000,
        now + 120_000,
    )


async def test_terms_by_header_go_before_the_bodys(means: Means, key: Key) -> None:
    body = {**FOX, "priority": 1, "deadline": 5}
    await create(means, key, body, headers=TERMS_HEADERS)
    task, now = await only(means, key), means.now()
    assert (task.priority, task.start_by, task.cancel_at) == (7, now + 60_000, now + 120_000)


async def test_one_header_leaves_the_others_to_the_body(means: Means, key: Key) -> None:
    await create(means, key, {**FOX, "deadline": 5}, headers={"x-reelway-priority": "-100"})
    task = await only(means, key)
    assert (task.priority, task.start_by, task.cancel_at) == (-100, means.now() + 5000, None)


async def test_no_terms(means: Means, key: Key) -> None:
    await create(means, key, FOX)
    task = await only(means, key)
    assert (task.priority, task.start_by, task.cancel_at) == (0, None, None)


@pytest.mark.parametrize("name", sorted(TERMS_HEADERS))
@pytest.mark.parametrize(
    "text", ["", " ", "x", "1.5", "1e3", "101", "-101", "+5", "0x5", "9" * 40, "\u0665", "1, 2"]
)
async def test_a_bad_term_by_header(means: Means, key: Key, name: str, text: str) -> None:
    if text == "101" and name != "x-reelway-priority":
        text = "2592001"
    with pytest.raises(InvalidRequest) as told:
        await create(means, key, FOX, headers={name: text})
    assert told.value.field == name.title() and name.title() in told.value.message
    assert await tasks(means, key) == []


@pytest.mark.parametrize("name", ["deadline", "cancel_after"])
@pytest.mark.parametrize("value", [0, -1, 2_592_001, 1.5, True, "soon"])
async def test_a_bad_term_by_body(means: Means, key: Key, name: str, value: Any) -> None:
    with pytest.raises(InvalidRequest) as told:
        await create(means, key, {**FOX, name: value})
    assert told.value.field == name


@pytest.mark.parametrize(("priority", "good"), [(-100, True), (100, True), (101, False)])
async def test_the_bounds_of_priority(means: Means, key: Key, priority: int, good: bool) -> None:
    if good:
        await create(means, key, {**FOX, "priority": priority})
        assert (await only(means, key)).priority == priority
    else:
        with pytest.raises(InvalidRequest):
            await create(means, key, {**FOX, "priority": priority})


async def test_terms_are_no_part_of_what_is_the_same_request(means: Means, key: Key) -> None:
    first = await create(means, key, FOX, once="k")
    again = await create(means, key, FOX, once="k", headers=TERMS_HEADERS)
    assert again.replayed and again.body == first.body
