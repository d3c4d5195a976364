import { Component, onWillStart, useState } from "@odoo/owl";
import { Dropdown } from "@web/core/dropdown/dropdown";
import { CheckboxItem } from "@web/core/dropdown/checkbox_item";
import { _t } from "@web/core/l10n/translation";
import { user } from "@web/core/user";

import { AgedBalanceBuckets } from "./aged_balance_buckets";
import { AgedBalanceDate } from "./aged_balance_date";
import { formatDay } from "./aged_balance_format";
import { COMPARISONS, monthsEarlier } from "./aged_balance_options";
import { AgedBalanceTie } from "./aged_balance_tie";

/** The row of dates, buckets and currency above the table. */
export class AgedBalanceToolbar extends Component {
    static template = "credit_mgmt.AgedBalanceToolbar";
    static components = {
        AgedBalanceBuckets,
        AgedBalanceDate,
        AgedBalanceTie,
        CheckboxItem,
        Dropdown,
    };
    static props = {};

    setup() {
        this.model = useState(this.env.agedBalance.model);
        this.actions = this.env.agedBalance.actions;
        onWillStart(async () => {
            this.isMultiCurrency = await user.hasGroup("base.group_multi_currency");
        });
    }

    // === DATES === //

    get asOfChoices() {
        const { periods } = this.model.screen;
        const fiscal = periods.find(({ code }) => code === "last_fiscal_year");
        return periods
            .filter(({ code, date }) => code !== "last_year" || date !== fiscal?.date)
            .map((period) => ({
                ...period,
                day: formatDay(period.date),
                active:
                    period.code === (this.model.options.period || "today") &&
                    period.date === this.model.asOf,
            }));
    }

    get compareChoices() {
        const labels = {
            month: _t("One month earlier"),
            quarter: _t("One quarter earlier"),
            year: _t("One year earlier"),
        };
        return Object.entries(COMPARISONS).map(([code, months]) => {
            const date = monthsEarlier(this.model.asOf, months);
            return {
                code,
                label: labels[code],
                date,
                day: formatDay(date),
                active: code === this.model.options.compare,
            };
        });
    }

    get asOfLabel() {
        return _t("On %s", formatDay(this.model.asOf));
    }

    get compareLabel() {
        const { compare_to } = this.model.options;
        return compare_to ? _t("Compared to %s", formatDay(compare_to)) : _t("Compare");
    }

    setAsOf(date, code) {
        return this.model.update({ as_of: date, period: code });
    }

    setCompareTo(date, code) {
        return this.model.update({ compare_to: date, compare: code });
    }

    // === CURRENCY === //

    get currencies() {
        return [
            { code: "company", label: _t("Company currency") },
            { code: "original", label: _t("Currency of the items") },
        ];
    }

    get currencyLabel() {
        return this.currencies.find(({ code }) => code === this.model.current.currency)?.label;
    }

    setCurrency(code) {
        return this.model.update({ currency: code === "company" ? undefined : code });
    }

    // === CHANGES SINCE === //

    get isPast() {
        return this.model.asOf < this.model.screen.today;
    }
}
