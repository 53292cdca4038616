"""What a producer holds: certificates and what wants attention; what the rules would say of a draft."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.certification.models import Certificate
from marketplace.certification.service import holding
from marketplace.certification.service.submission import preview_of
from tests.support.certification import County, an_actor, at


def test_a_certificate_wants_attention_in_its_last_thirty_days_only(session: Session) -> None:
    county = County(session)
    county.carried("published")
    certificate = session.scalars(holding.certificates_held(county.applicant)).one()
    last = certificate.valid_to
    for day, ending in ((last - timedelta(days=31), 0), (last - timedelta(days=30), 1), (last, 1)):
        assert holding.attention(session, county.applicant, day) == holding.Attention(ending, 0)
    assert holding.attention(session, county.applicant, last + timedelta(days=1)).ending == 0
    other = an_actor("producer", "000000", County(session).producer.organisation_id)
    assert session.scalars(holding.certificates_held(other)).all() == []
    assert session.scalars(select(Certificate)).all() == [certificate]


def test_a_draft_is_judged_by_the_rules_of_today_without_being_put_forward(session: Session) -> None:
    county = County(session)
    with at(2020, 6, 1):
        draft = county.drafted(workers_registered=0)
        assert not all(evaluation.passed for _rule_set, evaluation in preview_of(session, draft))
        assert draft.state == "draft"
        assert draft.evaluation is None
