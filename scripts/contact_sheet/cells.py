"""Which scenes a contact sheet shows: every two traits meet in some cell, in 64 cells at most.

    TRAITS    place, weather, camera, time, style, language, ratio: each level in both languages
    cells     the cells of one sheet, which takes eight places and eight camera moves
    prompt    a cell in words

Eight numbers make a field (GF(8)), and in a field two different straight lines meet once: so with
a and b as row and column, the traits a, b, a + b, a + 2b, … take every pair of their levels just
once in 8 × 8 cells. A trait with fewer levels counts round.
"""

from __future__ import annotations

from dataclasses import dataclass

SIDE = 8  # places and cameras of a sheet; its cells are as many squared
Words = tuple[str, str]  # English, Chinese

PLACES: dict[str, Words] = {
    "coast": ("a rocky coast", "礁石海岸"),
    "mountains": ("mountains", "群山"),
    "forest": ("a forest", "森林"),
    "street": ("a city street", "城市街道"),
    "lake": ("a lake", "湖边"),
    "field": ("a meadow", "草原"),
    "city": ("a city skyline", "城市天际线"),
    "room": ("a living room", "客厅"),
    "sea": ("the open sea", "茫茫大海"),
    "river": ("a river", "小河"),
    "desert": ("sand dunes in a desert", "沙漠沙丘"),
    "snow": ("a snowfield", "雪原"),
    "village": ("a village", "村庄"),
    "harbour": ("a harbour city", "港口城市"),
    "courtyard": ("a temple courtyard", "寺庙庭院"),
    "underwater": ("underwater, a coral reef", "海底珊瑚"),
    "waterfall": ("a waterfall", "瀑布"),
    "canyon": ("a canyon", "峡谷"),
    "volcano": ("a volcano", "火山"),
    "jungle": ("a jungle", "雨林"),
    "road": ("an empty road", "公路"),
    "space": ("outer space with a planet", "太空中的行星"),
    "bar": ("a bar", "酒吧"),
    "station": ("a train station", "火车站"),
    "island": ("a tropical island", "热带岛屿"),
    "market": ("a market", "集市"),
    "garden": ("a garden", "花园"),
    "swamp": ("a swamp", "沼泽"),
    "bridge": ("a bridge over a river", "河上的大桥"),
    "castle": ("a castle", "城堡"),
    "stadium": ("a stadium", "体育场"),
    "office": ("an office", "办公室"),
}
WEATHERS: dict[str, Words] = {
    "": ("", ""),
    "clear": ("clear sky", "晴朗"),
    "overcast": ("overcast", "阴天"),
    "rain": ("rain", "下雨"),
    "storm": ("a thunderstorm", "雷暴"),
    "snow": ("snow is falling", "下雪"),
    "fog": ("fog", "浓雾"),
    "wind": ("windy", "大风"),
}
CAMERAS: dict[str, Words] = {
    "static": ("static camera", "固定镜头"),
    "pan left": ("the camera pans left", "镜头向左摇"),
    "track right": ("tracking right", "镜头向右平移"),
    "dolly in": ("dolly in", "镜头推进"),
    "zoom out": ("zoom out", "变焦缩小"),
    "orbit": ("orbit shot", "镜头环绕"),
    "handheld": ("handheld", "手持镜头"),
    "crane up": ("crane shot up", "镜头升起"),
    "tilt up": ("tilt up", "镜头仰"),
    "aerial": ("aerial drone shot", "航拍"),
    "dolly out": ("pull back", "镜头拉远"),
    "pan right fast": ("fast pan right", "镜头快速向右摇"),
}
TIMES: dict[str, Words] = {
    "dawn": ("at dawn", "黎明"),
    "day": ("at noon", "正午"),
    "golden": ("at sunset", "日落"),
    "dusk": ("at dusk", "暮色"),
    "night": ("at night", "深夜"),
}
STYLES: dict[str, Words] = {
    "": ("", ""),
    "noir": ("film noir", "黑白电影"),
    "watercolour": ("watercolour", "水彩"),
    "anime": ("anime", "动漫"),
    "cyberpunk": ("cyberpunk", "赛博朋克"),
    "vintage": ("vintage", "复古"),
}
LANGUAGES = ("en", "zh")
RATIOS = {"16:9": (16, 9), "9:16": (9, 16), "1:1": (1, 1)}


@dataclass(frozen=True, kw_only=True)
class Cell:
    place: str
    weather: str
    camera: str
    time: str
    style: str
    language: str
    ratio: str

    def prompt(self) -> str:
        at = LANGUAGES.index(self.language)
        said = (
            STYLES[self.style], PLACES[self.place], TIMES[self.time], WEATHERS[self.weather],
            CAMERAS[self.camera],
        )  # fmt: skip
        return (", ", ",")[at].join(words[at] for words in said if words[at])

    def label(self) -> str:
        said = (self.place, self.time, self.weather, self.camera, self.style, self.language)
        return " · ".join(filter(None, said))


def cells(sheet: int = 0, *, styles: bool = True, ratio: str | None = None) -> list[Cell]:
    """The cells of a sheet: sheet n takes the next eight places and cameras after sheet n − 1."""
    places, cameras = _window(list(PLACES), sheet), _window(list(CAMERAS), sheet)
    weathers, times = list(WEATHERS), list(TIMES)
    looks = list(STYLES) if styles else [""]
    ratios = list(RATIOS) if ratio is None else [ratio]
    out = []
    for a in range(SIDE):
        for b in range(SIDE):
            line = [a, b] + [a ^ _times(k, b) for k in range(1, SIDE)]
            out.append(
                Cell(
                    place=places[line[0]],
                    camera=cameras[line[1]],
                    weather=weathers[line[2]],
                    time=times[line[3] % len(times)],
                    style=looks[line[4] % len(looks)],
                    language=LANGUAGES[line[5] % len(LANGUAGES)],
                    ratio=ratios[line[6] % len(ratios)],
                )
            )
    return out


def _window(of: list[str], sheet: int) -> list[str]:
    return [of[(sheet * SIDE + i) % len(of)] for i in range(SIDE)]


def _times(a: int, b: int) -> int:
    """The product in GF(8), with x³ = x + 1."""
    out = 0
    for bit in range(3):
        if b >> bit & 1:
            out ^= a << bit
    for bit in (4, 3):
        if out >> bit & 1:
            out ^= 0b1011 << (bit - 3)
    return out
