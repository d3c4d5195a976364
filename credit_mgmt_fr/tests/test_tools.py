from datetime import date

from odoo.tests import BaseCase, tagged

from ..tools import claim_deadline, mentions, payment_ceiling


@tagged("standard", "at_install")
class TestFrenchTools(BaseCase):
    """Dates and texts of French law, without a database."""

    def test_e18_latest_due_dates(self):
        """Issue of 15 February 2026: 60 days, and 45 days end of month by both computations."""
        issue = date(2026, 2, 15)
        latest = payment_ceiling.latest_due_date
        self.assertEqual(latest(issue, 60), date(2026, 4, 16))
        for computation, expected in (
            ("days_first", date(2026, 4, 30)),
            ("month_first", date(2026, 4, 14)),
        ):
            self.assertEqual(payment_ceiling.end_of_month(issue, 45, computation), expected)
        self.assertEqual(
            latest(issue, 60, month_end_days=45, month_ends=["month_first"]), date(2026, 4, 16)
        )
        self.assertEqual(
            latest(issue, 60, month_end_days=45, month_ends=payment_ceiling.MONTH_ENDS),
            date(2026, 4, 30),
        )
        self.assertEqual(latest(issue, 45), date(2026, 4, 1))
        with self.assertRaises(ValueError):
            payment_ceiling.end_of_month(issue, 45, "x")

    def test_sectors_count_from_the_delivery(self):
        latest = payment_ceiling.latest_due_date
        issue, delivery = date(2026, 2, 25), date(2026, 2, 11)
        for start, expected in (
            ("invoice", date(2026, 3, 27)),
            ("delivery", date(2026, 3, 13)),
            ("delivery_decade", date(2026, 3, 22)),
            ("delivery_month", date(2026, 3, 30)),
        ):
            self.assertEqual(latest(issue, 30, start=start, delivery=delivery), expected, start)
        # Not known: the day of the invoice.
        self.assertEqual(latest(issue, 30, start="delivery"), date(2026, 3, 27))
        ends = [payment_ceiling.decade_end(date(2026, 2, day)).day for day in (1, 10, 11, 20, 21)]
        self.assertEqual(ends, [10, 10, 20, 20, 28])

    def test_claim_deadlines(self):
        published = date(2025, 12, 31)
        self.assertEqual(claim_deadline.claim_deadline(published), date(2026, 2, 28))
        self.assertEqual(claim_deadline.claim_deadline(published, far=True), date(2026, 4, 30))
        self.assertEqual(claim_deadline.relief_deadline(published), date(2026, 6, 30))

    def test_mentions_that_a_text_carries(self):
        for text, expected in (
            ("", set()),
            ("Merci de votre confiance. Livraison sous 40 jours.", set()),
            ("Pénalités de retard : 12 % l'an.", {"penalty"}),
            ("PENALITES DE RETARD 10 %", {"penalty"}),
            ("Intérêts moratoires au taux légal", {"penalty"}),
            ("Indemnité forfaitaire pour frais de recouvrement de 40 euros", {"indemnity"}),
            ("Une somme de 40,00 € est due", {"indemnity"}),
            ("Escompte pour paiement anticipé : néant", {"discount"}),
            ("No discount for early payment. Late interest 10 %.", {"discount", "penalty"}),
            (
                "Retard : pénalités de retard, indemnité forfaitaire 40 €, pas d'escompte",
                {"penalty", "indemnity", "discount"},
            ),
        ):
            self.assertEqual(mentions.carried(text), expected, text)
