import { deserializeDate, formatDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { useSetupAction } from "@web/search/action_hook";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

import { CreditAgeing } from "../dashboard/credit_ageing";
import { formatFigure } from "../components/report/format";
import { Panel } from "../components/report/panel";
import { ReportState } from "../components/report/report_state";
import { useReport } from "../components/report/use_report";
import { CustomerAlerts } from "./customer_alerts";
import { CustomerRows } from "./customer_rows";
import { DelayTrend } from "./delay_trend";
import { ExposureBar } from "./exposure_bar";
import { ScorePanel } from "./score_panel";

import { Component, useRef } from "@odoo/owl";

/** What a call can lead to: methods of the customer, and who may use them. */
const CALL_ACTIONS = [
    { method: "action_promise", label: _t("Promise"), user: true },
    { method: "action_payment_plan", label: _t("Payment Plan"), user: true },
    { method: "action_send_reminders", label: _t("Reminder"), user: true },
    { method: "action_credit_statement", label: _t("Statement") },
    { method: "action_request_limit", label: _t("Ask for a Limit") },
    { method: "action_set_hold", label: _t("Hold or Release"), user: true },
];

/** The credit page of a customer: everything that a phone call about money needs. */
export class CustomerFile extends Component {
    static template = "credit_mgmt.CustomerFile";
    static components = {
        CreditAgeing,
        CustomerAlerts,
        CustomerRows,
        DelayTrend,
        ExposureBar,
        Layout,
        Panel,
        ReportState,
        ScorePanel,
    };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        const { params, context } = this.props.action;
        this.partnerId = params?.partner_id || this.props.resId || context?.active_id;
        // The address of the page leads to the same customer.
        this.props.updateActionState?.({ resId: this.partnerId });
        this.report = useReport(() =>
            this.orm.call("credit.customer.file", "get_file", [this.partnerId])
        );
        this.display = { controlPanel: {} };
        this.open = this.open.bind(this);
        useSetupAction({ rootRef: useRef("root") });
    }

    get data() {
        return this.report.data;
    }

    get currencyId() {
        return this.data.customer.currency_id;
    }

    get callActions() {
        return CALL_ACTIONS.filter((row) => !row.user || this.data.customer.is_user);
    }

    get subtitle() {
        const { city, vat, company } = this.data.customer;
        return [city, vat, company].filter(Boolean).join(" · ");
    }

    get inCharge() {
        const { collector, salesperson, risk_class: riskClass } = this.data.customer;
        return [
            collector && _t("Collector: %s", collector),
            salesperson && _t("Salesperson: %s", salesperson),
            riskClass && _t("Risk class: %s", riskClass),
        ]
            .filter(Boolean)
            .join(" · ");
    }

    get holdText() {
        const { hold, hold_reason: reason, hold_until: until } = this.data.limit;
        const label = hold === "hold" ? _t("On hold") : _t("On the watch list");
        const parts = [reason, until && _t("until %s", this.formatDay(until))].filter(Boolean);
        return parts.length ? `${label}: ${parts.join(", ")}` : label;
    }

    get nextSteps() {
        const { step, activities } = this.data.next_action;
        const steps = activities.map(({ id, label, date, user }) => ({
            key: `activity-${id}`,
            icon: "fa-check-square-o",
            label,
            date,
            detail: user,
        }));
        if (step) {
            steps.unshift({
                key: "step",
                icon: step.code === "left_out" ? "fa-pause" : "fa-bell-o",
                label: step.label,
                date: step.date,
                detail: "",
            });
        }
        return steps;
    }

    get promiseRows() {
        return this.data.promises.rows.map((row) => ({
            ...row,
            label: _t("%(amount)s by %(date)s", {
                amount: this.formatMoney(row.amount, row.currency_id),
                date: this.formatDay(row.date),
            }),
            detail: row.state_label,
            bad: ["broken", "partly_kept"].includes(row.state),
        }));
    }

    get disputeRows() {
        return this.data.disputes.rows.map((row) => ({
            ...row,
            label: `${row.name} · ${row.reason}`,
            detail: _t("%(amount)s, for %(days)s days, %(owner)s", {
                amount: this.formatMoney(row.amount, row.currency_id),
                days: row.days,
                owner: row.owner,
            }),
        }));
    }

    get planRows() {
        return this.data.plans.rows.map((row) => ({
            ...row,
            label: _t("%(left)s left of %(amount)s", {
                left: this.formatMoney(row.left, row.currency_id),
                amount: this.formatMoney(row.amount, row.currency_id),
            }),
            detail: [row.state_label, row.date && _t("next on %s", this.formatDay(row.date))]
                .filter(Boolean)
                .join(", "),
        }));
    }

    get solvencyRows() {
        return this.data.solvency.rows.map((row) => ({
            ...row,
            label: [row.provider || row.source, row.scale ? `${row.value} (${row.scale})` : row.value]
                .join(": "),
            detail: row.date_expiry
                ? _t("of %(date)s, valid to %(expiry)s", {
                      date: this.formatDay(row.date),
                      expiry: this.formatDay(row.date_expiry),
                  })
                : _t("of %s", this.formatDay(row.date)),
            bad: row.expired,
        }));
    }

    get contactRows() {
        return this.data.contacts.rows.map((row) => ({
            ...row,
            icon: row.kind === "reminder" ? "fa-bell-o" : "fa-comment-o",
            detail: [this.formatDay(row.date), row.author].filter(Boolean).join(", "),
        }));
    }

    formatDay(day) {
        return day ? formatDate(deserializeDate(day)) : "";
    }

    formatMoney(amount, currencyId = this.currencyId) {
        return formatFigure(amount, "money", { currencyId, exact: true });
    }

    formatDays(days) {
        return formatFigure(days, "days");
    }

    /** @param {Object} action what a figure counts, or a record */
    open(action) {
        return this.action.doAction(action, { onClose: () => this.report.load() });
    }

    /** Do what a button of the customer's form does. */
    call(name) {
        return this.press("res.partner", this.partnerId, name);
    }

    press(resModel, resId, name) {
        return this.action.doActionButton({
            type: "object",
            name,
            resModel,
            resId,
            resIds: [resId],
            onClose: () => this.report.load(),
        });
    }

    async openExposure(code) {
        this.open(await this.orm.call("res.partner", "action_open_exposure", [this.partnerId, code]));
    }

    snooze(alertId) {
        return this.press("credit.alert", alertId, "action_snooze");
    }

    planActivity() {
        return this.open({
            type: "ir.actions.act_window",
            name: _t("Schedule Activity"),
            res_model: "mail.activity.schedule",
            views: [[false, "form"]],
            target: "new",
            context: { active_model: "res.partner", active_ids: [this.partnerId] },
        });
    }
}

registry.category("actions").add("credit_mgmt.customer_file", CustomerFile);
