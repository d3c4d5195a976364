import { markRaw } from "@odoo/owl";
import { RPCError } from "@web/core/network/rpc";
import { KeepLast } from "@web/core/utils/concurrency";
import { pick } from "@web/core/utils/objects";
import { Reactive } from "@web/core/utils/reactive";

import { cleanOptions, optionsToServer, resolveDates } from "./aged_balance_options";

const MODEL = "credit.aged.balance";
/** Lines that are unfolded again after the figures were loaded again. */
const MAX_UNFOLDED = 20;

/**
 * @typedef {Object} Row a row of the table, below one another as shown
 * @property {string} id
 * @property {"line"|"item"|"more"} type
 * @property {number} level 0 for the lines of the report
 * @property {Object} report as get_report returned it
 * @property {Object} [line] as get_report returns it
 * @property {Object} [item] as get_items returns it
 * @property {string} [dimension] what the line stands for
 * @property {Array} [within] the options `within` of what is below the line
 * @property {boolean} [unfolded]
 * @property {Row} [parent]
 */

/**
 * Loads an aged balance and what is unfolded in it. It computes no amount: all figures are the
 * server's.
 */
export class AgedBalanceModel extends Reactive {
    /**
     * @param {Object} services
     * @param {import("@web/core/orm_service").ORM} services.orm
     * @param {import("./aged_balance_favorite_store").AgedBalanceFavoriteStore} services.favorites
     * @param {Function} services.onOptionsChanged called with the options once they are loaded
     */
    constructor({ orm, favorites, onOptionsChanged }) {
        super();
        this.orm = orm;
        this.favorites = favorites;
        this.onOptionsChanged = onOptionsChanged;
        this.keepLast = markRaw(new KeepLast());
        this.screen = null;
        this.options = {};
        /** What is shown; replaced as a whole, so that no row is drawn with the columns of another report. */
        this.data = markRaw({ report: null, children: new Map(), rows: [] });
        this.ties = null;
        this.tiesKey = null;
        this.selection = new Map();
        this.loading = false;
        this.error = null;
    }

    get report() {
        return this.data.report;
    }

    /** @returns {Row[]} */
    get rows() {
        return this.data.rows;
    }

    // === OPTIONS === //

    /** The options in force, those that were not chosen included. */
    get current() {
        return { ...this.screen.options, ...this.options };
    }

    get asOf() {
        return this.options.as_of || this.screen.today;
    }

    get hasFilters() {
        const { filters, search, overdue_only, disputed, min_amount } = this.options;
        return Boolean(filters || search || overdue_only || disputed || min_amount);
    }

    /** The options for a document of all pages. */
    get documentOptions() {
        return { ...optionsToServer(this.options), offset: 0, limit: 0 };
    }

    /**
     * Load the screen for the first time.
     *
     * @param {Object|null} options null for the default favourite
     * @param {{ unfolded?: string[] }} [params] ids of the rows to unfold
     */
    async start(options, { unfolded = [] } = {}) {
        await this.attempt(async () => {
            const [screen] = await Promise.all([
                this.orm.call(MODEL, "get_screen"),
                this.favorites.load(),
            ]);
            this.screen = markRaw(screen);
            const favorite = !options && this.favorites.getDefault();
            if (favorite) {
                this.favorites.activeId = favorite.id;
            }
            this.options = resolveDates(
                cleanOptions(favorite ? favorite.options : options || {}),
                screen,
                { moveOn: Boolean(favorite) }
            );
        });
        if (!this.error) {
            await this.load(unfolded);
        }
    }

    /**
     * Change some options and load what they ask for.
     *
     * @param {Object} changes undefined for the default of an option
     */
    async update(changes) {
        // Another page is asked for alone; everything else starts at the first.
        const options = { offset: undefined, ...changes };
        this.favorites.activeId = false;
        this.options = resolveDates(cleanOptions({ ...this.options, ...options }), this.screen);
        await this.load();
    }

    /** Replace all options by those of a favourite; its shortcuts count from today. */
    async applyFavorite(favorite) {
        this.favorites.activeId = favorite.id;
        this.options = resolveDates(cleanOptions(favorite.options), this.screen, { moveOn: true });
        await this.load();
    }

    /** Forget all that was chosen. */
    async reset() {
        this.favorites.activeId = false;
        this.options = {};
        await this.retry();
    }

    async setFilter(code, ids) {
        await this.update({ filters: { ...this.options.filters, [code]: ids } });
    }

    async clearFilters() {
        await this.update({
            filters: undefined,
            search: undefined,
            overdue_only: undefined,
            disputed: undefined,
            min_amount: undefined,
        });
    }

    /** Sort by a column; by the same one again: the other way round. */
    async sortBy(order) {
        const { order: before, descending } = this.current;
        await this.update({
            order,
            descending: order === before ? !descending : order !== "label",
        });
    }

    // === LOADING === //

    /** Run a load; what the server refuses becomes the state of the screen, not a dialog. */
    async attempt(load) {
        this.loading = true;
        this.error = null;
        try {
            await load();
        } catch (error) {
            if (!(error instanceof RPCError)) {
                throw error;
            }
            this.error = error.data?.message || error.message;
        } finally {
            this.loading = false;
        }
    }

    /** @param {string[]} [unfolded] ids of the rows to unfold; by default those that are */
    async load(unfolded = this.rows.filter((row) => row.unfolded).map((row) => row.id)) {
        const options = this.options;
        await this.attempt(async () => {
            const report = await this.keepLast.add(
                this.orm.call(MODEL, "get_report", [optionsToServer(options)])
            );
            if (!report.lines.length && report.count) {
                // The last page is gone since.
                return this.update({ offset: undefined });
            }
            const data = { report: markRaw(report), children: new Map(), rows: [] };
            await this.keepLast.add(this.unfoldAgain(data, unfolded.slice(0, MAX_UNFOLDED)));
            // Nobody acts on rows that are no longer on the screen.
            this.selection.clear();
            this.show(data);
        });
        this.onOptionsChanged(this.options);
        this.loadTies();
    }

    /** Unfold what was, from the outside to the inside, as far as it is still there. */
    async unfoldAgain(data, ids) {
        let rows = data.report.lines.map((line) => this.makeLineRow(data, line, null));
        while (rows.length) {
            const found = rows.filter((row) => ids.includes(row.id));
            await Promise.all(found.map((row) => this.loadChildren(data, row)));
            rows = found
                .flatMap((row) => this.getChildRows(data, row))
                .filter((row) => row.type === "line");
        }
    }

    /** Load whether the date ties to the ledger, once per date: filters do not matter to it. */
    async loadTies() {
        const key = JSON.stringify([this.asOf, this.current.company_ids]);
        if (this.error || key === this.tiesKey) {
            return;
        }
        this.tiesKey = key;
        this.ties = null;
        const options = pick(optionsToServer(this.options), "as_of", "company_ids");
        const ties = await this.orm.silent.call(MODEL, "get_ties", [options]);
        if (key === this.tiesKey) {
            this.ties = markRaw(ties);
        }
    }

    /** Try again what the server refused. */
    async retry() {
        await (this.screen ? this.load() : this.start(this.options));
    }

    /** Load the figures again, after something was done about them. */
    async reload() {
        this.tiesKey = null;
        await this.load();
    }

    // === ROWS === //

    makeLineRow(data, line, parent) {
        const { group_by, currency } = data.report.options;
        const dimension = parent ? "partner" : group_by;
        const within = [...(parent?.within || []), [dimension, line.key]];
        if (currency === "original" && !parent) {
            within.push(["currency", line.currency_id]);
        }
        const id = parent ? `${parent.id}/${line.id}` : line.id;
        return {
            id,
            type: "line",
            level: parent ? parent.level + 1 : 0,
            report: data.report,
            line,
            dimension,
            within,
            parent,
            unfolded: data.children.has(id),
        };
    }

    getChildRows(data, row) {
        const children = data.children.get(row.id);
        const common = { level: row.level + 1, report: data.report, parent: row };
        const rows = children.list.map((child) =>
            children.type === "lines"
                ? this.makeLineRow(data, child, row)
                : { ...common, id: `${row.id}/item-${child.id}`, type: "item", item: child }
        );
        const remaining = children.count - children.list.length;
        if (remaining > 0) {
            rows.push({ ...common, id: `${row.id}/more`, type: "more", remaining });
        }
        return rows;
    }

    /** Show data with the rows that follow from what is unfolded in it. */
    show(data) {
        const rows = [];
        const add = (row) => {
            rows.push(row);
            if (row.unfolded) {
                this.getChildRows(data, row).forEach(add);
            }
        };
        data.report.lines.forEach((line) => add(this.makeLineRow(data, line, null)));
        this.data = markRaw({ ...data, rows: markRaw(rows) });
    }

    /** What a row is part of, as options of the server. */
    getRowOptions(row) {
        return {
            ...optionsToServer(this.options),
            within: row ? row.within : [],
            offset: 0,
            // The sums of a line are those of all that is below it.
            ...(row ? { min_amount: 0 } : {}),
        };
    }

    async loadChildren(data, row) {
        const known = data.children.get(row.id);
        const options = { ...this.getRowOptions(row), offset: known?.list.length || 0 };
        let type, list, count;
        if (row.dimension === "partner") {
            type = "items";
            ({ items: list, count } = await this.orm.call(MODEL, "get_items", [options]));
        } else {
            type = "lines";
            ({ lines: list, count } = await this.orm.call(MODEL, "get_report", [
                { ...options, group_by: "partner" },
            ]));
        }
        data.children.set(row.id, { type, list: [...(known?.list || []), ...list], count });
    }

    /** Show what is below a line, or the next page of it. */
    async unfold(row) {
        const { data } = this;
        await this.loadChildren(data, row);
        // What came too late for the report it belongs to is not shown.
        if (data.report === this.report) {
            this.show(data);
        }
    }

    fold(row) {
        this.data.children.delete(row.id);
        this.show(this.data);
    }

    async toggle(row) {
        if (row.unfolded) {
            this.fold(row);
        } else {
            await this.unfold(row);
        }
    }

    // === SELECTION === //

    isSelectable(row) {
        return row.type === "line" && row.dimension === "partner" && Boolean(row.line.key);
    }

    toggleSelection(row) {
        if (this.selection.has(row.id)) {
            this.selection.delete(row.id);
        } else {
            this.selection.set(row.id, row.line.key);
        }
    }

    get selectedPartnerIds() {
        return [...new Set(this.selection.values())];
    }

    get isPageSelected() {
        const rows = this.rows.filter((row) => this.isSelectable(row));
        return Boolean(rows.length) && rows.every((row) => this.selection.has(row.id));
    }

    togglePageSelection() {
        if (this.isPageSelected) {
            return this.selection.clear();
        }
        for (const row of this.rows) {
            if (this.isSelectable(row)) {
                this.selection.set(row.id, row.line.key);
            }
        }
    }}
