import { Component, useState } from "@odoo/owl";
import { AccordionItem } from "@web/core/dropdown/accordion_item";
import { CheckboxItem } from "@web/core/dropdown/checkbox_item";
import { MultiRecordSelector } from "@web/core/record_selectors/multi_record_selector";
import { parseFloat } from "@web/views/fields/parsers";
import { formatFloat } from "@web/core/utils/numbers";

/** The filters of the search menu: overdue, an amount, and records of each kind. */
export class AgedBalanceFilters extends Component {
    static template = "credit_mgmt.AgedBalanceFilters";
    static components = { AccordionItem, CheckboxItem, MultiRecordSelector };
    static props = {};

    setup() {
        this.model = useState(this.env.agedBalance.model);
        this.state = useState({ isAmountInvalid: false });
    }

    get filters() {
        return Object.entries(this.model.screen.filters).map(([code, filter]) => ({
            code,
            ...filter,
            ids: (this.model.options.filters?.[code] || []).slice(),
        }));
    }

    get minAmount() {
        const { min_amount } = this.model.options;
        return min_amount ? formatFloat(min_amount) : "";
    }

    toggleOverdue() {
        const { overdue_only } = this.model.options;
        return this.model.update({ overdue_only: overdue_only ? undefined : true });
    }

    /** @param {"yes"|"no"} value what to show; chosen again: everything */
    toggleDisputed(value) {
        const { disputed } = this.model.options;
        return this.model.update({ disputed: disputed === value ? undefined : value });
    }

    onKeydown(ev) {
        if (ev.key === "Enter") {
            // For the menu, Enter chooses the item that the mouse passed last.
            ev.stopPropagation();
            this.onMinAmount(ev);
        }
    }

    onMinAmount(ev) {
        let amount;
        try {
            amount = ev.target.value.trim() ? Math.abs(parseFloat(ev.target.value)) : 0;
        } catch {
            this.state.isAmountInvalid = true;
            return;
        }
        this.state.isAmountInvalid = false;
        if (amount !== (this.model.options.min_amount || 0)) {
            return this.model.update({ min_amount: amount || undefined });
        }
    }
}
