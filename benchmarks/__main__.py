"""`python -m benchmarks NAME …`: runs each named benchmark (all of them by `all`), each in a process of its own."""

from __future__ import annotations

import argparse
import importlib
import subprocess
import sys

NAMES = ("checkout", "browse", "close", "import", "bank-statement", "webhooks")
OWN_ARGUMENTS = {
    "intake": "benchmarks.intake",
    "pages": "benchmarks.pages",
    "search-relevance": "benchmarks.search_relevance",
    "search-speed": "benchmarks.search_speed",
    "statistics": "benchmarks.statistics",
}
MODULES = {"import": "benchmarks.imports", "bank-statement": "benchmarks.bank_statement"}


def main() -> int:
    """Parse the names, run, return the worst exit status."""
    if len(sys.argv) > 1 and sys.argv[1] in OWN_ARGUMENTS:
        importlib.import_module(OWN_ARGUMENTS[sys.argv[1]]).main(sys.argv[2:])
        return 0
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "names", nargs="+", choices=[*NAMES, "all"], metavar="NAME", help=", ".join([*NAMES, "all"])
    )
    parser.add_argument("--seconds", type=float, default=10.0, help="how long each measurement lasts")
    chosen = parser.parse_args()
    names = list(NAMES) if "all" in chosen.names else chosen.names
    if len(names) == 1:
        from benchmarks.report import show

        module = importlib.import_module(MODULES.get(names[0], f"benchmarks.{names[0]}"))
        show(module.run(chosen.seconds))
        return 0
    return max(
        subprocess.run(
            [sys.executable, "-m", "benchmarks", name, "--seconds", str(chosen.seconds)], check=False
        ).returncode
        for name in names
    )


if __name__ == "__main__":
    raise SystemExit(main())
