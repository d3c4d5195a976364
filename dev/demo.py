"""Today's reminder batch without a browser, in the demo database.

Runs inside an Odoo environment (`.dev/bin/python -m dev.demo`), while an Odoo server
answers at --url, where wkhtmltopdf fetches the style sheets of the letters. E-mails
reach the SMTP sink; letters are written as PDF files; a summary is printed.
"""

from __future__ import annotations

import argparse
import re
from collections import Counter
from pathlib import Path
from typing import Any

import odoo
from odoo import api, fields
from odoo.modules.registry import Registry

CHANNELS = {"email": "e-mails", "letter": "letters", "call": "calls"}
LETTER_FIELD = "attachment_id"


def main() -> None:
    options = _options()
    arguments = ["-d", options.database, "--smtp-port", str(options.smtp_port)]
    arguments += ["--logfile", str(options.log)]
    odoo.tools.config.parse_config(arguments, setup_logging=True)
    with Registry(options.database).cursor() as cursor:
        env = api.Environment(cursor, api.SUPERUSER_ID, {})
        env["ir.config_parameter"].set_param("report.url", options.url)
        cursor.commit()
        summaries = [
            run_batch(company, options.letters)
            for company in env["res.company"].search([("parent_id", "=", False)])
        ]
        print_summary(summaries)
        cursor.commit()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", required=True)
    parser.add_argument("--url", required=True)
    parser.add_argument("--smtp-port", type=int, required=True)
    parser.add_argument("--letters", type=Path, required=True)
    parser.add_argument("--log", type=Path, required=True)
    return parser.parse_args()


def run_batch(company: Any, letters: Path) -> dict[str, Any]:
    """Prepare and send one company's run; return what was sent and what was not."""
    company = company.with_context(allowed_company_ids=company.ids)
    run = company.env["credit.dunning.run"].create(
        {"company_id": company.id, "date": fields.Date.context_today(company)}
    )
    run.action_prepare()
    run.action_send()
    deliveries = run.notice_ids.delivery_ids
    for delivery in deliveries.filtered(lambda d: d.channel_id.code == "letter"):
        write_letter(delivery, letters)
    return {
        "company": company.name,
        "sent": Counter(
            (delivery.notice_id.level_id, delivery.channel_id.code)
            for delivery in deliveries
            if delivery.state == "sent"
        ),
        "skipped": Counter(label(skip, "reason") for skip in run.skip_ids),
    }


def label(record: Any, field: str) -> str:
    """A field's value in words: the label of a selection, not its code."""
    return str(record._fields[field].convert_to_export(record[field], record))


def write_letter(delivery: Any, folder: Path) -> None:
    content = delivery[LETTER_FIELD].raw
    if not content:
        return
    notice = delivery.notice_id
    parts = (notice.run_id.company_id.name, notice.partner_id.name, notice.display_name)
    name = "-".join(re.sub(r"[^\w.]+", "_", part) for part in parts)
    (folder / f"{name}.pdf").write_bytes(content)


def print_summary(summaries: list[dict[str, Any]]) -> None:
    row = "{:<28}{:<28}" + "{:>10}" * len(CHANNELS)
    print(row.format("Company", "Level", *CHANNELS.values()))
    for summary in summaries:
        levels = {level for level, _code in summary["sent"]}
        for level in sorted(levels, key=lambda level: (level.policy_id.id, level.sequence)):
            counts = (summary["sent"][level, code] for code in CHANNELS)
            print(row.format(summary["company"][:27], level.display_name[:27], *counts))
    print("\nLeft out, and why")
    for summary in summaries:
        for reason, count in summary["skipped"].most_common():
            print(f"{summary['company'][:27]:<28}{reason:<48}{count:>10}")


if __name__ == "__main__":
    main()
