"""The hosted engine alone: what it tells a vendor, when it looks again, when it leaves it alone."""

from __future__ import annotations

import base64
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from fakes import NOW, Clock
from gateway import provider_of
from pictures import png
from reelway.breaker import Breaker, Trip
from reelway.engine import Again, Failure, Film, Run
from reelway.engines.hosted import Hosted
from reelway.errors import Ambiguous, Declined, EngineMissing, QueueFull, RequestError
from reelway.outbound import Outbound
from reelway.request import Image, Shot, VideoRequest
from reelway.wire import wires
from vendors.aihubmax import AIHubMax
from vendors.mulerouter import MuleRouter
from vendors.myrouter import MyRouter
from vendors.novita import Novita
from vendors.vendor import KEY, Vendor

VENDORS = (Novita, MyRouter, MuleRouter, AIHubMax)
each_vendor = pytest.mark.parametrize("kind", VENDORS, ids=lambda kind: kind.name)
PICTURE = Image(source=f"asset:{'a' * 64}", width=640, height=360)
WITH_FRAME = VideoRequest(kind="image", prompt="a fox", first_frame=PICTURE)


class Desk:
    def __init__(self, folder: Path, vendor: Vendor, outbound: Outbound, **provider: Any) -> None:
        self.vendor, self.clock, self.folder = vendor, Clock(), folder
        said = provider_of(vendor, **provider)
        self.engine = Hosted(
            said,
            wires()[said.wire],
            outbound,
            clock=lambda: self.clock.at / 1000,
            sleep=self.pass_by,
            now=self.clock,
        )

    async def pass_by(self, seconds: float) -> None:
        self.clock.advance(seconds)
        await self.vendor.advance(seconds)

    def run(self, request: VideoRequest, **more: Any) -> Run:
        return Run(
            task_id=1,
            attempt=1,
            out=self.folder / "film.mp4",
            size=(1280, 720),
            images={PICTURE.source: self.folder / "picture"},
            progress=lambda percent, eta: None,
            request=request,
            **more,
        )

    async def make(self, request: VideoRequest, **more: Any) -> Any:
        """The receipt."""
        run = self.run(request, **more)
        return await self.engine.submit(await self.engine.prepare(request, run), run)

    @property
    def told(self) -> dict[str, Any]:
        """The body of the last create."""
        return dict(self.vendor.ledger.creates[-1].body)


@asynccontextmanager
async def desk(folder: Path, kind: type[Vendor], **more: Any) -> AsyncIterator[Desk]:
    terms = {"speed": 0, "start": NOW, "scale": 0.125, **more.pop("terms", {})}
    async with kind(**terms) as vendor, Outbound(allow_private=[ip_network("127.0.0.0/8")]) as out:
        yield Desk(folder, vendor, out, **more)


# What is told


@each_vendor
async def test_what_is_ours_is_not_told(kind: type[Vendor], tmp_path: Path) -> None:
    request = VideoRequest(
        prompt="a fox",
        webhook="https://example.com/our-callers",
        external_id="their-order",
        labels={"team": "film"},
        sandbox={"delay": 3},
        provider="somebody",
        extra={"typo": True},
    )
    async with desk(tmp_path, kind) as at:
        await at.make(request, wire="native")
        said = str(at.told)
        for ours in ("example.com", "their-order", "team", "delay", "somebody", "typo", "seed"):
            assert ours not in said
        assert at.vendor.ledger.creates[-1].unknown == ()


@each_vendor
async def test_a_key_that_a_vendor_repeats_is_told_to_nobody(
    kind: type[Vendor], tmp_path: Path
) -> None:
    async with desk(tmp_path, kind) as at:
        call = at.engine._outbound.call

        async def repeated(*args: Any, **more: Any) -> Any:
            answer = await call(*args, **more)
            said = answer.body.replace(b"the", KEY.encode()).replace(b"not", KEY.encode())
            return replace(answer, status=402, body=said + b" " + KEY.encode())

        at.engine._outbound.call = repeated  # type: ignore[method-assign]
        with pytest.raises(Declined) as caught:
            await at.make(VideoRequest(prompt="a fox"))
        assert KEY not in caught.value.message
        assert all(KEY not in words for _, words in at.engine.errors)


@each_vendor
async def test_extras_go_to_the_wire_that_they_came_in(kind: type[Vendor], tmp_path: Path) -> None:
    request = VideoRequest(prompt="a fox", extra={"nobody_knows": 7})
    async with desk(tmp_path, kind) as at:
        await at.make(request, wire=kind.name)
        assert at.told["nobody_knows"] == 7


@each_vendor
async def test_every_create_goes_out_on_a_connection_of_its_own(
    kind: type[Vendor], tmp_path: Path
) -> None:
    async with desk(tmp_path, kind) as at:
        for _ in range(3):
            await at.make(VideoRequest(prompt="a fox"))
        heads = [entry.headers for entry in at.vendor.ledger.creates]
        assert all(head["authorization"] == f"Bearer {KEY}" for head in heads)
        assert all(head["connection"] == "close" for head in heads)


@pytest.mark.parametrize("kind", [MuleRouter, Novita], ids=lambda kind: kind.name)
async def test_a_picture_in_the_body(kind: type[Vendor], tmp_path: Path) -> None:
    (tmp_path / "picture").write_bytes(png((10, 20, 30)))
    async with desk(tmp_path, kind, terms={"inline": True}) as at:
        await at.make(WITH_FRAME)
        said = at.told.get("first_frame") or at.told["image"]
        assert base64.b64decode(said, validate=True) == png((10, 20, 30))


@each_vendor
async def test_a_picture_by_link(kind: type[Vendor], tmp_path: Path) -> None:
    link = "https://video.example.com/files/task_1/a.png?expires=1&signature=x"
    async with desk(tmp_path, kind) as at:
        await at.make(WITH_FRAME, links={PICTURE.source: link})
        assert link in str(at.told)


async def test_a_link_that_there_is_none_for(tmp_path: Path) -> None:
    async with desk(tmp_path, Novita, images="link") as at:
        with pytest.raises(Declined, match="public_url is not set"):
            await at.make(WITH_FRAME)
        assert at.vendor.creates == 0


def test_what_cannot_be_said_is_not_offered() -> None:
    said = {"name": "x", "wire": "novita", "address": "http://127.0.0.1:1", "key": "k"}
    from reelway.provider import Provider

    engine = Hosted(Provider.model_validate(said), wires()["novita"], Outbound())
    assert engine.offers(VideoRequest(prompt="a fox")) is None
    assert engine.offers(VideoRequest(prompt="a fox", model="animatic")) == (
        "x does not serve animatic"
    )
    for request in (
        VideoRequest(prompt="a fox", seed=7),
        VideoRequest(prompt="a fox", voices=("Mira",), sound=True),
        VideoRequest(shot_mode="intelligence", prompt="a fox"),
        replace(WITH_FRAME, last_frame=PICTURE, shots=(Shot(prompt="a", duration=5),)),
    ):
        assert engine.offers(request)


# What its answers mean


@each_vendor
@pytest.mark.parametrize("status", [500, 502, 503, 504])
@pytest.mark.parametrize("body", ["vendor", "html", "empty"])
async def test_a_5xx_is_doubt(kind: type[Vendor], status: int, body: str, tmp_path: Path) -> None:
    async with desk(tmp_path, kind) as at:
        at.vendor.fault("error_after", status=status, body=body)
        with pytest.raises(Ambiguous):
            await at.make(VideoRequest(prompt="a fox"))


@each_vendor
async def test_a_refused_request_is_the_requests_fault(kind: type[Vendor], tmp_path: Path) -> None:
    async with desk(tmp_path, kind) as at:
        with pytest.raises(RequestError) as told:
            await at.make(VideoRequest(prompt="f" * 3000))
        assert "prompt" in told.value.message
        assert at.vendor.ledger.jobs_made() == 0
        assert at.engine.breaker.state == "closed"


@each_vendor
async def test_a_bad_key_is_the_accounts(kind: type[Vendor], tmp_path: Path) -> None:
    async with desk(tmp_path, kind, key="another-key") as at:
        with pytest.raises(Declined):
            await at.make(VideoRequest(prompt="a fox"))
        with pytest.raises(EngineMissing, match="refused"):
            await at.engine.check()
        assert at.engine.errors and "another-key" not in str(at.engine.errors)


@each_vendor
async def test_a_good_key(kind: type[Vendor], tmp_path: Path) -> None:
    async with desk(tmp_path, kind) as at:
        assert at.vendor.address in await at.engine.check()
        assert at.vendor.ledger.jobs_made() == 0


async def test_a_key_is_nowhere_to_be_read(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        async with desk(tmp_path, Novita) as at:
            await at.make(VideoRequest(prompt="a fox"))
            at.vendor.fault("cut_after")
            with pytest.raises(Ambiguous) as told:
                await at.make(VideoRequest(prompt="a fox"))
    said = caplog.text + repr(told.value) + repr(at.engine.provider) + str(at.engine.provider)
    assert KEY not in said


# Pace


async def test_a_429_holds_the_account(tmp_path: Path) -> None:
    async with desk(tmp_path, Novita) as at:
        at.vendor.fault("throttled", retry_after=90, times=1)
        with pytest.raises(QueueFull) as told:
            await at.make(VideoRequest(prompt="a fox"))
        assert told.value.retry_after == 90
        with pytest.raises(QueueFull) as told:
            await at.make(VideoRequest(prompt="a fox"))
        assert told.value.retry_after == 90 and at.vendor.creates == 1
        await at.pass_by(90)
        assert await at.make(VideoRequest(prompt="a fox"))


async def test_the_rate_counts_looks_and_creates(tmp_path: Path) -> None:
    async with desk(tmp_path, Novita, rate=0.5) as at:
        request = VideoRequest(prompt="a fox")
        receipt, began = await at.make(request), at.clock.at
        for _ in range(4):
            await at.engine.follow(receipt, at.run(request))
        await at.make(request)
        assert at.clock.at - began >= 5 * 2000


async def test_a_vendor_that_is_down_is_left_alone_and_tried_again(tmp_path: Path) -> None:
    async with desk(tmp_path, Novita) as at:
        at.engine.breaker = Breaker(Trip(in_a_row=3, pause=30))
        at.vendor.fault("error_before", times=3)
        for _ in range(3):
            with pytest.raises(Ambiguous):
                await at.make(VideoRequest(prompt="a fox"))
        with pytest.raises(Declined) as told:
            await at.make(VideoRequest(prompt="a fox"))
        assert (told.value.code, told.value.retry_after) == ("resting", 30)
        assert at.vendor.creates == 3
        await at.pass_by(30)
        assert await at.make(VideoRequest(prompt="a fox"))
        assert at.engine.breaker.state == "closed"


# Looks


async def looked(at: Desk, receipt: Any, request: VideoRequest) -> Any:
    return await at.engine.follow(receipt, at.run(request))


async def test_looks_are_eager_at_first_and_then_relaxed(tmp_path: Path) -> None:
    async with desk(tmp_path, AIHubMax, terms={"runs": 1e9}) as at:
        request, pauses = VideoRequest(prompt="a fox"), []
        receipt = await at.make(request)
        for age in (0, 10, 100, 1000, 3600, 36_000, 360_000):
            at.clock.at = NOW + age * 1000
            again = await looked(at, receipt, request)
            assert isinstance(again, Again) and again.unreachable_since is None
            pauses.append((again.at - at.clock.at) / 1000)
        assert pauses == [2, 2, 10, 30, 30, 300, 300]


async def test_looks_that_come_to_nothing_come_seldom(tmp_path: Path) -> None:
    async with desk(tmp_path, Novita) as at:
        at.engine.breaker = Breaker(Trip(in_a_row=1000, least=1000))
        request, pauses = VideoRequest(prompt="a fox"), []
        receipt = await at.make(request)
        at.vendor.fault("poll_error", status=504)
        for _ in range(10):
            again = await looked(at, receipt, request)
            assert again.unreachable_since == NOW and again.why
            pauses.append((again.at - at.clock.at) / 1000)
        assert pauses == sorted(pauses) and (pauses[0], pauses[-1]) == (4, 300)
        at.vendor.faults.clear()
        assert (await looked(at, receipt, request)).unreachable_since is None


async def test_progress_never_falls(tmp_path: Path) -> None:
    async with desk(tmp_path, AIHubMax, terms={"runs": 100.0}) as at:
        request, seen = VideoRequest(prompt="a fox"), list[int]()
        receipt = await at.make(request)
        at.vendor.fault("backwards", at=(4, 6))
        run = replace(at.run(request), progress=lambda percent, eta: seen.append(percent))
        for _ in range(12):
            await at.pass_by(7)
            await at.engine.follow(receipt, run)
        assert seen == sorted(seen) and seen[-1] > 0


@each_vendor
async def test_a_film_that_breaks_off_goes_on_where_it_was(
    kind: type[Vendor], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reelway.outbound.downloading.PAUSE", 0.001)
    monkeypatch.setattr("reelway.outbound.downloading.TRIES", 1)
    async with desk(tmp_path, kind) as at:
        request = VideoRequest(prompt="a fox")
        receipt = await at.make(request)
        at.vendor.fault("cut_download", times=2)
        await at.pass_by(1000)
        outcomes = [await looked(at, receipt, request) for _ in range(3)]
        assert [type(outcome) for outcome in outcomes] == [Again, Again, Film]
        sent = [entry.sent for entry in at.vendor.ledger.of("download")]
        whole = (tmp_path / "film.mp4").stat().st_size
        assert sum(n or 0 for n in sent) == whole, "nothing was fetched twice"


@each_vendor
async def test_the_vendors_own_failure(kind: type[Vendor], tmp_path: Path) -> None:
    async with desk(tmp_path, kind) as at:
        request = VideoRequest(prompt="a fox")
        at.vendor.fault("refused")
        receipt = await at.make(request)
        await at.pass_by(1000)
        failure = await looked(at, receipt, request)
        assert isinstance(failure, Failure) and failure.code and failure.message


async def test_another_file_server_on_our_own_network_is_refused(tmp_path: Path) -> None:
    """A link is trusted only at exactly the provider's own origin."""
    async with Novita(speed=0, start=NOW, scale=0.125) as vendor, Outbound() as outbound:
        at = Desk(tmp_path, vendor, outbound)
        request = VideoRequest(prompt="a fox")
        receipt = await at.make(request)
        await at.pass_by(1000)
        again = await looked(at, receipt, request)
        assert isinstance(again, Again) and "not public" in again.why
        assert vendor.ledger.of("download") == []
