"""The kit of pages; docs/pages.md says how a page is added."""

from marketplace.core.http.attachments import file_response
from marketplace.core.http.endpoint import needs, public, signed_in
from marketplace.web.kit import hats
from marketplace.web.kit.charts import Chart, Series
from marketplace.web.kit.exports import (
    all_rows,
    file_links,
    list_file,
    streamed_csv,
    streamed_xlsx,
    wanted_format,
)
from marketplace.web.kit.flashes import flash
from marketplace.web.kit.forms import Form
from marketplace.web.kit.listing import Listing
from marketplace.web.kit.once import show_once
from marketplace.web.kit.pages import NoFields, Pages
from marketplace.web.kit.render import done, local, render, wants_fragment
from marketplace.web.kit.shell import Entry, Section, add_section
from marketplace.web.kit.tiles import Area
from marketplace.web.kit.uploads import keep_files
from marketplace.web.kit.words import choices, label, note, say, term

__all__ = [
    "Area",
    "Chart",
    "Entry",
    "Form",
    "Listing",
    "NoFields",
    "Pages",
    "Section",
    "Series",
    "add_section",
    "all_rows",
    "choices",
    "done",
    "file_links",
    "file_response",
    "flash",
    "hats",
    "keep_files",
    "label",
    "list_file",
    "local",
    "needs",
    "note",
    "public",
    "render",
    "say",
    "show_once",
    "signed_in",
    "streamed_csv",
    "streamed_xlsx",
    "term",
    "wanted_format",
    "wants_fragment",
]
