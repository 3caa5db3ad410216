"""Uploads, voices and elements: the operations of routes that are about a resource."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace

from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from reelway import keep
from reelway.admit import check_disk
from reelway.errors import InvalidBody, InvalidRequest, UnknownRoute, UnknownTask
from reelway.ids import PUBLIC_ID
from reelway.resource import Resource, ResourceKind
from reelway.server.asked import Asked
from reelway.server.http import Out, out, read_json

PART = "file"  # the part of an upload that holds it
LONGEST_NAME = 128  # characters
MULTIPART = "multipart/form-data"


async def upload(asked: Asked) -> Out:
    check_disk(asked.means)
    name, data = await _part(asked)
    path = keep.new_path(asked.means)
    try:
        await asyncio.to_thread(path.write_bytes, data)
        resource = await keep.upload(path, name, PART, asked.key.owner_id, asked.means)
    finally:
        path.unlink(missing_ok=True)
    return out(asked.wire.write_resource(resource, created=True))


async def create(asked: Asked) -> Out:
    call = replace(asked.call, data=read_json(asked.raw, asked.call.headers))
    order = asked.wire.read_order(call)
    check_disk(asked.means)
    owner_id, name_field = asked.key.owner_id, asked.wire.name_field
    made = await keep.make(order, _kind(asked), owner_id, name_field, asked.means)
    return out(asked.wire.write_resource(made, created=True))


async def show(asked: Asked) -> Out:
    return out(asked.wire.write_resource(await _find(asked), created=False))


async def list_all(asked: Asked) -> Out:
    wanted = asked.wire.read_listing(asked.call)
    if wanted.status or wanted.model:
        field = "status" if wanted.status else "model"
        raise InvalidRequest(f"{field} is for tasks alone", field=field)
    found = await asked.means.store.resources(
        asked.key.owner_id, _kind(asked), limit=wanted.limit + 1, after=wanted.after
    )
    page = found[: wanted.limit]
    more = page[-1].public_id if len(found) > wanted.limit else None
    return out(asked.wire.write_resources(page, more))


async def delete(asked: Asked) -> Out:
    resource = await _find(asked)
    await keep.forget(asked.key.owner_id, resource.kind, resource.public_id, asked.means)
    return out(asked.wire.write_deleted(resource.public_id, resource.kind))


def _kind(asked: Asked) -> ResourceKind:
    route = asked.call.route
    if route is None or route.resource is None:
        raise UnknownRoute("no such path")
    return route.resource


async def _find(asked: Asked) -> Resource:
    public_id, kind = asked.call.path_args.get("id", ""), _kind(asked)
    found = None
    if PUBLIC_ID.fullmatch(public_id):
        found = await asked.means.store.resource(asked.key.owner_id, kind, public_id)
    if found is None:
        raise UnknownTask(f"no such {kind}")
    return found


async def _part(asked: Asked) -> tuple[str, bytes]:
    """The name and bytes of the one file. Raises InvalidBody."""
    headers = asked.call.headers
    if not headers.get("content-type", "").lower().startswith(MULTIPART):
        raise InvalidBody(f"Content-Type must be {MULTIPART}", field="Content-Type")

    async def stream() -> AsyncGenerator[bytes, None]:
        yield asked.raw

    parser = MultiPartParser(Headers(dict(headers)), stream(), max_files=1, max_fields=8)
    try:
        form = await parser.parse()
    except (MultiPartException, KeyError, UnicodeError) as error:  # charset=punycode
        raise InvalidBody(f"the body is not {MULTIPART}: {error}") from None
    try:
        file = form.get(PART)
        if not isinstance(file, UploadFile):
            raise InvalidRequest(f"{PART} is required: one part with a file", field=PART)
        name = (file.filename or PART).encode("utf-8", "replace").decode()  # charset=utf-7
        return name.replace("\0", "")[:LONGEST_NAME], await file.read()
    finally:
        await form.close()
