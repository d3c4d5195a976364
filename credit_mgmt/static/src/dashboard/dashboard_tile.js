import { Sparkline } from "../components/chart/sparkline";
import { formatDifference, formatFigure, getDifferenceClass } from "../components/report/format";

import { Component } from "@odoo/owl";

/** A figure that opens what it counts. */
export class DashboardTile extends Component {
    static template = "credit_mgmt.DashboardTile";
    static components = { Sparkline };
    static props = {
        tile: Object,
        currencyId: { type: [Number, Boolean] },
        open: Function,
    };

    get value() {
        return this.format({});
    }

    /** The help, and the figure to the cent. */
    get tooltip() {
        return `${this.props.tile.help}\n${this.format({ exact: true })}`;
    }

    format(options) {
        const { value, unit } = this.props.tile;
        return formatFigure(value, unit, { currencyId: this.props.currencyId, ...options });
    }

    get difference() {
        const { difference, unit, better } = this.props.tile;
        if (difference === null) {
            return null;
        }
        return {
            className: getDifferenceClass(difference, better),
            text: formatDifference(difference, unit, { currencyId: this.props.currencyId }),
        };
    }
}
