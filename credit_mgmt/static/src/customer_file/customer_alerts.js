import { _t } from "@web/core/l10n/translation";

import { Component } from "@odoo/owl";

const COLORS = { 0: "info", 1: "warning", 2: "warning", 3: "danger" };

/** What the rules found about the customer, the worst first; each can be snoozed here. */
export class CustomerAlerts extends Component {
    static template = "credit_mgmt.CustomerAlerts";
    static props = {
        alerts: Object,
        formatDay: Function,
        open: Function,
        snooze: Function,
    };

    getColor(alert) {
        return alert.state === "snoozed" ? "secondary" : COLORS[alert.severity];
    }

    getSnoozeText(alert) {
        return _t("snoozed until %(day)s: %(reason)s", {
            day: this.props.formatDay(alert.snooze_until),
            reason: alert.snooze_reason,
        });
    }
}
