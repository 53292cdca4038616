"""Tasks, recalls and findings at cabinets."""

from __future__ import annotations

from typing import Any

from flask import Response
from sqlalchemy.orm import Session

from marketplace.catalogue.models import Channel
from marketplace.core.actor import Actor
from marketplace.core.http import Page, endpoint, file_response, localised, needs, page_of, page_schema
from marketplace.intake.api.blueprint import blueprint
from marketplace.intake.cabinets.models import CabinetFinding, CabinetTask, GoodsRecall
from marketplace.intake.cabinets.rules.work import CAUSES
from marketplace.intake.cabinets.service import findings, list_files, reading, recalls, tasks
from marketplace.intake.cabinets.service.acting import Brought
from marketplace.intake.models import Device
from marketplace.intake.schemas import cabinet_work as schemas


@blueprint.route("/intake/cabinet-tasks")
@endpoint(needs("intake.read"))
@blueprint.arguments(schemas.CabinetTaskListArgs, location="query")
@blueprint.response(200, page_schema(schemas.CabinetTaskOut))
def list_tasks(session: Session, actor: Actor, args: dict[str, Any]) -> Page[Any]:
    """Tasks at the cabinets that one may see, newest first."""
    page = page_of(
        session,
        reading.tasks_seen(actor, channel=args["channel"], state=args["state"], kind=args["kind"]),
        keys=[CabinetTask.id],
        key_of=lambda row: [row.CabinetTask.id],
        args=args,
        descending=True,
        scalars=False,
    )
    items = [_task(row.CabinetTask, row.channel_code, row.device_code) for row in page.items]
    return Page(items, page.next_cursor)


@blueprint.route("/intake/cabinet-tasks/file")
@endpoint(needs("intake.read"))
@blueprint.arguments(schemas.CabinetTaskFileArgs, location="query")
@blueprint.response(200, content_type="text/csv")
def task_file(session: Session, actor: Actor, args: dict[str, Any]) -> Response:
    """The same tasks as CSV or XLSX, oldest first, at most 50,000."""
    wanted = args.pop("format")
    content = list_files.task_file(session, reading.tasks_seen(actor, **args), wanted)
    return file_response(wanted, content, "cabinet-tasks")


@blueprint.route("/intake/cabinet-tasks/<number>/assignment", methods=["POST"])
@endpoint(needs("intake.submit"), idempotent=True)
@blueprint.arguments(schemas.AssignmentIn)
@blueprint.response(200, schemas.CabinetTaskOut)
def assign(session: Session, actor: Actor, body: dict[str, Any], number: str) -> dict[str, Any]:
    """Give a task to an account of the operator."""
    return _own_task(session, tasks.assign(session, actor, number, body["account_id"]))


@blueprint.route("/intake/cabinet-tasks/<number>/completion", methods=["POST"])
@endpoint(needs("intake.submit"), idempotent=True)
@blueprint.arguments(schemas.CompletionIn)
@blueprint.response(200, schemas.CabinetTaskOut)
def complete(session: Session, actor: Actor, body: dict[str, Any], number: str) -> dict[str, Any]:
    """Say what was done: it is booked, and the task is over. Goods that were taken out are shown on a photo."""
    lines = [Brought(**one) for one in body.pop("lines")]
    return _own_task(session, tasks.complete(session, actor, number, tasks.Done(lines=lines, **body)))


@blueprint.route("/intake/recalls")
@endpoint(needs("intake.recall"))
@blueprint.arguments(schemas.GoodsRecallListArgs, location="query")
@blueprint.response(200, page_schema(schemas.GoodsRecallOut))
def list_recalls(session: Session, actor: Actor, args: dict[str, Any]) -> Page[GoodsRecall]:
    """Recalls of goods that one may see, newest first."""
    return page_of(
        session,
        recalls.recalls_seen(actor),
        keys=[GoodsRecall.id],
        key_of=lambda row: [row.id],
        args=args,
        descending=True,
    )


@blueprint.route("/intake/recalls", methods=["POST"])
@endpoint(needs("intake.recall"), idempotent=True)
@blueprint.arguments(schemas.GoodsRecallIn)
@blueprint.response(201, schemas.GoodsRecallOut)
def recall(session: Session, actor: Actor, body: dict[str, Any]) -> GoodsRecall:
    """Recall a lot, or all of a product, from the cabinets of an area or from one's own."""
    return recalls.recall(session, actor, **body)


@blueprint.route("/intake/recalls/<number>/lifting", methods=["POST"])
@endpoint(needs("intake.recall"), idempotent=True)
@blueprint.response(200, schemas.GoodsRecallOut)
def lift(session: Session, actor: Actor, number: str) -> GoodsRecall:
    """The goods may be brought again."""
    return recalls.lift(session, actor, number)


@blueprint.route("/intake/cabinet-findings")
@endpoint(needs("intake.read"))
@blueprint.arguments(schemas.CabinetFindingListArgs, location="query")
@blueprint.response(200, page_schema(schemas.CabinetFindingOut))
def list_findings(session: Session, actor: Actor, args: dict[str, Any]) -> Page[Any]:
    """What does not add up at the cabinets that one may see, newest first."""
    page = page_of(
        session,
        reading.findings_seen(actor, channel=args["channel"], state=args["state"], kind=args["kind"]),
        keys=[CabinetFinding.id],
        key_of=lambda row: [row.CabinetFinding.id],
        args=args,
        descending=True,
        scalars=False,
    )
    items = [_finding(row.CabinetFinding, row.channel_code, row.device_code) for row in page.items]
    return Page(items, page.next_cursor)


@blueprint.route("/intake/cabinet-findings/file")
@endpoint(needs("intake.read"))
@blueprint.arguments(schemas.CabinetFindingFileArgs, location="query")
@blueprint.response(200, content_type="text/csv")
def finding_file(session: Session, actor: Actor, args: dict[str, Any]) -> Response:
    """The same findings as CSV or XLSX, oldest first, at most 50,000; quantities in units."""
    wanted = args.pop("format")
    content = list_files.finding_file(session, reading.findings_seen(actor, **args), wanted)
    return file_response(wanted, content, "cabinet-findings")


@blueprint.route("/intake/cabinet-findings/<number>/closure", methods=["POST"])
@endpoint(needs("intake.submit"), idempotent=True)
@blueprint.arguments(schemas.FindingClosureIn)
@blueprint.response(200, schemas.CabinetFindingOut)
def close_finding(session: Session, actor: Actor, body: dict[str, Any], number: str) -> dict[str, Any]:
    """Say what it was."""
    case = findings.close(session, actor, number, body["opinion"])
    return _finding(case, *_codes(session, case))


def _codes(session: Session, one: CabinetTask | CabinetFinding) -> tuple[str, str]:
    return session.get_one(Channel, one.channel_id).code, session.get_one(Device, one.device_id).code


def _own_task(session: Session, task: CabinetTask) -> dict[str, Any]:
    return _task(task, *_codes(session, task))


def _task(one: CabinetTask, channel: str, device: str) -> dict[str, Any]:
    own = set(schemas.CabinetTaskOut().fields) - {"channel", "device", "slot", "cause_title"}
    return {name: getattr(one, name) for name in own} | {
        "channel": channel,
        "device": device,
        "slot": one.slot_code,
        "cause_title": localised(CAUSES[one.cause]),
    }


def _finding(one: CabinetFinding, channel: str, device: str) -> dict[str, Any]:
    own = set(schemas.CabinetFindingOut().fields) - {"channel", "device", "slot", "kind_title"}
    return {name: getattr(one, name) for name in own} | {
        "channel": channel,
        "device": device,
        "slot": one.slot_code,
        "kind_title": localised(findings.KINDS[one.kind]),
    }
