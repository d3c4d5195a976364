import { useHotkey } from "@web/core/hotkeys/hotkey_hook";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { useSetupAction } from "@web/search/action_hook";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

import { ReportState } from "../components/report/report_state";
import { useReport } from "../components/report/use_report";
import { WorkCounters } from "./work_counters";
import { WorkFile } from "./work_file";
import { WorkQueue } from "./work_queue";

import { Component, useRef, useState } from "@odoo/owl";

/** Customers that are fetched more each time. */
const PAGE = 100;
const MODEL = "credit.work.list";

/**
 * What a collector can do with a customer, each with its key. `method` and `args` ask the server
 * for the dialog.
 */
const DEEDS = [
    { code: "reached", key: "c", label: _t("Reached"), icon: "fa-phone", method: "open_call" },
    { code: "message", key: "m", label: _t("Left a Message"), icon: "fa-microphone", method: "open_call" },
    { code: "no_answer", key: "a", label: _t("No Answer"), icon: "fa-phone-square", method: "open_call" },
    { code: "wrong_number", key: "x", label: _t("Wrong Number"), icon: "fa-ban", method: "open_call" },
    { code: "promise", key: "p", label: _t("Promise"), icon: "fa-handshake-o", method: "open_claim" },
    { code: "dispute", key: "d", label: _t("Dispute"), icon: "fa-gavel", method: "open_claim" },
    { code: "plan", key: "l", label: _t("Plan"), icon: "fa-calendar", method: "open_claim" },
    { code: "write", key: "w", label: _t("Write"), icon: "fa-envelope-o", method: "open_writing" },
    { code: "snoozed", key: "s", label: _t("Snooze"), icon: "fa-clock-o", method: "open_call" },
    { code: "hand_over", key: "h", label: _t("Hand Over"), icon: "fa-share", method: "open_handover" },
];
const WITH_CODE = ["open_call", "open_claim"];

/** The screen *My day*: the queue of customers, and the file of the one who is treated. */
export class CreditWork extends Component {
    static template = "credit_mgmt.Work";
    static components = { Layout, ReportState, WorkCounters, WorkFile, WorkQueue };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.deeds = DEEDS;
        this.display = { controlPanel: {} };
        const { key, scope } = this.props.action.params || {};
        const kept = this.props.state || {};
        // What is asked of the server; the file of nobody in particular is that of the first.
        this.query = { limit: PAGE, scope, key, ...kept.query };
        this.state = useState({ file: null, isFileOpen: Boolean(key), loading: false });
        this.report = useReport(() => this.load());
        useSetupAction({
            rootRef: useRef("root"),
            getLocalState: () => ({ query: { ...this.query, key: this.state.file?.key } }),
        });
        useHotkey("j", () => this.move(1), { allowRepeat: true });
        useHotkey("k", () => this.move(-1), { allowRepeat: true });
        useHotkey("enter", () => this.openStep(), { isAvailable: (target) => !isControl(target) });
        for (const deed of DEEDS) {
            useHotkey(deed.key, () => this.perform(deed));
        }
    }

    get data() {
        return this.report.data;
    }

    get treated() {
        return _t("Treated today: %s", this.data.counters.treated);
    }

    get index() {
        const key = String(this.state.file?.key);
        return this.data.rows.findIndex((row) => String(row.key) === key);
    }

    // === DATA === //

    async load() {
        const data = await this.orm.call(MODEL, "get_data", [this.query]);
        this.state.file = data.file;
        return data;
    }

    /** Ask again, of another part of the list. */
    async show(changes) {
        Object.assign(this.query, { step: undefined, key: undefined }, changes);
        this.state.isFileOpen = false;
        await this.report.load();
    }

    async showMore() {
        this.query.limit += PAGE;
        this.query.key = this.state.file?.key;
        await this.report.load();
    }

    async select(row) {
        this.state.isFileOpen = true;
        this.state.loading = true;
        try {
            this.state.file = await this.orm.call("credit.work.file", "get_file", row.key);
        } finally {
            this.state.loading = false;
        }
    }

    closeFile() {
        this.state.isFileOpen = false;
    }

    /** The next customer of the queue, or the one before. */
    move(step) {
        const row = this.data?.rows[this.index + step];
        return row && this.select(row);
    }

    /**
     * Show the list as it is after a deed. Who left the part of the list that is shown makes room
     * for whoever comes next.
     */
    async refresh() {
        const { rows } = this.data;
        const index = Math.max(this.index, 0);
        const key = this.state.file?.key;
        this.query.key = key;
        await this.report.load();
        const isLeft = !this.data.rows.some((row) => String(row.key) === String(key));
        const wasListed = rows.some((row) => String(row.key) === String(key));
        if (wasListed && isLeft && this.data.rows.length) {
            await this.select(this.data.rows[Math.min(index, this.data.rows.length - 1)]);
        }
    }

    // === DEEDS === //

    async perform(deed) {
        const { key } = this.state.file || {};
        if (!key) {
            return;
        }
        const args = WITH_CODE.includes(deed.method) ? [...key, deed.code] : key;
        await this.openDialog(await this.orm.call(MODEL, deed.method, args));
    }

    openDialog(action) {
        return this.action.doAction(action, { onClose: () => this.refresh() });
    }

    /** Do the next step of the customer, where it is done on another screen. */
    async openStep() {
        const { key, row } = this.state.file || {};
        if (!row?.step) {
            return;
        }
        const action = await this.orm.call(MODEL, "open_step", key);
        return action
            ? this.openDialog(action)
            : this.perform(DEEDS.find(({ code }) => code === "reached"));
    }

    openRecord(model, id) {
        return this.openDialog({
            type: "ir.actions.act_window",
            res_model: model,
            res_id: id,
            views: [[false, "form"]],
        });
    }
}

function isControl(target) {
    return Boolean(target.closest("button, a, input, textarea, select, [contenteditable]"));
}

registry.category("actions").add("credit_mgmt.work", CreditWork);
