from odoo import api, models
from odoo.fields import Command


class CreditMgmtSaleDemo(models.AbstractModel):
    """Orders of the demo customers: within credit, held with a release asked, delivered."""

    _name = "credit.mgmt.sale.demo"
    _description = "Credit Management Sales Demo Data"

    @api.model
    def _install(self):
        """Create the orders, unless the demo company is missing or has them."""
        company = self.env.ref("credit_mgmt.demo_company_first", raise_if_not_found=False)
        if not company or self.env["sale.order"].search_count([("company_id", "=", company.id)]):
            return
        demo = self.with_company(company).with_context(
            tracking_disable=True, mail_create_nosubscribe=True, mail_activity_quick_update=True
        )
        demo._create_orders(company)

    def _create_orders(self, company):
        partners = self.env["res.partner"]
        limited = partners.search(
            [("credit_limit_mode", "=", "limited")], order="credit_available desc"
        )
        if len(limited) < 3:
            return
        product = self.env["product.product"].create(
            {
                "name": "Prestation d'atelier",
                "type": "service",
                "invoice_policy": "delivery",
                "list_price": 100.0,
                "company_id": company.id,
            }
        )
        seller = self.env.ref("credit_mgmt.demo_user_seller", raise_if_not_found=False)
        if seller:
            seller.group_ids += self.env.ref("sales_team.group_sale_salesman_all_leads")

        def order(partner, amount):
            return self.env["sale.order"].create(
                {
                    "partner_id": partner.id,
                    "company_id": company.id,
                    "user_id": seller.id if seller else False,
                    "order_line": [
                        Command.create({"product_id": product.id, "product_uom_qty": 10,
                                        "price_unit": amount / 10})
                    ],
                }
            )  # fmt: skip

        safe, second, over = limited[0], limited[1], limited[-1]
        orders = order(safe, 800) | order(second, 500)
        orders.action_confirm()
        orders[0].order_line.qty_delivered = 4
        order(safe, 300)
        stopped = order(over, 1200)
        stopped._set_credit_state("held")
        stopped._request_release("Règlement annoncé pour vendredi")
