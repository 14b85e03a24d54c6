"""Draws the named icons of a folder into one SVG sprite on stdout, a symbol `i-NAME` each; a name must have a file."""

import re
import sys
from pathlib import Path


def sprite(folder: Path, names: list[str]) -> str:
    symbols = "\n".join(symbol(name, (folder / f"{name}.svg").read_text()) for name in names)
    return f'<svg xmlns="http://www.w3.org/2000/svg">\n{symbols}\n</svg>\n'


def symbol(name: str, svg: str) -> str:
    inside = svg[svg.index(">", svg.index("<svg")) + 1 : svg.rindex("</svg>")]
    drawn = re.sub(r'\s*<path stroke="none"[^>]*/>', "", inside)  # an invisible box that each icon starts with
    body = re.sub(r"\s+", " ", drawn).strip()
    return f'<symbol id="i-{name}" viewBox="0 0 24 24">{body}</symbol>'


if __name__ == "__main__":
    sys.stdout.write(sprite(Path(sys.argv[1]), Path(sys.argv[2]).read_text().split()))
