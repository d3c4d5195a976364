import { Component } from "@odoo/owl";

/** What should be done before anything else, each with the button that does it. */
export class DashboardMessages extends Component {
    static template = "credit_mgmt.DashboardMessages";
    static props = { messages: Array, open: Function };
}
