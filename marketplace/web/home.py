"""The front door. Until the pages are built it shows the way to the API's documentation."""

from __future__ import annotations

from flask import Blueprint, redirect
from werkzeug import Response

from marketplace.core.http.endpoint import endpoint, public

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
@endpoint(public(), own_transactions=True)
def home(actor: None) -> Response:
    """Lead people who open the service in a browser to the documentation."""
    return redirect("/api/docs")
