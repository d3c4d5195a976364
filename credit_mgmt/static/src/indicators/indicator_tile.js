import { Sparkline } from "../components/chart/sparkline";
import { formatDifference, formatFigure, getDifferenceClass } from "../components/report/format";

import { Component } from "@odoo/owl";

/** An indicator: a press shows its trend, the small button opens what it counts. */
export class IndicatorTile extends Component {
    static template = "credit_mgmt.IndicatorTile";
    static components = { Sparkline };
    static props = {
        tile: Object,
        currencyId: { type: [Number, Boolean] },
        compareLabel: String,
        selected: Boolean,
        select: Function,
        open: Function,
    };

    get value() {
        return this.format({});
    }

    get tooltip() {
        const { help, flag } = this.props.tile;
        return [help, flag, this.format({ exact: true })].filter(Boolean).join("\n");
    }

    get differenceClass() {
        return getDifferenceClass(this.props.tile.difference, this.props.tile.better);
    }

    get difference() {
        const { difference, unit } = this.props.tile;
        return formatDifference(difference, unit, { currencyId: this.props.currencyId });
    }

    format(options) {
        const { value, unit } = this.props.tile;
        return formatFigure(value, unit, { currencyId: this.props.currencyId, ...options });
    }
}
