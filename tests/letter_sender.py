"""Processes that send registered letters, to be killed by the crash test.

As ``tests.sender``, from which all but the actions comes:

    prepare   an AR24 account, and a run of letters that waits to be sent
    cron      the scheduled action: recover what died, send what waits
    follow    the scheduled action that looks up letters of which nobody knows
    person    somebody who sends half of the uncertain letters again
"""

import os
from datetime import timedelta

from odoo import fields
from odoo.fields import Command

from tests import ar24, sender


def prepare(env):
    env["credit.registered.provider"].create(
        {
            "name": "AR24",
            "code": "ar24",
            "company_id": env.company.id,
            "ar24_environment": "production",
            "ar24_url": os.environ["AR24_URL"],
            "ar24_token": ar24.TOKEN,
            "ar24_private_key": ar24.PRIVATE_KEY,
            "ar24_user": "7",
        }
    )
    policy = env["credit.dunning.policy"].create(
        {
            "name": "Letters",
            "company_id": env.company.id,
            "currency_id": env.company.currency_id.id,
            "level_ids": [
                Command.create(
                    {
                        "name": "Letter",
                        "delay_days": 1,
                        "channel_ids": [Command.set(env.ref("credit_mgmt.channel_registered").ids)],
                        "letter_text": "Pay {amount_due}.",
                    }
                )
            ],
        }
    )
    customers = env["res.partner"].search([("customer_rank", ">", 0)])
    customers.write({"credit_audience": "business", "dunning_policy_id": policy.id})
    run = env["credit.dunning.run"].create({"company_id": env.company.id})
    run.action_prepare()
    run._set_ready()
    run.state = "sending"


def _forget_pauses(env):
    """Let the minutes pass that a lost answer is left alone."""
    unclear = env["credit.registered.letter"].search([("unclear_since", "!=", False)])
    past = fields.Datetime.now() - timedelta(hours=1)
    unclear.write({"next_check": past, "unclear_since": past})
    env.cr.commit()


def follow(env):
    _forget_pauses(env)
    env["credit.registered.letter"]._cron_follow()


def person(env):
    _forget_pauses(env)
    uncertain = env["credit.dunning.delivery"].search([("state", "=", "uncertain")])
    if uncertain:
        uncertain[: (len(uncertain) + 1) // 2].action_send_again()


def cron(env):
    # What stands in the letters is not what this test is about.
    env.registry["credit.dunning.notice"]._render_pdfs = lambda self, report, letters: (
        dict.fromkeys(letters.ids, b"%PDF-1.4 a letter")
    )
    sender.cron(env)


if __name__ == "__main__":
    sender.ACTIONS.update(prepare=prepare, cron=cron, follow=follow, person=person)
    sender.main()
