"""The cases that every store must pass. A subclass gives the fixture `store`, open and empty."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from reelway.errors import Conflict, UnknownTask
from reelway.request import VideoRequest
from reelway.resource import Resource
from reelway.store import Removed, Replay, Store
from reelway.task import MOVES, STATUSES, TERMINAL, Fault, Owner, Status, Task
from stores.examples import AWKWARD, HASHES, NOW, draft, film, moved, new, once, put


class StoreCases:
    # owners and keys

    async def test_an_owner_is_made_once(self, store: Store, owner: Owner) -> None:
        assert (owner.name, owner.role, owner.created_at) == ("local", "admin", NOW)
        assert await store.ensure_owner("local", "user", NOW + 1) == owner

    async def test_a_key_is_found_by_its_digest(self, store: Store, owner: Owner) -> None:
        key = await store.add_key(owner.id, "laptop", b"d" * 32, "rw_abcd", NOW)
        assert (key.owner_id, key.owner, key.role) == (owner.id, "local", "admin")
        assert (key.name, key.prefix, key.created_at) == ("laptop", "rw_abcd", NOW)
        assert key.revoked_at is None
        assert await store.key(b"d" * 32) == key
        assert await store.key(b"e" * 32) is None
        assert await store.keys() == [key]

    async def test_a_key_is_revoked_once_and_still_known(self, store: Store, owner: Owner) -> None:
        await store.add_key(owner.id, "laptop", b"d" * 32, "rw_abcd", NOW)
        kept = await store.add_key(owner.id, "server", b"e" * 32, "rw_efgh", NOW)
        revoked = await store.revoke_key("rw_abcd", NOW + 5)
        assert revoked and revoked.revoked_at == NOW + 5
        assert await store.revoke_key("rw_abcd", NOW + 6) is None
        assert await store.revoke_key("rw_none", NOW + 6) is None
        assert await store.key(b"d" * 32) == revoked
        assert await store.keys() == [revoked, kept]

    async def test_digest_and_prefix_are_unique(self, store: Store, owner: Owner) -> None:
        await store.add_key(owner.id, "a", b"d" * 32, "rw_abcd", NOW)
        for digest, prefix in ((b"d" * 32, "rw_else"), (b"e" * 32, "rw_abcd")):
            with pytest.raises(Conflict):
                await store.add_key(owner.id, "b", digest, prefix, NOW)
        assert len(await store.keys()) == 1

    # create

    async def test_a_task_is_read_as_it_was_accepted(self, store: Store, owner: Owner) -> None:
        key = await store.add_key(owner.id, "a", b"d" * 32, "rw_abcd", NOW)
        for sha256 in HASHES[:4]:
            await store.add_asset(film(sha256, kind="image/png"))
        task = await new(
            store,
            owner,
            key_id=key.id,
            request=AWKWARD,
            report={"ignored": ["x_y"], "n": 1.5},
            base_url="https://reelway.example",
            assets=tuple((role, image.sha256) for role, image in AWKWARD.images()),
        )
        assert (task.status, task.attempt, task.over) == ("queued", 1, False)
        assert task.request == AWKWARD
        assert await store.task(task.id) == task
        assert await store.find_task(owner.id, task.public_id) == task
        assert await store.tasks(owner.id, limit=9) == [task]
        assert await store.task(task.id + 1) is None

    async def test_hundreds_of_creates_at_once(self, store: Store, owner: Owner) -> None:
        drafts = [draft(owner) for _ in range(400)]
        made = await asyncio.gather(*(store.create(one) for one in drafts))
        assert len({task.id for task in made if isinstance(task, Task)}) == 400
        ids = [task.public_id for task in await store.unfinished()]
        assert ids == [one.public_id for one in drafts]  # in the order of asking

    async def test_a_public_id_is_unique(self, store: Store, owner: Owner, other: Owner) -> None:
        task = await new(store, owner)
        with pytest.raises(Conflict):
            await store.create(draft(other, public_id=task.public_id), once())
        assert await store.replay(other.id, "k") is None

    async def test_a_task_needs_its_owner_and_its_assets(self, store: Store, owner: Owner) -> None:
        with pytest.raises(Conflict):
            await store.create(draft(replace(owner, id=999)))
        with pytest.raises(Conflict):
            await store.create(draft(owner, assets=(("first_frame", HASHES[7]),)))
        assert await store.unfinished() == []
        assert (await store.counts())["queued"] == 0

    async def test_internal_ids_rise_and_never_return(self, store: Store, owner: Owner) -> None:
        first = await put(store, owner, "cancelled")
        await store.delete_task(owner.id, first.public_id)
        assert (await new(store, owner)).id > first.id

    # idempotency

    async def test_a_known_key_is_answered_as_before(self, store: Store, owner: Owner) -> None:
        first = await store.create(draft(owner), once())
        assert isinstance(first, Task)
        again = await store.create(draft(owner), once(fingerprint=b"g" * 32, body=b"other"))
        was = once()
        expected = Replay(
            fingerprint=was.fingerprint,
            public_id=first.public_id,
            status=was.status,
            body=was.body,
        )
        assert again == expected == await store.replay(owner.id, "k")
        assert [task.id for task in await store.tasks(owner.id, limit=9)] == [first.id]

    async def test_equal_creates_at_once_make_one_task(self, store: Store, owner: Owner) -> None:
        made = await asyncio.gather(*(store.create(draft(owner), once()) for _ in range(32)))
        tasks = [one for one in made if isinstance(one, Task)]
        assert len(tasks) == 1
        assert {one.public_id for one in made} == {tasks[0].public_id}
        assert len(await store.tasks(owner.id, limit=99)) == 1

    async def test_a_key_is_its_owners(self, store: Store, owner: Owner, other: Owner) -> None:
        await store.create(draft(owner), once())
        assert await store.replay(other.id, "k") is None
        assert isinstance(await store.create(draft(other), once()), Task)

    async def test_a_refused_create_does_not_use_up_the_key(
        self, store: Store, owner: Owner
    ) -> None:
        with pytest.raises(Conflict):
            await store.create(draft(owner, assets=(("first_frame", HASHES[7]),)), once())
        assert isinstance(await store.create(draft(owner), once()), Task)

    async def test_a_key_outlives_its_task(self, store: Store, owner: Owner) -> None:
        task = await store.create(draft(owner), once())
        assert isinstance(task, Task)
        await moved(store, task, "cancelled")
        await store.delete_task(owner.id, task.public_id)
        again = await store.create(draft(owner), once())
        assert isinstance(again, Replay) and again.public_id == task.public_id

    # moves

    async def test_a_task_from_queue_to_film(self, store: Store, owner: Owner) -> None:
        await store.add_asset(film())
        task = await new(store, owner)
        task = await moved(store, task, "running", engine="animatic", receipt={"child": 7})
        assert (task.status, task.started_at, task.receipt) == ("running", NOW + 1000, {"child": 7})
        noted = await store.note(task, {"stage": "storing", "furthest": 100, "stored_at": NOW + 2})
        assert noted and (noted.stage, noted.furthest, noted.status) == ("storing", 100, "running")
        done = await store.move(
            noted, "succeeded", NOW + 3, {"film": HASHES[0], "film_info": {"width": 1280}}
        )
        assert done and done.over
        assert (done.film, done.film_info, done.finished_at) == (
            HASHES[0],
            {"width": 1280},
            NOW + 3,
        )
        assert done == await store.find_task(owner.id, task.public_id)

    async def test_back_to_the_queue_is_a_new_attempt(self, store: Store, owner: Owner) -> None:
        task = await new(store, owner)
        task = await moved(store, task, "running", receipt={"id": "x"}, stage="submitted")
        task = await moved(store, task, "queued", deaths=1)
        assert (task.status, task.attempt, task.deaths) == ("queued", 2, 1)
        assert (task.receipt, task.stage, task.started_at) == (None, None, None)
        again = await moved(store, task, "running", started_at=NOW + 7)
        assert (again.attempt, again.started_at) == (2, NOW + 7)

    async def test_every_move_is_written_as_an_event(self, store: Store, owner: Owner) -> None:
        task = await new(store, owner)
        task = await moved(store, task, "running", engine="animatic")
        task = await moved(store, task, "queued")
        task = await moved(store, task, "failed", error=Fault(code="deadline", message="too late"))
        assert task.error == Fault(code="deadline", message="too late")
        events = await store.events(task.id)
        assert [(e.status, e.attempt, e.at, e.data) for e in events] == [
            ("queued", 1, NOW, {}),
            ("running", 1, NOW + 1000, {"engine": "animatic"}),
            ("queued", 2, NOW + 1000, {}),
            ("failed", 2, NOW + 1000, {"error": {"code": "deadline", "message": "too late"}}),
        ]
        assert {(e.v, e.task_id, e.owner_id) for e in events} == {(1, task.id, owner.id)}
        assert await store.events(task.id, after=events[1].id) == events[2:]

    @pytest.mark.parametrize("status", STATUSES)
    async def test_only_allowed_moves(self, store: Store, owner: Owner, status: Status) -> None:
        task = await put(store, owner, status)
        events = await store.events(task.id)
        for to in STATUSES:
            if to not in MOVES[status]:
                with pytest.raises(ValueError, match="does not go from"):
                    await store.move(task, to, NOW)
        assert await store.task(task.id) == task
        assert await store.events(task.id) == events
        for to in MOVES[status]:
            start = await put(store, owner, status)
            after = await store.move(start, to, NOW + 9)
            assert after and after.status == to
            assert after.finished_at == (NOW + 9 if to in TERMINAL else None)

    async def test_one_of_two_moves_is_first(self, store: Store, owner: Owner) -> None:
        task = await put(store, owner, "running")
        both = await asyncio.gather(
            store.move(task, "cancelled", NOW + 1),
            store.move(task, "failed", NOW + 1, {"error": Fault(code="x", message="y")}),
        )
        assert both[0] and both[1] is None
        assert await store.task(task.id) == both[0]
        assert [e.status for e in await store.events(task.id)] == [
            "queued",
            "running",
            "cancelled",
        ]

    async def test_an_older_attempt_writes_nothing(self, store: Store, owner: Owner) -> None:
        old = await put(store, owner, "running")
        current = await moved(store, await moved(store, old, "queued"), "running")
        assert await store.move(old, "failed", NOW) is None
        assert await store.note(old, {"furthest": 50}) is None
        assert await store.task(old.id) == current
        assert len(await store.events(old.id)) == 4

    async def test_a_deleted_task_cannot_move(self, store: Store, owner: Owner) -> None:
        task = await new(store, owner)
        await moved(store, task, "cancelled")
        await store.delete_task(owner.id, task.public_id)
        assert await store.move(task, "running", NOW) is None
        assert await store.note(task, {}) is None

    async def test_a_note_sets_only_what_it_names(self, store: Store, owner: Owner) -> None:
        task = await put(store, owner, "running")
        await store.note(task, {"furthest": 40})
        after = await store.note(task, {"receipt": {"id": "ü"}})  # told of an older row
        assert after and (after.furthest, after.receipt) == (40, {"id": "ü"})
        assert await store.note(after, {}) == after
        await store.note(task, {"error": Fault(code="x", message="y")})
        cleared = await store.note(after, {"receipt": None, "error": None})
        assert cleared and cleared.receipt is None and cleared.error is None

    @pytest.mark.parametrize(
        "name", ["id", "public_id", "status", "attempt", "request", "x = 1 --"]
    )
    async def test_other_columns_cannot_be_set(self, store: Store, owner: Owner, name: str) -> None:
        task = await put(store, owner, "running")
        with pytest.raises(ValueError, match="not a column"):
            await store.note(task, {name: 1})
        with pytest.raises(ValueError, match="not a column"):
            await store.move(task, "failed", NOW, {name: 1})
        assert await store.task(task.id) == task

    async def test_a_failed_write_moves_nothing(self, store: Store, owner: Owner) -> None:
        task = await put(store, owner, "running")
        with pytest.raises(Conflict):  # a film that is not kept
            await store.move(task, "succeeded", NOW, {"film": HASHES[7]})
        assert await store.task(task.id) == task
        assert len(await store.events(task.id)) == 2

    # whose, and which

    async def test_nobody_reaches_anothers_task(
        self, store: Store, owner: Owner, other: Owner
    ) -> None:
        task = await put(store, owner, "cancelled")
        assert await store.find_task(other.id, task.public_id) is None
        assert await store.tasks(other.id, limit=9) == []
        with pytest.raises(UnknownTask):
            await store.tasks(other.id, limit=9, after=task.public_id)
        assert await store.delete_task(other.id, task.public_id) is None
        assert await store.task(task.id) == task

    async def test_pages_of_a_list(self, store: Store, owner: Owner, other: Owner) -> None:
        made = []
        for _ in range(7):
            made.append((await new(store, owner)).public_id)
            await new(store, other)
        seen: list[str] = []
        while page := await store.tasks(owner.id, limit=3, after=seen[-1] if seen else None):
            assert len(page) <= 3
            seen += [task.public_id for task in page]
        assert seen == made[::-1]
        with pytest.raises(UnknownTask):
            await store.tasks(owner.id, limit=3, after="task_none")

    async def test_a_list_by_status_and_model(self, store: Store, owner: Owner) -> None:
        still = VideoRequest(model="animatic-still")
        old = await new(store, owner, request=still)
        plain = await put(store, owner, "running")
        both = await moved(store, await new(store, owner, request=still), "running")
        assert await store.tasks(owner.id, limit=9, status="running") == [both, plain]
        assert await store.tasks(owner.id, limit=9, model="animatic-still") == [both, old]
        filtered = await store.tasks(
            owner.id, limit=9, status="running", model="animatic-still", after=both.public_id
        )
        assert filtered == []
        assert await store.tasks(owner.id, limit=1, status="running", after=both.public_id) == [
            plain
        ]
        assert await store.tasks(owner.id, limit=9, status="' OR 1") == []

    async def test_unfinished_tasks_and_counts(self, store: Store, owner: Owner) -> None:
        tasks = [await put(store, owner, status) for status in STATUSES]
        queued, running = tasks[0], tasks[1]
        assert await store.unfinished() == [queued, running]
        assert await store.unfinished(limit=1) == [queued]
        assert await store.unfinished(after=queued.id) == [running]
        assert await store.counts() == dict.fromkeys(STATUSES, 1)
        load = await store.load()
        assert (load.queued, load.running, load.oldest_queued_at) == (1, 1, queued.accepted_at)
        assert (load.deliveries, load.oldest_delivery_at, load.writes_waiting) == (0, None, 0)
        assert load.writes >= load.commits > 0

    async def test_late_tasks(self, store: Store, owner: Owner) -> None:
        """Over here, and not at their vendor."""
        tasks = [await put(store, owner, status) for status in STATUSES]
        assert await store.late() == []
        left = await store.move(tasks[1], "cancelled", NOW, {"stage": "late"}, hold=True)
        assert left and await store.late() == [left]
        assert await store.late(after=left.id) == []
        assert await store.unfinished() == [tasks[0]]
        assert await store.note(left, {"stage": None})
        assert await store.late() == []

    # assets, deleting, sweeping

    async def test_an_asset_is_added_once(self, store: Store) -> None:
        await store.add_asset(film())
        await store.add_asset(film())
        assert await store.asset(HASHES[0]) == film()
        assert await store.asset(HASHES[1]) is None

    async def test_only_a_task_that_is_over_is_deleted(self, store: Store, owner: Owner) -> None:
        for status in STATUSES:
            task = await put(store, owner, status)
            if status in TERMINAL:
                assert await store.delete_task(owner.id, task.public_id) == []
                assert await store.task(task.id) is None
                assert await store.events(task.id) == []
                assert await store.delete_task(owner.id, task.public_id) is None
            else:
                with pytest.raises(Conflict, match=status):
                    await store.delete_task(owner.id, task.public_id)
                assert await store.task(task.id) == task

    async def test_a_file_goes_with_its_last_task(self, store: Store, owner: Owner) -> None:
        shared, own, poster = HASHES[:3]
        for sha256 in (shared, own, poster):
            await store.add_asset(film(sha256))
        tasks = [
            await moved(
                store, await new(store, owner, assets=(("first_frame", shared),)), "running"
            )
            for _ in range(2)
        ]
        done = await store.move(
            tasks[0], "succeeded", NOW, {"film": own}, assets=[("film", own), ("poster", poster)]
        )
        assert done
        await moved(store, tasks[1], "failed")
        gone = await store.delete_task(owner.id, done.public_id)
        assert gone is not None and sorted(gone) == [own, poster]
        assert await store.asset(own) is None
        assert await store.asset(shared) == film(shared)
        assert await store.delete_task(owner.id, tasks[1].public_id) == [shared]

    async def test_a_sweep_takes_what_is_old_and_unused(self, store: Store, owner: Owner) -> None:
        used, late, old, fresh = HASHES[:4]
        for sha256 in (used, late, old):
            await store.add_asset(film(sha256))
        await store.add_asset(film(fresh, created_at=NOW + 100))
        task = await new(store, owner, assets=(("first_frame", used), ("last_frame", used)))
        task = await moved(store, await moved(store, task, "running"), "failed")
        await store.note(task, {"film": late})  # a film that came after the end is in use too
        assert await store.sweep(once_before=0, assets_before=NOW) == []
        assert await store.sweep(once_before=0, assets_before=NOW + 100) == [old]
        assert await store.asset(old) is None
        assert await store.asset(fresh) and await store.asset(used) and await store.asset(late)

    async def test_a_file_sent_again_is_young_again(self, store: Store) -> None:
        await store.add_asset(film())
        await store.add_asset(film(created_at=NOW + 100))
        await store.add_asset(film(created_at=NOW + 50))
        assert await store.sweep(once_before=0, assets_before=NOW + 100) == []
        assert await store.asset(HASHES[0]) == film(created_at=NOW + 100)

    async def test_a_sweep_forgets_old_keys(self, store: Store, owner: Owner) -> None:
        await store.create(draft(owner), once("old"))
        await store.create(draft(owner, accepted_at=NOW + 100), once("new"))
        await store.sweep(once_before=NOW + 100, assets_before=0)
        assert await store.replay(owner.id, "old") is None
        assert await store.replay(owner.id, "new")
        assert isinstance(await store.create(draft(owner), once("old")), Task)

    # resources

    async def test_a_resource_is_its_owners(self, store: Store, owner: Owner, other: Owner) -> None:
        voices = [
            Resource(
                public_id=f"voice_{n}", owner_id=owner.id, kind="voice", name="keeper",
                data={"v": 1, "pitch": 110.5}, created_at=NOW + n,
            )
            for n in range(3)
        ]  # fmt: skip
        for voice in voices:
            await store.add_resource(voice)
            await store.add_resource(voice)  # a step done again
        assert await store.resource(owner.id, "voice", "voice_1") == voices[1]
        assert await store.resource(other.id, "voice", "voice_1") is None
        assert await store.resource(owner.id, "element", "voice_1") is None
        assert await store.resources(owner.id, "voice", limit=2) == voices[:0:-1]
        assert await store.resources(owner.id, "voice", limit=2, after="voice_1") == voices[:1]
        assert await store.resources(other.id, "voice", limit=9) == []
        with pytest.raises(UnknownTask):
            await store.resources(other.id, "voice", limit=9, after="voice_1")
        assert await store.delete_resource(other.id, "voice", "voice_1") is None
        assert await store.delete_resource(owner.id, "voice", "voice_1") == []
        assert await store.resource(owner.id, "voice", "voice_1") is None

    async def test_a_resource_keeps_its_assets(self, store: Store, owner: Owner) -> None:
        for sha256 in HASHES[:3]:
            await store.add_asset(film(sha256, kind="image/png"))
        await new(store, owner, assets=(("first_frame", HASHES[1]),))
        element = Resource(
            public_id="element_1", owner_id=owner.id, kind="element", name="cat",
            data={"v": 1}, created_at=NOW,
        )  # fmt: skip
        await store.add_resource(element, [("frontal", HASHES[0]), ("references[0]", HASHES[1])])
        assert await store.sweep(once_before=0, assets_before=2**60) == [HASHES[2]]
        assert await store.delete_resource(owner.id, "element", "element_1") == [HASHES[0]]
        assert await store.asset(HASHES[1]) is not None

    # time and upkeep

    async def test_what_the_clock_asks_for(self, store: Store, owner: Owner) -> None:
        late = await new(store, owner, cancel_at=NOW + 5, start_by=NOW + 9)
        begun = await moved(store, await new(store, owner, cancel_at=NOW + 4), "running")
        over = await moved(store, await new(store, owner, cancel_at=NOW, start_by=NOW), "cancelled")
        rests = await store.note(await new(store, owner), {"next_at": NOW + 7})
        assert rests
        found = await store.due(NOW + 3)
        assert (found.cancel, found.overdue, found.rested) == ([], [], [])
        assert (await store.due(NOW + 4)).cancel == [begun]
        assert (await store.due(NOW + 5)).cancel == [begun, late]
        assert (await store.due(NOW + 5, limit=1)).cancel == [begun]
        assert (await store.due(NOW + 7)).rested == [rests]
        found = await store.due(NOW + 9)
        assert found.overdue == [late] and over not in found.cancel
        again = await moved(store, await moved(store, late, "running"), "queued")
        assert (await store.due(NOW + 9)).overdue == []  # it had begun in time
        assert again in (await store.due(NOW + 9)).cancel

    async def test_what_ended_before(self, store: Store, owner: Owner, other: Owner) -> None:
        tasks = []
        for n, whose in enumerate((owner, other, owner)):
            task = await new(store, whose, accepted_at=NOW + n)
            over = await store.move(task, "cancelled", NOW + 100 + n)
            assert over
            tasks.append((whose.id, task.public_id))
        assert await store.ended_before(NOW + 100, 9) == []
        assert await store.ended_before(NOW + 102, 9) == tasks[:2]
        assert await store.ended_before(NOW + 10**9, 1) == tasks[:1]
        assert await store.ended_before(0, 9) == []

    async def test_what_is_not_over_hides_nothing_that_is(self, store: Store, owner: Owner) -> None:
        for n in range(9):
            await new(store, owner, accepted_at=NOW + n)
        late = await new(store, owner, accepted_at=NOW + 10)
        assert await store.move(late, "failed", NOW + 5000)
        task = await new(store, owner, accepted_at=NOW + 20)
        assert await store.move(task, "cancelled", NOW + 30)
        await new(store, owner, accepted_at=NOW + 9999)
        assert await store.ended_before(NOW + 1000, 2) == [(owner.id, task.public_id)]

    async def test_a_film_is_dropped_and_its_task_stays(self, store: Store, owner: Owner) -> None:
        shared, poster, frame = HASHES[:3]
        for sha256 in (shared, poster, frame):
            await store.add_asset(film(sha256))
        done = []
        for n in range(2):
            task = await new(store, owner, assets=(("first_frame", frame),))
            task = await moved(store, task, "running")
            over = await store.move(
                task, "succeeded", NOW + n, {"film": shared}, assets=[("film", shared)]
            )
            assert over
            done.append(over)
        await store.set_poster(done[0].id, poster)
        assert await store.films_before(NOW, 9) == []
        assert await store.films_before(NOW + 1, 9) == [(done[0].id, done[0].public_id)]
        assert await store.drop_film(done[0].id, NOW + 50) == [poster]
        fresh = await store.task(done[0].id)
        assert fresh and (fresh.film, fresh.poster, fresh.film_dropped_at) == (None, None, NOW + 50)
        assert fresh.status == "succeeded" and fresh.film_info == done[0].film_info
        assert await store.drop_film(done[0].id, NOW + 60) is None
        await store.set_poster(done[0].id, frame)  # by a reader that was slow
        assert (await store.task(done[0].id)) == fresh
        assert await store.asset(shared)
        assert await store.films_before(NOW + 9, 9) == [(done[1].id, done[1].public_id)]
        assert await store.drop_film(done[1].id, NOW + 70) == [shared]
        assert await store.asset(frame)
        assert await store.films_before(NOW + 9, 9) == []

    async def test_a_film_that_came_too_late_is_dropped_too(
        self, store: Store, owner: Owner
    ) -> None:
        await store.add_asset(film())
        task = await put(store, owner, "failed")
        noted = await store.note(task, {"film": HASHES[0]})
        assert noted
        assert await store.films_before(NOW + 10**6, 9) == [(task.id, task.public_id)]
        assert await store.drop_film(task.id, NOW) == [HASHES[0]]
        assert await store.films_before(NOW + 10**6, 9) == []
        running = await moved(store, await new(store, owner), "running")
        await store.add_asset(film())
        await store.note(running, {"film": HASHES[0]})
        assert await store.drop_film(running.id, NOW) is None

    async def test_what_would_go_is_what_goes(self, store: Store, owner: Owner) -> None:
        mine, shared, young, unused, frame = HASHES[:5]
        for sha256 in (mine, shared, young, unused, frame):
            await store.add_asset(film(sha256, created_at=NOW))
        tasks = []
        for n, film_of in enumerate((mine, shared, shared, young)):
            task = await new(store, owner, assets=(("first_frame", frame),))
            task = await moved(store, task, "running")
            over = await store.move(
                task, "succeeded", NOW + 10 * n, {"film": film_of}, assets=[("film", film_of)]
            )
            assert over
            tasks.append(over)
        nothing = await store.going(tasks=0, films=0, deliveries=0, unused=0)
        assert nothing == Removed()
        assert (await store.going(tasks=0, films=0, deliveries=0, unused=NOW + 1)).files == 1
        one = await store.going(tasks=NOW + 5, films=0, deliveries=0, unused=0)
        assert one == Removed(tasks=1, files=1, bytes=12)
        # the first with its film, the second's film, which the third has too
        two = await store.going(tasks=NOW + 5, films=NOW + 15, deliveries=0, unused=0)
        assert two == Removed(tasks=1, films=1, files=1, bytes=12)
        three = await store.going(tasks=NOW + 5, films=NOW + 25, deliveries=0, unused=0)
        assert three == Removed(tasks=1, films=2, files=2, bytes=24)
        everything = await store.going(
            tasks=NOW + 99, films=NOW + 99, deliveries=NOW + 99, unused=NOW + 1
        )
        assert everything == Removed(tasks=4, files=5, bytes=60)
        resource = Resource(
            public_id="element_9", owner_id=owner.id, kind="element", name="c", data={"v": 1},
            created_at=NOW,
        )  # fmt: skip
        await store.add_resource(resource, [("frontal", unused), ("references[0]", mine)])
        kept = await store.going(tasks=NOW + 99, films=0, deliveries=0, unused=NOW + 1)
        assert kept == Removed(tasks=4, files=3, bytes=36)

    async def test_who_did_what(self, store: Store) -> None:
        for n in range(3):
            await store.audit(f"actor {n}", "key.create", "rw_abcd", {"n": n, "ü": None}, NOW + n)
        rows = await store.audits(2)
        assert [(r.at, r.actor, r.act, r.subject, r.data) for r in rows] == [
            (NOW + 2, "actor 2", "key.create", "rw_abcd", {"n": 2, "ü": None}),
            (NOW + 1, "actor 1", "key.create", "rw_abcd", {"n": 1, "ü": None}),
        ]
        (last,) = await store.audits(9, before=rows[-1].id)
        assert last.actor == "actor 0"
        assert await store.audits(9, before=last.id) == []

    async def test_a_copy_is_of_one_moment(
        self, store: Store, owner: Owner, tmp_path: Path
    ) -> None:
        for sha256 in HASHES[:3]:
            await store.add_asset(film(sha256, size=len(sha256)))
        for status in STATUSES:
            await put(store, owner, status)
        folder = tmp_path / "copies"
        folder.mkdir()
        creating = asyncio.gather(*(store.create(draft(owner)) for _ in range(200)))
        found = await store.backup(folder / "copy.db")
        await creating
        assert found["schema"] >= 4
        assert 1 <= found["queued"] <= 201 and found["failed"] == 1
        with pytest.raises(FileExistsError):
            await store.backup(folder / "copy.db")
        page = await store.files_of(folder / "copy.db", after="", limit=2)
        assert page == [(sha256, 64) for sha256 in HASHES[:2]]
        rest = await store.files_of(folder / "copy.db", after=HASHES[1], limit=9)
        assert rest == [(HASHES[2], 64)]
        assert [p.name for p in folder.iterdir()] == ["copy.db"]
