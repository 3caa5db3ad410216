"""Sounds made on the spot, as callers send them."""

from __future__ import annotations

import io
import wave

import numpy as np

RATE = 16_000  # samples a second


def hum(seconds: float = 6.0, pitch: float = 140.0) -> bytes:
    """A WAV of a hummed tune in syllables, mono."""
    time = np.arange(int(seconds * RATE)) / RATE
    tone = sum(np.sin(2 * np.pi * pitch * n * time) / n for n in range(1, 9))
    syllables = 0.5 - 0.5 * np.cos(2 * np.pi * 3 * time)
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((tone * syllables * 8000).astype("<i2").tobytes())
    return out.getvalue()
