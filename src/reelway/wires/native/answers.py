"""What the fields of our answers say, by their paths: for documents.

ANSWERS    by operation; `report.declined[].at` is a field of each entry of a list
"""

from __future__ import annotations

from collections.abc import Mapping

from reelway import words
from reelway.wire import Operation
from reelway.wires.native.bodies import TaskBody

Texts = Mapping[str, str]
MICROS = "in millionths of `currency`"

FILM: Texts = {
    "url": "Where the file is. It needs no key, and works until `expires_at`.",
    "expires_at": "When the link ends; ask for the task again for another one.",
    "width": "Pixels.",
    "height": "Pixels.",
    "duration": "Seconds, as probed.",
    "frame_rate": "Frames a second.",
    "frames": "How many frames it has.",
    "bytes": "Size of the file.",
    "sha256": "Of the whole file, in hexadecimal.",
    "video_codec": "Of the picture.",
    "audio": "The sound track; null where it is silent.",
}
COST: Texts = {
    "amount": f"Held, or paid, {MICROS}: 420000 is 0.42. 0 once it is released.",
    "currency": "Its code, such as USD.",
    "state": "`reserved`: held, and not yet known what there is to pay. `settled`: what it took. "
    "`released`: it failed or was cancelled, and nothing was charged.",
}
REPORT: Texts = {
    "ignored": "The fields of the request that had no effect, and why.",
    "ignored[].field": "Its name, in the words of the request.",
    "ignored[].reason": "Why it had none.",
    "understood": "What our own engine understood of the request.",
    "sandbox": "The directives by which the film was to go wrong.",
    "cancel_after": "Why it was not cancelled though its time was over.",
    "provider": "The provider that made the film.",
    "bytes": "Size of the file as its provider sent it.",
    "declined": "The providers that did not take it, in order: nothing was made there, and it went "
    "to the next one.",
    "declined[].provider": "Who.",
    "declined[].code": "Why, as a word for programs, such as overloaded or balance_exhausted.",
    "declined[].message": "Why, in words.",
    "declined[].at": "When.",
    "refused": "The providers that refused this film, whoever may have room: it is not asked of "
    "them again. Where all have, it fails in the words of the first.",
    "refused[].provider": "Who.",
    "refused[].code": "Why, as a word for programs, such as content_policy.",
    "refused[].message": "Why, in words.",
    "refused[].at": "When.",
    "declined_since": "Since when nobody has taken it. Asked again and again until the server's "
    "`give_up_after`.",
    "ambiguous": "It was sent to a provider, and the answer was lost: nobody knows whether it is "
    "being made, so it is not sent again. It waits until somebody has looked there and says so "
    "(`reelway task resolve`).",
    "ambiguous.provider": "Who may have it.",
    "ambiguous.since": "When it was sent.",
    "ambiguous.why": "What went wrong.",
    "upstream_unreachable_since": "Since when its provider has not told how it is doing. It is "
    "asked again and again; the task goes on.",
    "upstream_unreachable_why": "What went wrong when it was last asked.",
    "deviations": "In what a provider's film is not as ordered. It is paid for, and kept as it is.",
    "deviations[].field": "`duration`, `size` or `sound`.",
    "deviations[].ordered": "What was asked for: seconds, [width, height], or whether with sound.",
    "deviations[].made": "What it is.",
    "late_result": "That a film came after the task had ended; it is the task's `late_result`.",
    "late_result.at": "When it was kept.",
    "late_error": "How it ended at its provider after it had ended here: there is no film, and "
    "nothing is paid.",
    "late_error.code": "As a word for programs.",
    "late_error.message": "In words.",
}


def _under(name: str, texts: Texts) -> dict[str, str]:
    return {f"{name}.{inner}": text for inner, text in texts.items()}


PICTURE = "As it was asked for: its address, `sha256:` and its hash, or `inline`."
ASKED: Texts = {
    **dict.fromkeys(TaskBody.model_fields, "As it was asked for."),
    **dict.fromkeys(("first_frame", "last_frame", "references"), PICTURE),
}
TASK: Texts = {
    **ASKED,
    "id": "Names the task in every call.",
    "object": "Always `task`.",
    "status": "queued, running, succeeded, failed or cancelled; the last three are for good.",
    "kind": "What it is made from: text, image or reference.",
    "wire": "The format in which it was ordered.",
    "model": "The family of models that makes it.",
    "model_asked": "The model as it was asked for, in the words of that format.",
    "progress": "Whole per cent.",
    "eta": "Seconds until the film is done, as things stand. 0: not known.",
    "attempt": "Counted from 1; a restart, retry or failover begins the next.",
    "engine": "What makes it: the name of an engine here, or of a provider. null: nobody yet.",
    "error": "Why it failed; else null.",
    "error.code": "As a word for programs.",
    "error.message": "In words.",
    "report": "What became of the request on its way. A name is there only where it has something "
    "to say.",
    **_under("report", REPORT),
    "film": "The film, once the task has succeeded; else null.",
    **_under("film", FILM),
    "late_result": "The film of a task that had failed or was cancelled before it came; else null. "
    "So it is with one that was abandoned, or given up as lost, and made all the same.",
    **_under("late_result", FILM),
    "film_dropped_at": "When the film was removed, as it was kept for its time.",
    "poster_url": "A picture of the film, a JPEG; a link as the film's.",
    "caption_urls": "Captions of the film's dialogue; empty where nobody speaks.",
    "caption_urls.vtt": "As WebVTT, for a page; a link as the film's.",
    "caption_urls.srt": "As SubRip, for an editor.",
    "cost": "What it costs; null where it is free.",
    **_under("cost", COST),
    "start_by": "When it fails unless it has begun.",
    "cancel_at": "When it is cancelled unless it is over.",
    "position": "How many tasks go before it while it is queued; else null.",
    "accepted_at": "Times are UTC milliseconds.",
    "started_at": "When its last attempt began.",
    "stored_at": "When its film was verified and kept.",
    "finished_at": "When its status became final.",
    "notified_at": "When its webhook had arrived.",
    "priority": words.PRIORITY,
}
CANDIDATES: Texts = {
    "engine": "The name of an engine here, or of a provider.",
    "provider": "The same name where it is a provider; else null.",
    "chosen": "Whether it would be given the task.",
    "price": f"For the whole film, {MICROS}; null where it is not known or it cannot make it.",
    "share": "The part of such orders that is drawn for it, by weight: 0.25 is a quarter. null: "
    "nothing is drawn.",
    "reasons": "Everything that speaks against it.",
    "reasons[].code": "cannot, unhealthy, full, dearer or later.",
    "reasons[].message": "In words.",
}
ESTIMATE: Texts = {
    "object": "Always `estimate`.",
    "model": "The family of models that would make it.",
    "kind": "What it is made from: text, image or reference.",
    "resolution": "As it would be made.",
    "duration": "Seconds, as it would be made.",
    "sound": "Whether it would have sound.",
    "possible": "Whether anybody here can make it.",
    "engine": "Who would; null where nobody can.",
    "provider": "The same name where it is a provider; null where it is made here.",
    "price": f"For the whole film, {MICROS}. 0: it is free. null: not known.",
    "currency": "Of all prices.",
    "position": "How many tasks would go before it. null: not known.",
    "wait": "Seconds until it would begin. null: not known.",
    "eta": "Seconds until it would be done. null: nothing was made yet to judge by.",
    "candidates": "Everybody who has that model, whether they can or not.",
    **{f"candidates[].{inner}": text for inner, text in CANDIDATES.items()},
    "ignored": "The fields that would have no effect, and why.",
}
PREVIEW: Texts = {
    "object": "Always `preview`.",
    "engine": "What has made it, and would make the film.",
    "model": "The family of models that was asked for.",
    "duration": "Seconds.",
    "width": "Pixels.",
    "height": "Pixels.",
    "film": "An MP4 (H.264) of eight pictures a second, without sound, as a data URL.",
    "report": "What was understood, and what has no effect, as in a task.",
    "ignored": "The fields of the body that are not known.",
}
STANDING: Texts = {
    "object": "Always `provider`.",
    "wire": "The format in which it is asked.",
    "address": "Where it is asked: scheme, host and port.",
    "models": "The families that it is given.",
    "name": "As the settings have it.",
    "state": "serving; removed: from the settings, and its open tasks are followed still; missing: "
    "tasks of it are open, and the settings have none of that name.",
    "breaker": "closed: it is well. open: it failed again and again, and is left alone. half_open: "
    "it has one task on trial.",
    "breaker_since": "When it opened; UTC milliseconds.",
    "probe_in": "Seconds until it is tried again.",
    "slots": "Tasks that it may work on at a time.",
    "open": "Slots that are free now.",
    "busy": "Slots that are taken.",
    "waiting": "Tasks that wait and may be given to it.",
    "spent_today": f"Settled today, {MICROS}.",
    "spent_month": f"Settled this month, {MICROS}.",
    "currency": "Of what was spent.",
    "errors": "The last ones, the newest first.",
    "errors[].at": "When; UTC milliseconds.",
    "errors[].message": "In words.",
}


def _each(texts: Texts) -> Texts:
    return {f"data[].{name}": text for name, text in texts.items()}


ANSWERS: Mapping[Operation, Texts] = {
    "create": TASK,
    "show": TASK,
    "cancel": TASK,
    "list": _each(TASK),
    "estimate": ESTIMATE,
    "preview": PREVIEW,
    "provider_list": _each(STANDING),
}
