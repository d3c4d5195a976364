import { markRaw } from "@odoo/owl";
import { evaluateExpr } from "@web/core/py_js/py";
import { user } from "@web/core/user";
import { omit } from "@web/core/utils/objects";
import { Reactive } from "@web/core/utils/reactive";

const MODEL = "credit.aged.balance";
/** Where Odoo's favourites keep the options of this screen. */
const CONTEXT_KEY = "credit_aged_balance";

/** The options of the screen under a name, as Odoo's own favourites (`ir.filters`). */
export class AgedBalanceFavoriteStore extends Reactive {
    constructor({ orm }) {
        super();
        this.orm = orm;
        this.list = [];
        this.activeId = false;
        this.canCreate = false;
    }

    async load() {
        const [records, canCreate] = await Promise.all([
            this.orm.call("ir.filters", "get_filters", [MODEL]),
            user.checkAccessRight("ir.filters", "create"),
        ]);
        this.canCreate = canCreate;
        this.list = markRaw(
            records
                .map((record) => ({
                    id: record.id,
                    name: record.name,
                    isDefault: record.is_default,
                    isShared: !record.user_ids.length,
                    options: evaluateExpr(record.context)[CONTEXT_KEY],
                }))
                .filter(({ options }) => options)
        );
    }

    /** The own default comes before a shared one, the latest before the others. */
    getDefault() {
        const defaults = this.list
            .filter((favorite) => favorite.isDefault)
            .sort((a, b) => a.isShared - b.isShared || b.id - a.id);
        return defaults[0];
    }

    /**
     * @param {string} name
     * @param {Object} options
     * @param {{ isDefault: boolean, isShared: boolean }} params
     */
    async save(name, options, { isDefault, isShared }) {
        const kept = omit(
            options,
            "offset",
            // A shortcut counts from the day on which the favourite is used.
            ...(options.period ? ["as_of"] : []),
            ...(options.compare ? ["compare_to"] : [])
        );
        const [id] = await this.orm.call("ir.filters", "create_filter", [
            {
                name,
                model_id: MODEL,
                user_ids: isShared ? [] : [user.userId],
                is_default: isDefault,
                domain: "[]",
                sort: "[]",
                context: { [CONTEXT_KEY]: kept },
            },
        ]);
        await this.load();
        this.activeId = id;
    }

    async remove(favorite) {
        await this.orm.unlink("ir.filters", [favorite.id]);
        if (this.activeId === favorite.id) {
            this.activeId = false;
        }
        await this.load();
    }
}
