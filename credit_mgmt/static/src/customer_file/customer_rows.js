import { Panel } from "../components/report/panel";

import { Component } from "@odoo/owl";

/** Records of one kind, the newest first; each opens itself, the title's link opens them all. */
export class CustomerRows extends Component {
    static template = "credit_mgmt.CustomerRows";
    static components = { Panel };
    static props = {
        title: String,
        /** [{ id, label, detail, icon, bad, action }] */
        rows: { type: Array, element: Object },
        action: Object,
        open: Function,
        empty: String,
    };
}
