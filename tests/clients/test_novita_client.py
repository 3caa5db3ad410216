"""Novita's own Python client, pointed at us: it must create, wait, read and download unchanged.

It has no method for the Kling models yet, so the create goes through the method that its own
methods use. What it parses an answer into is its own code, which our answers have to please.
"""

import warnings
from collections.abc import Iterator
from multiprocessing.pool import ThreadPool

import pytest

from reelway.testing import Vendor, emulator
from serving import Server

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of its own parts, at import
    import novita_client
    from novita_client import NovitaClient, V3TaskResponse, V3TaskResponseStatus
    from novita_client.exceptions import NovitaResponseError

LOOKS = 1200  # its `wait_for` counts looks, not seconds
SUCCEEDED = V3TaskResponseStatus.TASK_STATUS_SUCCEED


@pytest.fixture
def client(server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[NovitaClient]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(novita_client.settings, "DEFAULT_POLL_INTERVAL", 0.05)
    client = NovitaClient(server.key, server.address)
    with client.session:
        yield client


@pytest.mark.parametrize("slug", ["kling-v3.0-pro-t2v", "kling-v3.0-std-t2v"])
def test_create_wait_download(client: NovitaClient, server: Server, slug: str) -> None:
    body = {
        "sound": False,
        "prompt": "Waves roll onto a rocky coast at dawn, the camera slowly pans right",
        "duration": 3,
        "cfg_scale": 0.5,
        "aspect_ratio": "16:9",
        "negative_prompt": "people, music",
    }
    created = client._post(f"/v3/async/{slug}", body)
    assert list(created) == ["task_id"]
    seen: list[V3TaskResponse] = []
    result = client.wait_for_task_v3(created["task_id"], LOOKS, callback=seen.append)
    assert result.task.status == SUCCEEDED, result.task.reason
    assert result.task.task_id == created["task_id"]
    assert result.task.task_type == slug.upper().replace("-", "_").replace(".", "_")
    percents = [answer.task.progress_percent or 0 for answer in seen]
    assert percents == sorted(percents) and percents[-1] == 100
    assert result.extra.debug_info.complete_time_ms >= result.extra.debug_info.submit_time_ms
    [url] = result.get_video_urls()
    film = client.session.get(url)  # no key: the link alone opens it
    assert film.headers["content-type"] == "video/mp4"
    assert film.content[4:8] == b"ftyp"
    native = server.task(created["task_id"])
    assert len(film.content) == native["film"]["bytes"]


def test_its_own_download(client: NovitaClient, monkeypatch: pytest.MonkeyPatch) -> None:
    created = client._post("/v3/async/kling-v3.0-std-t2v", {"prompt": "A boat", "duration": 3})
    result = client.wait_for_task_v3(created["task_id"], LOOKS)
    with ThreadPool(1) as pool:  # its own is never closed, which Python warns of
        monkeypatch.setattr(novita_client.utils, "ThreadPool", lambda: pool)
        result.download_videos()
    assert [film[4:8] for film in result.video_bytes] == [b"ftyp"]


def test_a_cancelled_task_is_a_failed_one(client: NovitaClient, server: Server) -> None:
    created = client._post("/v3/async/kling-v3.0-4k-t2v", {"prompt": "A boat", "duration": 15})
    server.http.post(f"/api/v1/tasks/{created['task_id']}/cancel").raise_for_status()
    result = client.wait_for_task_v3(created["task_id"], LOOKS)
    assert result.task.status == V3TaskResponseStatus.TASK_STATUS_FAILED
    assert result.task.reason == "cancelled"


def test_a_refusal_is_its_error(client: NovitaClient) -> None:
    with pytest.raises(NovitaResponseError, match=r"status 400.*INVALID_REQUEST_BODY.*duration"):
        client._post("/v3/async/kling-v3.0-pro-t2v", {"prompt": "A boat", "duration": 99})


def test_a_wrong_key_is_its_error(client: NovitaClient) -> None:
    client.api_key = "rw_wrong"
    with pytest.raises(NovitaResponseError, match="status 403"):
        client._get("/v3/async/task-result", {"task_id": "0b6f1d9e-5a3a-4a52-9f1c-7f0f4a1f6b2e"})


@pytest.fixture(scope="module")
def vendor() -> Iterator[Vendor]:
    with emulator("novita", latency="0.5-1", balance="0.42") as vendor:
        yield vendor


@pytest.fixture
def at_vendor(vendor: Vendor, client: NovitaClient) -> NovitaClient:
    """The client, at an emulated Novita, with a key that Novita might have given."""
    client.base_url, client.api_key = vendor.url, vendor.key
    client.session.headers["Authorization"] = f"Bearer {vendor.key}"
    return client


def test_against_an_emulated_novita(at_vendor: NovitaClient) -> None:
    path = "/v3/async/kling-v3.0-std-t2v"
    created = at_vendor._post(path, {"prompt": "A boat [[reelway fail=bad_image]]", "duration": 5})
    result = at_vendor.wait_for_task_v3(created["task_id"], LOOKS)
    assert result.task.status == V3TaskResponseStatus.TASK_STATUS_FAILED
    assert result.task.reason == "the first frame could not be decoded"
    created = at_vendor._post(path, {"prompt": "A boat", "duration": 5})
    with pytest.raises(NovitaResponseError, match=r"status 400.*BILLING_BALANCE_NOT_ENOUGH"):
        at_vendor._post(path, {"prompt": "A boat", "duration": 5})
    result = at_vendor.wait_for_task_v3(created["task_id"], LOOKS)
    assert result.task.status == SUCCEEDED, result.task.reason
    [url] = result.get_video_urls()
    assert at_vendor.session.get(url).content[4:8] == b"ftyp"
