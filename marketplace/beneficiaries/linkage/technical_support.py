"""Technical support: training, seed, guidance (技术带动). It helps, but pays nothing that a formula could
know.

Its share of sales is 0 unless the county approved a declared one; income becomes visible only when
payments prove it.
"""

from __future__ import annotations

from typing import ClassVar

from marshmallow import Schema

from marketplace.beneficiaries.linkage.protocol import Formula, LinkageMode, Terms, count


class TechnicalSupportTerms(Schema):
    """How often a year the roster is trained: coverage, not money."""

    sessions_per_year = count("每年培训次数")


class TechnicalSupport(LinkageMode):
    """Accrues nothing."""

    code = "technical_support"
    title_zh = "技术带动"
    title_en = "Technical support"
    income_group = "经营性"
    basis = "none"
    sentences = ("每年技术培训{count}次,不计提收益",)
    terms_schema = TechnicalSupportTerms
    example_terms: ClassVar[Terms] = {"sessions_per_year": 4}
    default_linked_bp = 0

    def formula(self, terms: Terms) -> Formula:
        """Say plainly that no income is computed."""
        return Formula(self.sentences[0], {"count": str(terms["sessions_per_year"])})


MODE = TechnicalSupport()
