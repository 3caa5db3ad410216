"""Order a film at Novita and save it: the program that is under test here.

NOVITA_URL and NOVITA_KEY say where and as whom; at the vendor itself, only these two change.

    python film.py "A paper boat drifts down a rainy gutter" boat.mp4
"""

import os
import sys
import time

import httpx

SLUG = "kling-v3.0-std-t2v"
PAUSE = 0.2  # seconds between two looks; at the vendor itself 5 would do


class NoFilm(Exception):
    pass


class NoMoney(NoFilm):
    pass


def client(url: str, key: str) -> httpx.Client:
    headers = {"Authorization": f"Bearer {key}"}
    return httpx.Client(base_url=url, headers=headers, timeout=30, trust_env=False)


def order(novita: httpx.Client, prompt: str, tries: int = 5) -> str:
    """The id of the new task. Too many requests and a service that is down are waited for."""
    for left in reversed(range(tries)):
        reply = novita.post(f"/v3/async/{SLUG}", json={"prompt": prompt, "duration": 3})
        if reply.is_success:
            return reply.json()["task_id"]
        if reply.status_code in (429, 500, 503) and left:
            time.sleep(float(reply.headers.get("Retry-After", 1)))
            continue
        said = reply.json()
        kind = NoMoney if said["reason"] == "BILLING_BALANCE_NOT_ENOUGH" else NoFilm
        raise kind(said["message"])
    raise NoFilm("no try is left")


def wait(novita: httpx.Client, task_id: str) -> str:
    """The link to the film."""
    while True:
        said = novita.get("/v3/async/task-result", params={"task_id": task_id}).json()
        task = said["task"]
        if task["status"] == "TASK_STATUS_SUCCEED":
            return said["videos"][0]["video_url"]
        if task["status"] == "TASK_STATUS_FAILED":
            raise NoFilm(task["reason"])
        time.sleep(PAUSE)


def film(novita: httpx.Client, prompt: str) -> bytes:
    """One film; a link that has expired is asked for again."""
    task_id = order(novita, prompt)
    reply = httpx.get(wait(novita, task_id), trust_env=False)
    if reply.status_code == 403:
        reply = httpx.get(wait(novita, task_id), trust_env=False)
    return reply.raise_for_status().content


if __name__ == "__main__":
    with client(os.environ["NOVITA_URL"], os.environ["NOVITA_KEY"]) as novita:
        made = film(novita, sys.argv[1])
    with open(sys.argv[2], "wb") as file:
        file.write(made)
    print(f"{sys.argv[2]}: {len(made)} bytes")
