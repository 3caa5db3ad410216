"""One document a wire: valid, complete, and true of the server that hands it out."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

import fakes
from gateway import gateway
from reelway import media, words
from reelway.cancel import cancel
from reelway.limits import limits_of
from reelway.server.docs.fields import fields_of
from reelway.server.examples import examples_of
from reelway.server.openapi import body_schema, document, schema_of
from reelway.wire import Call, wires
from reelway.wires.native.answers import ANSWERS
from serving import Server
from vendors.novita import Novita

NAMES = sorted(wires())
STILL = {"x-reelway-model": "animatic-still"}


# Fields without a word of their own yet.
@pytest.fixture(scope="module")
def documents(server: Server) -> dict[str, Any]:
    return {name: server.http.get(f"/{name}/openapi.json").json() for name in NAMES}


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (method.upper(), path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


def faults(document: dict[str, Any], schema: dict[str, Any], value: Any) -> list[str]:
    """What is wrong with a value, by a schema of the document."""
    whole = {**schema, "components": document["components"]}
    return [error.message for error in OAS31Validator(whole).iter_errors(value)]


@pytest.mark.parametrize("name", NAMES)
def test_a_validator_finds_no_fault(documents: dict[str, Any], name: str) -> None:
    assert [error.message for error in OpenAPIV31SpecValidator(documents[name]).iter_errors()] == []


@pytest.mark.parametrize("name", NAMES)
def test_every_route_is_there_under_a_name_of_its_own(documents, name: str) -> None:
    found = operations(documents[name])
    assert {(m, p) for m, p, _ in found} == {(r.method, r.path) for r in wires()[name].routes}
    ids = [operation["operationId"] for _, _, operation in found]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", id) for id in ids)
    assert all(operation["summary"].endswith(".") for _, _, operation in found)


@pytest.mark.parametrize("name", NAMES)
def test_the_key_is_read_as_the_document_says(documents, name: str) -> None:
    scheme = documents[name]["components"]["securitySchemes"]["key"]
    assert scheme == {"type": "http", "scheme": "bearer"}
    call = Call(method="GET", path="/", headers={"authorization": "Bearer abc"})
    assert wires()[name].read_key(call) == "abc"


@pytest.mark.parametrize("name", NAMES)
def test_examples_of_bodies_are_taken(server: Server, documents, name: str) -> None:
    """By the document's own schema, and by the server, which answers as the document says."""
    document, sent = documents[name], 0
    for method, path, operation in operations(document):
        content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
        for label, example in content.get("examples", {}).items():
            body = example["value"]
            assert faults(document, content["schema"], body) == [], (path, label)
            if words.SOUND_ADDRESS in body.values():
                continue  # stands for a recording, which is the reader's own
            reply = server.http.request(method, f"/{name}{path}", json=body, headers=STILL)
            assert reply.is_success, (path, label, reply.text)
            told = operation["responses"][str(reply.status_code)]
            schema = told["content"]["application/json"]["schema"]
            assert faults(document, schema, reply.json()) == []
            named = {header.lower() for header in told["headers"]}
            assert {h for h in reply.headers if h.startswith("x-re")} <= named
            assert "x-reelway-ignored" not in reply.headers  # every field has an effect
            sent += 1
    assert sent


@pytest.mark.parametrize("name", NAMES)
def test_examples_of_answers_fit_their_schemas(documents, name: str) -> None:
    document = documents[name]
    for method, path, operation in operations(document):
        refused = operation["summary"].startswith("Known, and refused")
        assert {"401"} <= set(operation["responses"]), path
        assert any(int(s) < 400 for s in operation["responses"]) != refused, (method, path)
        for response in operation["responses"].values():
            for content in response.get("content", {}).values():
                for example in content["examples"].values():
                    assert faults(document, content["schema"], example["value"]) == []


def test_real_tasks_fit_the_schemas(server: Server, documents) -> None:
    made = server.make(prompt="a boat", duration=3, sound=True, model="animatic-still")
    shown = documents["native"]["paths"]["/api/v1/tasks/{id}"]["get"]["responses"]["200"]
    schema = shown["content"]["application/json"]["schema"]
    assert faults(documents["native"], schema, made) == []
    assert set(made) == set(schema["properties"])
    assert set(made["film"]) == set(schema["properties"]["film"]["properties"])


@pytest.mark.parametrize("name", NAMES)
def test_every_field_says_what_it_does(name: str) -> None:
    wire, silent = wires()[name], set()
    for route in wire.routes:
        for example in examples_of(wire, route):
            schema, inside = body_schema(wire, example.model)
            for field in fields_of(schema, inside):
                assert "Absent" not in field.text
                if not field.text:
                    silent.add(re.split(r"[.\]]", field.name)[-1])
    assert silent == set()


@pytest.mark.parametrize("name", NAMES)
def test_every_limit_is_in_the_schema(name: str) -> None:
    wire = wires()[name]
    for route in wire.routes:
        for example in examples_of(wire, route):
            schema, inside = body_schema(wire, example.model)
            fields = {field.name: field for field in fields_of(schema, inside)}
            for row in limits_of(example.model):
                field = fields.get(row.field)
                if field is not None and row.high is not None:
                    assert f"{row.high:,}" in field.range, row
                elif field is not None:
                    assert field.values, row


def test_what_a_novita_field_says(documents) -> None:
    fields = documents["novita"]["components"]["schemas"]["TextBody"]["properties"]
    assert fields["duration"]["minimum"] == 3
    assert fields["duration"]["maximum"] == 15
    assert fields["negative_prompt"]["maxLength"] == 2500
    assert "commas" in fields["negative_prompt"]["description"]
    assert fields["aspect_ratio"]["enum"] == ["16:9", "9:16", "1:1"]
    assert fields["aspect_ratio"]["default"] == "16:9"
    assert fields["cfg_scale"]["default"] == 0.5
    assert fields["sound"] == {**fields["sound"], "type": "boolean", "default": False}


def test_queries_are_found_by_trial(documents) -> None:
    listed = documents["native"]["paths"]["/api/v1/tasks"]["get"]["parameters"]
    assert [p["name"] for p in listed] == ["limit", "after", "status", "model"]
    assert "between 1 and 100" in listed[0]["description"]
    assert listed[0]["schema"] == {"type": "integer", "default": 20}
    result = documents["novita"]["paths"]["/v3/async/task-result"]["get"]["parameters"]
    assert [p["name"] for p in result] == ["task_id", "wait", "Prefer"]
    assert [p.get("required", False) for p in result] == [True, False, False]
    created = documents["native"]["paths"]["/api/v1/tasks"]["post"]
    assert "dry_run" in [p.get("name") for p in created["parameters"]]
    assert "200" in created["responses"]


def said_of(schema: dict[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    """Every field of an answer by its path, and what is said of it."""
    for name, field in schema.get("properties", {}).items():
        yield above + name, field.get("description", "")
        mark = "[]." if "items" in field else "."
        yield from said_of(field.get("items", field), above + name + mark)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("post", "/api/v1/tasks"),
        ("get", "/api/v1/tasks"),
        ("get", "/api/v1/tasks/{id}"),
        ("post", "/api/v1/tasks/{id}/cancel"),
        ("post", "/api/v1/estimate"),
        ("get", "/api/v1/providers"),
    ],
)
def test_every_field_of_our_own_answers_says_what_it_is(documents, method, path) -> None:
    answers = documents["native"]["paths"][path][method]["responses"]
    good = answers.get("201") or answers["200"]
    fields = dict(said_of(good["content"]["application/json"]["schema"]))
    silent = {name for name, text in fields.items() if not text}
    assert silent <= {"data", "next"} and len(fields) > 10


async def test_whatever_a_report_says_is_documented(tmp_path: Path) -> None:
    """Of real runs over a vendor that fails in every way."""
    documented = {name for name in ANSWERS["show"] if name.startswith("report.")}
    for number, (fault, abandon) in enumerate(
        (("unknown_word", True), ("cut_after", False), ("poll_error", False), ("balance", False))
    ):
        rule = {"at": tuple(range(1, 30))} if fault == "unknown_word" else {}
        rule |= {"lasts": 9000.0} if fault == "poll_error" else {}
        hosted = {"lost_after": 3600, "on_ambiguous": "fail", "give_up_after": 60}
        folder = tmp_path / str(number)
        folder.mkdir()
        async with gateway(folder, Novita, hosted=hosted) as gate:
            gate.vendor.fault(fault, **rule)
            task = await fakes.order(gate.means, prompt="fox 1")
            async with asyncio.timeout(10):
                while not (fresh := await fakes.row(gate.means, task)).report:
                    if fresh.receipt:
                        break
                    await asyncio.sleep(0.001)
            if abandon:
                await cancel(fresh, gate.means, abandon=True)
            await gate.ended(task)
            await gate.passed(3 * 3600)
            report = (await fakes.row(gate.means, task)).report
        assert report, fault
        said = dict(said_of(schema_of([report])))
        assert {f"report.{name}" for name in said} <= documented


def test_a_cancel_says_how_what_a_vendor_has_is_abandoned(documents) -> None:
    told = documents["native"]["paths"]["/api/v1/tasks/{id}/cancel"]["post"]
    assert not told["requestBody"]["required"]
    body = documents["native"]["components"]["schemas"]["CancelBody"]
    assert "late_result" in body["properties"]["abandon"]["description"]
    (query,) = [p for p in told["parameters"] if p["in"] == "query"]
    assert query["name"] == "abandon" and query["schema"] == {"type": "boolean", "default": False}
    examples = told["responses"]["409"]["content"]["application/json"]["examples"].values()
    error = next(e["value"]["error"] for e in examples if e["value"]["error"]["field"])
    assert (error["code"], error["field"]) == ("needs_abandon", "abandon")
    assert words.HOW_TO_ABANDON in error["message"]


def test_words_agree_with_what_is_checked() -> None:
    assert f"{media.MOST_BYTES >> 20} MB" in words.PICTURE
    assert f"{media.SHORTEST_SIDE} pixels" in words.PICTURE
    assert f"{media.MOST_RATIO[0] / media.MOST_RATIO[1]} times" in words.PICTURE
    assert f"{media.SHORTEST_AUDIO:g} to {media.LONGEST_AUDIO:g} seconds" in words.SAMPLE


def test_the_root_is_named_where_it_is_the_wires_own(documents) -> None:
    assert [s["url"] for s in documents["novita"]["servers"]] == ["/novita", "/"]
    assert [s["url"] for s in documents["myrouter"]["servers"]] == ["/myrouter"]


def test_the_index_leads_to_every_document_and_page(server: Server) -> None:
    listed = server.http.get("/openapi.json").json()["wires"]
    assert sorted(entry["name"] for entry in listed) == NAMES
    for entry in listed:
        assert entry["title"] == wires()[entry["name"]].title
        for kind in ("openapi", "docs"):
            assert server.http.get(entry[kind]).status_code == 200


def test_links_lead_to_the_server_that_was_asked(server: Server, documents) -> None:
    text = json.dumps(documents["native"])
    assert f"{server.address}/files/" in text
    assert "reelway.invalid" not in text
    assert server.key not in text


def test_a_document_is_the_same_in_every_process() -> None:
    code = (
        "import hashlib, json; from reelway.wire import wires; "
        "from reelway.server.openapi import document; "
        "all = [document(w, ['/']) for w in wires().values()]; "
        "print(hashlib.sha256(json.dumps(all).encode()).hexdigest())"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    here = json.dumps([document(w, ["/"]) for w in wires().values()])
    assert out.stdout.strip() == hashlib.sha256(here.encode()).hexdigest()


@pytest.mark.parametrize(
    ("values", "schema"),
    [
        ([None], {}),
        ([1, None], {"type": ["integer", "null"]}),
        ([True, 1.5], {"type": ["boolean", "number"]}),
        ([[]], {"type": "array", "items": {}}),
        ([[1], ["a"]], {"type": "array", "items": {"type": ["integer", "string"]}}),
        (
            [{"a": 1}, {"b": "x"}],
            {
                "type": "object",
                "properties": {"a": {"type": "integer"}, "b": {"type": "string"}},
            },
        ),
    ],
)
def test_a_schema_says_what_values_show(values: list[Any], schema: dict[str, Any]) -> None:
    assert schema_of(values) == schema
