import { Component, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";

/** What can be done with the customers that are ticked. */
export class AgedBalanceSelection extends Component {
    static template = "credit_mgmt.AgedBalanceSelection";
    static props = {};

    setup() {
        this.model = useState(this.env.agedBalance.model);
        this.actions = this.env.agedBalance.actions;
    }

    get label() {
        return _t("%s selected", this.ids.length);
    }

    get ids() {
        return this.model.selectedPartnerIds;
    }
}
