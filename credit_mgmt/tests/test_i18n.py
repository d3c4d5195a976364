from odoo.tests import tagged

from .common_i18n import TranslationsCommon


@tagged("post_install", "-at_install")
class TestTranslations(TranslationsCommon):
    def test_french_is_complete(self):
        self._check_french("credit_mgmt", at_least=500)
