"""Print which rules of the specifications the tests cite: how many of each family, and which (TOOL-8, ``make rules``).

A citation is a rule's number in the text of a file under tests/: ``SLA-21``, ``SLA-21, 22``, ``SLA-21..27``,
``SLA-21 to 27``. With ``--specs DIR`` the rules that the specifications there state and no test cites are listed too;
the library is built and tested without them at hand.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

__all__ = ["cited", "stated", "table"]

# The families of rule numbers of each room, in the order of the house. R are the requirements of the mission: R043.
ROOMS = {
    "conditions": "COND",
    "plain": "PLN",
    "events": "EV",
    "workflow": "WF DEC TR ACT RO TM CL SUP CB REL CHK MIG LIB",
    "sla": "SLA",
    "routing": "ROU",
    "emergency": "EMG",
    "catalogue": "CAT",
    "knowledge": "KB",
    "quality": "QA",
    "records": "REC FB",
    "metrics": "KPI CARD",
    "importing": "IMP",
    "ports": "PORT SYS",
    "driving": "DRV",
    "stores": "ST SC",
    "testing": "KIT",
    "simulation": "SIM STA",
    "tooling": "TOOL",
    "requirements": "R",
}
_RANGE = r"\.\.|–|\bto\b"
_AND = rf"\s*(?:{_RANGE}|,|/|&|\band\b)\s*"
_NUMBER = r"\d{1,3}(?!\w|[:.%-]\w)"  # not the start of a date, a time or a decimal number


def cited(text: str) -> Counter[str]:
    """Count how often a text cites each rule; a range cites every number in it."""
    families = "|".join(" ".join(ROOMS.values()).split())
    citation = re.compile(
        rf"(?<![A-Za-z])(?P<family>{families})(?:-|(?<=R)){_NUMBER}(?:{_AND}(?:(?P=family)-?)?{_NUMBER})*"
    )
    return Counter(name for match in citation.finditer(text) for name in _names(match["family"], match[0]))


def _names(family: str, citation: str) -> Iterable[str]:
    """Name each rule of a citation: ``SLA-1, 3..5`` is SLA-1, SLA-3, SLA-4, SLA-5."""
    last, form = 0, "R{:03}" if family == "R" else f"{family}-{{}}"
    for link, digits in re.findall(r"(\D*)(\d+)", citation):
        number = int(digits)
        first = last + 1 if last and re.search(_RANGE, link) else number
        last = number
        yield from (form.format(each) for each in range(first, number + 1))


def stated(text: str) -> set[str]:
    """Return the rules that a specification states: in bold before an entry, or first in a row."""
    return set(re.findall(r"(?:\*\*|^\| )([A-Z]+-\d+|R\d{3})\b", text, re.MULTILINE))


def table(found: Counter[str], wanted: set[str]) -> str:
    """Return a line a family with the rules cited, and one with those stated but cited nowhere."""
    lines = [f"{'room':<13}{'family':<7}{'rules':>6}{'citations':>10}  cited"]
    for room, families in ROOMS.items():
        for family in families.split():
            there, gone = _of(family, found), _of(family, wanted - set(found))
            if there or gone:
                total = sum(count for name, count in found.items() if _key(name)[0] == family)
                lines.append(f"{room:<13}{family:<7}{len(there):>6}{total:>10}  {' '.join(there)}")
            if gone:
                lines.append(f"{'not cited: ':>38}{' '.join(gone)}")
    return "\n".join([*lines, f"{len(found)} rules are cited, {found.total()} times."])


def _of(family: str, names: Iterable[str]) -> list[str]:
    return [str(number) for here, number in sorted(_key(name) for name in names) if here == family]


def _key(name: str) -> tuple[str, int]:
    family = name.rstrip("0123456789")
    return family.rstrip("-"), int(name[len(family) :])


def main(argv: list[str]) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description="Print which rules of the specifications the tests cite.")
    parser.add_argument("--specs", type=Path, help="a folder of specifications: list what no test cites")
    specs = parser.parse_args(argv).specs
    tests = Path(__file__).parents[1]
    found = sum((_cited_in(path) for path in tests.rglob("*.*") if path.suffix in {".py", ".txt"}), Counter())
    wanted = set().union(*(stated(path.read_text(encoding="utf-8")) for path in specs.glob("*.md"))) if specs else set()
    print(table(found, wanted))  # noqa: T201  # printing is its work
    return 0


def _cited_in(path: Path) -> Counter[str]:
    """Count the citations of a file; what proves the tools names rules of other rooms only as examples."""
    found = cited(path.read_text(encoding="utf-8"))
    examples = path.parent == Path(__file__).parent
    return Counter({name: count for name, count in found.items() if not examples or name.startswith("TOOL-")})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
