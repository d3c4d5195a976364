import { DateTimeInput } from "@web/core/datetime/datetime_input";
import { Dropdown } from "@web/core/dropdown/dropdown";
import { DropdownItem } from "@web/core/dropdown/dropdown_item";
import { deserializeDate, serializeDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";

import { Component } from "@odoo/owl";

/** By what the effect is broken down, and when the reminders were sent. */
export class EffectFilters extends Component {
    static template = "credit_mgmt.EffectFilters";
    static components = { DateTimeInput, Dropdown, DropdownItem };
    static props = { options: Object, setOptions: Function };

    get groups() {
        return [
            { code: "level_id", label: _t("Dunning Level") },
            { code: "channel_id", label: _t("Channel") },
            { code: "collector_id", label: _t("Collector") },
            { code: "policy_id", label: _t("Dunning Policy") },
            { code: "month", label: _t("Month") },
            { code: "partner_id", label: _t("Customer") },
        ];
    }

    get groupLabel() {
        return this.groups.find(({ code }) => code === this.props.options.group_by).label;
    }

    get dateFrom() {
        return deserializeDate(this.props.options.date_from);
    }

    get dateTo() {
        return deserializeDate(this.props.options.date_to);
    }

    setDate(name, day) {
        const value = day ? serializeDate(day) : undefined;
        if (value !== this.props.options[name]) {
            return this.props.setOptions({ [name]: value });
        }
    }
}
