"""A bulletin as a file: the frozen bytes themselves, or the same figures as XLSX or CSV, with its numbers and words."""

from __future__ import annotations

from dataclasses import replace

from marketplace.statistics.bulletins.building import subject_of
from marketplace.statistics.bulletins.canonical import read
from marketplace.statistics.bulletins.models import Bulletin
from marketplace.statistics.export import report_file


def document(bulletin: Bulletin, content: bytes, file_format: str) -> bytes:
    """`content` (what everybody, or what officials may read) in the format json, csv or xlsx. Chinese, as it was issued."""
    if file_format == "json":
        return content
    sealed = read(content)
    table = replace(sealed.table, notes=[*_said(bulletin), *sealed.table.notes])
    return report_file(
        file_format,
        bulletin.report_code,
        sealed.head["title"],
        subject_of(bulletin).request,
        table,
        form=sealed.form,
        heading=bulletin.title,
    )


def issue_title(bulletin: Bulletin) -> str:
    """2020年第3期(总第15期), 第2版; empty before it is issued."""
    if bulletin.issue_no is None:
        return ""
    again = f",第{bulletin.version}版" if bulletin.version > 1 else ""
    return f"{bulletin.year}年第{bulletin.issue_no}期(总第{bulletin.total_no}期){again}"


def _said(bulletin: Bulletin) -> list[str]:
    found = [
        ("期号", issue_title(bulletin)),
        ("供稿", bulletin.supplied_by),
        ("主送", "、".join(bulletin.main_to)),
        ("抄送", "、".join(bulletin.copy_to)),
        ("替代说明", bulletin.reason or ""),
    ]
    return [f"{label}:{words}" for label, words in found if words]
