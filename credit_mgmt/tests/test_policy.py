from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger
from psycopg2.errors import CheckViolation

from ..models.credit_dunning_policy import WEEKDAYS
from .common import CreditMgmtCommon


@tagged("post_install", "-at_install")
class TestPolicy(CreditMgmtCommon):
    def test_days_must_increase(self):
        with self.assertRefused("must increase"):
            self.second.delay_days = 5

    def test_reorder_with_new_days_in_one_save(self):
        """Dragging two levels and correcting their days is one change."""
        self.policy.write(
            {
                "level_ids": [
                    Command.update(self.first.id, {"sequence": 2, "delay_days": 12}),
                    Command.update(self.second.id, {"sequence": 1, "delay_days": 5}),
                ]
            }
        )
        self.assertEqual(self.policy.level_ids.sorted("sequence")[0], self.second)
        with self.assertRefused("must increase"):
            self.policy.write({"level_ids": [Command.update(self.second.id, {"sequence": 9})]})

    def test_nonsense_is_refused_with_a_sentence(self):
        cases = [
            ({"channel_ids": [Command.clear()]}, "no channel"),
            ({"mail_template_id": False}, "e-mail template"),
            ({"letter_text": "Pay {amount_dew}"}, "amount_dew"),
            (
                {"fallback_channel_id": self.channel_letter.id, "letter_text": " "},
                "text of its",
            ),
            ({"formal_notice": True}, "earlier reminder"),
        ]
        for values, message in cases:
            with self.subTest(message), self.assertRefused(message):
                self.first.write(values)
        with self.assertRefused("released by a person"):
            self.formal.auto_send = True
        with self.assertRefused("no level"):
            self.env["credit.dunning.policy"].create({"name": "Empty"})
        with self.assertRefused("at least one day"):
            self.policy.write({f"send_{day}": False for day in WEEKDAYS})
        for values in ({"min_amount": -1}, {"tolerance": -1}, {"send_hour_from": 20}):
            with (
                self.subTest(values),
                mute_logger("odoo.sql_db"),
                self.assertRefused("", CheckViolation),
            ):
                self.policy.write(values)

    def test_level_in_use_can_change_but_never_be_deleted(self):
        self._remind(self._overdue(20))
        self.first.name = "Renamed"
        with self.assertRefused("archive it"):
            self.first.unlink()
        with self.assertRefused("archive it"):
            self.policy.unlink()
        self.first.active = False
        self.assertNotIn(self.first, self.policy.level_ids)
        self.policy.action_restore_levels()
        self.first.active = True
        self.assertEqual(len(self.policy.level_ids), 3)

    def test_copy_of_a_policy_has_its_levels(self):
        copy = self.policy.copy()
        self.assertEqual(copy.level_ids.mapped("delay_days"), [5, 12, 30])
        self.assertIn("copy", copy.name)

    def test_placeholders_are_escaped_never_evaluated(self):
        with self.assertRefused("7\\*7", ValidationError):
            self.formal.letter_text = "{{ 7*7 }}"
        self.formal.letter_text = "{customer} owes {amount_due} <b>now</b>"
        self.customer.name = "<script>alert(1)</script>"
        notice = self._remind(self._overdue(40), level=self.formal)
        text = notice._get_letter_text()
        self.assertIn("&lt;script&gt;", text)
        self.assertNotIn("<b>", text)

    def test_translations_are_checked_too(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        with self.assertRefused("inconnu", ValidationError):
            self.formal.with_context(lang="fr_FR").letter_text = "Bonjour {inconnu}"
        with self.assertRefused("inconnu", ValidationError):
            self.formal.update_field_translations("letter_text", {"fr_FR": "Bonjour {inconnu}"})

    def test_every_placeholder_has_a_value(self):
        notice = self._remind(self._overdue(40))
        self.assertEqual(
            set(notice._get_placeholder_values()),
            set(self.first._get_placeholder_labels()),
        )
