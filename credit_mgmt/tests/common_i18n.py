import re

import polib
from odoo.tests import TransactionCase
from odoo.tools import file_path
from odoo.tools.translate import TranslationModuleReader

#: Technical names that the extraction takes for terms when they follow one in a list.
NOT_A_TERM = re.compile(r"[a-z0-9_.]+")
PLACEHOLDER = re.compile(r"%\(\w+\)s|%s|\{\w+\}")


class TranslationsCommon(TransactionCase):
    """Reads the terms of an add-on as it is now, beside its French file."""

    def _check_french(self, module, at_least):
        """Every term has its French, with the same placeholders.

        :param at_least: terms that the add-on surely has: none would mean that none was read
        """
        french = {
            entry.msgid: entry.msgstr
            for entry in polib.pofile(file_path(f"{module}/i18n/fr.po"))
            if not entry.obsolete and not entry.fuzzy
        }
        terms = {
            source
            for _module, _type, _name, _res_id, source, _value, comments in (
                TranslationModuleReader(self.env.cr, modules=[module])
            )
            if not ("odoo-python" in comments and NOT_A_TERM.fullmatch(source))
        }
        self.assertGreater(len(terms), at_least)
        self.assertFalse(sorted(term for term in terms if not french.get(term)))
        for term in terms:
            self.assertEqual(
                sorted(PLACEHOLDER.findall(term)), sorted(PLACEHOLDER.findall(french[term])), term
            )
