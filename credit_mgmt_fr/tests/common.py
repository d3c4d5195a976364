from odoo.addons.credit_mgmt.tests.common import TODAY
from odoo.addons.credit_mgmt.tests.interest_common import InterestCommon

__all__ = ["TODAY", "FrenchCommon"]


class FrenchCommon(InterestCommon):
    """A company in France with a business customer."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # The company of the tests has prices in its own currency; French law does not mind.
        cls.company.partner_id.write({"lang": "en_US", "street": "5 rue du Port", "city": "Nantes"})
        cls.consumer = cls._create_customer("Private", is_company=False, credit_audience="consumer")
        cls.town = cls._create_customer("Town", credit_audience="public")
        cls.unknown = cls._create_customer("Unknown", credit_audience="unknown")

    @classmethod
    def _term(cls, **line):
        return cls.env["account.payment.term"].create(
            {
                "name": "Terms of the test",
                "line_ids": [(0, 0, {"value": "percent", "value_amount": 100, **line})],
            }
        )
