"""Which slice hears which fact, does which kind of job, exports what, and what comes round: the tables that `app` composes.

Adding something to a slice that hears, works or exports is adding its line here.
"""

from __future__ import annotations

from typing import Final

from marketplace.accounts import export_kinds
from marketplace.accounts.facts import RoleRemoved
from marketplace.accounts.mail import send_notice
from marketplace.accounts.service import exports, rate_limits, reminders
from marketplace.accounts.service.inbox import MAIL_JOB
from marketplace.attribution import ledger_export, payment_file
from marketplace.attribution.closed_books import refuse_into_closed_books
from marketplace.attribution.service.chain import link_recent
from marketplace.attribution.service.inputs import note_inputs
from marketplace.attribution.service.post import post_counted
from marketplace.attribution.service.reattribute import move_entries
from marketplace.attribution.service.restate import restate_revoked
from marketplace.attribution.service.reverse import post_reversed
from marketplace.beneficiaries.facts import AgreementsChanged, HistoryChanging
from marketplace.catalogue.facts import ListingsChanged, StockTurned
from marketplace.catalogue.service.copies import on_producer_changed, on_product_renamed
from marketplace.catalogue.service.judging import on_certificate_changed
from marketplace.catalogue.service.turning import judge_turned
from marketplace.certification.facts import CertificateChanged, CertificateRevoked
from marketplace.certification.service import documents as notice_documents
from marketplace.certification.service.expiry import note_expiries
from marketplace.certification.service.inbox import tell_producer_of_revocation
from marketplace.core import files
from marketplace.core.facts import Handler
from marketplace.core.health import Gauge
from marketplace.core.jobs import JobHandler, LongJob, Loop, Periodic, Repeated
from marketplace.intake.cabinets.service import making, promises
from marketplace.intake.facts import InputsChanged
from marketplace.intake.health import service as health
from marketplace.intake.service import internal, transfers
from marketplace.intake.service import process as intake
from marketplace.intake.service.duplicates.follow import follow
from marketplace.intake.service.duplicates.gone import look_at_gone
from marketplace.intake.service.duplicates.notice import JOB as DUPLICATES_JOB
from marketplace.intake.service.receive import JOB as INTAKE_JOB
from marketplace.intake.service.receive import UPWARD_JOB
from marketplace.intake.service.upward_taking import take_batch
from marketplace.orders.buying.service.gifts import forget_recipients
from marketplace.orders.buying.service.request_lists import lapse_requests
from marketplace.orders.facts import (
    LinesCounted,
    LinesReversed,
    OrderReattributed,
    OrderRevalued,
    OrdersPlaced,
    RefundOwed,
)
from marketplace.orders.service import cancel_unpaid, close_finished, contracts
from marketplace.orders.service.reminders import remind_of_payments
from marketplace.oversight.handover.service import open_after_removal
from marketplace.payments import service as payments
from marketplace.payments.service import online_worker
from marketplace.producers.facts import ProducerChanged, ProductRenamed, ProductsChanged
from marketplace.producers.service.imports import job as product_import_job
from marketplace.statistics import exports as statistics_exports
from marketplace.statistics.aid_share.service import raise_alarms
from marketplace.statistics.bulletins.service import papers as bulletin_papers
from marketplace.statistics.declarations.reminders import remind_of_last_month
from marketplace.statistics.segments import care
from marketplace.statistics.upward import sending as upward

# Which handlers hear which fact, in this order. What no slice needs to hear is news for features (search).
FACTS: Final[dict[type, tuple[Handler, ...]]] = {
    RoleRemoved: (open_after_removal,),
    ProductsChanged: (),
    ProductRenamed: (on_product_renamed,),
    ProducerChanged: (on_producer_changed,),
    AgreementsChanged: (),
    ListingsChanged: (),
    StockTurned: (),
    HistoryChanging: (refuse_into_closed_books,),
    CertificateChanged: (on_certificate_changed,),
    CertificateRevoked: (restate_revoked, tell_producer_of_revocation),
    OrdersPlaced: (payments.book_orders,),
    OrderRevalued: (payments.book_revaluation, payments.settle_revalued, payments.ask_red_letter),
    RefundOwed: (payments.owe_refund,),
    LinesCounted: (post_counted, payments.charge_counted, payments.settle_counted),
    LinesReversed: (post_reversed, payments.charge_reversed),
    OrderReattributed: (move_entries,),
    InputsChanged: (note_inputs,),
}

# Which handler does which kind of job.
JOBS: Final[dict[str, JobHandler | LongJob]] = {
    MAIL_JOB: send_notice,
    exports.JOB: exports.make,
    exports.OPEN_JOB: LongJob(exports.write),
    INTAKE_JOB: intake.process_waiting,
    DUPLICATES_JOB: follow,
    UPWARD_JOB: take_batch,
    payments.bank_statements.JOB: payments.bank_statements.do,
    product_import_job.KIND: product_import_job.do,
    contracts.JOB: contracts.make_document,
    notice_documents.JOB: notice_documents.make_document,
    bulletin_papers.JOB: bulletin_papers.make_papers,
}

# What can be exported in bulk: with a second person's approval, or, where no person is named, without.
EXPORTS: Final[tuple[exports.Kind, ...]] = (
    export_kinds.ORGANISATIONS,
    ledger_export.ENTRIES,
    payment_file.PAYMENT_FILE,
    statistics_exports.STATISTICS,
    statistics_exports.REPORT,
    statistics_exports.ENTRIES,
)

# What comes round, on every worker.
PERIODIC: Final[tuple[Repeated, ...]] = (
    Periodic("accounts.tidy", 3_600, rate_limits.tidy),
    Periodic("core.files.delete_expired", 600, files.delete_expired),
    Periodic("accounts.remind_filings", 3_600, reminders.remind_of_this_year),
    Periodic("attribution.link", 1, link_recent),
    Loop("statistics.segments.keep_up", 5, care.keep_up, is_long=True),
    Loop("statistics.segments.mend", 600, care.mend, is_long=True),
    Periodic("statistics.remind_declarations", 3_600, remind_of_last_month),
    Periodic("statistics.aid_shares", 3_600, raise_alarms),
    Periodic("certification.expiry", 600, note_expiries),
    Loop("catalogue.judge_turned", 600, judge_turned),
    Periodic("orders.remind_of_payments", 600, remind_of_payments),
    Periodic("orders.cancel_unpaid", 600, cancel_unpaid),
    Periodic("orders.lapse_requests", 600, lapse_requests),
    Periodic("orders.forget_recipients", 3_600, forget_recipients),
    Periodic("orders.close_finished", 600, close_finished),
    Periodic("intake.survivors_gone", 600, look_at_gone),
    Periodic("intake.inputs", 600, internal.settle_inputs),
    Loop("intake.transfers", 3_600, transfers.settle_transfers, is_long=True),
    Loop("intake.keep_promises", 600, promises.keep_all_promises),
    Loop("intake.make_tasks", 600, making.make_all_tasks),
    Loop("intake.health", 600, health.look_after_all),
    Loop("payments.match_receipts", 1, payments.matching.keep_up),
    Loop("payments.match_payouts", 2, payments.payout_lines.keep_up),
    Loop("payments.settle", 3_600, payments.settle_due),
    Loop("payments.levy_statements", 3_600, payments.draw_up_levies),
    Loop("payments.commission_bills", 3_600, payments.draw_up_commission_bills),
    *online_worker.PERIODIC,
    *upward.PERIODIC,
    Loop("payments.verify", 86_400, payments.report_differences, is_long=True),
)

# What /metrics says of the trade. Labels are codes, numbers are rows; each statement reads an index or a short table.
GAUGES: Final[tuple[Gauge, ...]] = (
    Gauge(
        "sanzhuan_devices_unwell",
        "Devices by what is wrong with their reporting",
        "issue",
        "SELECT issue, count(*) FROM intake.device_health, unnest(issues) AS issue GROUP BY issue ORDER BY issue",
    ),
    Gauge(
        "sanzhuan_cabinet_findings_open",
        "Open findings at cabinets",
        "kind",
        "SELECT kind, count(*) FROM intake.cabinet_finding WHERE state = 'open' GROUP BY kind ORDER BY kind",
    ),
    Gauge(
        "sanzhuan_aid_share_below",
        "Points of sale below their set aid share in the last month that was judged",
        "occasion",
        "SELECT occasion, count(*) FROM statistics.aid_share_alarm"
        " WHERE period = (SELECT max(period) FROM statistics.aid_share_alarm) GROUP BY occasion ORDER BY occasion",
    ),
    Gauge(
        "sanzhuan_levy_statements_open",
        "Levy statements that are not agreed",
        "state",
        "SELECT state, count(*) FROM payments.levy_statement WHERE state IN ('drawn', 'disputed')"
        " GROUP BY state ORDER BY state",
    ),
    Gauge(
        "sanzhuan_money_waiting_seconds",
        "Age of the oldest thing of money that waits",
        "what",
        payments.waiting_ages,
    ),
)
