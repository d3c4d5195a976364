import { deserializeDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";

import { CreditChart } from "../components/chart/chart";
import { getSeriesColor } from "../components/chart/chart_colors";
import { formatFigure } from "../components/report/format";
import { Panel } from "../components/report/panel";

import { Component } from "@odoo/owl";

/** The DSO over two years, beside the one there would be if nothing were overdue. */
export class DsoTrend extends Component {
    static template = "credit_mgmt.DsoTrend";
    static components = { CreditChart, Panel };
    static props = { dso: Object };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.title = _t("DSO, 24 Months");
        this.format = (value) => formatFigure(value, "days");
        this.formatTick = (value) => formatFigure(value, "days", { short: true });
        this.onSelect = this.onSelect.bind(this);
    }

    get labels() {
        return this.props.dso.dates.map((day) => deserializeDate(day).toFormat("LLL yy"));
    }

    get series() {
        return this.props.dso.series.map(({ label, values }, index) => ({
            label,
            values,
            color: getSeriesColor(index ? 2 : 0),
            dashed: Boolean(index),
        }));
    }

    /** Open what the figure of a month is made of. */
    async onSelect(index, seriesIndex) {
        const { dates, series, options } = this.props.dso;
        const action = await this.orm.call("credit.kpi", "open_figure", [
            series[seriesIndex].code,
            options,
            dates[index],
        ]);
        return this.action.doAction(action);
    }
}
