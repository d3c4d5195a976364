import { formatFloat } from "@web/views/fields/formatters";

import { Panel } from "../components/report/panel";

import { Component } from "@odoo/owl";

/** The risk score, and what each reason brings. */
export class ScorePanel extends Component {
    static template = "credit_mgmt.ScorePanel";
    static components = { Panel };
    static props = { score: Object };

    formatPoints(component) {
        const digits = [16, component.points % 1 ? 1 : 0];
        return `${formatFloat(component.points, { digits })} / ${component.weight}`;
    }

    getClass(component) {
        const share = component.points / component.weight;
        return share < 0.4 ? "text-danger" : share < 0.7 ? "text-warning" : "text-success";
    }
}
