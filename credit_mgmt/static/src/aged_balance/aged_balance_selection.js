import { Component, useState } from "@odoo/owl";

/** What can be done with the customers that are ticked. */
export class AgedBalanceSelection extends Component {
    static template = "credit_mgmt.AgedBalanceSelection";
    static props = {};

    setup() {
        this.model = useState(this.env.agedBalance.model);
        this.actions = this.env.agedBalance.actions;
    }

    get ids() {
        return this.model.selectedPartnerIds;
    }
}
