import { Dropdown } from "@web/core/dropdown/dropdown";
import { DropdownItem } from "@web/core/dropdown/dropdown_item";
import { _t } from "@web/core/l10n/translation";

import { formatDifference, formatFigure, getDifferenceClass } from "../components/report/format";
import { Panel } from "../components/report/panel";

import { Component, useState } from "@odoo/owl";

/** Columns beside the chosen indicator. */
const COLUMNS = ["receivables", "overdue", "overdue_share", "dso"];
const PAGE = 20;

/** The indicators by company, salesperson, collector...; each figure opens what it counts. */
export class IndicatorBreakdown extends Component {
    static template = "credit_mgmt.IndicatorBreakdown";
    static components = { Dropdown, DropdownItem, Panel };
    static props = { tile: Object, data: Object, open: Function, setOptions: Function };

    setup() {
        this.title = _t("Breakdown");
        this.state = useState({ order: null, descending: true, limit: PAGE });
    }

    get dimension() {
        const { options, dimensions } = this.props.data;
        return dimensions.find(({ code }) => code === options.group_by);
    }

    get tiles() {
        const { tile, data } = this.props;
        const codes = [tile.code, ...COLUMNS.filter((code) => code !== tile.code)];
        return codes
            .map((code) => data.tiles.find((known) => known.code === code))
            .filter(Boolean);
    }

    get groups() {
        const { order, descending } = this.state;
        const groups = [...this.props.data.groups];
        if (order === "label") {
            groups.sort((a, b) => a.label.localeCompare(b.label));
        } else if (order) {
            const known = (group) => group.values[order] ?? -Infinity;
            groups.sort((a, b) => known(a) - known(b));
        }
        return order && descending ? groups.reverse() : groups;
    }

    get shown() {
        return this.groups.slice(0, this.state.limit);
    }

    getSortLabel(code) {
        return this.state.order === code
            ? this.state.descending
                ? "descending"
                : "ascending"
            : "none";
    }

    getSortIcon(code) {
        return this.state.order === code
            ? `fa fa-sort-${this.state.descending ? "desc" : "asc"}`
            : "";
    }

    sort(code) {
        const descending = this.state.order === code ? !this.state.descending : code !== "label";
        Object.assign(this.state, { order: code, descending });
    }

    showMore() {
        this.state.limit += PAGE;
    }

    choose(code) {
        this.state.limit = PAGE;
        return this.props.setOptions({ group_by: code });
    }

    getOptions(exact) {
        return { currencyId: this.props.data.currency_id, exact };
    }

    format(value, tile, exact) {
        return formatFigure(value, tile.unit, this.getOptions(exact));
    }

    /** Of the chosen indicator, the only one that is compared here. */
    formatDifference(difference) {
        return formatDifference(difference, this.props.tile.unit, this.getOptions());
    }

    getDifferenceClass(difference) {
        return getDifferenceClass(difference, this.props.tile.better);
    }

    open(group, tile) {
        return this.props.open(tile.code, this.props.data.date, group.key);
    }

    canOpen(group, tile) {
        return tile.can_open && group.values[tile.code] !== null;
    }
}
