"""What a campaign asks and tells a vendor in another process; no vendor has this.

GET  /_jobs                                   every job
GET  /_ledger?kind=create&after=0&full=1      everything that reached it, from a place on
GET  /_sums                                   jobs by text, creates, charged, balance
GET  /_faults                                 rules with how often each was followed
POST /_faults  {"kind": "cut_after", "create": 2} or a list of them
DELETE /_faults
POST /_state   {"funds": 0, "keys": [], "hook": "http://…"}
POST /_time    {"advance": 30}
POST /_release                                answers that wait without an end
POST /_webhooks {"lie": "signature", "job": id, "url": address}
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from vendors.faults import KINDS, Fault
from vendors.plain import Answer, Call
from vendors.plain import answer as said

if TYPE_CHECKING:
    from vendors.vendor import Vendor


async def answer(vendor: Vendor, call: Call) -> Answer:
    try:
        body = call.json() if call.body else None
        return said(200, await _done(vendor, call.method, call.path, dict(call.query), body))
    except (ValueError, TypeError, KeyError) as error:
        return said(400, {"error": f"{type(error).__name__}: {error}"})


async def _done(vendor: Vendor, method: str, path: str, query: dict[str, str], body: Any) -> Any:
    now = vendor.clock.now()
    match method, path:
        case "GET", "/_jobs":
            return [job.plain(now) for job in vendor.ledger.jobs.values()]
        case "GET", "/_ledger":
            after = int(query.get("after", "0"))
            return vendor.ledger.plain(query.get("kind"), after, full="full" in query)
        case "GET", "/_sums":
            return sums(vendor)
        case "GET", "/_faults":
            rules = [{**asdict(fault), "hits": n} for fault, n in vendor.faults.hits()]
            return {"rules": rules, "known": KINDS}
        case "POST", "/_faults":
            read = [Fault.read(rule) for rule in (body if isinstance(body, list) else [body])]
            vendor.faults.add(*read, now=now)
            return {"added": len(read)}
        case "DELETE", "/_faults":
            vendor.faults.clear()
            return {}
        case "POST", "/_state":
            return _state(vendor, body)
        case "POST", "/_time":
            await vendor.clock.advance(float(body["advance"]))
            return {"now": vendor.clock.now()}
        case "POST", "/_release":
            vendor.release()
            return {}
        case "POST", "/_webhooks":
            told = await vendor.lie(body["lie"], job=body.get("job"), url=body.get("url"))
            return {"status": told}
    raise ValueError(f"there is no {method} {path}")


def sums(vendor: Vendor) -> dict[str, Any]:
    return {
        "name": vendor.name,
        "creates": vendor.creates,
        "jobs": vendor.ledger.jobs_made(),
        "by_text": vendor.ledger.made_by_text(),
        "more_than_one": vendor.ledger.more_than_one(),
        "charged": vendor.ledger.charged,
        "balance": vendor.balance,
        "now": vendor.clock.now(),
    }


def _state(vendor: Vendor, body: Any) -> dict[str, Any]:
    if strange := body.keys() - {"funds", "keys", "hook"}:
        raise ValueError(f"cannot set {' '.join(sorted(strange))}")
    vendor.funds = body.get("funds", vendor.funds)
    vendor.keys = set(body.get("keys", vendor.keys))
    vendor.hook = body.get("hook", vendor.hook)
    return {"funds": vendor.funds, "keys": sorted(vendor.keys), "hook": vendor.hook}
