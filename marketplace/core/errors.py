"""Every way in which the service refuses, as one tree.

    DomainError                      400  (never raised itself)
    ├── Invalid                      422  a value breaks a rule; carries the field that does
    │   └── InvalidMany              422  several at once, each with its field
    ├── BadRequest                   400  the request cannot be read at all (unknown parameter, broken cursor)
    ├── NotAuthenticated             401  nobody, or a token or session that ended
    ├── Forbidden                    403  known, but not allowed
    ├── NotFound                     404  not there, or not visible to this person
    ├── Conflict                     409  the state of the thing does not allow it
    │   ├── IllegalTransition        409  a state machine has no such step
    │   ├── PriceChanged             409  the buyer saw another price
    │   ├── OutOfStock               409  fewer left than asked for
    │   ├── AlreadyExists            409  a unique key is taken
    │   ├── KeyInFlight              409  the same Idempotency-Key is being worked on
    │   └── PeriodClosed             409  the books of that month are closed
    ├── KeyReused                    422  the same Idempotency-Key with another body
    ├── PreconditionFailed           412  If-Match names an older version
    ├── PreconditionRequired         428  this edit needs If-Match
    ├── TooLarge                     413  more than is accepted at once
    ├── TooManyRequests              429  carries Retry-After
    └── Unavailable                  503  a server behind us is away; carries Retry-After

A class has one status and a default `code`; a raise may give a finer `code` (a stable, documented word such as
``listing_not_open``) and a `detail` for people, in Chinese. `core.http.problems` turns any of them into RFC 9457
problem+json, pages into HTML. Details never hold personal data.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class FieldProblem:
    """One field that breaks a rule: JSON pointer (``/lines/0/quantity``), stable code, sentence for people."""

    pointer: str
    code: str
    message: str


class DomainError(Exception):
    """Root of the tree: a refusal with a status and a stable code."""

    status: ClassVar[int] = 400
    default_code: ClassVar[str] = "refused"
    title: ClassVar[str] = "请求被拒绝"

    def __init__(
        self,
        code: str | None = None,
        detail: str | None = None,
        *,
        fields: Sequence[FieldProblem] = (),
        retry_after_seconds: int | None = None,
        **extra: str | int | list[str],
    ) -> None:
        self.code = code or self.default_code
        self.detail = detail or self.title
        self.fields = tuple(fields)
        self.retry_after_seconds = retry_after_seconds
        self.extra = extra
        super().__init__(f"{self.code}: {self.detail}")


class Invalid(DomainError):
    """A value breaks a rule. `pointer` names the field (JSON pointer, or a column name in imports)."""

    status = 422
    default_code = "invalid"
    title = "内容不符合规则"

    def __init__(
        self,
        code: str | None = None,
        detail: str | None = None,
        *,
        pointer: str = "",
        **extra: str | list[str],
    ) -> None:
        fields = (FieldProblem(pointer, code or self.default_code, detail or self.title),) if pointer else ()
        super().__init__(code, detail, fields=fields, retry_after_seconds=None, **extra)
        self.pointer = pointer


class InvalidMany(DomainError):
    """Several values break rules; give `fields`."""

    status = 422
    default_code = "invalid"
    title = "内容不符合规则"


class BadRequest(DomainError):
    """The request cannot be read: unknown parameter, broken cursor, not JSON."""

    status = 400
    default_code = "bad_request"
    title = "请求无法识别"


class NotAuthenticated(DomainError):
    """Nobody is signed in, or the token or session ended."""

    status = 401
    default_code = "not_authenticated"
    title = "请先登录"


class Forbidden(DomainError):
    """Signed in, but role, area or ownership does not allow it."""

    status = 403
    default_code = "forbidden"
    title = "没有权限"


class NotFound(DomainError):
    """The thing does not exist, or this person may not know that it does."""

    status = 404
    default_code = "not_found"
    title = "未找到"


class Conflict(DomainError):
    """The present state of the thing does not allow this."""

    status = 409
    default_code = "conflict"
    title = "当前状态不允许此操作"


class IllegalTransition(Conflict):
    """A state machine has no such step."""

    default_code = "illegal_transition"


class PriceChanged(Conflict):
    """The price shown to the buyer is no longer the price."""

    default_code = "price_changed"
    title = "价格已变动"


class OutOfStock(Conflict):
    """Fewer are left than were asked for."""

    default_code = "out_of_stock"
    title = "库存不足"


class AlreadyExists(Conflict):
    """A unique key is taken."""

    default_code = "already_exists"
    title = "已存在"


class KeyInFlight(Conflict):
    """The same Idempotency-Key is being worked on right now; ask again."""

    default_code = "idempotency_key_in_flight"
    title = "相同请求正在处理"


class PeriodClosed(Conflict):
    """The month's books are closed; nothing may be written into it."""

    default_code = "period_closed"
    title = "该统计期已关账"


class KeyReused(DomainError):
    """The same Idempotency-Key came with another body."""

    status = 422
    default_code = "idempotency_key_reused"
    title = "幂等键已用于不同的请求"


class PreconditionFailed(DomainError):
    """If-Match names a version that is no longer current."""

    status = 412
    default_code = "precondition_failed"
    title = "内容已被他人修改"


class PreconditionRequired(DomainError):
    """This edit must say by If-Match which version it edits."""

    status = 428
    default_code = "precondition_required"
    title = "缺少 If-Match"


class TooLarge(DomainError):
    """More than is accepted at once."""

    status = 413
    default_code = "too_large"
    title = "内容过大"


class TooManyRequests(DomainError):
    """Come back after `retry_after_seconds`."""

    status = 429
    default_code = "too_many_requests"
    title = "请求过于频繁"


class Unavailable(DomainError):
    """A server behind us is away; the same request may be repeated after `retry_after_seconds`."""

    status = 503
    default_code = "unavailable"
    title = "服务暂不可用"
