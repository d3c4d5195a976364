import { _t } from "@web/core/l10n/translation";
import { rpc } from "@web/core/network/rpc";
import { user } from "@web/core/user";

const MODEL = "credit.aged.balance";
const GROUP_USER = "credit_mgmt.credit_mgmt_group_user";

/** What can be opened and done from the screen; the server's methods return the actions. */
export class AgedBalanceActions {
    /**
     * @param {Object} params
     * @param {import("./aged_balance_model").AgedBalanceModel} params.model
     * @param {Object} params.action the action service
     */
    constructor({ model, action }) {
        this.model = model;
        this.action = action;
        this.canRemind = false;
        this.canWritePartner = false;
    }

    async loadRights() {
        [this.canRemind, this.canWritePartner] = await Promise.all([
            user.hasGroup(GROUP_USER),
            user.checkAccessRight("res.partner", "write"),
        ]);
    }

    get canSelect() {
        return this.canRemind || this.canWritePartner;
    }

    /** Run a method that returns an action, as a button of a form does, and execute its action. */
    async run(model, method, args, { context = {}, ...options } = {}) {
        const result = await rpc(`/web/dataset/call_button/${model}/${method}`, {
            model,
            method,
            args,
            kwargs: { context: { ...user.context, ...context } },
        });
        if (result) {
            await this.action.doAction(result, { additionalContext: context, ...options });
        }
    }

    reload() {
        return { onClose: () => this.model.reload() };
    }

    // === FIGURES === //

    /**
     * Open the items that an amount counts.
     *
     * @param {Object|null} row a line; null for the totals
     * @param {string} column code of the column
     * @param {Object} [changes] further options
     */
    openItems(row, column, changes = {}) {
        const options = { ...this.model.getRowOptions(row), bucket: column, ...changes };
        return this.run(MODEL, "action_open_items", [options]);
    }

    /** Open the items that an amount of the date compared to counts. */
    openPreviousItems(row, changes = {}) {
        const { compare_to } = this.model.report.options;
        return this.openItems(row, "total", { as_of: compare_to, compare_to: null, ...changes });
    }

    /** Open the items of which a part is disputed. */
    openDisputedItems(row, changes = {}) {
        return this.openItems(row, "total", { disputed: "yes", ...changes });
    }

    openChanges() {
        return this.run(MODEL, "action_open_changes", [this.model.documentOptions]);
    }

    openAllItems(companyId) {
        const options = { as_of: this.model.asOf, company_ids: [companyId] };
        return this.run(MODEL, "action_open_items", [options]);
    }

    exportPdf(changes = {}) {
        const options = { ...this.model.documentOptions, ...changes };
        return this.run(MODEL, "action_export_pdf", [options]);
    }

    exportXlsx() {
        return this.run(MODEL, "action_export_xlsx", [this.model.documentOptions]);
    }

    // === ITEMS === //

    get itemContext() {
        const { as_of, basis } = this.model.report.options;
        return { aged_as_of: as_of, aged_basis: basis, aged_edges: this.model.report.bounds };
    }

    openEntry(item) {
        return this.run("credit.aged.item", "action_open_entry", [[item.id]], {
            context: this.itemContext,
        });
    }

    openReason(item) {
        return this.action.doAction(
            {
                type: "ir.actions.act_window",
                name: item.name,
                res_model: "credit.aged.item",
                res_id: item.id,
                views: [[false, "form"]],
            },
            { additionalContext: this.itemContext }
        );
    }

    // === CUSTOMERS === //

    openPartner(id) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "res.partner",
            res_id: id,
            views: [[false, "form"]],
        });
    }

    sendReminders(ids) {
        return this.run("res.partner", "action_send_reminders", [ids], this.reload());
    }

    excludeFromReminders(ids) {
        return this.run("res.partner", "action_exclude_from_dunning", [ids], this.reload());
    }

    logNote(ids) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            name: _t("Log a Note"),
            res_model: "mail.compose.message",
            views: [[false, "form"]],
            target: "new",
            context: {
                default_model: "res.partner",
                default_res_ids: ids,
                default_composition_mode: "comment",
                default_subtype_xmlid: "mail.mt_note",
            },
        });
    }
}
