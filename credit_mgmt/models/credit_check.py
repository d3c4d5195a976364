from odoo import api, models
from odoo.tools import formatLang


class CreditCheck(models.AbstractModel):
    """Whether a customer may get more credit: decided on figures read under a lock."""

    _name = "credit.check"
    _description = "Credit Check"

    @api.model
    def _decide(self, company, claims, lock=True) -> dict[int, dict]:
        """Decide whether customers of a company may owe more.

        With ``lock`` a second decision about the same customer (or group) waits for this one and
        is then made again by Odoo on what it wrote. No context changes the outcome.

        :param company: the company of the document; its root's limits and holds count
        :param claims: {commercial entity: amount to come, root company's currency}; 0 judges
            what is already in the database
        :return: {partner id: dict} with ``reason`` (False when allowed, else ``hold``, ``limit``
            or ``group``), ``exposure``, ``limit`` (None: unlimited), ``available`` (None:
            unlimited), ``claim``, ``missing`` (by how much it is too much) and ``hold`` (see
            ``credit.hold._get_holds``, or None)
        """
        root = company.root_id.sudo()  # limits bind whoever sells
        partners = self.env["res.partner"].sudo().union(*claims).with_company(root)
        if not partners:
            return {}
        if lock:
            # Customers without a limit never wait for one another.
            limits = partners.env["credit.exposure"]._get_limits(partners, root)
            limited = partners.filtered(
                lambda partner: limits[partner.id][0] is not None or partner.credit_group_id
            )
            self.env["credit.exposure.lock"]._take(limited, root)
            self.env.flush_all()
        figures = partners._get_credit_figures(root)
        holds = self.env["credit.hold"].sudo()._get_holds(partners, root)
        currency = root.currency_id
        in_group: dict[int, float] = {}
        for partner, claim in claims.items():
            group_id = partner.sudo().credit_group_id.id
            in_group[group_id] = in_group.get(group_id, 0.0) + claim
        result = {}
        for partner, claim in claims.items():
            row = figures[partner.id]
            hold = holds.get(partner.id)
            reason, missing = False, 0.0
            own = None if row["limit"] is None else row["exposure"] + claim - row["limit"]
            group = row["group_available"]
            if group is not None:
                group = in_group[partner.sudo().credit_group_id.id] - group
            if group is not None and currency.compare_amounts(group, 0) > 0:
                reason, missing = "group", group
            if own is not None and currency.compare_amounts(own, 0) > 0:
                reason, missing = "limit", own
            if hold and hold["level"] == "hold":
                reason = "hold"
            result[partner.id] = {
                **row,
                "claim": claim,
                "reason": reason,
                "missing": currency.round(missing),
                "hold": hold,
            }
        return result

    @api.model
    def _get_message(self, partner, decision, company) -> str:
        """Return a decision in words, with its figures; empty when nothing is to be said."""
        currency = company.root_id.sudo().currency_id
        partner = partner.sudo()  # its name stands on the document

        def money(amount):
            return formatLang(self.env, amount, currency_obj=currency)

        lines = []
        hold = decision["hold"]
        if hold and hold["level"] == "hold":
            lines.append(partner._get_hold_sentence(partner, hold))
        elif hold:
            lines.append(
                self.env._(
                    "%(customer)s is on the watch list: %(reason)s.",
                    customer=partner.display_name,
                    reason=hold["reason"].rstrip("."),
                )
            )
        total = decision["exposure"] + decision["claim"]
        limit = decision["limit"]
        if limit is not None and currency.compare_amounts(total, limit) > 0:
            lines.append(
                self.env._(
                    "Credit limit of %(customer)s: %(limit)s. Exposure: %(exposure)s, with this "
                    "document: %(total)s. Too much by %(missing)s.",
                    customer=partner.display_name,
                    limit=money(limit),
                    exposure=money(decision["exposure"]),
                    total=money(total),
                    missing=money(total - limit),
                )
                if decision["claim"]
                else self.env._(
                    "Credit limit of %(customer)s: %(limit)s. Exposure with this document: "
                    "%(total)s. Too much by %(missing)s.",
                    customer=partner.display_name,
                    limit=money(limit),
                    total=money(total),
                    missing=money(total - limit),
                )
            )
        group = decision["group_available"]
        if group is not None and currency.compare_amounts(decision["claim"], group) > 0:
            lines.append(
                self.env._(
                    "The group %(group)s has %(available)s of its common limit left, "
                    "too little by %(missing)s.",
                    group=partner.credit_group_id.name,
                    available=money(max(group, 0.0)),
                    missing=money(decision["claim"] - group),
                )
            )
        return "\n".join(lines)
