from contextlib import contextmanager

from odoo import api, models, modules, tools
from odoo.tools import SQL


class CreditDunningWorker(models.AbstractModel):
    """What a worker needs to do a piece of work once, whoever else is at it.

    A lock of the database session shows that a worker is alive: it outlives commits, and the
    database frees it when the worker dies. That tells a dead claim from a slow one.
    """

    _name = "credit.dunning.worker"
    _description = "Work That Is Done Once"

    @api.model
    def _can_commit(self) -> bool:
        """Return whether each send is a transaction of its own; a test may not commit."""
        return not (tools.config["test_enable"] or modules.module.current_test)

    @contextmanager
    def _own_transaction(self):
        """Run a step that stands or falls alone: committed at its end, undone on any error."""
        if self._can_commit():
            try:
                yield
                # Each external send is a transaction of its own (rule 1).
                self.env.cr.commit()  # pylint: disable=invalid-commit
            except BaseException:
                self.env.cr.rollback()
                raise
        else:
            with self.env.cr.savepoint():
                yield

    @contextmanager
    def _worker_lock(self):
        """Lock records for this worker; yield those that no other live worker holds.

        They are read afresh inside: what another worker has just committed is seen.
        """
        namespace = SQL("hashtext(%s)", self._table)
        rows = self.env.execute_query(
            SQL(
                "SELECT id FROM unnest(%s::int[]) AS id WHERE pg_try_advisory_lock(%s, id)",
                self.ids,
                namespace,
            )
        )
        locked = self.browse(record_id for (record_id,) in rows)
        try:
            if self._can_commit():
                # A new snapshot begins with the next query; nothing is written yet (rule 1).
                self.env.cr.commit()  # pylint: disable=invalid-commit
            self.invalidate_recordset()
            yield locked
        except BaseException:
            if self._can_commit():
                self.env.cr.rollback()
            raise
        finally:
            self.env.execute_query(
                SQL(
                    "SELECT pg_advisory_unlock(%s, id) FROM unnest(%s::int[]) AS id",
                    namespace,
                    locked.ids,
                )
            )
