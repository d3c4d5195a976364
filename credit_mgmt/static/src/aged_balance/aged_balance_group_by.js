import { Component, useState } from "@odoo/owl";
import { CheckboxItem } from "@web/core/dropdown/checkbox_item";

/** The groups of the search menu: what a line of the balance stands for. */
export class AgedBalanceGroupBy extends Component {
    static template = "credit_mgmt.AgedBalanceGroupBy";
    static components = { CheckboxItem };
    static props = {};

    setup() {
        this.model = useState(this.env.agedBalance.model);
    }

    get dimensions() {
        const { dimensions } = this.model.screen;
        return Object.entries(dimensions).map(([code, label]) => ({
            code,
            label,
            active: code === this.model.current.group_by,
        }));
    }

    select(code) {
        const isDefault = code === this.model.screen.options.group_by;
        return this.model.update({ group_by: isDefault ? undefined : code });
    }
}
