"""What is wrong with a file as a whole (one refusal) and with its cells (a list)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from marketplace.core.errors import Invalid

REFUSALS: Final = {
    "file_empty": "文件是空的",
    "file_too_large": "文件过大，请拆分后再上传",
    "file_kind": "只接受 CSV 和 XLSX 文件",
    "file_old_excel": "这是旧版 Excel（xls）或加密的文件，请另存为未加密的 xlsx",
    "archive_broken": "文件已损坏，无法打开",
    "archive_entries": "文件内部的部件过多",
    "archive_unpacked": "文件解开后过大",
    "archive_ratio": "文件的压缩比异常",
    "archive_size_lie": "文件内部的大小与声明不符",
    "archive_overlap": "文件内部的部件相互重叠",
    "archive_encrypted": "文件已加密，请去掉密码后再上传",
    "archive_name": "文件内部的部件名称有误",
    "xml_forbidden": "文件内部含有不允许的声明",
    "xml_broken": "文件内部的表格内容有误",
    "macros": "文件含有宏，请另存为不含宏的 xlsx",
    "external_links": "文件含有外部链接或数据连接，请去掉后再上传",
    "formulas": "文件含有公式，请复制后以“值”粘贴",
    "error_cells": "文件含有错误值（如 #N/A）",
    "merged_cells": "文件含有合并单元格，请取消合并并逐行填写",
    "hidden_sheets": "文件含有隐藏的工作表，请取消隐藏或删除",
    "too_many_rows": "行数过多",
    "too_many_columns": "列数过多",
    "too_many_cells": "单元格过多，请删除数据以外的空行和空列",
    "dimension_lie": "表格的实际范围与声明不符",
    "cell_reference": "单元格位置有误",
    "sheet_missing": "没有找到工作表",
    "several_sheets": "文件有多个含数据的工作表，请只保留一个",
    "reader_failed": "读取表格失败",
    "reader_limits": "读取表格超出时间或内存限制",
    "encoding": "无法识别文字编码，请另存为 UTF-8 或 GB18030",
    "encoding_utf16": "文件为 UTF-16 编码，请另存为 UTF-8",
    "nul_byte": "文件含有空字符，不是文本表格",
    "csv_quote": "引号没有成对",
    "csv_field": "单元格内容过长",
    "no_header": "第一行应为标题行",
    "header_missing": "缺少列",
    "header_unknown": "含有无法识别的列",
    "header_repeated": "列标题重复",
}
"""Every reason for which a whole file is refused."""


@dataclass(frozen=True)
class RowError:
    """One cell that breaks a rule: 1-based row as Excel shows it, column title, stable code, sentence for people.

    The message never repeats the value of a restricted column.
    """

    row: int
    column: str
    code: str
    message_zh: str


def refusal(code: str, *places: str) -> Invalid:
    """The refusal of a whole file; ``places`` name cells, columns or sheets (at most 20 are told)."""
    message = REFUSALS[code]
    if places:
        message += "：" + "、".join(places[:20])
    return Invalid(f"sheet_{code}", message, places=list(places[:20]))
