"""The helper's keeping: begun when needed, renewed, ended when idle; what a file may do to it."""

from __future__ import annotations

import asyncio
import os
import select
import signal
import subprocess
import sys
import textwrap

import pytest

from media.making import film, jpeg
from reelway.child import Child
from reelway.errors import BadImage, Internal, Overloaded
from reelway.media import Media, NotAFilm, Wear

# A child in the helper's place, which does as the "picture" says.
SCRIPT = textwrap.dedent(
    """
    import os, signal, time
    from pathlib import Path
    from reelway.lines import child_setup, serve_lines
    from reelway.media import __main__ as main

    def act(job):
        path = Path(job["path"])
        with path.with_name("tries").open("a") as tries:
            tries.write("x")
        tried = len(path.with_name("tries").read_text())
        do = path.read_text()
        if do == "crash" or do == "crash once" and tried == 1:
            os.abort()
        if do == "wait" or do == "wait once" and tried == 1:
            path.with_name("begun").write_bytes(b"x")  # a pipe that the test listens to
            time.sleep(60)
        if do == "killed" or do == "killed once" and tried == 1:
            os.kill(os.getpid(), signal.SIGKILL)
        while do == "spin":
            pass
        if do == "hungry":
            bytearray(8 << 30)
        if do == "fault of ours":
            raise KeyError("ours")
        return {"kind": "png", "width": 300, "height": 300}

    main.OPERATIONS = {"check_image": act, "probe": act}
    lines = child_setup()
    serve_lines(main.handle, {"helper": "fake"}, lines)
    """
)


@pytest.fixture
async def media(tmp_path):
    one = Media(tmp_path)
    yield one
    await one.stop()


@pytest.fixture
def image(tmp_path):
    (tmp_path / "in.jpg").write_bytes(jpeg())
    return tmp_path / "in.jpg"


@pytest.fixture
async def acting(tmp_path):
    """(media, say): the helper's children do what `say` says."""
    (tmp_path / "fake.py").write_text(SCRIPT)
    one = Media(tmp_path, image_wall=20)

    def say(do, wall=20.0):
        for helper in (one._images, one._films):
            argv = [sys.executable, "-P", str(tmp_path / "fake.py")]
            helper.child = Child(argv, name="fake", memory=2 << 30, cpu_seconds=1)
            helper._wall = wall
        (tmp_path / "in").write_text(do)
        return tmp_path / "in"

    yield one, say
    await one.stop()


def tries(path):
    return len(path.with_name("tries").read_text())


async def test_begun_when_needed_and_one_for_each_kind(media, image, tmp_path):
    assert media._images.child.pid is None
    await media.check_image(image, "first_frame")
    assert media._images.child.alive and not media._films.child.alive
    await media.probe(film(tmp_path / "film.mp4", sound=False, frames=5))
    assert media._films.child.pid != media._images.child.pid


async def test_renewed_after_some_jobs(tmp_path, image):
    media = Media(tmp_path, jobs=2)
    pids = []
    try:
        for _ in range(5):
            await media.check_image(image, "first_frame")
            pids.append(media._images.child.pid)
    finally:
        await media.stop()
    assert [pids.index(pid) for pid in pids] == [0, 0, 2, 2, 4]
    assert media.wear()["images"] == Wear(deaths=0, renewals=2)
    assert media.wear()["films"] == Wear(deaths=0, renewals=0)


async def test_ended_when_idle_and_begun_again(tmp_path, image):
    media = Media(tmp_path, idle=0)
    try:
        await media.check_image(image, "first_frame")
        gone = os.pidfd_open(media._images.child.pid)
        try:
            assert (await asyncio.to_thread(select.select, [gone], [], [], 10))[0]
        finally:
            os.close(gone)
        await media.check_image(image, "first_frame")
    finally:
        await media.stop()


async def test_many_at_once(media, image):
    infos = await asyncio.gather(*(media.check_image(image, "first_frame") for _ in range(20)))
    assert len(infos) == 20 and media._images._jobs == 20


async def test_stopped_and_used_again(media, image):
    await media.stop()
    await media.check_image(image, "first_frame")
    await media.stop()
    assert not media._images.child.alive
    await media.check_image(image, "first_frame")


async def test_paths_may_be_relative(media, image, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert await media.plain_image(image.relative_to(tmp_path), image.with_name("out.png"))


async def test_no_module_comes_from_the_working_folder(media, image, tmp_path):
    (tmp_path / "PIL.py").write_text("raise SystemExit('a file that somebody put here')")
    await media.check_image(image, "first_frame")


async def test_a_crash_is_tried_once_more(acting):
    media, say = acting
    path = say("crash once")
    assert (await media.check_image(path, "first_frame")).width == 300
    assert tries(path) == 2


async def test_a_picture_that_crashes_the_decoder(acting):
    media, say = acting
    path = say("crash")
    with pytest.raises(BadImage, match="could not be decoded") as refused:
        await media.check_image(path, "last_frame")
    assert (refused.value.code, refused.value.field) == ("image_format", "last_frame")
    assert tries(path) == 2


async def test_a_film_that_crashes_the_reader(acting):
    media, say = acting
    with pytest.raises(NotAFilm, match="could not be decoded"):
        await media.probe(say("crash"))


async def test_killed_from_outside(acting):
    media, say = acting
    path = say("killed once")
    assert (await media.check_image(path, "first_frame")).width == 300
    with pytest.raises(Overloaded, match="killed"):
        await media.check_image(say("killed"), "first_frame")
    with pytest.raises(Overloaded, match="killed"):  # no word against the film either
        await media.probe(say("killed"))
    assert [media.wear()[name].deaths for name in ("images", "sounds", "films")] == [3, 0, 2]


async def test_a_picture_that_takes_too_long(acting):
    media, say = acting
    path = say("wait", wall=0.2)
    await media._images.child.start()
    with pytest.raises(BadImage, match="takes too long to decode"):
        await media.check_image(path, "first_frame")
    assert tries(path) == 1 and not media._images.child.alive
    assert media.wear()["images"].deaths == 1


async def test_a_picture_that_takes_too_much_processor_time(acting):
    media, say = acting
    path = say("spin")
    with pytest.raises(BadImage, match="takes too long to decode"):
        await media.check_image(path, "first_frame")
    assert tries(path) == 1


async def test_a_picture_that_takes_too_much_memory(acting):
    media, say = acting
    with pytest.raises(BadImage, match="too much memory") as refused:
        await media.check_image(say("hungry"), "first_frame")
    assert refused.value.code == "image_format" and media._images.child.alive


async def test_a_fault_of_ours_is_not_the_pictures(acting):
    media, say = acting
    with pytest.raises(Internal) as failed:
        await media.check_image(say("fault of ours"), "first_frame")
    assert not isinstance(failed.value, NotAFilm) and failed.value.status == 500


async def test_a_helper_that_cannot_begin_blames_no_picture(acting, tmp_path):
    media, say = acting
    path = say("")
    for argv in ([sys.executable, "-c", "import sys; sys.exit(1)"], ["/no/such/program"]):
        media._images.child = Child(argv, name="broken")
        with pytest.raises(Overloaded, match="cannot be started"):
            await media.check_image(path, "first_frame")


@pytest.fixture
async def begun(tmp_path):
    """Waits until a job that waits has begun."""
    os.mkfifo(tmp_path / "begun")
    pipe = os.open(tmp_path / "begun", os.O_RDONLY | os.O_NONBLOCK)

    async def wait():
        assert (await asyncio.to_thread(select.select, [pipe], [], [], 20))[0]

    yield wait
    os.close(pipe)


async def test_stopped_under_a_job(acting, begun):
    media, say = acting
    path = say("wait")
    job = asyncio.create_task(media.check_image(path, "first_frame"))
    await begun()
    await media.stop()
    with pytest.raises(Overloaded, match="stopped"):
        await job
    assert tries(path) == 1 and not media._images.child.alive
    assert media.wear()["images"].deaths == 0  # it was ended by us


async def test_a_caller_that_goes_frees_the_helper(acting, begun):
    media, say = acting
    path = say("wait once")
    job = asyncio.create_task(media.check_image(path, "first_frame"))
    waiting = asyncio.create_task(media.check_image(path, "last_frame"))
    await begun()
    job.cancel()
    with pytest.raises(asyncio.CancelledError):
        await job
    assert (await waiting).width == 300


async def test_a_hostile_picture_delays_no_film(acting, begun, tmp_path):
    media, say = acting
    path = say("wait")
    media._films.child = Media(tmp_path)._films.child
    job = asyncio.create_task(media.check_image(path, "first_frame"))
    await begun()
    info = await media.probe(film(tmp_path / "film.mp4", sound=False, frames=5))
    assert info.frames == 5 and not job.done()
    os.kill(media._images.child.pid, signal.SIGSTOP)  # and stop() ends even that
    await media.stop()
    with pytest.raises(Overloaded):
        await job


def test_the_parents_side_imports_no_decoder():
    code = (
        "import sys, reelway.media; "
        "print(*{'PIL', 'av', 'numpy', 'pymediainfo', 'pydantic', 'uvloop'} & set(sys.modules))"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == ""
