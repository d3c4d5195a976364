import re

import polib
from odoo.tests import TransactionCase, tagged
from odoo.tools import file_path
from odoo.tools.translate import TranslationModuleReader

#: Technical names that the extraction takes for terms when they follow one in a list.
NOT_A_TERM = re.compile(r"[a-z0-9_.]+")


@tagged("post_install", "-at_install")
class TestTranslations(TransactionCase):
    def test_french_is_complete(self):
        """Every term of the add-on as it is now has its French, with the same placeholders."""
        french = {
            entry.msgid: entry.msgstr
            for entry in polib.pofile(file_path("credit_mgmt_fr/i18n/fr.po"))
            if not entry.obsolete and not entry.fuzzy
        }
        terms = {
            source
            for _module, _type, _name, _res_id, source, _value, comments in (
                TranslationModuleReader(self.env.cr, modules=["credit_mgmt_fr"])
            )
            if not ("odoo-python" in comments and NOT_A_TERM.fullmatch(source))
        }
        self.assertGreater(len(terms), 250)
        self.assertFalse(sorted(term for term in terms if not french.get(term)))
        placeholder = re.compile(r"%\(\w+\)s|%s|\{\w+\}")
        for term in terms:
            self.assertEqual(
                sorted(placeholder.findall(term)), sorted(placeholder.findall(french[term])), term
            )
