import { Component, useState } from "@odoo/owl";
import { Dropdown } from "@web/core/dropdown/dropdown";
import { _t } from "@web/core/l10n/translation";
import { formatMonetary } from "@web/views/fields/formatters";

import { formatDay } from "./aged_balance_format";

/** Says whether the balance of the day is that of the receivable accounts, company by company. */
export class AgedBalanceTie extends Component {
    static template = "credit_mgmt.AgedBalanceTie";
    static components = { Dropdown };
    static props = {};

    setup() {
        this.model = useState(this.env.agedBalance.model);
        this.actions = this.env.agedBalance.actions;
    }

    get differences() {
        return this.model.ties.filter((tie) => tie.difference);
    }

    get label() {
        return this.differences.length ? _t("Differs from the ledger") : _t("Ties to the ledger");
    }

    get title() {
        return _t("Whole aged balance and receivable accounts on %s", formatDay(this.model.asOf));
    }

    format(tie, name) {
        return formatMonetary(tie[name], { currencyId: tie.currency_id });
    }
}
