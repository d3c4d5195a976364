import { formatFigure } from "../components/report/format";

import { Component } from "@odoo/owl";

/** What waits for a person today. */
export class DashboardTasks extends Component {
    static template = "credit_mgmt.DashboardTasks";
    static props = {
        tasks: Array,
        currencyId: { type: [Number, Boolean] },
        open: Function,
    };

    format(task) {
        return formatFigure(task.value, task.unit, { currencyId: this.props.currencyId });
    }
}
