import { _t } from "@web/core/l10n/translation";

import { formatFigure } from "../components/report/format";

import { Component } from "@odoo/owl";

/** How many customers there are to treat, by whom and how; each number shows them. */
export class WorkCounters extends Component {
    static template = "credit_mgmt.WorkCounters";
    static props = { data: Object, show: Function };

    get scopes() {
        const { counters } = this.props.data;
        return [
            { code: "mine", label: _t("Mine"), count: counters.mine },
            { code: "all", label: _t("Everybody's"), count: counters.all },
            {
                code: "unassigned",
                label: _t("Without Collector"),
                count: counters.unassigned,
                isWarning: counters.unassigned > 0,
            },
        ];
    }

    get states() {
        const { counters } = this.props.data;
        return [
            { code: "todo", label: _t("To Do"), count: counters.todo },
            { code: "planned", label: _t("Planned"), count: counters.planned },
            { code: "waiting", label: _t("Waiting"), count: counters.waiting },
        ];
    }

    get amount() {
        const { amount, currency_id } = this.props.data;
        return currency_id ? formatFigure(amount, "money", { currencyId: currency_id }) : "";
    }

    showStep(code) {
        const { scope, step } = this.props.data;
        return this.props.show({ scope, state: "todo", step: step === code ? undefined : code });
    }
}
