"""Check that relative links in README.md and docs/ lead to a file, and anchors to a heading."""

import re
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

ROOT = Path(__file__).parents[1]
LINK = re.compile(r"!?\[[^\]]*\]\(\s*<?([^)>\s]+)>?(?:\s+\"[^\"]*\")?\s*\)")
HEADING = re.compile(r"^#{1,6}\s+(.*?)\s*#*$", re.MULTILINE)
CODE = re.compile(r"^(```|~~~).*?^\1|`[^`\n]*`", re.MULTILINE | re.DOTALL)


def documents(root: Path) -> list[Path]:
    """The Markdown files whose links are checked, in a fixed order."""
    return sorted([*root.glob("*.md"), *root.glob("docs/**/*.md")])


def anchors(text: str) -> set[str]:
    """The anchors of a document's headings, spelled as GitHub spells them.

    Letters and digits of any script stay, so that Japanese headings can be linked.
    """
    found: set[str] = set()
    for heading in HEADING.findall(CODE.sub(_without_fences, text)):
        kept = [c for c in heading.lower() if c in " -_" or unicodedata.category(c)[0] in "LNM"]
        name = "".join(kept).replace(" ", "-")
        repeats = sum(1 for other in found if re.fullmatch(re.escape(name) + r"(-\d+)?", other))
        found.add(f"{name}-{repeats}" if repeats else name)
    return found


def broken_links(root: Path) -> Iterator[str]:
    """A sentence for each link that leads nowhere; links to other hosts are not followed."""
    for document in documents(root):
        text = document.read_text(encoding="utf-8")
        for target in LINK.findall(CODE.sub("", text)):
            if re.match(r"[a-z][a-z0-9+.-]*:", target):
                continue
            path, _, anchor = unquote(target).partition("#")
            place = (document.parent / path) if path else document
            here = document.relative_to(root)
            if not place.exists():
                yield f"{here}: no such file: {target}"
            elif not place.resolve().is_relative_to(root.resolve()):
                yield f"{here}: leads out of the project: {target}"
            elif (
                anchor and place.suffix == ".md" and anchor not in anchors(place.read_text("utf-8"))
            ):
                yield f"{here}: no such heading: {target}"


def _without_fences(match: re.Match[str]) -> str:
    """Headings keep their inline code; blocks of code have no headings."""
    return match.group() if match.group().startswith("`") and "\n" not in match.group() else ""


def main() -> int:
    """Print what is broken; answer 1 if anything is."""
    broken = list(broken_links(ROOT))
    for sentence in broken:
        print(sentence)
    print(f"{len(documents(ROOT))} documents, {len(broken)} broken links")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
