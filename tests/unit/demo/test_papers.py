"""Files that people of the demo bring open in a reader, say that they are a demonstration, and come out alike every time."""

from datetime import timedelta
from io import BytesIO

from pypdf import PdfReader

from marketplace.core.clock import shanghai
from marketplace.core.formats import PDF
from marketplace.demo import papers
from marketplace.orders.signature_files import is_our_paper, require_form

AT = shanghai(2020, 3, 10, 14)


def text_of(content: bytes) -> str:
    return "".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages)


def test_a_scan_names_contract_and_stamp_and_is_marked():
    content = papers.scan("H0000001", "演示单位", AT)
    require_form("stamped_scan", PDF, content)
    text = text_of(content)
    assert "H0000001" in text
    assert "演示单位 公章" in text
    assert text.count("演示数据") == 2
    assert "2020-03-10" in text


def test_a_paper_is_the_same_bytes_for_the_same_data_and_another_for_others():
    assert papers.scan("H1", "演示单位", AT) == papers.scan("H1", "演示单位", AT)
    assert papers.scan("H1", "演示单位", AT) != papers.scan("H2", "演示单位", AT)


def test_a_signed_paper_is_our_paper_with_more_behind_it_and_opens():
    paper = papers.paper("合同", [("编号", "H1")], AT)
    signed = papers.signed(paper, AT + timedelta(hours=1))
    require_form("ca_signature", PDF, signed)
    assert is_our_paper(paper, "ca_signature", PDF, signed) is True
    assert text_of(signed) == text_of(paper)
    assert papers.signed(papers.signed(paper, AT), AT) != signed
