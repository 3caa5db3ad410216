"""Against the bodies of docs.myrouter.ai: what differs from Novita."""

from vendors.asking import STILL, asking
from vendors.myrouter import MyRouter

T2V, RESULT = "/v3/async/kling-v3.0-std-t2v", "/v3/async/task-result"
KITES = {
    "prompt": "Two kites tangle over a beach",
    "sound": True,
    "duration": 6,
    "cfg_scale": 0.4,
    "aspect_ratio": "1:1",
    "negative_prompt": "people",
}


async def test_a_result_without_the_other_key() -> None:
    vendor = MyRouter(**STILL)
    async with asking(vendor) as http:
        id = (await http.post(T2V, json=KITES)).json()["task_id"]
        queued = (await http.get(RESULT, params={"task_id": id})).json()
        assert queued == {
            "extra": {
                "seed": "",
                "debug_info": {
                    "request_info": "",
                    "submit_time_ms": "1771027200000",
                    "execute_time_ms": "",
                    "complete_time_ms": "",
                },
            },
            "task": {
                "task_id": id,
                "status": "TASK_STATUS_QUEUED",
                "reason": "",
                "task_type": "",
                "eta": 0,
                "progress_percent": 0,
            },
            "images": [],
            "videos": [],
            "audios": [],
        }
        await vendor.advance(100)
        done = (await http.get(RESULT, params={"task_id": id})).json()
        assert done["task"]["status"] == "TASK_STATUS_SUCCEED"
        assert done["extra"].keys() == {"seed", "debug_info"}
        assert [v["video_type"] for v in done["videos"]] == ["mp4"]
    assert vendor.ledger.charged == 126_000 * 6


async def test_no_money_in_its_own_words() -> None:
    vendor = MyRouter(**STILL, funds=0)
    async with asking(vendor) as http:
        said = await http.post(T2V, json=KITES)
    assert said.status_code == 403
    assert said.json() == {
        "code": 403,
        "reason": "NOT_ENOUGH_BALANCE",
        "message": "balance too low",
        "metadata": {},
    }
