"""The API's documentation for people, at /api/docs: Swagger UI from our own static files.

Nothing is fetched from elsewhere, and the page's content security policy would refuse it: scripts and styles come from this
service only, none is inline. The vendored files are unchanged; their checksums stand in MANIFEST.sha256.
"""

from pathlib import Path

from flask import Blueprint, Response

from marketplace.core.http.endpoint import endpoint, public

PAGE = (Path(__file__).parent / "page.html").read_text(encoding="utf-8")

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

blueprint = Blueprint(
    "api_docs", __name__, url_prefix="/api/docs", static_folder="static", static_url_path="/static"
)


@blueprint.get("")
@endpoint(public(), own_transactions=True)
def page(actor: None) -> Response:
    """The page; it reads the OpenAPI document of this same service."""
    response = Response(PAGE, content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
    return response
