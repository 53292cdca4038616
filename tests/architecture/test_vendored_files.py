"""What we ship of others is unchanged and carries its licence."""

import hashlib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MANIFESTS = sorted(ROOT.glob("marketplace/**/vendor/*/MANIFEST.sha256"))


def test_swagger_ui_is_vendored_with_its_licence_and_notice() -> None:
    folder = ROOT / "marketplace/core/apidocs/static/vendor/swagger-ui"
    assert folder / "MANIFEST.sha256" in MANIFESTS
    assert "Apache License" in (folder / "LICENSE").read_text(encoding="utf-8")
    assert "SmartBear" in (folder / "NOTICE").read_text(encoding="utf-8")


@pytest.mark.parametrize("manifest", MANIFESTS, ids=lambda path: path.parent.name)
def test_every_vendored_file_is_the_one_its_manifest_names(manifest: Path) -> None:
    expected = dict(
        reversed(line.split("  ", 1)) for line in manifest.read_text(encoding="utf-8").splitlines()
    )
    actual = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in manifest.parent.iterdir()
        if path != manifest
    }
    assert actual == expected


def test_the_font_of_papers_is_vendored_with_its_licence_and_notice() -> None:
    folder = ROOT / "marketplace/core/documents/vendor/noto-serif-cjk-sc"
    assert folder / "MANIFEST.sha256" in MANIFESTS
    assert "SIL OPEN FONT LICENSE Version 1.1" in (folder / "LICENSE").read_text(encoding="utf-8")
    assert "Modified Version" in (folder / "NOTICE").read_text(encoding="utf-8")
    assert sum(path.stat().st_size for path in folder.iterdir()) < 3_000_000
