"""What makes an application one that has pages: words, filters, headers, the way to the sign-in page. Called once by `app`."""

from __future__ import annotations

import uuid
from typing import Any, Final
from urllib.parse import urlencode

from flask import Flask, Response, g, request

from marketplace.core.errors import NotAuthenticated
from marketplace.core.http import locale, problems
from marketplace.web.kit import assets, charts, csrf, flashes, shell, shown, tiles, words
from marketplace.web.kit.render import came_from, done, wants_fragment
from marketplace.web.kit.templates import Templates

SIGN_IN: Final = "/sign-in"

# What somebody can do about a refusal, by status; said on the error page under what was refused.
_TO_DO: Final = {
    400: words.note("地址或内容不完整,请回到上一页重新打开。"),
    401: words.note("请登录后再打开此页。"),
    403: words.note("您现在的角色不能打开此页。可在右上角切换角色,或联系本单位的安全管理员。"),
    404: words.note("地址可能写错,内容可能已移走,或您无权看到它。"),
    409: words.note("其他人可能刚刚办理过。请回到上一页刷新,看看现在的状态。"),
    412: words.note("其他人刚刚修改过。请重新打开,在最新内容上修改。"),
    413: words.note("请把文件压缩或分开后再上传;导出的请先缩小范围。"),
    422: words.note("请回到上一页,按提示修改后再提交。"),
    429: words.note("请稍等片刻再试。"),
    503: words.note("系统正忙或正在维护,请过一会儿再试;您的数据没有丢失。"),
}
_TO_DO_ELSE: Final = words.note("请稍后再试。如仍不行,请把下面的请求编号告诉客服。")


def what_to_do(status: int) -> str:
    """What somebody can do about an answer of that status."""
    return words.say(_TO_DO.get(status, _TO_DO_ELSE if status >= 500 else _TO_DO[400]))


def install(app: Flask) -> None:
    """Make `app` ready for pages."""
    app.jinja_environment = Templates
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.add_extension("jinja2.ext.do")
    app.jinja_env.globals.update(
        _=words.say,
        label=words.label,
        term=words.term,
        shell=shell.shell,
        role_title=shell.title_of,
        flashes=flashes.take,
        csrf_token=csrf.token,
        has_charts=charts.has_charts,
        lay_out=tiles.lay_out,
        language=locale.language_tag,
        other_language=_other_language,
        request_id=lambda: g.get("request_id", ""),
    )
    app.jinja_env.globals["new_key"] = lambda: uuid.uuid4().hex
    app.jinja_env.globals["what_to_do"] = what_to_do
    app.jinja_env.filters["label"] = words.label
    shown.install(app)
    app.register_error_handler(NotAuthenticated, _to_sign_in)
    assets.install(app)
    app.after_request(_headers)
    app.after_request(flashes.send)
    app.after_request(csrf.send_seed)


def _to_sign_in(error: NotAuthenticated) -> Response:
    """Who opens a page without being signed in is asked to sign in, and comes back to it."""
    if request.path.startswith("/api/") or request.path == SIGN_IN:
        return problems.answer_to(error)
    wanted = came_from() or "/"
    if request.method in {"GET", "HEAD"} and not wants_fragment():
        wanted = request.full_path.rstrip("?")
    return done(f"{SIGN_IN}?{urlencode({'next': wanted})}")


def _other_language() -> tuple[str, str]:
    """The address of this page in the other language, and what that language is called in itself."""
    wanted, title = ("zh", "中文") if locale.request_locale() == "en" else ("en", "English")
    pairs: list[tuple[str, Any]] = [
        (name, text) for name, text in request.args.items(multi=True) if name != locale.PARAMETER
    ]
    return f"{request.path}?{urlencode([*pairs, (locale.PARAMETER, wanted)])}", title


def _headers(response: Response) -> Response:
    """A page of who is signed in is kept by nobody; going back to it asks again, so a form is never an old one."""
    if not request.path.startswith("/api/") and response.mimetype == "text/html":
        signed_in = g.get("actor") is not None
        response.headers.setdefault("Cache-Control", "no-store" if signed_in else "no-cache")
    return response
