import { deserializeDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";

import { CreditChart } from "../components/chart/chart";
import { getSeriesColor } from "../components/chart/chart_colors";
import { formatFigure } from "../components/report/format";
import { Panel } from "../components/report/panel";

import { Component } from "@odoo/owl";

/** So many lines of a breakdown are drawn beside the total. */
const MAX_GROUPS = 4;

/** The chosen indicator over time, with the largest lines of the breakdown. */
export class IndicatorTrend extends Component {
    static template = "credit_mgmt.IndicatorTrend";
    static components = { CreditChart, Panel };
    static props = { tile: Object, data: Object, open: Function };

    setup() {
        this.format = (value) => this.formatValue(value, { exact: true });
        this.formatTick = (value) => this.formatValue(value, { short: true });
        this.onSelect = this.onSelect.bind(this);
    }

    get title() {
        return _t("%(indicator)s, %(count)s Months", {
            indicator: this.props.tile.label,
            count: this.props.data.dates.length,
        });
    }

    /** Nothing but today's value is known of what no ledger tells. */
    get isEmpty() {
        return this.props.tile.trend.filter((value) => value !== null).length < 2;
    }

    get labels() {
        return this.props.data.dates.map((day) => deserializeDate(day).toFormat("LLL yy"));
    }

    get series() {
        const { tile, data } = this.props;
        const groups = data.groups.length > 1 ? data.groups.slice(0, MAX_GROUPS) : [];
        return [
            {
                label: groups.length ? _t("Total") : tile.label,
                values: tile.trend,
                color: getSeriesColor(0),
                key: null,
            },
            ...groups.map((group, index) => ({
                label: group.label,
                values: group.trend[tile.code],
                color: getSeriesColor(index + 1),
                dashed: true,
                key: group.key,
            })),
        ];
    }

    formatValue(value, options) {
        const { tile, data } = this.props;
        return formatFigure(value, tile.unit, { currencyId: data.currency_id, ...options });
    }

    onSelect(index, seriesIndex) {
        const { tile, data, open } = this.props;
        const { key, values } = this.series[seriesIndex];
        if (tile.can_open && values[index] !== null) {
            return open(tile.code, data.dates[index], key);
        }
    }
}
