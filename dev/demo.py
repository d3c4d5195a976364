"""Today's reminder batch without a browser, in the demo database.

Runs inside an Odoo environment (`.dev/bin/python -m dev.demo`), while an Odoo server
answers at --port, where wkhtmltopdf fetches the style sheets of the letters. E-mails
reach the SMTP sink; letters are written as PDF files; a summary is printed and kept.
"""

from __future__ import annotations

import argparse
import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import odoo
from odoo import api
from odoo.modules.registry import Registry

CHANNELS = {"email": "e-mails", "letter": "letters", "registered": "e-letters", "call": "calls"}
MANAGER = "credit_mgmt.demo_user_manager"
FIRST_COMPANY = "credit_mgmt.demo_company_first"


def main() -> None:
    options = _options()
    arguments = ["-d", options.database, "--smtp-port", str(options.smtp_port)]
    arguments += ["--logfile", str(options.folder / "batch.log")]
    odoo.tools.config.parse_config(arguments, setup_logging=True)
    with (
        Registry(options.database).cursor() as cursor,
        (options.folder / "summary.txt").open("w") as summary,
    ):
        env = api.Environment(cursor, api.SUPERUSER_ID, {})
        _check_demo_data(env)
        _set_addresses(env, options.port)
        _create_ar24_account(env, options)

        def tell(text: str = "") -> None:
            print(text, flush=True)
            print(text, file=summary)

        manager = env.ref(MANAGER)
        companies = env["res.company"].search(
            [("parent_id", "=", False), ("credit_start_date", "!=", False)]
        )
        runs = [run_batch(manager, company, tell) for company in companies]
        for run in runs:
            _write_letters(run, options.folder / "letters")
            _follow_registered(run, options.folder / "proofs", tell)
        _write_merged(runs, options.folder / "letters" / "all-letters.pdf")
        cursor.commit()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--smtp-port", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    for name in ("url", "token", "key"):
        parser.add_argument(f"--ar24-{name}", required=True)
    return parser.parse_args()


def _check_demo_data(env: Any) -> None:
    """Odoo installs an add-on whose demo data failed all the same, and only logs it."""
    if not env.ref(MANAGER, raise_if_not_found=False):
        raise SystemExit("The demo data could not be created: see install.log beside batch.log.")


def _set_addresses(env: Any, port: int) -> None:
    """Where wkhtmltopdf finds the style sheets, and where the links of the e-mails lead."""
    parameters = env["ir.config_parameter"]
    parameters.set_param("report.url", f"http://127.0.0.1:{port}")
    parameters.set_param("web.base.url", f"http://localhost:{port}")
    env.cr.commit()


def _create_ar24_account(env: Any, options: argparse.Namespace) -> None:
    """An account of the first company at the test server, which is no sandbox of AR24's."""
    env["credit.registered.provider"].create(
        {
            "name": "AR24 (test server)",
            "code": "ar24",
            "company_id": env.ref(FIRST_COMPANY).id,
            "ar24_environment": "production",
            "ar24_url": options.ar24_url,
            "ar24_token": options.ar24_token,
            "ar24_private_key": options.ar24_key,
            "ar24_user": "7",
            "ar24_webhook": False,
        }
    )
    env.cr.commit()


# === THE BATCH === #


def run_batch(manager: Any, company: Any, tell: Callable[..., None]) -> Any:
    """Prepare, review, release and send one company's run of today as its credit manager."""
    env = manager.with_user(manager).with_context(
        lang="en_US", tz="Europe/Paris", allowed_company_ids=company.ids
    ).env  # fmt: skip
    run = env["credit.dunning.run"].create(
        {"company_id": company.id, "date": company._get_credit_today()}
    )
    run.action_prepare()
    tell(f"\n{company.name}: {run.name}, prepared by {manager.name}")
    _tell_levels(run, tell)
    _tell_left_out(run, tell)
    _create_invoice_files(run)
    formal = run.notice_ids.filtered("formal_notice")
    if formal:
        _choose_registered(formal)
        run.action_release_formal()
        tell(
            f"\nFormal notices released on behalf of the demo manager, {manager.name}: "
            f"{len(formal)}. The product never sends one without a person."
        )
    env.cr.commit()
    if run._is_open_day():
        run.action_send()
    else:
        tell("Today is not a working day: sent all the same, as a person may decide.")
        run.action_send_now()
    env.cr.commit()
    _tell_result(run, tell)
    return run


def _choose_registered(formal: Any) -> None:
    """Let one formal notice of the company with an account travel through AR24."""
    registered = formal.env.ref("credit_mgmt.channel_registered")
    carrier = formal.env["credit.registered.provider"]._get_provider(formal.company_id)
    professionals = formal.filtered(
        lambda notice: (
            notice.partner_id.credit_audience in ("business", "public")
            and notice._get_contact(notice._get_recipients()[notice.id], registered)[1]
        )
    )
    if carrier.code == "ar24" and professionals:
        professionals[0].action_set_channels(registered)


def _create_invoice_files(run: Any) -> None:
    """Create the PDF files of the claimed invoices, which customers got with the invoice."""
    moves = run.sudo().notice_ids.line_ids.filtered(
        lambda line: line.kind == "claimed"
        and line.notice_id.level_id.attach_invoices
        and "email" in line.notice_id.delivery_ids.channel_id.mapped("code")
        and line.move_id.move_type == "out_invoice"
    ).move_id  # fmt: skip
    run.sudo().env["account.move.send"]._generate_and_send_invoices(
        moves.filtered(lambda move: not move.invoice_pdf_report_id), sending_methods=[]
    )


# === WHAT IS PRINTED === #


def _tell_levels(run: Any, tell: Callable[..., None]) -> None:
    table = [["To be reminded, by level", "customers", *CHANNELS.values(), "amount"]]
    totals = [0, *(0 for _channel in CHANNELS), 0.0]
    notices = run.notice_ids.filtered(lambda notice: notice.state != "cancelled")
    levels = notices.level_id.sorted(lambda level: (level.policy_id.sequence, level.delay_days))
    for level in levels:
        own = notices.filtered(lambda notice, level=level: notice.level_id == level)
        figures = [len(own), *(_count(own, code) for code in CHANNELS)]
        figures.append(sum(own.mapped("amount_due")))
        totals = [total + figure for total, figure in zip(totals, figures, strict=True)]
        table.append([f"{level.policy_id.name} / {level.name}", *figures])
    table.append(["In all", *totals])
    _tell_table(table, run, tell)


def _count(notices: Any, code: str) -> int:
    """The number of deliveries of the notices through a channel."""
    return len(notices.delivery_ids.filtered(lambda delivery: delivery.channel_id.code == code))


def _tell_left_out(run: Any, tell: Callable[..., None]) -> None:
    labels = dict(run.env["credit.dunning.skip"]._selection_reason())
    groups: dict[str, list[Any]] = defaultdict(list)
    for skip in run.skip_ids:
        groups[skip.reason].append(skip)
    table = [["Left out, and why", "items", "customers", "amount"]]
    for reason, skips in sorted(groups.items(), key=lambda group: -len(group[1])):
        customers = len({skip.partner_id.id for skip in skips})
        amount = sum(skip.amount for skip in skips)
        table.append([labels[reason], len(skips), customers, amount])
    _tell_table(table, run, tell)


def _tell_result(run: Any, tell: Callable[..., None]) -> None:
    """What left, and what did not."""
    run.invalidate_recordset()
    deliveries = run.notice_ids.delivery_ids
    states = dict(deliveries._fields["state"]._description_selection(run.env))
    table = [["What became of it", *CHANNELS.values()]]
    for state in dict.fromkeys(deliveries.mapped("state")):
        own = deliveries.filtered(lambda delivery, state=state: delivery.state == state)
        codes = own.mapped(lambda delivery: delivery.channel_id.code)
        table.append([states[state], *(codes.count(code) for code in CHANNELS)])
    _tell_table(table, run, tell)
    for delivery in deliveries.filtered("failure_reason"):
        tell(f"{delivery.partner_id.name}: {delivery.failure_reason}")


def _tell_table(table: list[list[Any]], run: Any, tell: Callable[..., None]) -> None:
    """Print rows below their headings; an amount is a float."""
    symbol = run.company_currency_id.symbol
    tell()
    for row in table:
        cells = [f"{cell:,.2f} {symbol}" if isinstance(cell, float) else str(cell) for cell in row]
        widths = [16 if head == "amount" else 10 for head in table[0][1:]]
        figures = (f"{cell:>{width}}" for cell, width in zip(cells[1:], widths, strict=True))
        tell(f"{cells[0]:<52}" + "".join(figures))


# === FILES === #


def _letters(runs: Iterable[Any]) -> Any:
    deliveries = None
    for run in runs:
        found = run.sudo().notice_ids.delivery_ids.filtered("attachment_id")
        deliveries = found if deliveries is None else deliveries + found
    return deliveries


def _write_letters(run: Any, folder: Path) -> None:
    """Write each letter of a run as a file named after its reader."""
    for delivery in _letters([run]):
        notice = delivery.notice_id
        parts = (notice.company_id.name, notice.level_id.name, notice.name, notice.partner_id.name)
        name = "-".join(re.sub(r"\W+", "_", part) for part in parts)
        (folder / f"{name}.pdf").write_bytes(delivery.attachment_id.raw)


def _follow_registered(run: Any, folder: Path, tell: Callable[..., None]) -> None:
    """Ask AR24 what became of the registered letters, and write their proofs as files."""
    letters = run.notice_ids.delivery_ids.registered_letter_ids
    for letter in letters.filtered("external_id"):
        letter.action_refresh()
        tell(
            f"\nRegistered e-letter to {letter.partner_id.name}, AR24's number {letter.external_id}"
        )
        for step in letter._get_timeline():
            names = ", ".join(proof.attachment_id.name for proof in step["proofs"])
            tell(f"  {step['date']:<12}{step['label']:<28}{names}".rstrip())
        for proof in letter.sudo().proof_ids:
            (folder / proof.attachment_id.name).write_bytes(proof.attachment_id.raw)
    run.env.cr.commit()


def _write_merged(runs: list[Any], path: Path) -> None:
    """Write the letters of all runs as the one file that goes to the printer."""
    letters = _letters(runs)
    if letters:
        path.write_bytes(letters._merge_letters())


if __name__ == "__main__":
    main()
