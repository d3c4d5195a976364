import { deserializeDate, formatDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";

import { formatFigure } from "../components/report/format";
import { Panel } from "../components/report/panel";

import { Component } from "@odoo/owl";

const STEP_ICONS = {
    prepared: "fa-envelope-o text-warning",
    level: "fa-clock-o text-muted",
    left_out: "fa-pause text-muted",
};

/** The customers with the highest overdue amounts, and what happens next with each. */
export class TopCustomers extends Component {
    static template = "credit_mgmt.TopCustomers";
    static components = { Panel };
    static props = {
        customers: Array,
        /** ISO date */
        today: String,
        currencyId: { type: [Number, Boolean] },
        open: Function,
    };

    setup() {
        this.title = _t("Highest Overdue Amounts");
    }

    format(value, exact) {
        return formatFigure(value, "money", { currencyId: this.props.currencyId, exact });
    }

    formatDay(day) {
        return day ? formatDate(deserializeDate(day)) : "";
    }

    isLater(step) {
        return step?.date && step.date > this.props.today;
    }

    getStepIcon(step) {
        return STEP_ICONS[step.code] || "fa-angle-right text-muted";
    }

    openCustomer(customer) {
        return this.props.open({
            type: "ir.actions.act_window",
            res_model: "res.partner",
            res_id: customer.id,
            views: [[false, "form"]],
        });
    }
}
