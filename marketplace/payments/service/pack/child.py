"""Runs alone in a process of its own: makes a clean PDF of one upload, or joins PDFs. It imports nothing of this project.

Started with ``python -I child.py MODE MEMORY CPU OUTPUT_BYTES OUTPUT INPUT…``; limits are set before a library is loaded. MODE
is ``clean`` (pages alone: no scripts, no actions, no attachments, no links), ``picture`` (one A4 page with it) or ``join``.
Prints the number of pages; any failure is a status other than 0.
"""

import resource
import sys
from pathlib import Path

MOST_PAGES = 300
#: What a signature or a stamp looks like hangs on its annotation; all other annotations are left behind.
KEPT = ("/Widget", "/Stamp")


def main() -> int:
    """Do what the arguments say."""
    mode, memory, cpu, size, output, *inputs = sys.argv[1:]
    for what, limit in (
        (resource.RLIMIT_AS, int(memory)),
        (resource.RLIMIT_CPU, int(cpu)),
        (resource.RLIMIT_FSIZE, int(size)),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (limit, limit))
    one = Path(inputs[0])
    pages = picture(one, Path(output)) if mode == "picture" else join(inputs, output, clean=mode == "clean")
    sys.stdout.write(f"{pages}\n")
    return 0


def picture(source: Path, output: Path) -> int:
    """One A4 page with the picture as large as it fits."""
    import typst

    page = source.with_suffix(".typ")
    page.write_text(
        '#set page(paper: "a4", margin: 1cm)\n'
        f'#align(center + horizon, image("{source.name}", width: 100%, height: 100%, fit: "contain"))\n',
        encoding="utf-8",
    )
    typst.compile(
        str(page), output=str(output), root=str(source.parent), format="pdf", ignore_system_fonts=True
    )
    return 1


def join(inputs: list[str], output: str, *, clean: bool) -> int:
    """The pages of all, one after the other."""
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter()
    for name in inputs:
        reader = PdfReader(name)
        if reader.is_encrypted and not reader.decrypt(""):
            raise ValueError("encrypted")
        if clean and not 1 <= len(reader.pages) <= MOST_PAGES:
            raise ValueError("pages")
        for page in reader.pages:
            if clean:
                strip(page)  # before it is copied: what hangs on it would be copied too
            writer.add_page(page)
    writer.write(output)
    return len(writer.pages)


def strip(page: object) -> None:
    """Take from a page whatever does something."""
    from pypdf.generic import ArrayObject, NameObject

    page.pop("/AA", None)  # type: ignore[attr-defined]
    annotations = page.get("/Annots")  # type: ignore[attr-defined]
    if annotations is None:
        return
    kept = ArrayObject()
    for one in annotations.get_object():
        shape = one.get_object()
        if shape.get("/Subtype") in KEPT and "/AP" in shape:
            for action in ("/A", "/AA", "/Parent"):
                shape.pop(action, None)
            kept.append(one)
    page[NameObject("/Annots")] = kept  # type: ignore[index]


if __name__ == "__main__":
    sys.exit(main())
