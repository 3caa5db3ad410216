"""The hosted engine alone: what it tells a vendor, when it looks again, when it leaves it alone."""

from __future__ import annotations

import asyncio
import base64
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from email.utils import formatdate
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
from reelway.engines.hosted.answers import fault_of
from reelway.errors import (
    Ambiguous,
    Declined,
    EngineMissing,
    InvalidRequest,
    QueueFull,
    ReelwayError,
    Refused,
)
from reelway.outbound import Answered, Outbound
from reelway.provider import Provider
from reelway.request import Image, Shot, VideoRequest
from reelway.wire import Reply, wires
from vendors.aihubmax import AIHubMax
from vendors.checks import Bad
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


async def test_nor_as_json_has_it(tmp_path: Path) -> None:
    key = "sk/a+b=/c"
    async with desk(tmp_path, Novita, key=key) as at:
        said = (
            b'{"message": "no such key: sk\\/a\\u002bb=\\/c", "metadata": [{"key": "sk/a+b=/c"}]}'
        )

        async def answered(*_: Any, **__: Any) -> Answered:
            return Answered(status=400, headers={}, body=said)

        at.engine._outbound.call = answered  # type: ignore[method-assign]
        with pytest.raises(Declined) as caught:
            await at.make(VideoRequest(prompt="a fox"))
        assert caught.value.message == "no such key: ***"
        assert [words for _, words in at.engine.errors] == ["no such key: ***"]


@pytest.mark.parametrize("key", ["task", "id", "http", "s"])
async def test_a_key_that_is_a_word_spoils_no_answer(key: str, tmp_path: Path) -> None:
    async with desk(tmp_path, Novita, key=key, terms={"keys": (key,)}) as at:
        request = VideoRequest(prompt="a fox")
        receipt = await at.make(request)
        assert receipt["id"] in at.vendor.ledger.jobs
        await at.pass_by(1000)
        assert isinstance(await at.engine.follow(receipt, at.run(request)), Film)


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
    engine = hosted("novita")
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
async def test_a_refused_request_may_be_had_elsewhere(kind: type[Vendor], tmp_path: Path) -> None:
    async with desk(tmp_path, kind) as at:
        at.engine.breaker = Breaker(Trip(in_a_row=1))
        with pytest.raises(Refused) as told:
            await at.make(VideoRequest(prompt="f" * 3000))
        assert "prompt" in told.value.message
        assert at.vendor.ledger.jobs_made() == 0
        assert at.engine.breaker.state == "closed", "who answers so is well"


Answers = Sequence[tuple[str, int, Any, type[ReelwayError], str]]
NOVITA = {"code": 400, "message": "no", "metadata": {}}
ANSWERS: Answers = (
    # whose wire, what it answers, what that is, and its code
    ("novita", 400, {**NOVITA, "reason": "INVALID_REQUEST_BODY"}, Refused, "invalid_request"),
    ("novita", 400, {**NOVITA, "reason": "INVALID_IMAGE_SIZE"}, Refused, "image_size"),
    ("novita", 400, {**NOVITA, "reason": "ILLEGAL_PROMPT"}, InvalidRequest, "content_policy"),
    ("novita", 403, {**NOVITA, "reason": "ILLEGAL_PROMPT"}, InvalidRequest, "content_policy"),
    ("novita", 400, {**NOVITA, "reason": "NOT_ENOUGH_BALANCE"}, Declined, "balance_exhausted"),
    ("novita", 400, {**NOVITA, "reason": "SOMETHING_NEW"}, Declined, "provider_error"),
    ("novita", 400, None, Declined, "provider_error"),
    ("novita", 404, {**NOVITA, "reason": "TASK_NOT_FOUND"}, Declined, "unknown_task"),
    ("novita", 422, {"detail": [{"loc": ["body", "extra"]}]}, Refused, "refused"),
    ("mulerouter", 400, {"detail": "no"}, Refused, "invalid_request"),
    ("mulerouter", 401, {"detail": "no"}, Declined, "provider_error"),
    ("mulerouter", 402, {"detail": "no"}, Declined, "balance_exhausted"),
    ("mulerouter", 404, {"detail": "no such task"}, Declined, "unknown_task"),
    ("mulerouter", 413, {"detail": "no"}, Refused, "body_too_large"),
    ("mulerouter", 415, None, Refused, "refused"),
    ("mulerouter", 429, {"detail": "no"}, QueueFull, "queue_full"),
    ("mulerouter", 451, {"detail": "no"}, InvalidRequest, "content_policy"),
    ("aihubmax", 400, {"error": {"type": "invalid_request_error"}}, Refused, "invalid_request"),
    (
        "aihubmax",
        422,
        {"error": {"type": "invalid_request_error", "code": "unsupported_advanced_options"}},
        Refused,
        "unsupported",
    ),
    (
        "aihubmax",
        400,
        {"error": {"type": "invalid_request_error", "code": "content_policy_violation"}},
        InvalidRequest,
        "content_policy",
    ),
    ("aihubmax", 401, {"error": {"type": "authentication_error"}}, Declined, "provider_error"),
    ("aihubmax", 402, {"error": {"type": "insufficient_quota"}}, Declined, "balance_exhausted"),
    ("native", 400, {"error": {"code": "invalid_request"}}, Refused, "invalid_request"),
    ("native", 400, {"error": {"code": "content_policy"}}, InvalidRequest, "content_policy"),
    ("native", 402, {"error": {"code": "budget_exhausted"}}, Declined, "budget_exhausted"),
    ("native", 403, {"error": {"code": "invalid_key"}}, Declined, "invalid_key"),
)


@pytest.mark.parametrize(("wire", "status", "body", "kind", "code"), ANSWERS)
def test_whose_fault_a_refusal_is(
    wire: str, status: int, body: Any, kind: type[ReelwayError], code: str
) -> None:
    error = fault_of(wires()[wire].read_error(Reply(status=status, data=body)), status)
    assert (type(error), error.code) == (kind, code)


# Hints


OURS = "https://video.example.com/hooks/x/token"


def picky(vendor: Vendor, monkeypatch: pytest.MonkeyPatch) -> None:
    """It refuses what names an address, as one that does not know the field."""
    read = vendor.read

    async def reading(call: Any, body: Any) -> Any:
        if "video.example.com" in str(body.plain):
            raise Bad("extra", "is not a field of this model")
        return await read(call, body)

    monkeypatch.setattr(vendor, "read", reading)


def hinted(vendor: Vendor) -> list[bool]:
    """By create, whether it named an address of ours."""
    return ["video.example.com" in str(entry.body) for entry in vendor.ledger.creates]


@pytest.mark.parametrize("kind", [Novita, MyRouter, AIHubMax], ids=lambda kind: kind.name)
async def test_a_vendor_that_refuses_our_hint_gets_none(
    kind: type[Vendor],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with desk(tmp_path, kind) as at:
        picky(at.vendor, monkeypatch)
        for _ in range(2):
            assert await at.make(VideoRequest(prompt="a fox"), hook=OURS)
        assert hinted(at.vendor) == [True, False, False]
        assert at.vendor.ledger.jobs_made() == 2
        assert [r.message for r in caplog.records].count("provider.hints_refused") == 1
        at.engine.change(at.engine.provider)  # a reload: it is tried again
        assert await at.make(VideoRequest(prompt="a fox"), hook=OURS)
        assert hinted(at.vendor)[3:] == [True, False]


async def test_what_is_refused_without_a_hint_too_was_not_the_hints_fault(tmp_path: Path) -> None:
    async with desk(tmp_path, Novita) as at:
        with pytest.raises(Refused, match="prompt"):
            await at.make(VideoRequest(prompt="f" * 3000), hook=OURS)
        assert hinted(at.vendor) == [True, False]
        assert await at.make(VideoRequest(prompt="a fox"), hook=OURS)
        assert hinted(at.vendor) == [True, False, True]


@pytest.mark.parametrize(
    ("fault", "kind"),
    [("balance", Declined), ("key_refused", Declined), ("throttled", QueueFull)],
)
async def test_what_is_nobodys_addition_is_not_sent_again(
    fault: str, kind: type[ReelwayError], tmp_path: Path
) -> None:
    async with desk(tmp_path, Novita) as at:
        at.vendor.fault(fault)
        with pytest.raises(kind):
            await at.make(VideoRequest(prompt="a fox"), hook=OURS)
        assert at.vendor.creates == 1


@pytest.mark.parametrize("fault", ["error_before", "error_after", "cut_after", "cut_before"])
async def test_a_create_in_doubt_is_not_sent_again_without_its_hint(
    fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with desk(tmp_path, Novita) as at:
        at.vendor.fault(fault, create=1)
        with pytest.raises(Ambiguous):
            await at.make(VideoRequest(prompt="a fox"), hook=OURS)
        assert at.vendor.creates == 1
        picky(at.vendor, monkeypatch)
        at.vendor.fault(fault, create=3)  # that without its hint
        with pytest.raises(Ambiguous):
            await at.make(VideoRequest(prompt="a fox"), hook=OURS)
        assert at.vendor.creates == 3


# Limits that the documents or the settings tell


SHOT = Shot(prompt="a fox", duration=7)
DOUBTS: Sequence[tuple[str, VideoRequest, str | None]] = (
    ("aihubmax", VideoRequest(prompt="a fox"), None),
    ("aihubmax", VideoRequest(prompt="a fox", duration=7), "duration must be 5 or 10"),
    ("aihubmax", VideoRequest(prompt="a fox", model="kling-o3", duration=7), None),
    (
        "aihubmax",
        VideoRequest(shots=(SHOT,), shot_mode="customize", duration=7),
        "duration must be 5 or 10",
    ),
    ("aihubmax", replace(WITH_FRAME, duration=7), "duration must be 5 or 10"),
    ("aihubmax", WITH_FRAME, None),
    ("novita", VideoRequest(prompt="a fox", negative_prompt="x" * 2600), "2500"),
    ("novita", VideoRequest(prompt="a fox", duration=7), None),
    ("novita", WITH_FRAME, None),
    ("mulerouter", VideoRequest(prompt="<<<voice_1>>> a fox"), "no voice"),
    ("mulerouter", WITH_FRAME, None),
    ("native", replace(WITH_FRAME, duration=7), None),
)


def hosted(wire: str, **more: Any) -> Hosted:
    said = {"name": "x", "wire": wire, "address": "http://127.0.0.1:1", "key": "k", **more}
    return Hosted(Provider.model_validate(said), wires()[wire], Outbound())


@pytest.mark.parametrize(("wire", "request_", "words"), DOUBTS)
def test_what_a_vendors_documents_refuse(
    wire: str, request_: VideoRequest, words: str | None
) -> None:
    engine = hosted(wire)
    assert engine.offers(request_) is None, "only the vendor refuses"
    told = engine.doubts(request_)
    assert told is None if words is None else words in (told or "")


def test_what_the_settings_state_counts_before_the_documents() -> None:
    limits = {"kling-v3": {"durations": [5, 7], "resolutions": ["720p", "1080p"]}}
    engine = hosted("aihubmax", limits=limits)
    film = VideoRequest(prompt="a fox", duration=7)
    assert (engine.offers(film), engine.doubts(film)) == (None, None)
    assert engine.offers(replace(film, duration=10)) == "x makes kling-v3 of 5, 7 seconds only"
    assert engine.offers(replace(film, resolution="4k")) == ("x makes kling-v3 in 720p, 1080p only")
    assert engine.offers(replace(film, model="kling-o3", duration=12, resolution="4k")) is None


# Changes


async def test_a_reload_ends_no_rest_that_was_asked_for(tmp_path: Path) -> None:
    async with desk(tmp_path, Novita) as at:
        at.vendor.fault("throttled", retry_after=90, times=1)
        with pytest.raises(QueueFull):
            await at.make(VideoRequest(prompt="a fox"))
        at.engine.breaker.failed(at.clock.at / 1000)
        breaker = at.engine.breaker
        for more in ({"slots": 9}, {"rate": 3.0}, {"rate": None}, {"webhooks": False}):
            at.engine.change(provider_of(at.vendor, **more))
            with pytest.raises(QueueFull) as told:
                await at.make(VideoRequest(prompt="a fox"))
            assert told.value.retry_after == 90
            assert at.engine.breaker is breaker
        assert at.vendor.creates == 1


@pytest.mark.parametrize("more", [{"key": "another"}, {"address": "http://127.0.0.1:1"}])
async def test_of_another_account_nothing_is_known(more: Any, tmp_path: Path) -> None:
    async with desk(tmp_path, Novita) as at:
        trip = Trip(in_a_row=1)
        at.engine.breaker = Breaker(trip)
        at.vendor.fault("throttled", retry_after=90)
        with pytest.raises(QueueFull):
            await at.make(VideoRequest(prompt="a fox"))
        at.engine.breaker.failed(at.clock.at / 1000)
        at.engine.change(provider_of(at.vendor, **more))
        assert (at.engine.breaker.state, at.engine.breaker.trip) == ("closed", trip)
        request = VideoRequest(prompt="a fox")
        await at.engine.prepare(request, at.run(request))  # at once


# A stop


async def test_a_stop_waits_for_the_answer_to_a_create(tmp_path: Path) -> None:
    async with desk(tmp_path, Novita) as at:
        at.vendor.fault("slow_after")
        making = asyncio.create_task(at.make(VideoRequest(prompt="a fox")))
        await asyncio.wait_for(at.vendor.ledger.until(lambda: at.vendor.creates == 1), 10)
        making.cancel()
        await asyncio.sleep(0.01)
        assert not making.done()
        at.vendor.release()
        receipt = await making
        assert receipt["id"] in at.vendor.ledger.jobs


async def test_but_not_for_ever_nor_when_told_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with desk(tmp_path, Novita) as at:
        at.vendor.fault("slow_before")
        for last in (0.05, 30.0):
            monkeypatch.setattr("reelway.engines.hosted.LAST_ANSWER", last)
            making = asyncio.create_task(at.make(VideoRequest(prompt="a fox")))
            creates = at.vendor.creates + 1
            await asyncio.wait_for(
                at.vendor.ledger.until(lambda n=creates: at.vendor.creates == n), 10
            )
            making.cancel()
            await asyncio.sleep(0.01)
            if last > 1:
                await at.engine.stop()
            with pytest.raises(asyncio.CancelledError):
                async with asyncio.timeout(10):
                    await making


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


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        (formatdate(NOW / 1000 + 600, usegmt=True), 600),
        (formatdate(NOW / 1000 - 600, usegmt=True), None),
        ("0.5", 1),
        ("-5", None),
        ("soon", None),
        (str(2**53 - 1), 86_400),
        (formatdate(NOW / 1000 + 9e8, usegmt=True), 86_400),
    ],
)
async def test_a_rest_in_seconds_or_as_a_date_and_never_for_ever(
    said: str, seconds: int | None, tmp_path: Path
) -> None:
    async with desk(tmp_path, Novita) as at:
        at.vendor.fault("throttled", retry_after=said, times=1)
        with pytest.raises(QueueFull) as told:
            await at.make(VideoRequest(prompt="a fox"))
        assert told.value.retry_after == seconds
        began = at.clock.at
        at.vendor.fault("poll_throttled", retry_after=said, times=1)
        await at.pass_by(seconds or 0)
        request = VideoRequest(prompt="a fox")
        receipt = await at.make(request)
        await at.pass_by(1)
        again = await at.engine.follow(receipt, at.run(request))
        assert at.clock.at - began < 1000 * ((seconds or 0) + 10)
        assert isinstance(again, Again)
        least = 0 if "GMT" in said else seconds or 0  # that date is now
        assert again.at - at.clock.at >= 1000 * least


async def test_the_rate_counts_looks_and_creates(tmp_path: Path) -> None:
    async with desk(tmp_path, Novita, rate=0.5) as at:
        request = VideoRequest(prompt="a fox")
        receipt, began = await at.make(request), at.clock.at
        for _ in range(4):
            await at.engine.follow(receipt, at.run(request))
        await at.make(request)
        assert at.clock.at - began >= 5 * 2000


async def test_a_look_that_goes_well_ends_what_a_lost_line_has_begun(tmp_path: Path) -> None:
    """But not what creates have begun, of each of which nobody knows what became."""
    async with desk(tmp_path, Novita, terms={"runs": 1e9}) as at:
        request = VideoRequest(prompt="a fox")
        receipt = await at.make(request)
        at.engine.breaker = Breaker(Trip(in_a_row=2, pause=30))
        port = at.vendor.terms.port
        await at.vendor.close()
        for _ in range(2):
            with pytest.raises(Declined):
                await at.make(request)
        assert at.engine.breaker.state == "open" and not port
        await at.vendor.open()
        await looked(at, receipt, request)
        assert at.engine.breaker.state == "closed"
        for fault in ("error_before", "balance", "key_refused", "no_id"):
            at.vendor.fault(fault)
            for _ in range(2):
                with pytest.raises((Ambiguous, Declined)):
                    await at.make(request)
            at.vendor.faults.clear()
            assert at.engine.breaker.state == "open", fault
            await looked(at, receipt, request)
            assert at.engine.breaker.state == "open", fault
            await at.pass_by(30)
            assert await at.make(request)
            assert at.engine.breaker.state == "closed"


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


@pytest.mark.parametrize("fault", ["no_file", "expired", "download_error"])
async def test_a_film_that_cannot_be_fetched_is_asked_for_ever_more_seldom(
    fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reelway.outbound.downloading.PAUSE", 0.001)
    async with desk(tmp_path, Novita) as at:
        request, pauses = VideoRequest(prompt="a fox"), []
        receipt = await at.make(request)
        await at.pass_by(1000)
        at.vendor.fault(fault)
        since = at.clock.at
        for _ in range(9):
            again = await looked(at, receipt, request)
            assert again.unreachable_since == since and again.why
            pauses.append((again.at - at.clock.at) / 1000)
            await at.pass_by(pauses[-1])
        assert pauses == sorted(pauses) and (pauses[0], pauses[-1]) == (4, 300)
        at.vendor.faults.clear()
        assert isinstance(await looked(at, receipt, request), Film)


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
