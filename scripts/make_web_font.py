"""Make web/shared/display*: the poster font of the tickets, with only the signs that the pages write large.

The signs are those of the phone's and the kiosk's words, the quiz and the artists' names that ship. A text with any other
sign is set in the phone's own bold font, whole (web/phone/words.js). Four files: Latin, what the start page says in Korean,
the rest of the phone's Hangul, which a browser fetches only when the quiz begins, and what only the kiosk says. Run it when
words change; it needs fonttools and brotli.
"""

from __future__ import annotations

import json
import re
import string
from pathlib import Path

from fontTools import subset

ROOT = Path(__file__).parents[1]
FONT = ROOT / "services/ticket/src/articket_ticket/fonts/BlackHanSans-Regular.ttf"
LICENCE = FONT.with_name("BlackHanSans-LICENSE.txt")
SHARED = ROOT / "web/shared"

LATIN = set(string.ascii_letters + string.digits + " .,:;!?'\"&()/+-–—’‘“”·éèêçñöüß%")
START_PAGE = "web/phone/index.html"
PHONE = ("web/phone/words/*.js", "plugins/quiz/quiz.yaml")
KIOSK = ("web/kiosk/*.html", "web/kiosk/words/*.js")

FACE = """@font-face {{
  font-family: "Articket Display"; src: url("{name}") format("woff2"); font-display: swap;
  unicode-range: {ranges};
}}
"""


def main() -> None:
    """Write the fonts, the style sheet that names them, the list of their signs and the licence."""
    start = _hangul(re.findall(r"<h1.*?</h1>", (ROOT / START_PAGE).read_text(), re.DOTALL))
    phone = _hangul([*_texts(PHONE), *_artists_names()]) - start
    kiosk = _hangul(_texts(KIOSK)) - phone - start
    css = "/* Black Han Sans, OFL 1.1 (display-LICENSE.txt). Made by scripts/make_web_font.py. */\n"
    covered = ""
    fonts = {"display": LATIN, "display-start": start, "display-hangul": phone, "display-kiosk": kiosk}
    for name, signs in ((f"{one}.woff2", signs) for one, signs in fonts.items()):
        if not signs:
            continue
        kept = _write(name, signs)
        ranges = ", ".join(f"U+{ord(sign):X}" for sign in kept)
        css += FACE.format(name=name, ranges="U+20-7E, U+A0-2FF, U+2010-201F" if signs is LATIN else ranges)
        covered += kept
        print(f"{name}: {len(kept)} signs, {(SHARED / name).stat().st_size} bytes")
    (SHARED / "display.css").write_text(css)
    (SHARED / "display.js").write_text(
        "// The signs of the display font. Made by scripts/make_web_font.py.\n"
        f"export const COVERED = {json.dumps(covered, ensure_ascii=False)};\n"
    )
    (SHARED / "display-LICENSE.txt").write_text(LICENCE.read_text())


def _texts(patterns: tuple[str, ...]) -> list[str]:
    return [path.read_text() for pattern in patterns for path in sorted(ROOT.glob(pattern))]


def _hangul(texts: list[str]) -> set[str]:
    return {sign for text in texts for sign in text if "가" <= sign <= "힣"}


def _artists_names() -> list[str]:
    artists = "\n".join(path.read_text() for path in sorted(ROOT.glob("plugins/artists/*/artist.yaml")))
    return re.findall(r"^name: .*$", artists, re.MULTILINE)


def _write(name: str, signs: set[str]) -> str:
    """Write a font with these signs; give those that the font has, in order."""
    options = subset.Options(flavor="woff2", hinting=False, layout_features=["kern"], notdef_outline=True)
    font = subset.load_font(FONT, options)
    kept = "".join(sorted(sign for sign in signs if ord(sign) in font.getBestCmap()))
    subsetter = subset.Subsetter(options)
    subsetter.populate(text=kept)
    subsetter.subset(font)
    subset.save_font(font, SHARED / name, options)
    return kept


if __name__ == "__main__":
    main()
