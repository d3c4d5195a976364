import { Dropdown } from "@web/core/dropdown/dropdown";
import { DropdownItem } from "@web/core/dropdown/dropdown_item";
import { deserializeDate, formatDate, serializeDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";

import { MonthPicker } from "./month_picker";

import { Component } from "@odoo/owl";

const PERIODS = [1, 3, 6, 12];
const MAX_DAYS_SAVED = 365;

/** The day of the indicators, what they are compared with, and the periods they count. */
export class IndicatorFilters extends Component {
    static template = "credit_mgmt.IndicatorFilters";
    static components = { Dropdown, DropdownItem, MonthPicker };
    static props = { data: Object, setOptions: Function };

    setup() {
        this.monthLabel = _t("Month of the indicators");
        this.maxDaysSaved = MAX_DAYS_SAVED;
        this.setDate = this.setDate.bind(this);
    }

    /** A comparison that was chosen moves with the day only if it is the usual one. */
    setDate(value) {
        return this.props.setOptions({
            date_to: value === this.props.data.today ? undefined : value,
            compare_to: undefined,
        });
    }

    get comparisons() {
        const day = deserializeDate(this.props.data.date);
        const choices = [
            [_t("End of the previous month"), day.startOf("month").minus({ days: 1 })],
            [_t("Three months earlier"), day.startOf("month").minus({ months: 2, days: 1 })],
            [_t("A year earlier"), day.minus({ years: 1 }).endOf("month").startOf("day")],
            [_t("End of the previous year"), day.startOf("year").minus({ days: 1 })],
        ];
        const known = new Set();
        return choices
            .map(([label, date]) => ({ label, value: serializeDate(date), date: formatDate(date) }))
            .filter(({ value }) => !known.has(value) && known.add(value));
    }

    get compareTo() {
        return formatDate(deserializeDate(this.props.data.compare_to));
    }

    get periods() {
        return PERIODS.map((months) => ({ months, label: this.getPeriodLabel(months) }));
    }

    getPeriodLabel(months) {
        return months === 1 ? _t("Sales of one month") : _t("Sales of %s months", months);
    }

    setDaysSaved(ev) {
        const days = parseInt(ev.target.value, 10);
        const valid = Number.isInteger(days) && days >= 0 && days <= MAX_DAYS_SAVED;
        if (!valid) {
            ev.target.value = this.props.data.options.days_saved;
        } else if (days !== this.props.data.options.days_saved) {
            return this.props.setOptions({ days_saved: days });
        }
    }
}
