"""Templates compiled once for each language: nobody is told anything in the language of who asked before."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import DictLoader, nodes

from marketplace.core.http.locale import request_locale
from marketplace.web.kit import words
from marketplace.web.kit.templates import Templates
from tests.support.page_forms import text_of


@pytest.fixture
def templates(app: Flask) -> Templates:
    """Two templates with the words of pages."""
    made = Templates(
        app,
        autoescape=True,
        loader=DictLoader(
            {
                "part.html": "{% macro cell(text) %}<td data-label=\"{{ _('状态') }}\">{{ text }}</td>{% endmacro %}",
                "page.html": '{% import "part.html" as part %}{{ part.cell(_("查看")) }} {{ _(said) }} '
                '{{ _("共 {count} 条", count=2) }}{{ _("查看") ~ "<b>" }}',
            }
        ),
    )
    made.globals["_"] = words.say
    return made


def shown(app: Flask, templates: Templates, language: str) -> str:
    with app.test_request_context("/", headers={"Accept-Language": language}):
        return templates.get_template("page.html").render(said="导出")


def test_a_page_is_said_in_the_language_of_each_who_asks_whoever_asked_before(
    app: Flask, templates: Templates
) -> None:
    zh = '<td data-label="状态">查看</td> 导出 共 2 条查看&lt;b&gt;'
    found = [shown(app, templates, language) for language in ("zh", "en", "zh", "en")]
    assert found[0] == found[2] == zh
    assert found[1] == found[3]
    assert words.catalogue()["状态"] in found[1]
    assert words.catalogue()["导出"] in found[1]
    assert "查看" not in found[1]


def test_a_text_that_stands_in_a_template_is_not_looked_up_again(
    app: Flask, templates: Templates, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown(app, templates, "zh")
    asked: list[str] = []
    monkeypatch.setitem(templates.globals, "_", lambda text, **names: asked.append(text) or text)
    shown(app, templates, "zh")
    assert asked == ["导出", "共 {count} 条"]


def test_what_is_found_outside_a_request_is_chinese(templates: Templates) -> None:
    assert request_locale() == "zh"
    assert "状态" in templates.get_template("page.html").render(said="导出")


def test_no_template_takes_the_name_under_which_words_are_said(app: Flask) -> None:
    loader = app.jinja_env.loader
    assert loader is not None
    for name in loader.list_templates():
        source, *_ = loader.get_source(app.jinja_env, name)
        names = app.jinja_env.parse(source).find_all(nodes.Name)
        assert [one.lineno for one in names if one.name == "_" and one.ctx != "load"] == [], name


def test_a_page_changes_its_language_with_who_asks(client: FlaskClient) -> None:
    said = [text_of(client, "/help", **{"Accept-Language": language}) for language in ("zh", "en", "zh")]
    assert said[0] == said[2]
    assert ["金额以元为单位" in one for one in said] == [True, False, True]


def test_what_a_filter_says_of_a_constant_is_in_the_language_of_the_page(app: Flask) -> None:
    """jinja2 works it out when it compiles; one compilation for all said it in the language of who asked first."""
    made = Templates(app, loader=DictLoader({"page.html": "{{ 2 | households }}"}))
    made.filters["households"] = app.jinja_env.filters["households"]
    assert [shown(app, made, language) for language in ("zh", "en", "zh")] == [
        "少于3户",
        words.catalogue()["少于3户"],
        "少于3户",
    ]
