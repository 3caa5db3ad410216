"""The films that are listened to: each place and kind of happening at least once."""

from __future__ import annotations

PROMPTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("beach", ("Waves roll in on a sandy beach at sunset, a man walks along the shore",)),
    ("storm", ("A thunderstorm over the mountains at night, lightning strikes the ridge",)),
    ("forest-dawn", ("A misty forest at dawn, a deer walks between the trees",)),
    ("forest-night", ("A forest at night, an owl, a campfire burns",)),
    ("street-rain", ("A woman runs down a city street in the rain",)),
    ("cars", ("Cars drive through the city at noon, clear sky",)),
    ("horses", ("Horses gallop over a grassy field in the wind",)),
    ("snow", ("A man walks through deep snow in the mountains, wide shot",)),
    ("library", ("A quiet library, an old man reads a book",)),
    ("office", ("A woman types on a laptop in an office",)),
    ("market", ("A crowded market street at noon, people walk",)),
    ("stadium", ("A football stadium, the crowd is cheering, applause",)),
    ("harbour", ("Fishing boats sail in a harbour in the fog, seagulls fly",)),
    ("underwater", ("Underwater, a coral reef, fish swim by",)),
    ("space", ("A spaceship flies past a planet in deep space",)),
    ("train", ("A field at noon, with the sound of a distant train and church bells",)),
    ("room-rain", ("A bedroom on a rainy night, rain on the window, a clock ticks",)),
    ("waterfall", ("A waterfall in the jungle, birds, a motorbike passes",)),
    ("hall", ("A monk walks through a great hall, a temple bell rings",)),
    (
        "cuts",
        (
            "A stormy coast, waves crash on the cliffs",
            "A quiet kitchen at night",
            'A busy city street, a man says: "We have to go now."',
        ),
    ),
)
