import { _t } from "@web/core/l10n/translation";

import { CreditChart } from "../components/chart/chart";
import { getSeriesColor } from "../components/chart/chart_colors";
import { formatFigure } from "../components/report/format";
import { Panel } from "../components/report/panel";

import { Component } from "@odoo/owl";

/** What should come in, week by week, if customers pay as they did so far. */
export class ExpectedReceipts extends Component {
    static template = "credit_mgmt.ExpectedReceipts";
    static components = { CreditChart, Panel };
    static props = {
        receipts: Object,
        currencyId: { type: [Number, Boolean] },
        open: Function,
    };

    setup() {
        this.title = _t("Expected Receipts by Week");
        this.format = (value) =>
            formatFigure(value, "money", { currencyId: this.props.currencyId, exact: true });
        this.formatTick = (value) =>
            formatFigure(value, "money", { currencyId: this.props.currencyId, short: true });
        this.onSelect = (index) => this.props.open(this.props.receipts.weeks[index].action);
    }

    get labels() {
        return this.props.receipts.weeks.map((week) => week.label);
    }

    get series() {
        return [
            {
                label: _t("Expected"),
                values: this.props.receipts.weeks.map((week) => week.value),
                color: getSeriesColor(0),
            },
        ];
    }

    /** What has no week of its own. */
    get others() {
        return [this.props.receipts.late, this.props.receipts.beyond].filter(({ value }) => value);
    }

    formatRounded(value) {
        return formatFigure(value, "money", { currencyId: this.props.currencyId });
    }
}
