"""The blueprint that the files of this folder add their routes to, and what they share."""

from __future__ import annotations

from flask import Response

from marketplace.core import divisions
from marketplace.core.actor import Actor
from marketplace.core.errors import Forbidden
from marketplace.core.http import ApiBlueprint
from marketplace.statistics.export import MEDIA

blueprint = ApiBlueprint("statistics", __name__, "统计:任意指标按任意维度,按辖区可见,附口径与账本位置")


def file_response(file_format: str, body: bytes, name: str) -> Response:
    """A file to be kept, with its media type and name."""
    response = Response(body, mimetype=MEDIA[file_format])
    response.headers["Content-Disposition"] = f"attachment; filename={name}.{file_format}"
    return response


def known_area(code: str) -> str:
    """The code in its shortest form; Invalid (422) when there is no such area, so that a slip is not answered with zeros."""
    return divisions.get(code).code


def asked_area(actor: Actor, code: str) -> str:
    """The area asked for, in its shortest form.

    Invalid as `known_area`; Forbidden ``out_of_scope`` (403) when nothing of it is the actor's: zeros would say that nothing was
    sold there. Of a larger area the actor is answered the part that is theirs.
    """
    area = known_area(code)
    scope = scope_of(actor)
    if area != divisions.NATION and not any(
        divisions.covers(one, area) or divisions.covers(area, one) for one in scope
    ):
        raise Forbidden("out_of_scope", "不在您的管辖范围内", permission="statistics.read")
    return area


def scope_of(actor: Actor, permission: str = "statistics.read") -> tuple[str, ...]:
    """Area codes over which the actor holds the permission (without an owner)."""
    return tuple(
        sorted({held.area_code for held in actor.holding(permission) if held.organisation_id is None})
    )
