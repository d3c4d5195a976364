from odoo import api, models
from odoo.tools import SQL


class CreditExposure(models.AbstractModel):
    """What customers owe or are about to owe: one source for figures, lists, checks and drill-down.

    Everything is per commercial entity and root company, in the company's currency. Components are
    disjoint (rule 13): booked residuals keep their booked amount, orders and drafts are converted
    at the day's rate.
    """

    _name = "credit.exposure"
    _description = "Credit Exposure"

    # === COMPONENTS === #

    @api.model
    def _get_exposure_queries(self, root) -> list[tuple[str, str, str, SQL]]:
        """Return the components of the exposure, document by document.

        To be extended by ``super() + [(code, label, model, query)]``; a bridge that moves an amount
        into its own component takes it out of the other one.

        :param root: a root company; its branches are included
        :return: list of (code, translated label, name of the documents' model, SELECT of
            ``partner_id`` (commercial entity), ``res_id`` (document) and ``amount``)
        """
        queries = [
            ("ledger", self.env._("Open items"), "credit.receivable", self._get_ledger_sql(root))
        ]
        if root.credit_include_drafts:
            queries.append(
                (
                    "draft",
                    self.env._("Draft invoices"),
                    "account.move",
                    self._get_draft_sql(root),
                )
            )
        return queries

    @api.model
    def _get_exposure_parts(self, root) -> list[tuple[str, str, str, str, SQL]]:
        """Return amounts shown as a part of a component, already counted there.

        :return: list of (code of the component, code, label, model, SELECT as above)
        """
        return [
            (
                "ledger",
                "credits",
                self.env._("of which credits and payments"),
                "credit.receivable",
                self._get_ledger_sql(root, SQL("line.amount_residual < 0")),
            )
        ]

    @api.model
    def _flush_exposure(self):
        """Write to the database what the queries read; to be extended with them."""
        self.env["res.partner"].flush_model()
        self.env["account.account"].flush_model(["account_type"])
        self.env["account.move.line"].flush_model()
        self.env["account.move"].flush_model()
        self.env["credit.limit.request"].flush_model()

    @api.model
    def _get_ledger_sql(self, root, condition: SQL | None = None) -> SQL:
        """Return the open receivable items as booked; credits count, and reduce."""
        return SQL(
            """
            SELECT contact.commercial_partner_id AS partner_id,
                   line.id AS res_id,
                   line.amount_residual AS amount
              FROM account_move_line line
              JOIN res_partner contact ON contact.id = line.partner_id
             WHERE %(open)s AND line.company_id IN %(companies)s AND %(condition)s
            """,
            # The same items as every other screen: nothing else decides what is open.
            open=self.env["credit.receivable"]._where(),
            companies=self._get_company_ids(root),
            condition=condition or SQL("TRUE"),
        )

    @api.model
    def _get_draft_sql(self, root) -> SQL:
        """Return the draft customer invoices and credit notes, without what comes from orders."""
        return SQL(
            """
            SELECT partner_id, res_id, amount
              FROM (
                SELECT contact.commercial_partner_id AS partner_id,
                       move.id AS res_id,
                       ROUND((%(sign)s * (move.amount_total - (%(of_orders)s))
                             * rate.value)::numeric, %(digits)s) AS amount
                  FROM account_move move
                  JOIN res_partner contact ON contact.id = move.partner_id
                  JOIN %(rates)s ON rate.currency_id = move.currency_id
                 WHERE move.state = 'draft'
                   AND move.move_type IN ('out_invoice', 'out_refund', 'out_receipt')
                   AND move.company_id IN %(companies)s
              ) draft
             WHERE amount <> 0
            """,
            sign=self._get_draft_sign_sql(),
            of_orders=self._get_draft_of_orders_sql(),
            digits=root.currency_id.decimal_places,
            rates=self._get_rates_sql(root),
            companies=self._get_company_ids(root),
        )

    @api.model
    def _get_draft_sign_sql(self) -> SQL:
        return SQL("CASE WHEN move.move_type = 'out_refund' THEN -1 ELSE 1 END")

    @api.model
    def _get_draft_of_orders_sql(self) -> SQL:
        """Return the part of a draft (alias ``move``) that stems from orders, its currency."""
        return SQL("0")

    # === BUILDING BLOCKS === #

    @api.model
    def _get_company_ids(self, root) -> tuple[int, ...]:
        # A customer's debts to the branches count whichever of them the user may open.
        companies = self.env["res.company"].sudo().with_context(active_test=False)
        return tuple(companies.search([("id", "child_of", root.id)]).ids)

    @api.model
    def _get_rates_sql(self, root) -> SQL:
        """Return ``rate(currency_id, value)``: what one unit is worth in the root's currency."""
        # Every currency, so that a document in one that was archived since counts as well.
        currencies = self.env["res.currency"].sudo().with_context(active_test=False).search([])
        rates = currencies._get_rates(root, root._get_credit_today())
        own = rates[root.currency_id.id]
        return SQL(
            "(VALUES %s) AS rate(currency_id, value)",
            SQL(", ").join(
                SQL("(%s, %s::numeric)", currency_id, own / rate)
                for currency_id, rate in rates.items()
                if rate
            ),
        )

    @api.model
    def _convert(self, amount, currency, root) -> float:
        """Convert an order's or draft's amount at the day's rate."""
        return currency._convert(amount, root.currency_id, root, root._get_credit_today())

    @api.model
    def _get_total_sql(self, root) -> SQL:
        """Return one row per customer with an exposure: ``partner_id`` and ``amount``."""
        return SQL(
            "SELECT partner_id, SUM(amount) AS amount FROM (%s) component GROUP BY partner_id",
            SQL(" UNION ALL ").join(
                SQL("SELECT partner_id, amount FROM (%s) %s", query, SQL.identifier(code))
                for code, _label, _model, query in self._get_exposure_queries(root)
            ),
        )

    # === VALUES === #

    @api.model
    def _get_exposure_components(self, partners, company=None) -> dict[str, dict[int, float]]:
        """Return what each component counts of each customer, read afresh from the database.

        :param partners: commercial entities
        :param company: a company, the user's by default; its root decides
        :return: {code: {partner id: amount}}, every code present, customers without amount absent
        """
        root = (company or self.env.company).root_id
        return self._read_components(
            [(code, query) for code, _label, _model, query in self._get_exposure_queries(root)],
            partners,
        )

    @api.model
    def _read_components(self, queries, partners) -> dict[str, dict[int, float]]:
        result: dict[str, dict[int, float]] = {code: {} for code, _query in queries}
        if not partners.ids:
            return result
        self._flush_exposure()
        rows = self.env.execute_query(
            SQL(" UNION ALL ").join(
                SQL(
                    "SELECT %s, partner_id, SUM(amount) FROM (%s) part"
                    " WHERE partner_id IN %s GROUP BY partner_id",
                    code,
                    query,
                    tuple(partners.ids),
                )
                for code, query in queries
            )
        )
        for code, partner_id, amount in rows:
            result[code][partner_id] = float(amount)
        return result

    @api.model
    def _get_exposures(self, partners, company=None) -> dict[int, float]:
        """Return the exposure of each customer; every one of them is a key."""
        root = (company or self.env.company).root_id
        totals = dict.fromkeys(partners.ids, 0.0)
        for amounts in self._get_exposure_components(partners, root).values():
            for partner_id, amount in amounts.items():
                totals[partner_id] += amount
        return {key: root.currency_id.round(amount) for key, amount in totals.items()}

    @api.model
    def _get_exposure_table(self, partners, company=None) -> dict[int, list[dict]]:
        """Return the components of each customer as they are shown.

        :return: {partner id: list of dicts with ``code``, ``label``, ``amount`` and ``part_of``
            (code of the component that has it, or False)}
        """
        root = (company or self.env.company).root_id
        queries = self._get_exposure_queries(root)
        parts = self._get_exposure_parts(root)
        amounts = self._read_components(
            [(code, query) for code, _label, _model, query in queries]
            + [(code, query) for _of, code, _label, _model, query in parts],
            partners,
        )
        rows = []
        for code, label, _model, _query in queries:
            rows.append((code, label, False))
            rows += [(part, text, code) for of, part, text, _m, _q in parts if of == code]
        return {
            partner_id: [
                {
                    "code": code,
                    "label": label,
                    "amount": amounts[code].get(partner_id, 0.0),
                    "part_of": part_of,
                }
                for code, label, part_of in rows
            ]
            for partner_id in partners.ids
        }

    # === DRILL-DOWN === #

    @api.model
    def _get_exposure_documents(self, partner, code, company=None):
        """Return what a component of a customer counts, document by document.

        :return: (name of the model, {record id: amount})
        :raises KeyError: there is no such component
        """
        root = (company or self.env.company).root_id
        found = {c: (model, query) for c, _label, model, query in self._get_exposure_queries(root)}
        found |= {c: (model, query) for _of, c, _l, model, query in self._get_exposure_parts(root)}
        model, query = found[code]
        self._flush_exposure()
        rows = self.env.execute_query(
            SQL(
                "SELECT res_id, SUM(amount) FROM (%s) part WHERE partner_id = %s GROUP BY res_id",
                query,
                partner.id,
            )
        )
        return model, {res_id: float(amount) for res_id, amount in rows}

    @api.model
    def _get_document_amounts(self, documents, codes) -> dict[int, float]:
        """Return what components count of some documents, whichever their customer.

        :param documents: records of the model of those components
        :param codes: codes of components; absent ones count nothing
        """
        amounts = dict.fromkeys(documents.ids, 0.0)
        self._flush_exposure()
        for root in documents.company_id.root_id:
            queries = [
                query
                for code, _label, model, query in self._get_exposure_queries(root)
                if code in codes and model == documents._name
            ]
            for query in queries:
                rows = self.env.execute_query(
                    SQL(
                        "SELECT res_id, amount FROM (%s) part WHERE res_id IN %s",
                        query,
                        tuple(documents.ids),
                    )
                )
                for res_id, amount in rows:
                    amounts[res_id] += float(amount)
        return amounts

    # === LIMITS === #

    @api.model
    def _get_limit_sql(self, root) -> SQL:
        """Return the limit in force of every customer that could have one.

        SELECT of one row, ``amount`` (null: unlimited) and ``source`` (one of
            ``res.partner.credit_limit_source``); outer alias ``entity`` (the commercial entity),
            which makes it a LATERAL subquery
        """
        today = root._get_credit_today()
        key = str(root.id)
        return SQL(
            """
            SELECT CASE WHEN own.amount IS NULL THEN NULL
                        ELSE GREATEST(own.amount, own.temporary) END AS amount,
                   CASE WHEN own.amount IS NOT NULL AND own.temporary > own.amount
                        THEN 'temporary' ELSE own.source END AS source
              FROM (
                SELECT CASE mode.value
                         WHEN 'unlimited' THEN NULL
                         WHEN 'none' THEN 0
                         WHEN 'limited' THEN COALESCE((entity.credit_limit ->> %(key)s)::numeric,
                                                      %(fallback)s::numeric)
                         ELSE %(inherited)s END AS amount,
                       CASE WHEN mode.value IN ('unlimited', 'none', 'limited') THEN 'customer'
                            WHEN class.id IS NOT NULL THEN 'class'
                            ELSE 'company' END AS source,
                       %(temporary)s AS temporary
                  FROM (SELECT entity.credit_limit_mode ->> %(key)s AS value) mode
                  LEFT JOIN %(classes)s
                         ON class.id = (entity.risk_class_id ->> %(key)s)::int
              ) own
            """,
            key=key,
            fallback=self.env["res.partner"]
            ._fields["credit_limit"]
            .get_company_dependent_fallback(self.env["res.partner"].with_company(root))
            or 0,
            inherited=SQL(
                "CASE WHEN class.id IS NOT NULL THEN class.amount ELSE %s::numeric END",
                root._get_credit_default_limit(),
            ),
            temporary=SQL(
                """
                (SELECT MAX(request.amount) FROM credit_limit_request request
                  WHERE request.partner_id = entity.id AND request.company_id = %s
                    AND request.state = 'approved' AND request.date_to IS NOT NULL
                    AND %s::date BETWEEN request.date_from AND request.date_to)
                """,
                root.id,
                today,
            )
            if self._has_temporary_limits(root)
            else SQL("NULL::numeric"),
            classes=self._get_classes_sql(root),
        )

    @api.model
    def _has_temporary_limits(self, root) -> bool:
        # Of every customer, whoever looks: the limit in force is the same for all.
        return bool(
            self.env["credit.limit.request"]
            .sudo()
            .search_count(
                [
                    ("company_id", "=", root.id),
                    ("state", "=", "approved"),
                    ("date_to", "!=", False),
                ],
                limit=1,
            )
        )

    @api.model
    def _get_classes_sql(self, root) -> SQL:
        """Return ``class(id, amount)``: the risk classes that set a limit, null for unlimited."""
        # An archived class limits nobody, whatever the context of the caller says.
        classes = self.env["credit.risk.class"].sudo().with_context(active_test=True)
        classes = classes.search([("limit_mode", "!=", False)])
        rows = [
            SQL("(%s, %s::numeric)", risk_class.id, risk_class._get_limit(root))
            for risk_class in classes
            if risk_class.company_id <= root
        ]
        return SQL(
            "(VALUES %s) AS class(id, amount)",
            SQL(", ").join(rows or [SQL("(NULL::int, NULL::numeric)")]),
        )

    @api.model
    def _get_limits(self, partners, company=None) -> dict[int, tuple[float | None, str]]:
        """Return the limit in force of each customer and where it comes from.

        :return: {partner id: (amount or None for unlimited, source)}
        """
        root = (company or self.env.company).root_id
        if not partners.ids:
            return {}
        self.env["res.partner"].flush_model()
        self.env["credit.limit.request"].flush_model()
        rows = self.env.execute_query(
            SQL(
                "SELECT entity.id, lim.amount, lim.source FROM res_partner entity"
                " CROSS JOIN LATERAL (%s) lim WHERE entity.id IN %s",
                self._get_limit_sql(root),
                tuple(partners.ids),
            )
        )
        return {
            partner_id: (None if amount is None else float(amount), source)
            for partner_id, amount, source in rows
        }
