import { Component } from "@odoo/owl";
import { DateTimeInput } from "@web/core/datetime/datetime_input";
import { Dropdown } from "@web/core/dropdown/dropdown";
import { CheckboxItem } from "@web/core/dropdown/checkbox_item";
import { DropdownItem } from "@web/core/dropdown/dropdown_item";
import { useDropdownState } from "@web/core/dropdown/dropdown_hooks";
import { deserializeDate, serializeDate } from "@web/core/l10n/dates";

/** Chooses a date: by a shortcut, or any. */
export class AgedBalanceDate extends Component {
    static template = "credit_mgmt.AgedBalanceDate";
    static components = { CheckboxItem, DateTimeInput, Dropdown, DropdownItem };
    static props = {
        name: String,
        icon: String,
        label: String,
        choices: {
            type: Array,
            element: {
                type: Object,
                shape: {
                    code: String,
                    label: String,
                    date: String,
                    day: String,
                    active: Boolean,
                },
            },
        },
        value: { type: String, optional: true },
        onSelect: Function,
        isRemovable: { type: Boolean, optional: true },
    };

    setup() {
        this.dropdown = useDropdownState();
    }

    get date() {
        return this.props.value ? deserializeDate(this.props.value) : false;
    }

    onPicked(date) {
        if (date) {
            this.dropdown.close();
            this.props.onSelect(serializeDate(date));
        }
    }
}
