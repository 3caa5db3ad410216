"""The process that speaks: the only one that loads espeak-ng (GPL-3.0-or-later).

    stdin   one JSON object: {"shots": [{"seconds": 4.1, "gap": 0.3, "lines": [
                {"text": "…", "voice": "en-us+f3", "pitch": 50, "range": 50, "rate": 165}]}]}
    stdout  one JSON line: {"sample_rate": 22050, "lines": [
                {"samples": 9, "words": [0.0], "sounds": [[0.0, "h"]], "faster": 1.0}]},
            in which `words` are the seconds where each word begins and `sounds` the same of each
            sound, with its name; then all samples, 16-bit mono

It is run anew for each film, since espeak-ng repeats itself only from a fresh start, and it knows
nothing of Reelway: nothing of it is imported here, so that the licences stay apart and the start
takes a few hundredths of a second. Lines of a shot that take more than its `seconds` are spoken
faster together, up to `MOST_FASTER`. A line that no voice can speak has no samples.
"""

from __future__ import annotations

import array
import ctypes
import json
import resource
import sys
from typing import Any

import espeakng_loader

CPU_SECONDS = 5  # a film's speech takes a hundredth of that
SEED = 1
MOST_FASTER = 1.4
HUSH = 60  # of 32768: quieter is silence
# <espeak-ng/speak_lib.h>
SYNCHRONOUS, TELL_SOUNDS, DONT_EXIT, UTF8 = 2, 1, 0x8000, 1
RATE, VOLUME, PITCH, RANGE = 1, 2, 3, 4
WORD, SOUND = 1, 7

Said = tuple[bytes, list[float], list[tuple[float, str]]]  # samples, words, sounds


class _Id(ctypes.Union):
    _fields_ = (
        ("number", ctypes.c_int),
        ("name", ctypes.c_char_p),
        ("string", ctypes.c_char * 8),
    )


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),  # milliseconds
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _Id),
    )


_CALLBACK = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event)
)


class Espeak:
    def __init__(self) -> None:
        self._pcm, self._words = bytearray(), list[float]()
        self._sounds = list[tuple[float, str]]()
        lib = ctypes.CDLL(espeakng_loader.get_library_path())
        lib.espeak_Initialize.argtypes = [
            ctypes.c_int,
            ctypes.c_int,
            ctypes.c_char_p,
            ctypes.c_int,
        ]
        lib.espeak_ng_SetRandSeed.argtypes = [ctypes.c_long]
        lib.espeak_Synth.argtypes = [
            ctypes.c_char_p,
            ctypes.c_size_t,
            ctypes.c_uint,
            ctypes.c_int,
            ctypes.c_uint,
            ctypes.c_uint,
            ctypes.c_void_p,
            ctypes.c_void_p,
        ]
        data = espeakng_loader.get_data_path().encode()
        options = DONT_EXIT | TELL_SOUNDS
        self.sample_rate = int(lib.espeak_Initialize(SYNCHRONOUS, 0, data, options))
        if self.sample_rate <= 0:
            raise RuntimeError("espeak-ng does not start")
        self._heard = _CALLBACK(self._hear)  # kept: C holds only its address
        lib.espeak_SetSynthCallback(self._heard)
        lib.espeak_ng_SetRandSeed(SEED)
        self._lib = lib

    def say(self, line: dict[str, Any], faster: float) -> Said:
        """Samples without the silence around them, and the seconds where words and sounds begin."""
        self._pcm.clear()
        self._words.clear()
        self._sounds.clear()
        if self._lib.espeak_SetVoiceByName(str(line["voice"]).encode()) != 0:
            return b"", [], []
        settings = (
            (RATE, round(line["rate"] * faster)),
            (VOLUME, 100),
            (PITCH, line["pitch"]),
            (RANGE, line["range"]),
        )
        for name, value in settings:
            self._lib.espeak_SetParameter(name, value, 0)
        text = str(line["text"]).encode("utf-8", "replace")
        if self._lib.espeak_Synth(text, len(text) + 1, 0, 0, 0, UTF8, None, None) != 0:
            return b"", [], []
        self._lib.espeak_Synchronize()
        samples = array.array("h", bytes(self._pcm))
        size = len(samples)
        first = next((i for i in range(size) if abs(samples[i]) > HUSH), size)
        last = next((i for i in range(size, first, -1) if abs(samples[i - 1]) > HUSH), first)
        began = first / self.sample_rate
        words = [max(0.0, round(at - began, 3)) for at in self._words]
        sounds = [(max(0.0, round(at - began, 3)), name) for at, name in self._sounds]
        return samples[first:last].tobytes(), words, sounds

    def _hear(self, wave: Any, count: int, events: Any) -> int:
        if wave and count:
            self._pcm += ctypes.string_at(wave, 2 * count)
        i = 0
        while events[i].type:
            at = events[i].audio_position / 1000
            if events[i].type == WORD:
                self._words.append(at)
            elif events[i].type == SOUND:
                self._sounds.append((at, events[i].id.string.decode("ascii", "replace")))
            i += 1
        return 0


def main() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    order = json.load(sys.stdin.buffer)
    espeak = Espeak()
    said: list[dict[str, Any]] = []
    pcm = bytearray()
    for shot in order["shots"]:
        lines, faster = _shot(espeak, shot)
        for samples, words, sounds in lines:
            count = len(samples) // 2
            said.append({"samples": count, "words": words, "sounds": sounds, "faster": faster})
            pcm += samples
    head = json.dumps({"sample_rate": espeak.sample_rate, "lines": said})
    sys.stdout.buffer.write(head.encode() + b"\n" + pcm)
    sys.stdout.buffer.flush()


def _shot(espeak: Espeak, shot: dict[str, Any]) -> tuple[list[Said], float]:
    """All lines of a shot, faster as far as they must and may; how much faster."""
    lines = shot["lines"]
    seconds = shot["seconds"] - shot["gap"] * (len(lines) - 1)
    faster = 1.0
    for attempt in range(3):  # the rate is a wish: pauses do not follow it exactly
        said = [espeak.say(line, faster) for line in lines]
        needed = sum(len(samples) for samples, _, _ in said) / 2 / espeak.sample_rate
        if needed <= seconds or faster >= MOST_FASTER or attempt == 2:
            break
        faster = min(MOST_FASTER, round(faster * needed / max(seconds, 0.01) + 0.01, 3))
    return said, faster


if __name__ == "__main__":
    main()
