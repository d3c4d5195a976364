"""What the demo customers said: promises, disputes, a plan, collections, a request to wait.

The customers are those of ``demo_data`` with the stories named here.
"""

from datetime import timedelta

from odoo.fields import Command


def create(replay):
    """Create the claims of one company.

    :param replay: the ``CompanyReplay`` that has created its past
    """
    for story, method in {
        "promised": _promise,
        "promise_broken": _broken_promise,
        "promise_partly": _partly_kept_promise,
        "disputed": _part_dispute,
        "disputed_whole": _whole_dispute,
        "plan": _plan,
        "collected": _collect,
        "asked": _ask_to_wait,
    }.items():
        for partner in replay.partners_of_story(story):
            entries = replay.env["account.move.line"].search(
                [
                    ("partner_id", "=", partner.id),
                    ("company_id", "=", replay.company.id),
                    ("account_id.account_type", "=", "asset_receivable"),
                    ("parent_state", "=", "posted"),
                    ("amount_residual", ">", 0),
                ],
                order="date_maturity",
            )
            if entries:
                method(replay, partner, entries)


def _promise(replay, partner, entries):
    total = sum(entries.mapped("amount_residual_currency"))
    half = entries.currency_id.round(total / 2)
    replay.env["credit.promise"]._promise(
        entries,
        [
            (replay.today + timedelta(days=6), half),
            (replay.today + timedelta(days=20), entries.currency_id.round(total - half)),
        ],
        user_id=replay.users["collector"].id,
        note="La comptable règle en deux fois, le 5 et le 20.",
    )
    _set_reason(replay, entries, "cash")


def _past_promise(replay, partner, entries, made, due, share=1.0):
    """Record a promise as it was made some days ago: the product itself refuses past dates."""
    Promise = replay.env["credit.promise"]
    open_then = {entry.id: entry.amount_residual_currency / share for entry in entries}
    amount = entries.currency_id.round(sum(open_then.values()))
    promise = Promise.create(
        {
            "partner_id": partner.id,
            "company_id": replay.company.id,
            "currency_id": entries.currency_id.id,
            "amount": amount,
            "date": replay.today - timedelta(days=made),
            "user_id": replay.users["collector"].id,
            "grace_days": 3,
            "line_ids": [
                Command.create({"date": replay.today - timedelta(days=due), "amount": amount})
            ],
        }
    )
    Item = replay.env["credit.promise.item"]
    Item.create(
        [
            {
                **Item._prepare_item_values(entry),
                "promise_id": promise.id,
                "amount": entries.currency_id.round(open_then[entry.id]),
                "amount_start": entries.currency_id.round(open_then[entry.id]),
            }
            for entry in entries
        ]
    )
    promise._set_live(True)
    return promise


def _broken_promise(replay, partner, entries):
    _past_promise(replay, partner, entries, made=12, due=5)
    replay.env["credit.promise"]._cron_follow()
    _set_reason(replay, entries, "oversight")


def _partly_kept_promise(replay, partner, entries):
    _past_promise(replay, partner, entries, made=14, due=6, share=0.5)


def _part_dispute(replay, partner, entries):
    replay.env["credit.dispute"]._dispute(
        entries[:1],
        960.0,
        replay.env.ref("credit_mgmt.dispute_reason_delivery"),
        user_id=replay.users["seller"].id,
        description="Deux plans de travail manquaient à la livraison.",
    )
    _set_reason(replay, entries, "dispute")


def _whole_dispute(replay, partner, entries):
    dispute = replay.env["credit.dispute"]._dispute(
        entries,
        0.0,
        replay.env.ref("credit_mgmt.dispute_reason_price"),
        user_id=replay.users["seller"].id,
        description="Le prix du devis n'a pas été repris.",
    )
    dispute.write(
        {"answer": "Exact : remise de 8 % oubliée. Avoir à établir.", "proposal": "partial"}
    )
    _set_reason(replay, entries, "our_error")


def _plan(replay, partner, entries):
    plan = replay.env["credit.payment.plan"]._propose_for(entries)
    plan.write(
        {
            "number": 6,
            "rhythm": "month_end",
            "date_first": replay.today + timedelta(days=5),
            "user_id": replay.users["collector"].id,
        }
    )
    plan.action_propose()
    plan.action_accept("Mme Beaulac, gérante")
    _set_reason(replay, entries, "cash")


def _collect(replay, partner, entries):
    factor = replay.env["res.partner"].create(
        {"name": "Affacturage de l'Exemple", "is_company": True, "company_id": False}
    )
    Collection = replay.env["credit.collection"]
    Collection._mark(entries[:1], "factored", counterparty_id=factor.id, reference="Bordereau 2041")
    if entries[1:]:
        Collection._mark(
            entries[1:],
            "direct_debit",
            date_until=replay.today + timedelta(days=9),
            reference="SDD-000317",
        )


def _ask_to_wait(replay, partner, entries):
    seller = replay.users["seller"]
    partner.user_id = seller
    replay.env["credit.wait.request"].with_user(seller).with_context(
        allowed_company_ids=replay.company.ids
    ).create(
        {
            "partner_id": partner.id,
            "company_id": replay.company.id,
            "reason": "Commande annuelle en négociation",
            "date_until": replay.today + timedelta(days=15),
        }
    )


def _set_reason(replay, entries, code):
    entries.move_id.late_reason_id = replay.env.ref(f"credit_mgmt.late_reason_{code}")
