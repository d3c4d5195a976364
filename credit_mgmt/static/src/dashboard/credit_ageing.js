import { _t } from "@web/core/l10n/translation";

import { CreditChart } from "../components/chart/chart";
import { getAgeColor, NEUTRAL_COLOR } from "../components/chart/chart_colors";
import { formatFigure } from "../components/report/format";
import { Panel } from "../components/report/panel";

import { Component } from "@odoo/owl";

/** The aged balance of today as bars; each opens its items. */
export class CreditAgeing extends Component {
    static template = "credit_mgmt.CreditAgeing";
    static components = { CreditChart, Panel };
    static props = {
        ageing: Object,
        currencyId: { type: [Number, Boolean] },
        open: Function,
    };

    setup() {
        this.title = _t("Receivables by Age");
        this.format = (value) =>
            formatFigure(value, "money", { currencyId: this.props.currencyId, exact: true });
        this.formatTick = (value) =>
            formatFigure(value, "money", { currencyId: this.props.currencyId, short: true });
        this.onSelect = (index) => this.props.open(this.props.ageing.bars[index].action);
    }

    get labels() {
        return this.props.ageing.bars.map((bar) => bar.label);
    }

    get series() {
        const { bars } = this.props.ageing;
        const buckets = bars.filter((bar) => bar.code !== "unallocated").length;
        return [
            {
                label: _t("Open"),
                values: bars.map((bar) => bar.value),
                color: bars.map((bar, index) =>
                    index < buckets ? getAgeColor(index, buckets) : NEUTRAL_COLOR
                ),
            },
        ];
    }
}
