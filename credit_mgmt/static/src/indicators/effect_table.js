import { _t } from "@web/core/l10n/translation";

import { formatFigure } from "../components/report/format";
import { Panel } from "../components/report/panel";

import { Component } from "@odoo/owl";

/** The effect of the reminders, line by line; each line opens its items. */
export class EffectTable extends Component {
    static template = "credit_mgmt.EffectTable";
    static components = { Panel };
    static props = { data: Object, open: Function };

    setup() {
        this.title = _t("Effect of Reminders");
    }

    get rows() {
        const { groups, total } = this.props.data;
        return [...groups, { ...total, isTotal: true }];
    }

    get columns() {
        return [
            { name: "notices", label: _t("Reminders"), unit: "number" },
            { name: "items", label: _t("Items"), unit: "number" },
            { name: "amount", label: _t("Reminded"), unit: "money" },
            { name: "settled_7", label: _t("Settled in 7 Days"), unit: "money" },
            { name: "share_7", label: _t("In 7 Days, Share"), unit: "percent" },
            { name: "settled_15", label: _t("Settled in 15 Days"), unit: "money" },
            { name: "share_15", label: _t("In 15 Days, Share"), unit: "percent" },
            { name: "settled", label: _t("Settled"), unit: "money" },
            { name: "share", label: _t("Share Settled"), unit: "percent" },
            { name: "median_days", label: _t("Median Days"), unit: "days" },
        ];
    }

    format(value, unit, exact) {
        return formatFigure(value, unit, { currencyId: this.props.data.currency_id, exact });
    }
}
