import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { formatMonetary } from "@web/views/fields/formatters";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

import { Component } from "@odoo/owl";

/** Shows the exposure of a group of affiliates by member and company. */
export class GroupSplitField extends Component {
    static template = "credit_mgmt.GroupSplitField";
    static props = { ...standardFieldProps };

    setup() {
        this.action = useService("action");
    }

    get rows() {
        return (this.props.record.data[this.props.name] || []).map((row, index) => ({
            ...row,
            key: index,
        }));
    }

    format(amount) {
        const currency = this.props.record.data.currency_id;
        return formatMonetary(amount, { currencyId: currency && currency.id });
    }

    open(row) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "res.partner",
            res_id: row.partner_id,
            views: [[false, "form"]],
        });
    }
}

export const groupSplitField = {
    component: GroupSplitField,
    displayName: _t("Exposure of a group by member"),
    supportedTypes: ["json"],
};

registry.category("fields").add("credit_group_split", groupSplitField);
