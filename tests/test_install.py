"""Installing leaves no complaint in the log, uninstalling leaves nothing behind."""

import subprocess

from bench import databases
from dev.runner import log_problems

USE_AND_UNINSTALL = """
from bench.generate import Book, generate
generate(env, Book(invoices=60, customers=20, overdue_customers=10, history=1))
run = env["credit.dunning.run"].create({"company_id": env.company.id})
run.action_prepare()
assert run.notice_ids
# No mail server listens: all fail, and letters are written instead.
run.with_context(credit_send_on_closed_day=True).action_send()
assert run.notice_ids.delivery_ids.attachment_id
env.cr.commit()
env["ir.module.module"].search([("name", "=", "credit_mgmt")]).button_immediate_uninstall()
"""
# What a module may leave traces in, beside the tables and columns of its models. (Not
# ir_model_constraint: there Odoo itself forgets foreign keys on tables of other modules.)
RECORDS = (
    "ir_act_client", "ir_act_report_xml", "ir_act_server", "ir_act_window", "ir_asset",
    "ir_config_parameter", "ir_cron", "ir_default", "ir_filters", "ir_model",
    "ir_model_access", "ir_model_fields", "ir_model_relation", "ir_rule", "ir_sequence",
    "ir_ui_menu", "ir_ui_view", "mail_activity_type",
    "mail_message_subtype", "mail_template", "report_paperformat", "res_groups",
    "res_groups_privilege",
)  # fmt: skip

# Records about documents of any model, with the column that names the model.
DOCUMENTS = (("ir_attachment", "res_model"), ("mail_activity", "res_model"),
             ("mail_followers", "res_model"), ("mail_message", "model"))  # fmt: skip


def schema(database):
    """Every table, column, index and constraint of a database."""
    return set(
        databases.query(
            database,
            """
            SELECT table_name, column_name, data_type FROM information_schema.columns
             WHERE table_schema = 'public'
             UNION ALL
            SELECT tablename, indexname, 'index' FROM pg_indexes
             WHERE schemaname = 'public'
             UNION ALL
            SELECT conrelid::regclass::text, conname, 'constraint' FROM pg_constraint
             WHERE connamespace = 'public'::regnamespace
            """,
        )
    )


def records(database):
    """How many records there are in each of these tables."""
    return {
        table: databases.query(database, f"SELECT COUNT(*) FROM {table}")[0][0] for table in RECORDS
    }


def test_install_logs_no_problem(installed):
    text = installed.log.read_text()
    assert log_problems(text) == []
    assert "Modules loaded." in text


def test_uninstall_leaves_nothing(installed, database):
    subprocess.run(
        [databases.CHECKOUT.bin / "odoo", "shell", "-d", database, "--no-http",
         "--log-level=warn", "--smtp-port=1"],
        input=USE_AND_UNINSTALL, text=True, check=True,
    )  # fmt: skip
    [[state]] = databases.query(
        database, "SELECT state FROM ir_module_module WHERE name = 'credit_mgmt'"
    )
    assert state == "uninstalled"
    assert sorted(schema(database) - schema(installed.before)) == []
    assert sorted(schema(installed.before) - schema(database)) == []
    assert records(database) == records(installed.before)
    assert databases.query(
        database, "SELECT model, name FROM ir_model_data WHERE module = 'credit_mgmt'"
    ) == []  # fmt: skip
    for table, column in DOCUMENTS:
        [[left]] = databases.query(
            database, f"SELECT COUNT(*) FROM {table} WHERE starts_with({column}, 'credit.')"
        )
        assert left == 0, f"{left} records in {table}"
