import { getSeriesColor } from "../components/chart/chart_colors";
import { formatFigure } from "../components/report/format";
import { Panel } from "../components/report/panel";

import { Component } from "@odoo/owl";

/** The components of the exposure as one bar beside the limit; each opens what it counts. */
export class ExposureBar extends Component {
    static template = "credit_mgmt.ExposureBar";
    static components = { Panel };
    static props = {
        exposure: Object,
        limit: Object,
        currencyId: { type: [Number, Boolean] },
        formatDay: Function,
        open: Function,
        openExposure: Function,
    };

    /** What the whole width stands for: the limit, or more when the exposure is above it. */
    get scale() {
        const sum = this.props.exposure.rows.reduce(
            (total, row) => (row.part_of || row.amount < 0 ? total : total + row.amount),
            0
        );
        return Math.max(sum, this.props.limit.unlimited ? 0 : this.props.limit.amount) || 1;
    }

    get rows() {
        let place = 0;
        return this.props.exposure.rows.map((row) => ({
            ...row,
            color: row.part_of ? "transparent" : getSeriesColor(place++),
            width: row.part_of ? 0 : (Math.max(row.amount, 0) / this.scale) * 100,
        }));
    }

    get segments() {
        return this.rows.filter((row) => row.width > 0);
    }

    get limitPlace() {
        const { amount, unlimited } = this.props.limit;
        return unlimited || amount >= this.scale ? null : (amount / this.scale) * 100;
    }

    format(amount) {
        return formatFigure(amount, "money", { currencyId: this.props.currencyId, exact: true });
    }

    formatPercent(value) {
        return formatFigure(value, "percent");
    }
}
