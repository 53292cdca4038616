"""Cabinets (planograms, stock, tasks, heartbeats, findings), health of devices, signed levy statements, set aid shares."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0035"
down_revision = "0034"

TEXT = sa.Text(collation="C")
INSTANT = sa.DateTime(timezone=True)
APPEND_ONLY = (
    "intake.planogram",
    "intake.planogram_slot",
    "intake.cabinet_movement",
    "payments.levy_statement_line",
    "statistics.aid_share_rule",
    "statistics.aid_share_alarm",
)
CHANGING = (
    "intake.cabinet",
    "intake.cabinet_stock",
    "intake.cabinet_finding",
    "intake.cabinet_task",
    "intake.goods_recall",
    "intake.pulse",
    "intake.device_health",
    "payments.levy_statement",
)


def upgrade() -> None:
    op.create_table('aid_share_rule',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('channel_kind', TEXT, nullable=False),
    sa.Column('area_code', TEXT, nullable=False),
    sa.Column('from_on', sa.Date(), nullable=False),
    sa.Column('share_bp', sa.SmallInteger(), nullable=True),
    sa.Column('alarm_day', sa.SmallInteger(), nullable=False),
    sa.Column('document_no', TEXT, nullable=True),
    sa.Column('made_by', sa.Uuid(), nullable=True),
    sa.Column('made_at', INSTANT, nullable=False),
    sa.CheckConstraint('alarm_day BETWEEN 1 AND 28', name=op.f('ck_aid_share_rule_alarm_day')),
    sa.CheckConstraint('share_bp BETWEEN 1 AND 10000', name=op.f('ck_aid_share_rule_share')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_aid_share_rule')),
    sa.UniqueConstraint('channel_kind', 'area_code', 'from_on', name=op.f('uq_aid_share_rule_channel_kind_area_code_from_on')),
    schema='statistics'
    )
    op.create_table('levy_statement',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('number', TEXT, nullable=False),
    sa.Column('operator_id', sa.Uuid(), nullable=False),
    sa.Column('period', TEXT, nullable=False),
    sa.Column('version', sa.SmallInteger(), nullable=False),
    sa.Column('state', TEXT, nullable=False),
    sa.Column('lines', sa.BigInteger(), nullable=False),
    sa.Column('base_fen', sa.BigInteger(), nullable=False),
    sa.Column('levy_fen', sa.BigInteger(), nullable=False),
    sa.Column('earlier_base_fen', sa.BigInteger(), nullable=False),
    sa.Column('earlier_levy_fen', sa.BigInteger(), nullable=False),
    sa.Column('total_fen', sa.BigInteger(), nullable=False),
    sa.Column('drawn_by', sa.Uuid(), nullable=True),
    sa.Column('drawn_at', INSTANT, nullable=False),
    sa.Column('operator_signed_by', sa.Uuid(), nullable=True),
    sa.Column('operator_person', sa.Uuid(), nullable=True),
    sa.Column('operator_signed_at', INSTANT, nullable=True),
    sa.Column('authority_signed_by', sa.Uuid(), nullable=True),
    sa.Column('authority_person', sa.Uuid(), nullable=True),
    sa.Column('authority_signed_at', INSTANT, nullable=True),
    sa.Column('disputed_side', TEXT, nullable=True),
    sa.Column('disputed_by', sa.Uuid(), nullable=True),
    sa.Column('disputed_at', INSTANT, nullable=True),
    sa.Column('dispute', TEXT, nullable=True),
    sa.Column('is_demo', sa.Boolean(), nullable=False),
    sa.CheckConstraint("state <> 'agreed' OR (operator_signed_at IS NOT NULL AND authority_signed_at IS NOT NULL)", name=op.f('ck_levy_statement_agreed')),
    sa.CheckConstraint("state IN ('drawn', 'disputed', 'agreed', 'superseded')", name=op.f('ck_levy_statement_state')),
    sa.CheckConstraint('(dispute IS NULL) = (disputed_at IS NULL)', name=op.f('ck_levy_statement_dispute')),
    sa.CheckConstraint('operator_person IS DISTINCT FROM authority_person OR operator_person IS NULL', name=op.f('ck_levy_statement_two_persons')),
    sa.CheckConstraint('total_fen = levy_fen + earlier_levy_fen', name=op.f('ck_levy_statement_sum')),
    sa.ForeignKeyConstraint(['operator_id'], ['accounts.organisation.id'], name=op.f('fk_levy_statement_operator_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_levy_statement')),
    sa.UniqueConstraint('number', name=op.f('uq_levy_statement_number')),
    sa.UniqueConstraint('operator_id', 'period', 'version', name=op.f('uq_levy_statement_operator_id_period_version')),
    schema='payments'
    )
    op.create_index('uq_levy_statement_standing', 'levy_statement', ['operator_id', 'period'], unique=True, schema='payments', postgresql_where=sa.text("state <> 'superseded'"))
    op.create_table('levy_statement_line',
    sa.Column('statement_id', sa.Uuid(), nullable=False),
    sa.Column('charge_no', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['charge_no'], ['payments.line_charge.charge_no'], name=op.f('fk_levy_statement_line_charge_no')),
    sa.ForeignKeyConstraint(['statement_id'], ['payments.levy_statement.id'], name=op.f('fk_levy_statement_line_statement_id')),
    sa.PrimaryKeyConstraint('statement_id', 'charge_no', name=op.f('pk_levy_statement_line')),
    schema='payments'
    )
    op.create_index(op.f('ix_levy_statement_line_charge_no'), 'levy_statement_line', ['charge_no'], unique=False, schema='payments')
    op.create_table('aid_share_alarm',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('channel_id', sa.Uuid(), nullable=False),
    sa.Column('operator_id', sa.Uuid(), nullable=True),
    sa.Column('period', TEXT, nullable=False),
    sa.Column('occasion', TEXT, nullable=False),
    sa.Column('sales_fen', sa.BigInteger(), nullable=False),
    sa.Column('aid_fen', sa.BigInteger(), nullable=False),
    sa.Column('share_bp', sa.SmallInteger(), nullable=False),
    sa.Column('wanted_bp', sa.SmallInteger(), nullable=False),
    sa.Column('position', sa.BigInteger(), nullable=False),
    sa.Column('raised_at', INSTANT, nullable=False),
    sa.CheckConstraint("occasion IN ('within', 'ended')", name=op.f('ck_aid_share_alarm_occasion')),
    sa.ForeignKeyConstraint(['channel_id'], ['catalogue.channel.id'], name=op.f('fk_aid_share_alarm_channel_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_aid_share_alarm')),
    sa.UniqueConstraint('channel_id', 'period', 'occasion', name=op.f('uq_aid_share_alarm_channel_id_period_occasion')),
    schema='statistics'
    )
    op.create_index(op.f('ix_aid_share_alarm_period'), 'aid_share_alarm', ['period'], unique=False, schema='statistics')
    op.create_table('cabinet',
    sa.Column('device_id', sa.Uuid(), nullable=False),
    sa.Column('channel_id', sa.Uuid(), nullable=False),
    sa.Column('since', INSTANT, nullable=False),
    sa.Column('made_at', INSTANT, nullable=False),
    sa.ForeignKeyConstraint(['channel_id'], ['catalogue.channel.id'], name=op.f('fk_cabinet_channel_id')),
    sa.ForeignKeyConstraint(['device_id'], ['intake.device.id'], name=op.f('fk_cabinet_device_id')),
    sa.PrimaryKeyConstraint('device_id', name=op.f('pk_cabinet')),
    schema='intake'
    )
    op.create_index(op.f('ix_cabinet_channel_id'), 'cabinet', ['channel_id'], unique=False, schema='intake')
    op.create_table('device_health',
    sa.Column('device_id', sa.Uuid(), nullable=False),
    sa.Column('channel_id', sa.Uuid(), nullable=False),
    sa.Column('issues', sa.ARRAY(sa.Text()), nullable=False),
    sa.Column('since', INSTANT, nullable=False),
    sa.ForeignKeyConstraint(['channel_id'], ['catalogue.channel.id'], name=op.f('fk_device_health_channel_id')),
    sa.ForeignKeyConstraint(['device_id'], ['intake.device.id'], name=op.f('fk_device_health_device_id')),
    sa.PrimaryKeyConstraint('device_id', name=op.f('pk_device_health')),
    schema='intake'
    )
    op.create_index(op.f('ix_device_health_channel_id'), 'device_health', ['channel_id'], unique=False, schema='intake')
    op.create_table('goods_recall',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('number', TEXT, nullable=False),
    sa.Column('product_id', sa.Uuid(), nullable=False),
    sa.Column('lot_no', TEXT, nullable=True),
    sa.Column('reason', TEXT, nullable=False),
    sa.Column('document_no', TEXT, nullable=True),
    sa.Column('area_code', TEXT, nullable=False),
    sa.Column('operator_id', sa.Uuid(), nullable=True),
    sa.Column('made_by', sa.Uuid(), nullable=True),
    sa.Column('made_at', INSTANT, nullable=False),
    sa.Column('lifted_by', sa.Uuid(), nullable=True),
    sa.Column('lifted_at', INSTANT, nullable=True),
    sa.ForeignKeyConstraint(['operator_id'], ['accounts.organisation.id'], name=op.f('fk_goods_recall_operator_id')),
    sa.ForeignKeyConstraint(['product_id'], ['producers.product.id'], name=op.f('fk_goods_recall_product_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_goods_recall')),
    sa.UniqueConstraint('number', name=op.f('uq_goods_recall_number')),
    schema='intake'
    )
    op.create_table('pulse',
    sa.Column('device_id', sa.Uuid(), nullable=False),
    sa.Column('said_at', INSTANT, nullable=False),
    sa.Column('received_at', INSTANT, nullable=False),
    sa.Column('door', TEXT, nullable=False),
    sa.Column('temperature_decic', sa.BigInteger(), nullable=True),
    sa.Column('last_sequence', sa.BigInteger(), nullable=False),
    sa.Column('unsent', sa.BigInteger(), nullable=False),
    sa.CheckConstraint("door IN ('closed', 'open', 'unknown')", name=op.f('ck_pulse_door')),
    sa.ForeignKeyConstraint(['device_id'], ['intake.device.id'], name=op.f('fk_pulse_device_id')),
    sa.PrimaryKeyConstraint('device_id', name=op.f('pk_pulse')),
    schema='intake'
    )
    op.create_table('cabinet_finding',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('number', TEXT, nullable=False),
    sa.Column('device_id', sa.Uuid(), nullable=False),
    sa.Column('channel_id', sa.Uuid(), nullable=False),
    sa.Column('goods_key', TEXT, nullable=False),
    sa.Column('goods_name', TEXT, nullable=False),
    sa.Column('kind', TEXT, nullable=False),
    sa.Column('key', TEXT, nullable=False),
    sa.Column('since', INSTANT, nullable=False),
    sa.Column('there_milli', sa.BigInteger(), nullable=False),
    sa.Column('sold_milli', sa.BigInteger(), nullable=False),
    sa.Column('slot_code', TEXT, nullable=True),
    sa.Column('lot_no', TEXT, nullable=True),
    sa.Column('expires_on', sa.Date(), nullable=True),
    sa.Column('state', TEXT, nullable=False),
    sa.Column('found_at', INSTANT, nullable=False),
    sa.Column('settled_at', INSTANT, nullable=True),
    sa.Column('settled_by', sa.Uuid(), nullable=True),
    sa.Column('opinion', TEXT, nullable=True),
    sa.CheckConstraint("kind IN ('oversold', 'expired_sold', 'over_promised')", name=op.f('ck_cabinet_finding_kind')),
    sa.CheckConstraint("state IN ('open', 'explained', 'closed')", name=op.f('ck_cabinet_finding_state')),
    sa.ForeignKeyConstraint(['channel_id'], ['catalogue.channel.id'], name=op.f('fk_cabinet_finding_channel_id')),
    sa.ForeignKeyConstraint(['device_id'], ['intake.cabinet.device_id'], name=op.f('fk_cabinet_finding_device_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_cabinet_finding')),
    sa.UniqueConstraint('device_id', 'goods_key', 'kind', 'key', name=op.f('uq_cabinet_finding_device_id_goods_key_kind_key')),
    sa.UniqueConstraint('number', name=op.f('uq_cabinet_finding_number')),
    schema='intake'
    )
    op.create_index(op.f('ix_cabinet_finding_channel_id_state'), 'cabinet_finding', ['channel_id', 'state'], unique=False, schema='intake')
    op.create_table('cabinet_movement',
    sa.Column('movement_no', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('device_id', sa.Uuid(), nullable=False),
    sa.Column('goods_key', TEXT, nullable=False),
    sa.Column('kind', TEXT, nullable=False),
    sa.Column('change_milli', sa.BigInteger(), nullable=False),
    sa.Column('at', INSTANT, nullable=False),
    sa.Column('recorded_at', INSTANT, nullable=False),
    sa.Column('slot_code', TEXT, nullable=True),
    sa.Column('lot_no', TEXT, nullable=True),
    sa.Column('expires_on', sa.Date(), nullable=True),
    sa.Column('counted', postgresql.JSONB(), nullable=True),
    sa.Column('about_no', sa.BigInteger(), nullable=True),
    sa.Column('source_id', sa.Uuid(), nullable=True),
    sa.Column('actor_id', sa.Uuid(), nullable=True),
    sa.Column('reason', TEXT, nullable=True),
    sa.CheckConstraint("(kind = 'count') = (counted IS NOT NULL)", name=op.f('ck_cabinet_movement_counted')),
    sa.CheckConstraint("(kind = 'shrinkage') = (about_no IS NOT NULL)", name=op.f('ck_cabinet_movement_about')),
    sa.CheckConstraint("CASE WHEN kind IN ('restock', 'refund', 'sale_withdrawn', 'order_back') THEN change_milli > 0 WHEN kind IN ('sale', 'order_out', 'recall') THEN change_milli < 0 WHEN kind = 'count' THEN change_milli = 0 ELSE change_milli <> 0 END", name=op.f('ck_cabinet_movement_change')),
    sa.CheckConstraint("kind IN ('restock', 'refund', 'sale', 'sale_withdrawn', 'order_out', 'order_back', 'recall', 'count', 'shrinkage')", name=op.f('ck_cabinet_movement_kind')),
    sa.ForeignKeyConstraint(['about_no'], ['intake.cabinet_movement.movement_no'], name=op.f('fk_cabinet_movement_about_no')),
    sa.ForeignKeyConstraint(['device_id'], ['intake.cabinet.device_id'], name=op.f('fk_cabinet_movement_device_id')),
    sa.PrimaryKeyConstraint('movement_no', name=op.f('pk_cabinet_movement')),
    schema='intake'
    )
    op.create_index(op.f('ix_cabinet_movement_about_no'), 'cabinet_movement', ['about_no'], unique=False, schema='intake', postgresql_where=sa.text('about_no IS NOT NULL'))
    op.create_index(op.f('ix_cabinet_movement_device_id_goods_key_at'), 'cabinet_movement', ['device_id', 'goods_key', 'at'], unique=False, schema='intake')
    op.create_index('uq_cabinet_movement_source', 'cabinet_movement', ['source_id', 'kind', 'goods_key'], unique=True, schema='intake', postgresql_where=sa.text('source_id IS NOT NULL'))
    op.create_table('cabinet_stock',
    sa.Column('device_id', sa.Uuid(), nullable=False),
    sa.Column('goods_key', TEXT, nullable=False),
    sa.Column('product_id', sa.Uuid(), nullable=True),
    sa.Column('goods_name', TEXT, nullable=False),
    sa.Column('on_hand_milli', sa.BigInteger(), nullable=False),
    sa.Column('shelf', postgresql.JSONB(), nullable=False),
    sa.ForeignKeyConstraint(['device_id'], ['intake.cabinet.device_id'], name=op.f('fk_cabinet_stock_device_id')),
    sa.PrimaryKeyConstraint('device_id', 'goods_key', name=op.f('pk_cabinet_stock')),
    schema='intake'
    )
    op.create_index(op.f('ix_cabinet_stock_product_id'), 'cabinet_stock', ['product_id'], unique=False, schema='intake')
    op.create_table('cabinet_task',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('number', TEXT, nullable=False),
    sa.Column('device_id', sa.Uuid(), nullable=False),
    sa.Column('channel_id', sa.Uuid(), nullable=False),
    sa.Column('kind', TEXT, nullable=False),
    sa.Column('cause', TEXT, nullable=False),
    sa.Column('goods_key', TEXT, nullable=False),
    sa.Column('goods_name', TEXT, nullable=False),
    sa.Column('slot_code', TEXT, nullable=False),
    sa.Column('lot_no', TEXT, nullable=False),
    sa.Column('units', sa.BigInteger(), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('state', TEXT, nullable=False),
    sa.Column('made_at', INSTANT, nullable=False),
    sa.Column('assigned_to', sa.Uuid(), nullable=True),
    sa.Column('assigned_by', sa.Uuid(), nullable=True),
    sa.Column('assigned_at', INSTANT, nullable=True),
    sa.Column('done_units', sa.BigInteger(), nullable=True),
    sa.Column('done_by', sa.Uuid(), nullable=True),
    sa.Column('done_at', INSTANT, nullable=True),
    sa.Column('evidence_file_id', sa.Uuid(), nullable=True),
    sa.Column('note', TEXT, nullable=True),
    sa.CheckConstraint("(state = 'done') = (done_units IS NOT NULL)", name=op.f('ck_cabinet_task_done')),
    sa.CheckConstraint("cause IN ('par', 'expiry', 'unplanned', 'recall')", name=op.f('ck_cabinet_task_cause')),
    sa.CheckConstraint("kind IN ('restock', 'recall')", name=op.f('ck_cabinet_task_kind')),
    sa.CheckConstraint("state IN ('open', 'assigned', 'done', 'lapsed')", name=op.f('ck_cabinet_task_state')),
    sa.CheckConstraint('units > 0 AND done_units >= 0', name=op.f('ck_cabinet_task_units')),
    sa.ForeignKeyConstraint(['channel_id'], ['catalogue.channel.id'], name=op.f('fk_cabinet_task_channel_id')),
    sa.ForeignKeyConstraint(['device_id'], ['intake.cabinet.device_id'], name=op.f('fk_cabinet_task_device_id')),
    sa.ForeignKeyConstraint(['evidence_file_id'], ['core.stored_file.id'], name=op.f('fk_cabinet_task_evidence_file_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_cabinet_task')),
    sa.UniqueConstraint('number', name=op.f('uq_cabinet_task_number')),
    schema='intake'
    )
    op.create_index(op.f('ix_cabinet_task_channel_id_state_due_on'), 'cabinet_task', ['channel_id', 'state', 'due_on'], unique=False, schema='intake')
    op.create_index('uq_cabinet_task_open', 'cabinet_task', ['device_id', 'cause', 'goods_key', 'slot_code', 'lot_no'], unique=True, schema='intake', postgresql_where=sa.text("state IN ('open', 'assigned')"))
    op.create_table('planogram',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('device_id', sa.Uuid(), nullable=False),
    sa.Column('version', sa.SmallInteger(), nullable=False),
    sa.Column('from_at', INSTANT, nullable=False),
    sa.Column('made_by', sa.Uuid(), nullable=True),
    sa.Column('made_at', INSTANT, nullable=False),
    sa.Column('reason', TEXT, nullable=True),
    sa.ForeignKeyConstraint(['device_id'], ['intake.cabinet.device_id'], name=op.f('fk_planogram_device_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_planogram')),
    sa.UniqueConstraint('device_id', 'version', name=op.f('uq_planogram_device_id_version')),
    schema='intake'
    )
    op.create_table('planogram_slot',
    sa.Column('planogram_id', sa.Uuid(), nullable=False),
    sa.Column('slot_code', TEXT, nullable=False),
    sa.Column('goods_key', TEXT, nullable=False),
    sa.Column('product_id', sa.Uuid(), nullable=True),
    sa.Column('goods_name', TEXT, nullable=False),
    sa.Column('listing_id', sa.Uuid(), nullable=True),
    sa.Column('capacity', sa.BigInteger(), nullable=False),
    sa.Column('par_level', sa.BigInteger(), nullable=False),
    sa.CheckConstraint('capacity > 0 AND par_level BETWEEN 0 AND capacity', name=op.f('ck_planogram_slot_units')),
    sa.ForeignKeyConstraint(['listing_id'], ['catalogue.listing.id'], name=op.f('fk_planogram_slot_listing_id')),
    sa.ForeignKeyConstraint(['planogram_id'], ['intake.planogram.id'], name=op.f('fk_planogram_slot_planogram_id')),
    sa.ForeignKeyConstraint(['product_id'], ['producers.product.id'], name=op.f('fk_planogram_slot_product_id')),
    sa.PrimaryKeyConstraint('planogram_id', 'slot_code', name=op.f('pk_planogram_slot')),
    schema='intake'
    )
    op.add_column('line_charge', sa.Column('channel_id', sa.Uuid(), nullable=True), schema='payments')
    _say_where_levies_were_sold()
    for table in APPEND_ONLY:
        op.execute(f"""
            CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON {table}
            FOR EACH ROW EXECUTE FUNCTION core.refuse_change()
        """)
        op.execute(f"""
            CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION core.refuse_change()
        """)
        op.execute(f"GRANT SELECT, INSERT ON {table} TO sanzhuan_app")
    for table in CHANGING:
        op.execute(f"GRANT SELECT, INSERT, UPDATE ON {table} TO sanzhuan_app")
    op.execute("GRANT USAGE ON ALL SEQUENCES IN SCHEMA intake TO sanzhuan_app")


def _say_where_levies_were_sold() -> None:
    """A column that is told once of what is written already; the figures of a charge stay as they are."""
    op.execute("ALTER TABLE payments.line_charge DISABLE TRIGGER refuse_change")
    op.execute("""
        UPDATE payments.line_charge c SET channel_id = s.channel_id
        FROM intake.foreign_sale s WHERE c.kind = 'levy' AND c.source = 'intake' AND s.id = c.line_id
    """)
    op.execute("""
        UPDATE payments.line_charge c SET channel_id = l.channel_id
        FROM orders.order_line l WHERE c.kind = 'levy' AND c.source = 'order' AND l.id = c.line_id
    """)
    op.execute("ALTER TABLE payments.line_charge ENABLE TRIGGER refuse_change")


def downgrade() -> None:
    op.drop_column('line_charge', 'channel_id', schema='payments')
    op.drop_table('planogram_slot', schema='intake')
    op.drop_table('planogram', schema='intake')
    op.drop_index('uq_cabinet_task_open', table_name='cabinet_task', schema='intake', postgresql_where=sa.text("state IN ('open', 'assigned')"))
    op.drop_index(op.f('ix_cabinet_task_channel_id_state_due_on'), table_name='cabinet_task', schema='intake')
    op.drop_table('cabinet_task', schema='intake')
    op.drop_index(op.f('ix_cabinet_stock_product_id'), table_name='cabinet_stock', schema='intake')
    op.drop_table('cabinet_stock', schema='intake')
    op.drop_index('uq_cabinet_movement_source', table_name='cabinet_movement', schema='intake', postgresql_where=sa.text('source_id IS NOT NULL'))
    op.drop_index(op.f('ix_cabinet_movement_device_id_goods_key_at'), table_name='cabinet_movement', schema='intake')
    op.drop_index(op.f('ix_cabinet_movement_about_no'), table_name='cabinet_movement', schema='intake', postgresql_where=sa.text('about_no IS NOT NULL'))
    op.drop_table('cabinet_movement', schema='intake')
    op.drop_index(op.f('ix_cabinet_finding_channel_id_state'), table_name='cabinet_finding', schema='intake')
    op.drop_table('cabinet_finding', schema='intake')
    op.drop_table('pulse', schema='intake')
    op.drop_table('goods_recall', schema='intake')
    op.drop_index(op.f('ix_device_health_channel_id'), table_name='device_health', schema='intake')
    op.drop_table('device_health', schema='intake')
    op.drop_index(op.f('ix_cabinet_channel_id'), table_name='cabinet', schema='intake')
    op.drop_table('cabinet', schema='intake')
    op.drop_index(op.f('ix_aid_share_alarm_period'), table_name='aid_share_alarm', schema='statistics')
    op.drop_table('aid_share_alarm', schema='statistics')
    op.drop_index(op.f('ix_levy_statement_line_charge_no'), table_name='levy_statement_line', schema='payments')
    op.drop_table('levy_statement_line', schema='payments')
    op.drop_index('uq_levy_statement_standing', table_name='levy_statement', schema='payments', postgresql_where=sa.text("state <> 'superseded'"))
    op.drop_table('levy_statement', schema='payments')
    op.drop_table('aid_share_rule', schema='statistics')
