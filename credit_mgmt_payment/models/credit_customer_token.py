import secrets

from odoo import api, fields, models
from odoo.addons.credit_mgmt.exceptions import CustomerRefusal
from odoo.tools import str2bool

#: Items that a customer may pay online, by state: what somebody else collects is not among them.
_PAYABLE_STATES = ("overdue", "not_due", "excluded", "promised", "plan")


class CreditCustomerToken(models.Model):
    """What the customer pays on his own page."""

    _inherit = "credit.customer.token"

    @api.model
    def _can_pay_online(self, company) -> bool:
        """Return whether a company takes online payments of invoices."""
        # Which providers there are is shown to every customer who pays.
        parameters = self.env["ir.config_parameter"].sudo()
        if not str2bool(parameters.get_param("account_payment.enable_portal_payment", "True")):
            return False
        Provider = self.env["payment.provider"].sudo()
        return bool(
            Provider.search_count(
                [
                    *Provider._check_company_domain(company),
                    ("state", "in", ("enabled", "test")),
                    ("is_published", "=", True),
                ],
                limit=1,
            )
        )

    def _prepare_item(self, item, free):
        values = super()._prepare_item(item, free)
        return values | {
            "can_pay": bool(
                values["is_debt"]
                and item.kind in ("invoice", "entry")
                and item.state in _PAYABLE_STATES
                and item.exclusion_reason != "blocked"
                and item.currency_id.compare_amounts(values["free"], 0) > 0
            )
        }

    def _get_payable(self, item_ids) -> list[dict]:
        """Return the items that the customer wants to pay, all late ones when none is named.

        :raises CustomerRefusal: nothing to pay, or several currencies
        """
        items = [item for item in self._get_items() if item["can_pay"]]
        if item_ids:
            chosen = [item for item in items if item["id"] in item_ids]
        else:
            chosen = [item for item in items if item["is_late"]] or items
        if not chosen:
            raise CustomerRefusal(
                self.env._("None of these invoices can be paid online now: please choose others.")
            )
        if len({item["currency"] for item in chosen}) > 1:
            raise CustomerRefusal(
                self.env._("These invoices are in several currencies: choose those of one.")
            )
        return chosen

    def _prepare_transaction(self, items) -> dict:
        """Return the values of the payment of items: ``_create_transaction`` adds the rest."""
        moves = self.env["account.move"].union(*(item["move"] for item in items))
        return {
            "invoice_ids": [fields.Command.set(moves.filtered(lambda m: m.is_invoice(True)).ids)],
            "credit_item_ids": [
                fields.Command.create(
                    {
                        "move_line_id": item["id"],
                        "name": item["name"],
                        "date_maturity": item["date_maturity"],
                        "currency_id": item["currency"].id,
                        "amount": item["free"],
                    }
                )
                for item in items
            ],
        }

    def _log_payment(self, transaction, items, **origin):
        """Log that the customer began to pay."""
        action = self.env["credit.customer.action"].create(
            {
                **self._prepare_items(items),
                "partner_id": self.partner_id.id,
                "company_id": self.company_id.id,
                "kind": "payment",
                "key": secrets.token_hex(16),
                "amount": transaction.amount,
                "reference": transaction.reference,
                "transaction_id": transaction.id,
                **origin,
            }
        )
        action._begin(self._get_owner())

    def _get_last_payment(self):
        return self._get_actions(limit=None).filtered("transaction_id")[:1]

    def _get_thanks(self, kind):
        if kind == "payment":
            payment = self._get_last_payment()
            return payment._get_answer() if payment and not payment._has_failed() else ""
        return super()._get_thanks(kind)
