import { Component, useRef, useState } from "@odoo/owl";
import { CheckBox } from "@web/core/checkbox/checkbox";
import { _t } from "@web/core/l10n/translation";

import { formatAmount, formatDay, formatPercent } from "./aged_balance_format";
import { AgedBalanceRow } from "./aged_balance_row";

/** More totals than that would cover the lines when they stay at the bottom. */
const MAX_STICKY_TOTALS = 2;

/** The table: headings to sort by, rows, totals; moved in by the arrow keys. */
export class AgedBalanceTable extends Component {
    static template = "credit_mgmt.AgedBalanceTable";
    static components = { AgedBalanceRow, CheckBox };
    static props = {};

    setup() {
        this.model = useState(this.env.agedBalance.model);
        this.actions = this.env.agedBalance.actions;
        this.bodyRef = useRef("body");
        this.formatPercent = formatPercent;
    }

    // === COLUMNS === //

    get compareTo() {
        return this.model.report.options.compare_to;
    }

    get hasDisputed() {
        return this.model.report.has_disputed;
    }

    get labelHeading() {
        const { group_by } = this.model.report.options;
        return this.model.report.dimensions[group_by];
    }

    get columns() {
        const columns = this.hasDisputed
            ? [...this.model.report.columns, { code: "disputed", label: _t("Of Which Disputed") }]
            : this.model.report.columns;
        if (!this.compareTo) {
            return columns;
        }
        return [
            ...columns,
            { code: "previous", label: formatDay(this.compareTo) },
            { code: "difference", label: _t("Difference") },
            { code: "percent", label: _t("%") },
        ];
    }

    getSort(code) {
        const { order, descending } = this.model.report.options;
        if (code !== order) {
            return "none";
        }
        return descending ? "descending" : "ascending";
    }

    onHeadingKeydown(ev, code) {
        if (ev.key === "Enter" || ev.key === " ") {
            ev.preventDefault();
            this.model.sortBy(code);
        } else if (ev.key === "ArrowDown") {
            ev.preventDefault();
            this.focus(this.rowEls[0]);
        }
    }

    // === TOTALS === //

    get isFooterSticky() {
        return this.model.report.totals.length <= MAX_STICKY_TOTALS;
    }

    getTotalLabel(total) {
        const { totals, currencies } = this.model.report;
        return totals.length > 1
            ? _t("Total %s", currencies[total.currency_id].name)
            : _t("Total");
    }

    formatTotal(amount, total, { noSymbol = true } = {}) {
        return formatAmount(amount, total.currency_id, { noSymbol });
    }

    getTotalChanges(total) {
        const { options } = this.model.report;
        return options.currency === "original" ? { within: [["currency", total.currency_id]] } : {};
    }

    openTotal(total, code) {
        return this.actions.openItems(null, code, this.getTotalChanges(total));
    }

    openDisputedTotal(total) {
        return this.actions.openDisputedItems(null, this.getTotalChanges(total));
    }

    openPreviousTotal(total) {
        return this.actions.openPreviousItems(null, this.getTotalChanges(total));
    }

    // === KEYBOARD === //

    get rowEls() {
        return [...this.bodyRef.el.querySelectorAll(".o_credit_aged_row")];
    }

    focus(el) {
        el?.focus();
        el?.scrollIntoView({ block: "nearest" });
    }

    async onKeydown(ev) {
        const el = ev.target.closest(".o_credit_aged_row");
        const row = el && this.model.rows.find(({ id }) => id === el.dataset.id);
        // Letters typed into a control, and the keys of an open menu, are theirs.
        if (!row || (ev.target !== el && !ev.key.startsWith("Arrow"))) {
            return;
        }
        const els = this.rowEls;
        const index = els.indexOf(el);
        const handlers = {
            ArrowDown: () => this.focus(els[index + 1]),
            ArrowUp: () => this.focusAbove(els, index),
            Home: () => this.focus(els[0]),
            End: () => this.focus(els.at(-1)),
            ArrowRight: () => this.goInside(row, els[index + 1]),
            ArrowLeft: () => this.goOutside(row, els),
            Enter: () => this.open(row),
            " ": () => this.model.isSelectable(row) && this.model.toggleSelection(row),
        };
        if (handlers[ev.key] && !ev.ctrlKey && !ev.metaKey && !ev.altKey) {
            ev.preventDefault();
            ev.stopPropagation();
            await handlers[ev.key]();
        }
    }

    focusAbove(els, index) {
        if (index) {
            return this.focus(els[index - 1]);
        }
        this.bodyRef.el.closest("table").querySelector("th[tabindex]")?.focus();
    }

    goInside(row, nextEl) {
        if (row.type !== "line") {
            return;
        }
        return row.unfolded ? this.focus(nextEl) : this.model.unfold(row);
    }

    goOutside(row, els) {
        if (row.unfolded) {
            return this.model.fold(row);
        }
        if (row.parent) {
            this.focus(els.find((el) => el.dataset.id === row.parent.id));
        }
    }

    open(row) {
        switch (row.type) {
            case "item":
                return this.actions.openEntry(row.item);
            case "more":
                return this.model.unfold(row.parent);
            default:
                return this.actions.openItems(row, "total");
        }
    }
}
