import { Component } from "@odoo/owl";

const WIDTH = 100;
const HEIGHT = 20;

/** The shape of a trend, without figures: an ornament beside the figure itself. */
export class Sparkline extends Component {
    static template = "credit_mgmt.Sparkline";
    static props = { values: Array };

    get viewBox() {
        return `0 0 ${WIDTH} ${HEIGHT}`;
    }

    /** @returns {string} an SVG path, interrupted where nothing is known */
    get path() {
        const { values } = this.props;
        const known = values.filter((value) => value !== null);
        if (known.length < 2) {
            return "";
        }
        const low = Math.min(...known);
        const range = Math.max(...known) - low;
        const parts = [];
        let command = "M";
        values.forEach((value, index) => {
            if (value === null) {
                command = "M";
                return;
            }
            const x = (index / (values.length - 1)) * WIDTH;
            const y = range ? HEIGHT - ((value - low) / range) * HEIGHT : HEIGHT / 2;
            parts.push(`${command}${x.toFixed(1)} ${y.toFixed(1)}`);
            command = "L";
        });
        return parts.join(" ");
    }
}
