import { _t } from "@web/core/l10n/translation";

import { formatFigure } from "../components/report/format";
import { getStepIcon } from "./work_format";

import { Component, useEffect, useRef } from "@odoo/owl";

/** The customers in order, each with the next step and why. */
export class WorkQueue extends Component {
    static template = "credit_mgmt.WorkQueue";
    static props = { data: Object, current: Array, select: Function, showMore: Function };

    setup() {
        this.getStepIcon = getStepIcon;
        const root = useRef("root");
        // Who is treated stays in sight when the keys go down the list.
        useEffect(
            () => {
                root.el
                    ?.querySelector(".o_credit_work_current")
                    ?.scrollIntoView({ block: "nearest" });
            },
            () => [String(this.props.current)]
        );
    }

    isCurrent(row) {
        return String(row.key) === String(this.props.current);
    }

    format(row) {
        return formatFigure(row.overdue, "money", { currencyId: row.currency_id });
    }

    getPoints(row) {
        return formatFigure(Math.round(row.priority), "number");
    }

    getPointsTitle(row) {
        return row.points
            .map(({ label, text, points, weight }) => `${label}: ${text} (${points}/${weight})`)
            .join("\n");
    }

    getDetail(row) {
        return [
            row.days > 0 && _t("%s days late", row.days),
            row.state === "todo" && row.reason,
            row.company,
        ]
            .filter(Boolean)
            .join(" · ");
    }

    get remaining() {
        return this.props.data.count - this.props.data.rows.length;
    }

    get moreLabel() {
        return _t("Load more (%s)", this.remaining);
    }
}
