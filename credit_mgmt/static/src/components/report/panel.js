import { HelpButton } from "./help_button";

import { Component } from "@odoo/owl";

/** A titled card of a screen; slots: default, and ``actions`` beside the title. */
export class Panel extends Component {
    static template = "credit_mgmt.Panel";
    static components = { HelpButton };
    static props = {
        title: String,
        help: { type: String, optional: true },
        className: { type: String, optional: true },
        slots: { type: Object, optional: true },
    };
}
