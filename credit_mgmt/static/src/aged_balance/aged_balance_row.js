import { Component, useState } from "@odoo/owl";
import { CheckBox } from "@web/core/checkbox/checkbox";
import { Dropdown } from "@web/core/dropdown/dropdown";
import { DropdownItem } from "@web/core/dropdown/dropdown_item";
import { _t } from "@web/core/l10n/translation";

import { formatAmount, formatDay, formatPercent } from "./aged_balance_format";

/** A row of the table: a line, an item below it, or what loads more of them. */
export class AgedBalanceRow extends Component {
    static template = "credit_mgmt.AgedBalanceRow";
    static components = { CheckBox, Dropdown, DropdownItem };
    static props = {
        row: Object,
        columns: Array,
        isFirst: Boolean,
    };

    setup() {
        const { model, actions } = this.env.agedBalance;
        this.model = model;
        this.actions = actions;
        this.selection = useState(model.selection);
        this.state = useState({ loading: false });
    }

    get row() {
        return this.props.row;
    }

    get line() {
        return this.row.line;
    }

    get item() {
        return this.row.item;
    }

    get compareTo() {
        return this.row.report.options.compare_to;
    }

    get columnCount() {
        return this.props.columns.length + 1;
    }

    // === CONTENT === //

    get currencyName() {
        const { options, currencies } = this.row.report;
        return options.currency === "original" ? currencies[this.line.currency_id]?.name : "";
    }

    get lineTitle() {
        return [this.line.label, _t("Items: %s", this.line.count)].join("\n");
    }

    get loadMoreLabel() {
        return _t("Load more (%s)", this.row.remaining);
    }

    get amountCells() {
        const cells = this.columnCells;
        if (this.row.report.has_disputed) {
            const { disputed, currency_id } = this.row.type === "line" ? this.line : this.item;
            cells.push(this.makeCell("disputed", disputed || 0, currency_id));
        }
        return cells;
    }

    get columnCells() {
        const codes = this.row.report.columns.map(({ code }) => code);
        if (this.row.type === "line") {
            const { amounts, currency_id } = this.line;
            return codes.map((code, index) => this.makeCell(code, amounts[index], currency_id));
        }
        const { amount, column, currency_id } = this.item;
        return codes.map((code) =>
            this.makeCell(code, code === column || code === "total" ? amount : 0, currency_id)
        );
    }

    makeCell(code, amount, currencyId) {
        return { code, text: formatAmount(amount, currencyId, { noSymbol: code !== "total" }) };
    }

    get comparison() {
        const { previous, difference, percent, currency_id } = this.line;
        return {
            previous: formatAmount(previous.at(-1), currency_id),
            difference: formatAmount(difference, currency_id),
            percent: formatPercent(percent),
            color: difference > 0 ? "text-danger" : difference < 0 ? "text-success" : "",
        };
    }

    get itemDetail() {
        const day = formatDay(this.item.date_maturity);
        return this.item.kind === "invoice" ? _t("due %s", day) : `${this.item.kind_label} · ${day}`;
    }

    get itemTitle() {
        const { name, ref, journal, age, amount_original, item_currency_id, amount_currency } =
            this.item;
        const { currency_id } = this.item;
        return [
            name,
            ref,
            journal,
            _t("Age in days: %s", age),
            _t("Booked: %s", formatAmount(amount_original, currency_id, { noSymbol: true })),
            item_currency_id !== currency_id &&
                formatAmount(amount_currency, item_currency_id, { noSymbol: false }),
        ]
            .filter(Boolean)
            .join("\n");
    }

    // === EVENTS === //

    async toggle() {
        this.state.loading = true;
        try {
            await this.model.toggle(this.row);
        } finally {
            this.state.loading = false;
        }
    }

    async loadMore() {
        this.state.loading = true;
        try {
            await this.model.unfold(this.row.parent);
        } finally {
            this.state.loading = false;
        }
    }

    openAmount(code) {
        if (this.row.type === "item") {
            return this.actions.openEntry(this.item);
        }
        return code === "disputed"
            ? this.actions.openDisputedItems(this.row)
            : this.actions.openItems(this.row, code);
    }

    openPrevious() {
        return this.actions.openPreviousItems(this.row);
    }
}
