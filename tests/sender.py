"""Processes that send reminders, to be killed by the crash test.

Odoo is loaded once; each line on standard input then forks a process that works as one
of Odoo's own would, and prints its process id.

    prepare   prepare a run, dated yesterday
    cron      the scheduled action: recover what died, send what waits
    button    a person who presses "Send" on the run
    queue     Odoo's own e-mail queue
"""

import argparse
import os
import signal
import sys
import traceback
from datetime import timedelta

import odoo
from odoo import api
from odoo.modules.registry import Registry
from odoo.service.model import retrying


def prepare(env):
    yesterday = env.company._get_credit_today() - timedelta(days=1)
    run = env["credit.dunning.run"].create({"company_id": env.company.id, "date": yesterday})
    run.action_prepare()
    run._set_ready()
    run.state = "sending"


def cron(env):
    env["credit.dunning.run"]._cron_run()


def button(env):
    run = env["credit.dunning.run"].search([("state", "=", "sending")], limit=1)
    retrying(run.action_send, env)


def queue(env):
    env["mail.mail"].process_email_queue()


ACTIONS = {action.__name__: action for action in (prepare, cron, button, queue)}


def work(database, name):
    with Registry(database).cursor() as cursor:
        # The test runs on any day of the year.
        context = {"credit_send_on_closed_day": True}
        ACTIONS[name](api.Environment(cursor, api.SUPERUSER_ID, context))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--db", required=True)
    parser.add_argument("--smtp-port", required=True)
    parser.add_argument("--log", required=True)
    options = parser.parse_args()
    arguments = ["-d", options.db, "--smtp-port", options.smtp_port]
    odoo.tools.config.parse_config(
        [*arguments, "--logfile", options.log, "--log-level=warn"], setup_logging=True
    )
    Registry(options.db)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the dead need no burial
    print("ready", flush=True)
    for line in sys.stdin:
        # As in Odoo's own server, no process may inherit a connection.
        odoo.sql_db.close_all()
        if pid := os.fork():
            print(pid, flush=True)
            continue
        try:
            work(options.db, line.strip())
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(0)


if __name__ == "__main__":
    main()
