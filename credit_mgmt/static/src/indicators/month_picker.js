import { DateTimeInput } from "@web/core/datetime/datetime_input";
import { deserializeDate, serializeDate } from "@web/core/l10n/dates";

import { Component } from "@odoo/owl";

/** A month of the past, as its last day; the present month as today. */
export class MonthPicker extends Component {
    static template = "credit_mgmt.MonthPicker";
    static components = { DateTimeInput };
    static props = {
        /** ISO dates */
        value: String,
        today: String,
        label: String,
        onChange: Function,
    };

    setup() {
        this.onChange = this.onChange.bind(this);
    }

    get value() {
        return deserializeDate(this.props.value);
    }

    get today() {
        return deserializeDate(this.props.today);
    }

    get isLast() {
        return this.value.hasSame(this.today, "month");
    }

    /** @param {number} months how many later */
    move(months) {
        return this.onChange(this.value.startOf("month").plus({ months }));
    }

    onChange(day) {
        if (!day) {
            return;
        }
        const end = day.endOf("month").startOf("day");
        const value = serializeDate(end > this.today ? this.today : end);
        if (value !== this.props.value) {
            return this.props.onChange(value);
        }
    }
}
