from .common import TODAY, CreditMgmtCommon, freeze_time


class ClaimsCommon(CreditMgmtCommon):
    """Helpers for what customers promise, dispute and agree upon."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.credit_promise_grace_days = 3
        cls.company.credit_plan_breach_days = 8

    @classmethod
    def _entries(cls, moves):
        return moves.line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable"
        ).sorted("date_maturity")

    def _promise(self, moves, *parts, **values):
        return self.env["credit.promise"]._promise(self._entries(moves), list(parts), **values)

    def _transfer(self, moves, amount, on=TODAY):
        """Book one transfer of a customer and match it with invoices, in their order."""
        payment = self.env["account.payment"].create(
            {
                "partner_id": moves.partner_id.id,
                "payment_type": "inbound",
                "partner_type": "customer",
                "amount": amount,
                "date": on,
                "journal_id": self.company_data["default_journal_bank"].id,
            }
        )
        payment.action_post()
        credit = payment.move_id.line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable"
        )
        for move in moves:
            (self._entries(move) + credit).filtered(lambda line: not line.reconciled).reconcile()
        return payment

    def _follow(self, on=TODAY):
        """Let the night of a day pass."""
        with freeze_time(on), self.enter_registry_test_mode():
            self.env.ref("credit_mgmt.credit_follow_cron").method_direct_trigger()
        self.env.invalidate_all()

    def _state(self, record, on=TODAY):
        with freeze_time(on):
            self.env.invalidate_all()
            return record.state

    def _reason(self, move, on=TODAY):
        with freeze_time(on):
            return self._item(move).exclusion_reason or False
