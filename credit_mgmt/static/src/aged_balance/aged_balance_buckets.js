import { Component, useState } from "@odoo/owl";
import { CheckBox } from "@web/core/checkbox/checkbox";
import { Dropdown } from "@web/core/dropdown/dropdown";
import { CheckboxItem } from "@web/core/dropdown/checkbox_item";
import { useDropdownState } from "@web/core/dropdown/dropdown_hooks";
import { _t } from "@web/core/l10n/translation";

/** At most as many limits or months as the server accepts. */
const MAX_BUCKETS = 12;

/** Chooses what the age is counted from and where the columns begin and end. */
export class AgedBalanceBuckets extends Component {
    static template = "credit_mgmt.AgedBalanceBuckets";
    static components = { CheckBox, CheckboxItem, Dropdown };
    static props = {};

    setup() {
        this.model = useState(this.env.agedBalance.model);
        this.dropdown = useDropdownState({ onOpen: () => this.readDraft() });
        this.draft = useState({ edges: [], months: 0 });
        this.maxBuckets = MAX_BUCKETS;
    }

    get bases() {
        return [
            { code: "due", label: _t("Due date") },
            { code: "invoice", label: _t("Invoice date") },
            { code: "posting", label: _t("Posting date") },
        ];
    }

    get label() {
        const { basis, buckets } = this.model.current;
        const labels = {
            due: { days: _t("Days since the due date"), months: _t("Months of the due date") },
            invoice: {
                days: _t("Days since the invoice date"),
                months: _t("Months of the invoice date"),
            },
            posting: {
                days: _t("Days since the posting date"),
                months: _t("Months of the posting date"),
            },
        };
        return labels[basis]?.[buckets] || _t("Columns");
    }

    setBasis(code) {
        return this.model.update({ basis: code === "due" ? undefined : code });
    }

    setBuckets(code) {
        return this.model.update({ buckets: code === "days" ? undefined : code });
    }

    // === LIMITS === //

    readDraft() {
        const { edges, months } = this.model.current;
        Object.assign(this.draft, { edges: edges.map(String), months: String(months) });
    }

    get edges() {
        return this.draft.edges.filter((edge) => edge.trim() !== "").map(Number);
    }

    /** What is wrong with the draft, in words; empty when it can be applied. */
    get edgesError() {
        if (!this.edges.length || this.edges.some((edge) => !Number.isInteger(edge))) {
            return _t("Limits are whole numbers of days.");
        }
        if (this.edges.some((edge, index) => index && edge <= this.edges[index - 1])) {
            return _t("Each limit must be higher than the one before.");
        }
        return "";
    }

    get monthsError() {
        const months = Number(this.draft.months);
        return Number.isInteger(months) && months >= 1 && months <= MAX_BUCKETS
            ? ""
            : _t("Choose between 1 and %s months.", MAX_BUCKETS);
    }

    get error() {
        return this.model.current.buckets === "months" ? this.monthsError : this.edgesError;
    }

    setEdge(index, value) {
        this.draft.edges[index] = value;
    }

    addEdge() {
        const last = this.edges.at(-1) || 0;
        this.draft.edges.push(String(last + 30));
    }

    removeEdge(index) {
        this.draft.edges.splice(index, 1);
    }

    onKeydown(ev) {
        if (ev.key !== "Escape") {
            // For the menu, Enter and the arrows are about its items, not about these numbers.
            ev.stopPropagation();
        }
        if (ev.key === "Enter" && ev.target.tagName === "INPUT") {
            this.apply();
        }
    }

    apply() {
        if (this.error) {
            return;
        }
        this.dropdown.close();
        return this.model.current.buckets === "months"
            ? this.model.update({ months: Number(this.draft.months) })
            : this.model.update({ edges: this.edges });
    }

    restore() {
        this.dropdown.close();
        return this.model.update({ edges: undefined, months: undefined });
    }
}
