import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { formatMonetary } from "@web/views/fields/formatters";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

import { Component } from "@odoo/owl";

/**
 * Shows the components of a customer's exposure; a click opens the documents that one counts.
 */
export class ExposureTableField extends Component {
    static template = "credit_mgmt.ExposureTableField";
    static props = { ...standardFieldProps, currencyField: { type: String, optional: true } };

    setup() {
        this.action = useService("action");
        this.orm = useService("orm");
    }

    get rows() {
        return this.props.record.data[this.props.name] || [];
    }

    get total() {
        return this.rows.reduce((sum, row) => (row.part_of ? sum : sum + row.amount), 0);
    }

    format(amount) {
        const currency = this.props.record.data[this.props.currencyField];
        return formatMonetary(amount, { currencyId: currency && currency.id });
    }

    async open(row) {
        const { resModel, resId } = this.props.record;
        const action = await this.orm.call(resModel, "action_open_exposure", [resId, row.code]);
        await this.action.doAction(action);
    }
}

export const exposureTableField = {
    component: ExposureTableField,
    displayName: _t("Components of an exposure"),
    supportedTypes: ["json"],
    extractProps: ({ options }) => ({ currencyField: options.currency_field }),
};

registry.category("fields").add("credit_exposure_table", exposureTableField);
