"""The checks of files that no Python tool reads."""

import shutil

import pytest

lint = pytest.importorskip("dev.lint")


def test_sound_xml_passes(tmp_path):
    path = tmp_path / "views.xml"
    path.write_text("<odoo><list><t t-out='x'/></list></odoo>")
    assert list(lint.xml_problems(path)) == []


def test_broken_xml_is_found(tmp_path):
    path = tmp_path / "views.xml"
    path.write_text("<odoo>\n<record>\n</odoo>")
    (problem,) = lint.xml_problems(path)
    assert "views.xml:3: not well-formed" in problem


@pytest.mark.parametrize(
    "old",
    [
        "<tree/>",
        "<field attrs='{}'/>",
        "<t t-esc='x'/>",
        "<t t-raw='x'/>",
        "<field name='numbercall'/>",
    ],
)
def test_old_habits_are_found(tmp_path, old):
    path = tmp_path / "views.xml"
    path.write_text(f"<odoo>\n{old}\n</odoo>")
    (problem,) = lint.xml_problems(path)
    assert "views.xml:2: " in problem


def test_unfinished_translation_is_found(tmp_path):
    path = tmp_path / "credit_mgmt/i18n/fr.po"
    path.parent.mkdir(parents=True)
    path.write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n'
        'msgid "Done"\nmsgstr "Fait"\n\nmsgid "Open"\nmsgstr ""\n\n'
        '#, fuzzy\nmsgid "Late"\nmsgstr "Tard"\n'
    )
    problems = list(lint.file_problems([tmp_path / "credit_mgmt"]))
    assert [problem.split(": ", 1)[1] for problem in problems] == [
        "untranslated: 'Open'",
        "fuzzy: 'Late'",
    ]


def test_broken_script_is_found(tmp_path):
    # Without node the check itself is left out, and there is nothing to try.
    if not (node := shutil.which("node")):
        return
    path = tmp_path / "sound.js"
    path.write_text('import { x } from "@web/x";\nexport const y = x;\n')
    assert list(lint.script_problems(path, node)) == []
    path.write_text("const x = ;\n")
    (problem,) = lint.script_problems(path, node)
    assert "sound.js:1: SyntaxError" in problem
