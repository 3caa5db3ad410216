"""The ten films of docs/gallery, made anew: small files, each with its prompt.

    python scripts/gallery.py [--only NAME] [--folder docs/gallery]

At 640 × 360, encoded to be small, and listed in the folder's README. Change one only where it has
become better: each stays in the repository's history.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Any

import av

from reelway.engines.animatic import job
from reelway.request import Shot, VideoRequest, to_json

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "gallery"
SIZES = {"16:9": (640, 360), "9:16": (360, 640), "1:1": (480, 480)}
HEAD = """# Gallery

Ten films of the embedded animatic engine, as `python scripts/gallery.py` makes them: no key, no
GPU, no network. They are small here (640 × 360) and of any size there. What the engine understands
is in [animatic.md](../animatic.md).

"""

FILMS: dict[str, dict[str, Any]] = {
    "coast": {"prompt": "Waves roll onto a rocky coast at golden hour, gulls circle, slow dolly "
                        "in. Calm piano music.", "duration": 5},
    "neon": {"prompt": "A woman in a red coat walks through a neon city street in heavy rain at "
                       "night, tracking shot, cyberpunk. Tense synth music.", "duration": 5},
    "harbour": {"prompt": "A foggy harbour at dawn. The old captain says: “We sail at first "
                          "light.” A girl replies: “Then I am coming with you.” With subtitles.",
                "duration": 7},
    "mountain": {"prompt": "Snow mountains under drifting clouds, an eagle flies past, epic "
                           "orchestral music, aerial drone shot forward", "duration": 5},
    "courtyard": {"prompt": "雨中的中式庭院，红灯笼，一位老人说：“今天的雨，和那年一样大。”"
                            "古筝配乐，带字幕",
                  "duration": 6},
    "storm": {"prompt": "A lighthouse on a cliff in a thunderstorm at night, lightning, big waves, "
                        "handheld camera", "duration": 5},
    "meadow": {"prompt": "A child and a dog run through a flower field in spring, sunny, joyful "
                         "music, pan right", "duration": 5, "aspect_ratio": "1:1"},
    "noir": {"prompt": "A detective in a trench coat walks down a foggy street at night, black and "
                       "white film noir, smoky jazz music", "duration": 5},
    "reef": {"prompt": "A school of fish swims over a coral reef, shafts of light, underwater, "
                       "slow orbit", "duration": 5, "aspect_ratio": "9:16"},
    "story": {"duration": 12, "shot_mode": "customize", "prompt": "", "shots": (
        Shot(prompt="Wide shot: a small cabin in a snowy forest at dusk, smoke rises", duration=3),
        Shot(prompt="Inside the cabin an old woman sits by the fire and says: “Somebody is out "
                    "there.”", duration=3),
        Shot(prompt="A wolf walks between the snowy trees, moonlight, slow dolly in", duration=3),
        Shot(prompt="Aerial view of the forest under stars, crane up, gentle string music",
             duration=3),
    )},
}  # fmt: skip


def request_of(film: dict[str, Any]) -> VideoRequest:
    return VideoRequest(model="animatic", sound=True, **{"aspect_ratio": "16:9", **film})


def shown(film: dict[str, Any]) -> str:
    shots = [f"{shot.duration} s: {shot.prompt}" for shot in film.get("shots", ())]
    return "  \n".join(f"> {line}" for line in [film["prompt"], *shots] if line)


def smaller(film: Path, out: Path) -> None:
    """The same pictures and sound in fewer bytes; it takes its time."""
    with av.open(film) as source, av.open(out, "w", options={"movflags": "+faststart"}) as target:
        picture, sound = source.streams.video[0], source.streams.audio[0]
        video = target.add_stream("libx264", rate=24)
        video.width, video.height, video.pix_fmt = picture.width, picture.height, "yuv420p"
        video.options = {"preset": "veryslow", "crf": "29"}
        audio = target.add_stream_from_template(sound)
        for packet in source.demux(picture, sound):
            if packet.dts is None:
                continue
            if packet.stream is sound:
                packet.stream = audio
                target.mux(packet)
                continue
            for frame in packet.decode():
                frame.pict_type = 0
                target.mux(video.encode(frame))
        target.mux(video.encode(None))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", choices=FILMS)
    parser.add_argument("--folder", type=Path, default=FOLDER)
    told = parser.parse_args()
    told.folder.mkdir(parents=True, exist_ok=True)
    parts = [HEAD]
    for name, film in FILMS.items():
        path = told.folder / f"{name}.mp4"
        if told.only in (None, name):
            request = request_of(film)
            with tempfile.TemporaryDirectory() as tmp:
                made = Path(tmp, "film.mp4")
                job.render(to_json(request), size=SIZES[request.aspect_ratio or "16:9"], images={},
                           out=made, progress=lambda part: None)  # fmt: skip
                smaller(made, path)
            print(f"{name}: {path.stat().st_size:,} bytes", file=sys.stderr)
        parts.append(f"## [{name}.mp4]({name}.mp4)\n{shown(film)}\n\n")
    (told.folder / "README.md").write_text("".join(parts).rstrip() + "\n", "utf-8")


if __name__ == "__main__":
    main()
