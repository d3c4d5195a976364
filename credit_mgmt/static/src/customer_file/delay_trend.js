import { deserializeDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";

import { CreditChart } from "../components/chart/chart";
import { getSeriesColor } from "../components/chart/chart_colors";
import { formatFigure } from "../components/report/format";
import { Panel } from "../components/report/panel";

import { Component } from "@odoo/owl";

/** How late the customer paid, month by month. */
export class DelayTrend extends Component {
    static template = "credit_mgmt.DelayTrend";
    static components = { CreditChart, Panel };
    static props = { delay: Object, open: Function };

    setup() {
        this.title = _t("Payment Delay, 12 Months");
        this.format = (value) => formatFigure(value, "days");
        this.formatTick = (value) => formatFigure(value, "days", { short: true });
        this.onSelect = () => this.props.open(this.props.delay.action);
    }

    get hasPayments() {
        return this.props.delay.months.some((month) => month.delay !== null);
    }

    get labels() {
        return this.props.delay.months.map(({ date }) => deserializeDate(date).toFormat("LLL yy"));
    }

    get series() {
        return [
            {
                label: _t("Days after the due date"),
                values: this.props.delay.months.map((month) => month.delay),
                color: getSeriesColor(0),
            },
        ];
    }
}
