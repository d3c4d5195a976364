import { Component } from "@odoo/owl";

/** A small sign that explains a figure to the mouse, the keyboard and the screen reader. */
export class HelpButton extends Component {
    static template = "credit_mgmt.HelpButton";
    static props = { text: String };
}
