"""What a field does, said once for all wires.

    prompt: … = Field(None, description=words.PROMPT)
    prompt: … = Field(None, description=f"{words.PROMPT} Not together with multi_prompt.")

A text says what the field does and how to use it well. It names no other field, for each vendor
has its own names, and no bounds, which follow from the field's `Limit`. Of an optional field, a
sentence that begins with `Absent:` says what holds without it; the docs pages show it in a column
of its own, and OpenAPI as the `default` where it is a plain value.

`FIELDS` has the texts by canonical name. A wire's field that has no description of its own is
given the one of the canonical field that `Wire.name_field` calls by that name. A model's name is
not among them: which there are, each vendor says itself.
"""

from __future__ import annotations

from collections.abc import Mapping

MODEL = (
    "The family of models. `animatic-still` makes a valid film of the right form at once, for "
    "tests of your own. Absent: kling-v3."
)
PROMPT = (
    "What the film shows: place, subjects and what they do, light, weather, and how the camera "
    "moves. Put speech in quotation marks."
)
STYLE = f"{PROMPT} Beside shots: the style that they share."
NEGATIVE_PROMPT = (
    "What to keep out of picture and sound. Separate keywords with commas: `people, text, music`. "
    "Absent: nothing is kept out."
)
CFG_SCALE = (
    "How closely the film keeps to the prompt: low leaves room for invention, high takes it at "
    "its word. Absent: 0.5."
)
DURATION = "Length of the film in whole seconds. Absent: the sum of the shots, else 5."
RATIO = "Width to height of the picture. Absent: 16:9."
FRAMED_RATIO = "Width to height of the picture. Absent: the first frame's own, else 16:9."
RESOLUTION = (
    "Size of the picture. At 16:9, 720p is 1280 × 720 pixels, 1080p is 1920 × 1080 and 4k is "
    "3840 × 2160. Absent: 720p."
)
CAPTIONS = (
    "Whether captions of the dialogue are burned into the picture. Absent: where the prompt asks "
    "for them (“with subtitles”) and the negative prompt does not keep text out. Burned in or not, "
    "they come as files, too: `caption_urls` of the task. Only the animatic engine makes them."
)
SOUND = (
    "Whether the film has sound: ambience, music, and whatever is said in the prompt. Without it "
    "the film has no audio stream at all. Absent: false."
)

PICTURE = (
    "An address, a data URL or base64; jpeg or png of at most 10 MB, no side under 300 pixels, "
    "the longer one at most 2.5 times the shorter."
)
FIRST_FRAME = f"The picture that the film begins with. {PICTURE}"
LAST_FRAME = "The picture that the film ends with, in the same forms as the first frame."
REFERENCES = (
    "Pictures of what the film is to show, in any of a frame's forms; they guide it without "
    "being frames of it."
)

SHOTS = (
    "The film as a list of shots, cut one after another; their durations add up to the film's. "
    "Give each shot one action and one camera move."
)
SHOT_PROMPT = "What this shot shows; said like a prompt of its own."
SHOT_DURATION = "Length of this shot in whole seconds."
SHOT_MODE = (
    "Who divides the film into shots: `none` nobody, `customize` you, with a list of shots, "
    "`intelligence` the model, from the prompt. Absent: customize where there are shots, else none."
)

ELEMENTS = (
    "Subjects that stay themselves in every shot. `<<<element_1>>>` in a prompt is the place of "
    "the first."
)
ELEMENT_ID = "The id of an element that you keep here, in place of its pictures."
ELEMENT_FRONTAL = "The subject from the front, well lit and whole, in any of a frame's forms."
ELEMENT_REFERENCES = "The same subject from other sides; more sides keep it truer."

VOICES = "Voices for what is said, by their ids; `<<<voice_1>>>` in a prompt speaks with the first."
SAMPLE = "A recording of one speaker, 5 to 30 seconds, without music or noise behind the voice."
NAME = "Your own name for it."

SEED = (
    "The same seed, prompt and settings give the same film again. Absent: it follows from the "
    "prompt, so that the same request repeats itself."
)
EXTERNAL_ID = "Your own name for the task, told with it wherever it is shown."
LABELS = "Names and values of your own, kept with the task; for your sorting, not for secrets."
PRIORITY = "Among your own tasks that wait, a greater one goes first."
DEADLINE = "Seconds within which it must have begun; otherwise it fails, and nothing is made."
CANCEL_AFTER = "Seconds after which it is cancelled if it is not over."
ABANDON = (
    "Whether a task that a vendor works on ends all the same. The vendor goes on: it costs what it "
    "costs, and its film is kept as the task's `late_result`. Changes nothing where a task can be "
    "stopped. Absent: false."
)
HOW_TO_ABANDON = 'Ask for that with {"abandon": true} as the body, or ?abandon=true in the address'

WEBHOOK = (
    "An address that is told once the film is done, or is not to be had. It must be public; calls "
    "to it are signed, and repeated until one arrives."
)
ENDPOINT_URL = (
    "Where the calls go: an http or https address that is public. Each is signed with a secret "
    "that is shown when the endpoint is made."
)
ENDPOINT_WIRE = (
    "Whose words the bodies are in: `native`, or the name of another format that this server "
    "speaks, such as `novita`."
)
ENDPOINT_EVENTS = (
    "What it is told of: `task.created`, `task.running`, `task.succeeded`, `task.failed`, "
    "`task.cancelled`. Absent: all that there is a body for in those words."
)
ENDPOINT_DESCRIPTION = "A note of your own."
ENDPOINT_ENABLED = (
    "Whether it is told of anything. What waited for one that is disabled is given up, and can be "
    "had again by a replay."
)
EXPIRE_NOW = (
    "Whether the old secret is bad at once; otherwise calls are signed with both for a day. "
    "Absent: false."
)
SINCE = (
    "A time in UTC milliseconds. What happened since then and did not arrive is sent again, up to "
    "10,000 of the oldest at a time."
)

FIELDS: Mapping[str, str] = {
    "prompt": PROMPT,
    "negative_prompt": NEGATIVE_PROMPT,
    "cfg_scale": CFG_SCALE,
    "duration": DURATION,
    "aspect_ratio": RATIO,
    "resolution": RESOLUTION,
    "sound": SOUND,
    "captions": CAPTIONS,
    "first_frame": FIRST_FRAME,
    "last_frame": LAST_FRAME,
    "references": REFERENCES,
    "shots": SHOTS,
    "shots[0].prompt": SHOT_PROMPT,
    "shots[0].duration": SHOT_DURATION,
    "shot_mode": SHOT_MODE,
    "elements": ELEMENTS,
    "elements[0].id": ELEMENT_ID,
    "elements[0].frontal": ELEMENT_FRONTAL,
    "elements[0].references": ELEMENT_REFERENCES,
    "voices": VOICES,
    "sample": SAMPLE,
    "seed": SEED,
    "external_id": EXTERNAL_ID,
    "labels": LABELS,
    "priority": PRIORITY,
    "deadline": DEADLINE,
    "cancel_after": CANCEL_AFTER,
    "webhook": WEBHOOK,
}

# For examples: what a caller can send as it stands.
FILM = "Waves roll onto a rocky coast at dawn, the camera slowly pans right"
PICTURE_EXAMPLE = (  # a horizon at dusk, 640 × 360
    "data:image/png;base64,"
    "iVBORw0KGgoAAAANSUhEUgAAAoAAAAFoAQMAAAD9/NgSAAAABlBMVEX0olkfOl9egRhPAAAAV0lEQVR4"
    "2u3MMQEAAAgDoPUvrSV2KQQgAQAAAAAAAAAAAAAAAAAAgEOmTCgUCoVCoVAoFAqFQqFQKBQKhUKhUCgU"
    "CoVCoVAoFAqFQqFQKBQKhUKhUPgqXLRw0OBQK1q+AAAAAElFTkSuQmCC"
)
SOUND_ADDRESS = "https://example.com/voice.mp3"
WEBHOOK_EXAMPLE = "https://hooks.example.com/reelway"
