from odoo.addons.credit_mgmt.tests.common_i18n import TranslationsCommon
from odoo.tests import tagged


@tagged("post_install", "-at_install")
class TestTranslations(TranslationsCommon):
    def test_french_is_complete(self):
        self._check_french("credit_mgmt_ar24", at_least=120)
