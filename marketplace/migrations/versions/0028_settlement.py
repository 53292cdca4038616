"""Collection in supervised accounts, commission, levy, settlement runs and payouts."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"

TEXT = sa.Text(collation="C")
INSTANT = sa.DateTime(timezone=True)
APPEND_ONLY = ("collection", "line_commission", "line_charge", "payout_file")


def upgrade() -> None:
    op.create_table('payout_file',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('number', TEXT, nullable=False),
    sa.Column('payouts', sa.BigInteger(), nullable=False),
    sa.Column('amount_fen', sa.BigInteger(), nullable=False),
    sa.Column('made_by', sa.Uuid(), nullable=True),
    sa.Column('made_at', INSTANT, nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_payout_file')),
    sa.UniqueConstraint('number', name=op.f('uq_payout_file_number')),
    schema='payments'
    )
    op.create_table('commission_agreement',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('document_no', TEXT, nullable=False),
    sa.Column('operator_id', sa.Uuid(), nullable=True),
    sa.Column('area_prefix', TEXT, nullable=True),
    sa.Column('commission_bp', sa.SmallInteger(), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('valid_to', sa.Date(), nullable=True),
    sa.Column('state', TEXT, nullable=False),
    sa.Column('proposed_by', sa.Uuid(), nullable=True),
    sa.Column('proposed_by_person', sa.Uuid(), nullable=True),
    sa.Column('proposed_at', INSTANT, nullable=False),
    sa.Column('decided_by', sa.Uuid(), nullable=True),
    sa.Column('decided_by_person', sa.Uuid(), nullable=True),
    sa.Column('decided_at', INSTANT, nullable=True),
    sa.CheckConstraint("state IN ('proposed', 'approved', 'refused')", name=op.f('ck_commission_agreement_state')),
    sa.CheckConstraint('commission_bp BETWEEN 1 AND 10000', name=op.f('ck_commission_agreement_rate')),
    sa.CheckConstraint('decided_by_person IS NULL OR decided_by_person IS DISTINCT FROM proposed_by_person', name=op.f('ck_commission_agreement_four_eyes')),
    sa.CheckConstraint('num_nonnulls(operator_id, area_prefix) > 0', name=op.f('ck_commission_agreement_of_somebody')),
    sa.CheckConstraint('valid_to IS NULL OR valid_to > valid_from', name=op.f('ck_commission_agreement_days')),
    sa.ForeignKeyConstraint(['operator_id'], ['accounts.organisation.id'], name=op.f('fk_commission_agreement_operator_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_commission_agreement')),
    sa.UniqueConstraint('document_no', name=op.f('uq_commission_agreement_document_no')),
    schema='payments'
    )
    op.create_table('settlement_run',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('number', TEXT, nullable=False),
    sa.Column('producer_organisation_id', sa.Uuid(), nullable=False),
    sa.Column('through_on', sa.Date(), nullable=False),
    sa.Column('sales_fen', sa.BigInteger(), nullable=False),
    sa.Column('claims_fen', sa.BigInteger(), nullable=False),
    sa.Column('commission_fen', sa.BigInteger(), nullable=False),
    sa.Column('amount_fen', sa.BigInteger(), nullable=False),
    sa.Column('state', TEXT, nullable=False),
    sa.Column('proposed_by', sa.Uuid(), nullable=True),
    sa.Column('proposed_by_person', sa.Uuid(), nullable=True),
    sa.Column('proposed_at', INSTANT, nullable=False),
    sa.Column('reviewed_by', sa.Uuid(), nullable=True),
    sa.Column('reviewed_by_person', sa.Uuid(), nullable=True),
    sa.Column('reviewed_at', INSTANT, nullable=True),
    sa.Column('approved_by', sa.Uuid(), nullable=True),
    sa.Column('approved_by_person', sa.Uuid(), nullable=True),
    sa.Column('approved_at', INSTANT, nullable=True),
    sa.Column('refused_by', sa.Uuid(), nullable=True),
    sa.Column('refused_at', INSTANT, nullable=True),
    sa.Column('refusal', TEXT, nullable=True),
    sa.Column('is_demo', sa.Boolean(), nullable=False),
    sa.CheckConstraint("state IN ('proposed', 'reviewed', 'approved', 'paid', 'refused', 'failed')", name=op.f('ck_settlement_run_state')),
    sa.CheckConstraint('amount_fen = sales_fen - claims_fen - commission_fen', name=op.f('ck_settlement_run_sum')),
    sa.CheckConstraint('amount_fen > 0', name=op.f('ck_settlement_run_amount')),
    sa.CheckConstraint('reviewed_by_person IS NULL OR (reviewed_by_person IS DISTINCT FROM proposed_by_person AND approved_by_person IS DISTINCT FROM reviewed_by_person AND (approved_by_person IS NULL OR approved_by_person IS DISTINCT FROM proposed_by_person))', name=op.f('ck_settlement_run_three_persons')),
    sa.ForeignKeyConstraint(['producer_organisation_id'], ['accounts.organisation.id'], name=op.f('fk_settlement_run_producer_organisation_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_settlement_run')),
    sa.UniqueConstraint('number', name=op.f('uq_settlement_run_number')),
    schema='payments'
    )
    op.create_index('uq_settlement_run_producer_through', 'settlement_run', ['producer_organisation_id', 'through_on'], unique=True, schema='payments', postgresql_where=sa.text("state NOT IN ('refused', 'failed')"))
    op.create_table('payout',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('number', TEXT, nullable=False),
    sa.Column('run_id', sa.Uuid(), nullable=False),
    sa.Column('producer_organisation_id', sa.Uuid(), nullable=False),
    sa.Column('amount_fen', sa.BigInteger(), nullable=False),
    sa.Column('state', TEXT, nullable=False),
    sa.Column('attempt', sa.SmallInteger(), nullable=False),
    sa.Column('sent_at', INSTANT, nullable=True),
    sa.Column('reference', TEXT, nullable=True),
    sa.Column('ended_at', INSTANT, nullable=True),
    sa.Column('return_reason', TEXT, nullable=True),
    sa.Column('is_demo', sa.Boolean(), nullable=False),
    sa.CheckConstraint("state IN ('prepared', 'sent', 'confirmed', 'returned', 'failed')", name=op.f('ck_payout_state')),
    sa.CheckConstraint('amount_fen > 0', name=op.f('ck_payout_amount')),
    sa.CheckConstraint('attempt BETWEEN 0 AND 2', name=op.f('ck_payout_attempt')),
    sa.ForeignKeyConstraint(['run_id'], ['payments.settlement_run.id'], name=op.f('fk_payout_run_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_payout')),
    sa.UniqueConstraint('number', name=op.f('uq_payout_number')),
    sa.UniqueConstraint('run_id', name=op.f('uq_payout_run_id')),
    schema='payments'
    )
    op.create_index(op.f('ix_payout_producer_organisation_id'), 'payout', ['producer_organisation_id'], unique=False, schema='payments')
    op.create_index('uq_payout_reference', 'payout', ['reference'], unique=True, schema='payments', postgresql_where=sa.text('reference IS NOT NULL'))
    op.create_table('supervised_agreement',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('document_no', TEXT, nullable=False),
    sa.Column('bank_name', TEXT, nullable=False),
    sa.Column('account_enc', sa.LargeBinary(), nullable=False),
    sa.Column('producer_organisation_id', sa.Uuid(), nullable=True),
    sa.Column('channel_id', sa.Uuid(), nullable=True),
    sa.Column('area_prefix', TEXT, nullable=True),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('valid_to', sa.Date(), nullable=True),
    sa.Column('state', TEXT, nullable=False),
    sa.Column('proposed_by', sa.Uuid(), nullable=True),
    sa.Column('proposed_by_person', sa.Uuid(), nullable=True),
    sa.Column('proposed_at', INSTANT, nullable=False),
    sa.Column('decided_by', sa.Uuid(), nullable=True),
    sa.Column('decided_by_person', sa.Uuid(), nullable=True),
    sa.Column('decided_at', INSTANT, nullable=True),
    sa.Column('is_demo', sa.Boolean(), nullable=False),
    sa.CheckConstraint("state IN ('proposed', 'approved', 'refused')", name=op.f('ck_supervised_agreement_state')),
    sa.CheckConstraint('decided_by_person IS NULL OR decided_by_person IS DISTINCT FROM proposed_by_person', name=op.f('ck_supervised_agreement_four_eyes')),
    sa.CheckConstraint('num_nonnulls(producer_organisation_id, channel_id, area_prefix) > 0', name=op.f('ck_supervised_agreement_of_somebody')),
    sa.CheckConstraint('valid_to IS NULL OR valid_to > valid_from', name=op.f('ck_supervised_agreement_days')),
    sa.ForeignKeyConstraint(['channel_id'], ['catalogue.channel.id'], name=op.f('fk_supervised_agreement_channel_id')),
    sa.ForeignKeyConstraint(['producer_organisation_id'], ['accounts.organisation.id'], name=op.f('fk_supervised_agreement_producer_organisation_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_supervised_agreement')),
    sa.UniqueConstraint('document_no', name=op.f('uq_supervised_agreement_document_no')),
    schema='payments'
    )
    op.create_table('collection',
    sa.Column('order_id', sa.Uuid(), nullable=False),
    sa.Column('checkout_id', sa.Uuid(), nullable=False),
    sa.Column('producer_organisation_id', sa.Uuid(), nullable=False),
    sa.Column('agreement_id', sa.Uuid(), nullable=False),
    sa.Column('share_fen', sa.BigInteger(), nullable=False),
    sa.CheckConstraint('share_fen >= 0', name=op.f('ck_collection_share')),
    sa.ForeignKeyConstraint(['agreement_id'], ['payments.supervised_agreement.id'], name=op.f('fk_collection_agreement_id')),
    sa.ForeignKeyConstraint(['checkout_id'], ['orders.checkout.id'], name=op.f('fk_collection_checkout_id')),
    sa.ForeignKeyConstraint(['order_id'], ['orders.sales_order.id'], name=op.f('fk_collection_order_id')),
    sa.PrimaryKeyConstraint('order_id', name=op.f('pk_collection')),
    schema='payments'
    )
    op.create_index(op.f('ix_collection_checkout_id'), 'collection', ['checkout_id'], unique=False, schema='payments')
    op.create_index(op.f('ix_collection_producer_organisation_id'), 'collection', ['producer_organisation_id'], unique=False, schema='payments')
    op.create_table('line_charge',
    sa.Column('charge_no', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('kind', TEXT, nullable=False),
    sa.Column('source', TEXT, nullable=False),
    sa.Column('line_id', sa.Uuid(), nullable=False),
    sa.Column('event_id', sa.Uuid(), nullable=False),
    sa.Column('party', sa.Uuid(), nullable=True),
    sa.Column('order_id', sa.Uuid(), nullable=True),
    sa.Column('rate_bp', sa.SmallInteger(), nullable=False),
    sa.Column('base_fen', sa.BigInteger(), nullable=False),
    sa.Column('charge_fen', sa.BigInteger(), nullable=False),
    sa.Column('period', TEXT, nullable=False),
    sa.Column('at', INSTANT, nullable=False),
    sa.Column('is_demo', sa.Boolean(), nullable=False),
    sa.CheckConstraint("kind IN ('levy', 'commission')", name=op.f('ck_line_charge_kind')),
    sa.PrimaryKeyConstraint('charge_no', name=op.f('pk_line_charge')),
    sa.UniqueConstraint('kind', 'source', 'line_id', 'event_id', name=op.f('uq_line_charge_kind_source_line_id_event_id')),
    schema='payments'
    )
    op.create_index(op.f('ix_line_charge_kind_party_period'), 'line_charge', ['kind', 'party', 'period'], unique=False, schema='payments')
    op.create_table('payout_instruction',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('file_id', sa.Uuid(), nullable=False),
    sa.Column('line_no', sa.SmallInteger(), nullable=False),
    sa.Column('payout_id', sa.Uuid(), nullable=False),
    sa.Column('attempt', sa.SmallInteger(), nullable=False),
    sa.Column('payee_name', TEXT, nullable=False),
    sa.Column('bank_name', TEXT, nullable=False),
    sa.Column('account_enc', sa.LargeBinary(), nullable=False),
    sa.Column('amount_fen', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['file_id'], ['payments.payout_file.id'], name=op.f('fk_payout_instruction_file_id')),
    sa.ForeignKeyConstraint(['payout_id'], ['payments.payout.id'], name=op.f('fk_payout_instruction_payout_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_payout_instruction')),
    sa.UniqueConstraint('file_id', 'line_no', name=op.f('uq_payout_instruction_file_id_line_no')),
    sa.UniqueConstraint('payout_id', 'attempt', name=op.f('uq_payout_instruction_payout_id_attempt')),
    schema='payments'
    )
    op.create_table('line_commission',
    sa.Column('line_id', sa.Uuid(), nullable=False),
    sa.Column('agreement_id', sa.Uuid(), nullable=False),
    sa.Column('commission_bp', sa.SmallInteger(), nullable=False),
    sa.CheckConstraint('commission_bp BETWEEN 1 AND 10000', name=op.f('ck_line_commission_rate')),
    sa.ForeignKeyConstraint(['agreement_id'], ['payments.commission_agreement.id'], name=op.f('fk_line_commission_agreement_id')),
    sa.ForeignKeyConstraint(['line_id'], ['orders.order_line.id'], name=op.f('fk_line_commission_line_id')),
    sa.PrimaryKeyConstraint('line_id', name=op.f('pk_line_commission')),
    schema='payments'
    )
    op.create_table('settlement_item',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('event', TEXT, nullable=False),
    sa.Column('producer_organisation_id', sa.Uuid(), nullable=False),
    sa.Column('order_id', sa.Uuid(), nullable=False),
    sa.Column('line_id', sa.Uuid(), nullable=True),
    sa.Column('kind', TEXT, nullable=False),
    sa.Column('amount_fen', sa.BigInteger(), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('at', INSTANT, nullable=False),
    sa.Column('run_id', sa.Uuid(), nullable=True),
    sa.Column('is_demo', sa.Boolean(), nullable=False),
    sa.CheckConstraint("kind IN ('sale', 'freight', 'claim', 'commission', 'commission_back')", name=op.f('ck_settlement_item_kind')),
    sa.CheckConstraint('amount_fen <> 0', name=op.f('ck_settlement_item_amount')),
    sa.ForeignKeyConstraint(['line_id'], ['orders.order_line.id'], name=op.f('fk_settlement_item_line_id')),
    sa.ForeignKeyConstraint(['order_id'], ['orders.sales_order.id'], name=op.f('fk_settlement_item_order_id')),
    sa.ForeignKeyConstraint(['producer_organisation_id'], ['accounts.organisation.id'], name=op.f('fk_settlement_item_producer_organisation_id')),
    sa.ForeignKeyConstraint(['run_id'], ['payments.settlement_run.id'], name=op.f('fk_settlement_item_run_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_settlement_item')),
    sa.UniqueConstraint('event', name=op.f('uq_settlement_item_event')),
    schema='payments'
    )
    op.create_index('ix_settlement_item_open', 'settlement_item', ['producer_organisation_id', 'due_on'], unique=False, schema='payments', postgresql_where=sa.text('run_id IS NULL'))
    op.create_index(op.f('ix_settlement_item_order_id'), 'settlement_item', ['order_id'], unique=False, schema='payments')
    op.create_index(op.f('ix_settlement_item_run_id'), 'settlement_item', ['run_id'], unique=False, schema='payments')
    for table in APPEND_ONLY:
        op.execute(f"""
            CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON payments.{table}
            FOR EACH ROW EXECUTE FUNCTION core.refuse_change()
        """)
        op.execute(f"""
            CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON payments.{table}
            FOR EACH STATEMENT EXECUTE FUNCTION core.refuse_change()
        """)
        op.execute(f"GRANT SELECT, INSERT ON payments.{table} TO sanzhuan_app")
    for table in ("supervised_agreement", "commission_agreement", "settlement_run", "payout"):
        op.execute(f"GRANT SELECT, INSERT, UPDATE ON payments.{table} TO sanzhuan_app")
    # An item is taken by a run, once; an instruction's cell may come under a newer key. Nothing else of them ever changes.
    op.execute("GRANT SELECT, INSERT, UPDATE (run_id) ON payments.settlement_item TO sanzhuan_app")
    op.execute("GRANT SELECT, INSERT, UPDATE (account_enc) ON payments.payout_instruction TO sanzhuan_app")
    op.execute("GRANT USAGE ON ALL SEQUENCES IN SCHEMA payments TO sanzhuan_app")


def downgrade() -> None:
    op.drop_table("settlement_item", schema="payments")
    op.drop_table("line_commission", schema="payments")
    op.drop_table("payout_instruction", schema="payments")
    op.drop_table("line_charge", schema="payments")
    op.drop_table("collection", schema="payments")
    op.drop_table("supervised_agreement", schema="payments")
    op.drop_table("payout", schema="payments")
    op.drop_table("settlement_run", schema="payments")
    op.drop_table("commission_agreement", schema="payments")
    op.drop_table("payout_file", schema="payments")
