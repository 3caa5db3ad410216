"""Put together: the only place that names concrete stores, assets, runners and engines."""

from __future__ import annotations

import asyncio
import gc
import importlib
import os
import pkgutil
import resource
import signal
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from ipaddress import ip_network
from typing import Any

import uvicorn
from starlette.middleware.cors import CORSMiddleware

from reelway import admit, control, keyring, orders
from reelway.assets.disk import DiskAssets
from reelway.due import due_forever
from reelway.emulate import Emulator
from reelway.engine import Engine
from reelway.errors import ReelwayError
from reelway.estimate import SEED
from reelway.flow import film_flow
from reelway.folder import Folder, FolderUnusable
from reelway.health import mind_slots, mind_slots_forever
from reelway.links import Links, load_secret
from reelway.log import complain, fail, say
from reelway.means import FILM_FLOW, Means
from reelway.media import Media
from reelway.money import zone_of
from reelway.notify import Sender
from reelway.outbound import Outbound
from reelway.provider import Provider
from reelway.providers import Account, Providers, accounts_of
from reelway.reload import reloading
from reelway.retain import retain_forever
from reelway.route import VOICE_SLOTS, VOICES
from reelway.runners.local import LocalRunner
from reelway.seal import Seal
from reelway.server.asgi import Edge
from reelway.server.auth import Keys, OpenKeys
from reelway.server.dispatch import Table
from reelway.server.listening import Server
from reelway.settings import Settings
from reelway.store import Examination, Store
from reelway.stores.sqlite import SqliteStore
from reelway.stores.sqlite.examine import examine
from reelway.sweep import reconcile, sweep_forever
from reelway.wire import wires

BACKLOG = 2048
MOST_FILES = 65_536
KEEP_ALIVE = 75  # seconds
LAST_WORDS = 2.0  # seconds that webhooks under way have at a stop


class CannotListen(ReelwayError):
    code = "cannot_listen"


def open_store(
    folder: Folder, settings: Settings, on_death: Callable[[BaseException], None] | None = None
) -> Store:
    zone = zone_of(settings.budget_zone)
    return SqliteStore(folder.database, backups=folder.backups, on_death=on_death, zone=zone)


def examine_store(folder: Folder, seconds: float) -> Examination:
    """Only with the folder's lock held. Raises StoreRefused."""
    return examine(folder.database, DiskAssets(folder.assets).path, seconds)


def make_engines(
    settings: Settings, outbound: Outbound, read: Callable[[], Settings] | None = None
) -> Providers:
    """Every engine, found by listing the folder: `make` there is one that is built in, `account`
    one for a provider; `read` is what a reload reads. Raises SettingsFault."""
    import reelway.engines as engines_folder

    own: dict[str, Engine] = {}
    accounts: list[Callable[[Provider, Outbound], Account]] = []
    for found in pkgutil.iter_modules(engines_folder.__path__):
        module = importlib.import_module(f"reelway.engines.{found.name}")
        if make := getattr(module, "make", None):
            engine: Engine = make(settings)
            own[engine.name] = engine
        else:
            accounts.append(module.account)
    (account,) = accounts
    return Providers(own, settings, lambda provider: account(provider, outbound), read)


@asynccontextmanager
async def means_of(
    settings: Settings, folder: Folder, base_url: str, read: Callable[[], Settings] | None = None
) -> AsyncIterator[Means]:
    """Everything the steps need, open; closed again on the way out. Takes the folder's lock."""
    folder.prepare()
    folder.lock()
    try:
        folder.clear_tmp()
        store = open_store(folder, settings, _die)
        await store.open()
        try:
            await keyring.ensure_local_key(store, folder)
            outbound = Outbound(allow_private=[ip_network(text) for text in settings.allow_private])
            means = Means(
                settings=settings,
                store=store,
                assets=DiskAssets(folder.assets),
                media=Media(folder.tmp),
                outbound=outbound,
                engines=make_engines(settings, outbound, read),
                runner=LocalRunner(),
                links=Links(_secret(settings, folder)),
                emulator=Emulator(settings.emulate),
                seal=Seal(folder.seal),
                tmp=folder.tmp,
                base_url=base_url,
            )
            try:
                yield means
            finally:
                await means.outbound.close()
                await means.media.stop()
        finally:
            await store.close()
    finally:
        folder.unlock()


def _secret(settings: Settings, folder: Folder) -> bytes:
    """What signs links. Raises FolderUnusable."""
    if settings.secret:
        return settings.secret.get_secret_value().encode()
    try:
        return load_secret(folder.secret)
    except (OSError, ValueError) as error:
        raise FolderUnusable(str(error)) from None


def _die(error: BaseException) -> None:
    """The writer thread is gone: nothing can be accepted any more, so the process ends; a new one
    begins where the rows are."""
    fail("store.died", error)
    os._exit(70)


@asynccontextmanager
async def working(
    means: Means, *, paused: bool, listens: asyncio.Event, hurry: asyncio.Event
) -> AsyncIterator[None]:
    """Engines warm, the sweep going; and, from the moment in which the server listens, every
    unfinished row handed over and the runner running. At the end films have their drain, unless
    `hurry` is set."""
    for engine in means.engines.values():
        if not paused:
            await engine.start()
    means.runner.slots(VOICES, VOICE_SLOTS)
    mind_slots(means)
    means.runner.room(admit.room(means.settings))
    admit.tell_limits(means)
    means.estimate.seed(await means.store.last_films(SEED), means.engines)
    low = not paused and admit.mind_disk(means, low=False)
    watches = [sweep_forever(means), due_forever(means), retain_forever(means)]
    watches.append(recover(means, listens, paused=paused))
    watches.append(mind_slots_forever(means))
    if not paused:
        watches.append(admit.mind_disk_forever(means, low))
    minding = [asyncio.create_task(watch) for watch in watches]
    sender = Sender(means)
    sender.start()
    try:
        yield
    finally:
        for task in minding:
            task.cancel()
        await _drain(means, 0 if paused else means.settings.drain, hurry)
        await sender.stop(LAST_WORDS)
        await asyncio.gather(*(engine.stop() for engine in means.engines.values()))


async def recover(means: Means, listens: asyncio.Event, *, paused: bool) -> None:
    """Once the server listens: what an earlier process left is as safe in its rows as it was, and
    nobody should wait for its being read. All of it before any begins, so that all have their
    turn."""
    await listens.wait()
    try:
        if handed := await reconcile(means):
            say("start.recovered", tasks=handed)
    except Exception as error:  # the sweep tries again, and what is new should not wait for it
        fail("start.not_recovered", error)
    if not paused:
        await means.runner.start({FILM_FLOW: film_flow(means)})


async def _drain(means: Means, seconds: float, hurry: asyncio.Event) -> None:
    """Films have so long to end, and creates at vendors half a minute more: one that is cut off may
    have been taken, and nobody would know. Told again to stop (`hurry`), nothing is waited for."""
    ending = asyncio.create_task(means.runner.stop(seconds))
    hurried = asyncio.create_task(hurry.wait())
    await asyncio.wait({ending, hurried}, return_when=asyncio.FIRST_COMPLETED)
    hurried.cancel()
    if not ending.done():
        await asyncio.gather(*(one.stop() for one in accounts_of(means.engines).values()))
        await means.runner.stop(0)
    await ending


def bind(settings: Settings) -> socket.socket:
    """The listening socket, bound and not listening yet. Raises CannotListen."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        listener.close()
        raise CannotListen(
            f"cannot listen on {settings.host} port {settings.port}: {error.strerror}; "
            "choose another with --port, or stop what listens there"
        ) from None
    return listener


def address_of(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


async def serve(
    settings: Settings,
    *,
    paused: bool,
    on_ready: Callable[[str, Folder], None],
    read: Callable[[], Settings] | None = None,
) -> None:
    """Serve until SIGINT or SIGTERM; `settings` as `emulate.arranged` leaves them, and `read` gives
    them as they are in the file by then. Raises CannotListen, FolderTaken and their kin at start.
    """
    more_files()
    listener = bind(settings)
    folder = Folder(settings.data)
    base_url = settings.public_url or address_of(listener)
    hurry = asyncio.Event()  # told to stop a second time
    try:
        async with means_of(settings, folder, base_url, read) as means:
            emulated = settings.emulate.wires
            keys = OpenKeys(means.store) if emulated else Keys(means.store)
            edge = Edge(Table(wires(), settings.root, emulated), keys, means)
            async with control.listen(folder.control, _act(means, folder, keys)):
                server = _server(settings, edge)
                listens = server.listens
                async with working(means, paused=paused, listens=listens, hurry=hurry):
                    ready = partial(on_ready, base_url, folder)
                    with reloading(means):
                        await _serve_http(server, listener, edge, ready, hurry)
    finally:
        listener.close()


def _act(means: Means, folder: Folder, keys: Keys) -> control.Act:
    async def act(order: Mapping[str, Any], actor: str) -> Any:
        result = await orders.act(order, actor, means, folder)
        keys.forget()
        return result

    return act


async def alone(settings: Settings, folder: Folder, order: Mapping[str, Any]) -> Any:
    """Carry out an order where no server has the folder. Raises FolderTaken where one has."""
    if order.get("do") in orders.ON_FOLDER:
        if not folder.database.exists():
            raise FolderUnusable(f"there is no data in {folder.root}; name its folder with --data")
        async with means_of(settings, folder, "") as means:
            return await orders.act(order, control.command_line(), means, folder)
    folder.prepare()
    folder.lock()
    store = open_store(folder, settings)
    try:
        await store.open()
        try:
            return await keyring.act(store, order, control.command_line())
        finally:
            await store.close()
    finally:
        folder.unlock()


def _server(settings: Settings, edge: Edge) -> Server:
    app: Any = edge
    if settings.cors_origins:
        app = CORSMiddleware(
            edge, allow_origins=settings.cors_origins, allow_methods=["*"], allow_headers=["*"]
        )
    return Server(
        uvicorn.Config(
            app,
            http=_protocol(),
            lifespan="off",
            access_log=False,
            log_config=None,
            server_header=False,
            forwarded_allow_ips=list(settings.trusted_proxies),
            backlog=BACKLOG,
            timeout_keep_alive=KEEP_ALIVE,
            timeout_graceful_shutdown=max(1, round(settings.drain)),
        )
    )


def _protocol() -> Any:
    """With bounds on a request's head, where httptools is there to be bounded."""
    try:
        from reelway.server.protocol import BoundedProtocol
    except ImportError:  # Windows: uvicorn's h11 has bounds of its own
        return "auto"
    return BoundedProtocol


def more_files() -> None:
    """Let this process open as many files as it may: each connection is one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _spare_collector() -> None:
    """What stands now stands for good, and what requests leave is freed by counting references:
    the garbage collector need not look through all of it each 700 objects (a tenth of a create)."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


async def _serve_http(
    server: Server,
    listener: socket.socket,
    edge: Edge,
    on_ready: Callable[[], None],
    hurry: asyncio.Event,
) -> None:
    loop = asyncio.get_running_loop()

    def stop(number: int) -> None:
        if server.should_exit:
            hurry.set()
        edge.stop()
        server.stop()
        say("serve.stopping", signal=signal.Signals(number).name)

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop, number)
    serving = asyncio.create_task(server.serve([listener]))
    listening = asyncio.create_task(server.listens.wait())
    await asyncio.wait({serving, listening}, return_when=asyncio.FIRST_COMPLETED)
    if listening.done():
        _spare_collector()
        edge.ready = True
        on_ready()
    else:
        listening.cancel()
        complain("serve.failed")
    await serving
