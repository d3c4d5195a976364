import { Component } from "@odoo/owl";

/**
 * What a screen shows beside its data: a message with a way to try again, or that data is on its
 * way. The data itself is the default slot.
 */
export class ReportState extends Component {
    static template = "credit_mgmt.ReportState";
    static props = {
        report: Object,
        slots: { type: Object, optional: true },
    };
}
