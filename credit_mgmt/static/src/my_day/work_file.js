import { deserializeDate, formatDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";

import { formatFigure } from "../components/report/format";
import { Panel } from "../components/report/panel";
import { getStepIcon } from "./work_format";

import { Component, markup } from "@odoo/owl";

/** What a collector wants to have in sight while speaking, and what he can do. */
export class WorkFile extends Component {
    static template = "credit_mgmt.WorkFile";
    static components = { Panel };
    static props = {
        file: Object,
        deeds: Array,
        loading: Boolean,
        perform: Function,
        openStep: Function,
        openRecord: Function,
        close: Function,
        move: Function,
    };

    setup() {
        this.action = useService("action");
        this.getStepIcon = getStepIcon;
        this.titles = {
            items: _t("Open Items"),
            script: _t("On the Phone"),
            history: _t("Last Contacts"),
            contacts: _t("People"),
            claims: _t("Promises, Disputes, Plans"),
            activities: _t("Planned"),
            notes: _t("Notes"),
            points: _t("Why Now"),
        };
    }

    get file() {
        return this.props.file;
    }

    get row() {
        return this.file.row;
    }

    get figures() {
        const { overdue, open, disputed, promised, credit } = this.row;
        return [
            { code: "overdue", label: _t("Overdue"), value: overdue, isAlways: true },
            { code: "open", label: _t("Open Amount"), value: open, isAlways: true },
            { code: "disputed", label: _t("Disputed"), value: disputed },
            { code: "promised", label: _t("Promised"), value: promised },
            { code: "credit", label: _t("Unallocated"), value: credit },
        ].filter(({ value, isAlways }) => value || isAlways);
    }

    /** The server builds the script of escaped texts. */
    get script() {
        return markup(this.file.script);
    }

    get claims() {
        const { promises, disputes, plans } = this.file;
        return [
            ...promises.map((claim) => ({ ...claim, icon: "fa-handshake-o" })),
            ...disputes.map((claim) => ({ ...claim, icon: "fa-gavel" })),
            ...plans.map((claim) => ({ ...claim, icon: "fa-calendar" })),
        ];
    }

    /** What is left of a long list, on the list itself. */
    get moreItems() {
        const count = this.file.item_count - this.file.items.length;
        return count > 0 && _t("%s more items", count);
    }

    format(amount, currencyId) {
        return formatFigure(amount, "money", { currencyId, exact: true });
    }

    formatDay(day) {
        return day ? formatDate(deserializeDate(day)) : "";
    }

    openCustomer() {
        return this.props.openRecord("res.partner", this.file.key[0]);
    }

    openItems() {
        return this.action.doAction({
            type: "ir.actions.act_window",
            name: this.titles.items,
            res_model: "credit.receivable",
            views: [
                [false, "list"],
                [false, "form"],
            ],
            domain: [["partner_id", "=", this.file.key[0]]],
        });
    }
}
