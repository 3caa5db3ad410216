from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from reelway.server.dispatch import Table
from reelway.wire import Operation, Route, Wire, wires


def wire(name: str, *routes: tuple[str, str, Operation], owns: tuple[str, ...] = ()) -> Wire:
    made: Any = tuple(Route(method=cast(Any, m), path=p, operation=o) for m, p, o in routes)
    return cast(Wire, SimpleNamespace(name=name, routes=made, owns=owns))


NATIVE = wire(
    "native",
    ("POST", "/api/v1/tasks", "create"),
    ("GET", "/api/v1/tasks", "list"),
    ("GET", "/api/v1/tasks/{id}", "show"),
    ("DELETE", "/api/v1/tasks/{id}", "delete"),
    ("POST", "/api/v1/tasks/{id}/cancel", "cancel"),
    owns=("/api/v1/",),
)
ONE = wire(
    "one",
    ("POST", "/v1/videos", "create"),
    ("GET", "/v1/videos/{id}", "show"),
    ("GET", "/v1/videos/latest", "list"),
    ("GET", "/v1/{kind}/by/{id}", "show"),
    owns=("/v1/", "/one-"),
)
TWO = wire(
    "two",
    ("POST", "/v1/videos", "create"),
    ("GET", "/v1/videos/{name}", "show"),
    ("GET", "/v1/videos/{name}/content", "show"),
    ("GET", "/v1/sounds/by/{id}", "list"),
)


def table(*order: str) -> Table:
    return Table({w.name: w for w in (NATIVE, ONE, TWO)}, order)


def found(table: Table, method: str, path: str) -> tuple[str, str, str, dict[str, str]] | None:
    target = table.find(method, path)
    if target is None:
        return None
    return target.wire.name, target.route.operation, target.path, dict(target.args)


def test_a_path_at_the_root_and_below_its_wire() -> None:
    for prefix in ("", "/native"):
        path = prefix + "/api/v1/tasks"
        assert found(table(), "POST", path) == ("native", "create", "/api/v1/tasks", {})
        path = prefix + "/api/v1/tasks/t1/cancel"
        expected = ("native", "cancel", "/api/v1/tasks/t1/cancel", {"id": "t1"})
        assert found(table(), "POST", path) == expected


def test_the_method_counts() -> None:
    assert found(table(), "GET", "/api/v1/tasks") == ("native", "list", "/api/v1/tasks", {})
    assert found(table(), "DELETE", "/api/v1/tasks") is None
    assert found(table(), "PUT", "/api/v1/tasks") is None
    shown = found(table(), "DELETE", "/api/v1/tasks/x")
    assert shown == ("native", "delete", "/api/v1/tasks/x", {"id": "x"})


def test_a_fixed_path_wins_over_a_pattern() -> None:
    assert found(table(), "GET", "/v1/videos/latest") == ("one", "list", "/v1/videos/latest", {})
    # ... even over the one of a wire that comes first at the root
    assert found(table("two"), "GET", "/v1/videos/latest") == (
        "one",
        "list",
        "/v1/videos/latest",
        {},
    )


def test_several_names_in_one_path() -> None:
    assert found(table(), "GET", "/v1/films/by/7") == (
        "one",
        "show",
        "/v1/films/by/7",
        {"kind": "films", "id": "7"},
    )


@pytest.mark.parametrize(
    ("order", "first"),
    [((), "one"), (("two",), "two"), (("one", "two"), "one"), (("two", "one"), "two"),
     (("nobody", "two"), "two")],
)  # fmt: skip
def test_where_two_share_a_path_the_root_is_the_first_ones(
    order: tuple[str, ...], first: str
) -> None:
    both = table(*order)
    for method, path in (("POST", "/v1/videos"), ("GET", "/v1/videos/x")):
        shown = found(both, method, path)
        assert shown and shown[0] == first
        for name in ("one", "two"):  # and both keep their prefix
            shown = found(both, method, f"/{name}{path}")
            assert shown and shown[0] == name
    shown = found(both, "GET", "/v1/videos/x")
    assert shown and shown[3] == ({"id": "x"} if first == "one" else {"name": "x"})


def test_what_only_the_second_has_is_at_the_root_too() -> None:
    shown = found(table("one", "two"), "GET", "/v1/videos/x/content")
    assert shown == ("two", "show", "/v1/videos/x/content", {"name": "x"})


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/tasks/",
        "/api/v1/tasks/x/",
        "/api/v1/tasks/x/y",
        "//api/v1/tasks",
        "/api/v1/tasks//cancel",
        "/nobody/api/v1/tasks",
        "/native/native/api/v1/tasks",
        "/native",
        "/API/v1/tasks",
        "/",
        "",
        "*",
    ],
)
def test_what_is_no_path(path: str) -> None:
    for method in ("GET", "POST", "DELETE"):
        assert found(table(), method, path) is None


@pytest.mark.parametrize("id", ["{id}", "{}", "%2F", "..", "{0.__class__}", "a b", "狐", "a:b"])
def test_an_argument_is_taken_as_it_comes(id: str) -> None:
    path = f"/api/v1/tasks/{id}"
    assert found(table(), "GET", path) == ("native", "show", path, {"id": id})


def test_the_methods_that_a_path_answers_to() -> None:
    assert table().allowed("/api/v1/tasks") == ["GET", "POST"]
    assert table().allowed("/native/api/v1/tasks/x") == ["DELETE", "GET"]
    assert table().allowed("/v1/videos") == ["POST"]
    assert table().allowed("/nowhere") == []


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/one/nowhere", "one"),
        ("/two", "two"),
        ("/v1/nowhere", "one"),
        ("/one-more", "one"),
        ("/api/v1/nowhere", "native"),
        ("/nowhere", "native"),
        ("/", "native"),
        ("", "native"),
        ("*", "native"),
    ],
)
def test_whose_words_an_unknown_path_is_answered_in(path: str, name: str) -> None:
    assert table().owner(path).name == name


def test_every_mounted_path() -> None:
    mounted = {(path, w.name, r.operation, r.method) for path, w, r in table().routes()}
    assert ("/api/v1/tasks", "native", "create", "POST") in mounted
    assert ("/native/api/v1/tasks/{id}", "native", "delete", "DELETE") in mounted
    assert ("/two/v1/videos", "two", "create", "POST") in mounted
    assert ("/v1/videos", "two", "create", "POST") not in mounted
    routes = len(NATIVE.routes) + len(ONE.routes) + len(TWO.routes)
    assert len(mounted) == 2 * routes - 2  # two paths are shared


def test_every_route_of_every_real_wire_is_reached() -> None:
    real = Table(wires(), ())
    for name, one in wires().items():
        for route in one.routes:
            path = route.path.replace("{", "").replace("}", "")
            target = real.find(route.method, f"/{name}{path}")
            assert target and target.wire is one and target.path == path
            assert real.find(route.method, path)


# While emulating

ALL = {w.name: w for w in (NATIVE, ONE, TWO)}


@pytest.mark.parametrize(
    ("emulated", "path", "owner"),
    [
        (("two",), "/v1/nothing", "two"),
        (("two",), "/nothing", "two"),
        (("two",), "/api/v1/nothing", "two"),
        (("two",), "/one/nothing", "one"),
        (("two", "one"), "/v1/nothing", "one"),
        (("two", "one"), "/nothing", "two"),
        (("one",), "/nothing", "one"),
        ((), "/nothing", "native"),
    ],
)
def test_unknown_paths_are_the_emulated_wires(
    emulated: tuple[str, ...], path: str, owner: str
) -> None:
    assert Table(ALL, ["two"], emulated).owner(path).name == owner


def test_the_root_is_the_emulated_wires() -> None:
    table = Table(ALL, ["two", "one"], ["two"])
    target = table.find("POST", "/v1/videos")
    assert target and target.wire is TWO
    assert table.find("GET", "/v1/videos/latest/more") is None
    assert table.find("GET", "/v1/film/by/7") is None  # ONE's alone
    prefixed = table.find("GET", "/one/v1/film/by/7")
    assert prefixed and prefixed.wire is ONE
    native = table.find("GET", "/api/v1/tasks")
    assert native and native.wire is NATIVE
