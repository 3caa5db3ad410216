"""A made-up vendor, to show what adding one takes: this file and its test, nothing else."""
# ruff: noqa: I001 - two imports of one module are shorter than one of twelve lines

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Annotated, ClassVar

from reelway import errors, ids
from reelway.limits import Body, Limit, Maybe, Picture, Said, Whole, read_body
from reelway.replies import error_of, part
from reelway.request import Kind, VideoRequest
from reelway.task import STATUSES, View
from reelway.wire import Call, CreateAndShow, Reading, Receipt, Reply, Route
from reelway.wire import image_of, leftovers, need_words, told

WORDS = dict(zip(STATUSES, ("waiting", "drawing", "ready", "broken", "stopped"), strict=True))
STATUS_OF = {word: status for status, word in WORDS.items()}


class FilmBody(Body):
    text: Annotated[Said, Limit(1, 500)]
    seconds: Annotated[Whole, Limit(among=(3, 6, 9))] | None = None
    opening: Maybe[Picture] = None


class Parcel(CreateAndShow):
    name = "parcel"
    title = "Parcel"
    owns = ("/films",)
    fields: ClassVar = {"first_frame": "opening"}
    routes = (
        Route(method="POST", path="/films", operation="create", body=FilmBody),
        Route(method="GET", path="/films/{id}", operation="show"),
    )

    def mint_id(self, now: int) -> str:
        return "film-" + ids.letters(12)

    def read_request(self, call: Call) -> Reading:
        body = read_body(FilmBody, call.data)
        extra, ignored = leftovers(body, {})
        kind: Kind = "image" if body.opening else "text"
        seconds, frame = body.seconds or 6, image_of(body.opening)
        request = VideoRequest(kind=kind, prompt=body.text, duration=seconds, first_frame=frame)
        request = replace(request, extra=extra)
        return Reading(request=request, model_asked="parcel-1", ignored=ignored)

    def write_receipt(self, view: View) -> Reply:
        return Reply(status=202, data={"film": view.id})

    def write_task(self, view: View) -> Reply:
        film = {"film": view.id, "is": WORDS[view.status], "at": view.film_url}
        return Reply(status=200, data=film)

    def write_error(self, error: errors.ReelwayError) -> Reply:
        return Reply(status=error.status, data={"sorry": told(error)[0]})

    def write_request(self, request: VideoRequest) -> Call:
        need_words(self.title, {"shots": request.shots, "first_frame": request.first_frame})
        said = {"text": request.prompt, "seconds": request.duration}
        return Call(method="POST", path="/films", data=said)

    def read_receipt(self, reply: Reply) -> Receipt:
        return Receipt(id=part(reply.data, "film", str))

    def write_lookup(self, id: str, request: VideoRequest) -> Call:
        return Call(method="GET", path=f"/films/{id}", path_args={"id": id})

    def read_task(self, reply: Reply) -> View:
        said = partial(part, reply.data, kind=str)
        status = STATUS_OF.get(said("is"), "running")
        return View(id=said("film"), status=status, film_url=said("at") or None)

    def read_error(self, reply: Reply) -> errors.ReelwayError:
        return error_of(reply, part(reply.data, "sorry", str), errors.InvalidRequest)


wire = Parcel()
