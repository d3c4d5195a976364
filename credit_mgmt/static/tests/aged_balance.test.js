import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { beforeEach, describe, expect, test } from "@odoo/hoot";
import { press, queryAllTexts, queryOne } from "@odoo/hoot-dom";
import { advanceTime, animationFrame, mockDate, runAllTimers } from "@odoo/hoot-mock";
import { browser } from "@web/core/browser/browser";
import { redirect } from "@web/core/utils/urls";
import { router } from "@web/core/browser/router";
import {
    contains,
    defineActions,
    getService,
    makeServerError,
    mountWithCleanup,
    onRpc,
    serverState,
} from "@web/../tests/web_test_helpers";
import { WebClient } from "@web/webclient/webclient";

import {
    monthsEarlier,
    optionsFromUrl,
    optionsToUrl,
    resolveDates,
} from "@credit_mgmt/aged_balance/aged_balance_options";

const DEFAULTS = {
    as_of: "2026-03-10",
    compare_to: false,
    group_by: "partner",
    within: [],
    basis: "due",
    buckets: "days",
    edges: [0, 30],
    months: 5,
    currency: "company",
    company_ids: [1],
    filters: {},
    search: "",
    overdue_only: false,
    min_amount: 0,
    bucket: null,
    order: "total",
    descending: true,
    offset: 0,
    limit: 80,
};
const SCREEN = {
    today: "2026-03-10",
    periods: [
        { code: "today", label: "Today", date: "2026-03-10" },
        { code: "last_month", label: "End of last month", date: "2026-02-28" },
    ],
    filters: {
        partner: { label: "Customer", model: "res.partner", domain: [] },
        user: { label: "Salesperson", model: "res.users", domain: [] },
    },
    dimensions: { partner: "Customer", user: "Salesperson" },
    options: DEFAULTS,
};
/** Key, label and amounts (not due, 1-30, over 30, unallocated, total) of the lines. */
const LINES = [
    [1, "Alpha", [100, 20, 0, 0, 120]],
    [2, "Beta", [0, 0, 50, -5, 45]],
];

function makeReport(options) {
    const rows =
        options.group_by === "user" ? [[7, "Sally", [100, 20, 50, -5, 165]]] : LINES.slice();
    const lines = rows.map(([key, label, amounts]) => ({
        id: `${options.group_by}-${key}-1`,
        key,
        label,
        currency_id: 1,
        count: 2,
        amounts,
        ...(options.compare_to
            ? { previous: amounts.map((x) => x * 2), difference: -amounts[4], percent: -50 }
            : {}),
    }));
    const total = {
        currency_id: 1,
        count: 4,
        amounts: [100, 20, 50, -5, 165],
        percents: [60.6, 12.1, 30.3, -3, 100],
        previous: [200, 40, 100, -10, 330],
        difference: -165,
        percent: -50,
    };
    return {
        options,
        bounds: [0, 30],
        dimensions: SCREEN.dimensions,
        filters: {},
        columns: ["0", "1", "2"]
            .map((code, index) => ({ code, label: ["Not due", "1-30 days", "Over 30 days"][index] }))
            .concat([
                { code: "unallocated", label: "Unallocated" },
                { code: "total", label: "Total" },
            ]),
        lines: options.search === "nobody" ? [] : lines.slice(options.offset),
        totals: [total],
        count: options.search === "nobody" ? 0 : lines.length,
        currencies: { 1: { name: "USD", symbol: "$", position: "before", digits: 2 } },
    };
}

function makeItem(id, column, amount) {
    return {
        id,
        move_id: id * 10,
        name: `INV/${id}`,
        ref: "",
        journal: "Sales",
        kind: "invoice",
        kind_label: "Invoice",
        date_maturity: "2026-02-20",
        age: 18,
        column,
        amount,
        currency_id: 1,
        item_currency_id: 1,
        amount_currency: amount,
        amount_original: amount,
    };
}

let asked = [];
let ties = [];

describe.current.tags("desktop");
defineMailModels();
defineActions([
    {
        id: 1,
        name: "Aged Balance",
        tag: "credit_mgmt.aged_balance",
        type: "ir.actions.client",
        path: "aged-balance",
    },
]);

beforeEach(() => {
    mockDate("2026-03-10 12:00:00");
    asked = [];
    ties = [
        { company_id: 1, company: "Co", currency_id: 1, aged: 165, ledger: 165, difference: 0 },
    ];
    onRpc("has_group", ({ args }) => args[1] !== "base.group_multi_currency");
    onRpc("res.partner", "has_access", () => true);
    onRpc("ir.filters", "has_access", () => true);
    onRpc("ir.filters", "get_filters", () => []);
    onRpc("credit.aged.balance", "get_screen", () => SCREEN);
    onRpc("credit.aged.balance", "get_report", ({ args }) => {
        asked.push(args[0]);
        return makeReport({ ...DEFAULTS, ...args[0] });
    });
    onRpc("credit.aged.balance", "get_ties", () => ties);
});

async function open(action = 1, options = {}) {
    await mountWithCleanup(WebClient);
    await getService("action").doAction(action, options);
    await animationFrame();
}

function rowTexts(selector) {
    return queryAllTexts(`${selector} td[data-code]`);
}

/** The options that were asked for last, apart from what stands for its default. */
function lastAsked() {
    return asked.at(-1);
}

// === OPTIONS === //

test("options survive the URL", () => {
    const options = {
        as_of: "2026-02-28",
        period: "last_month",
        compare_to: "2025-02-28",
        compare: "year",
        group_by: "user",
        edges: [0, 45],
        filters: { partner: [3, 4], user: [5] },
        search: "123",
        overdue_only: true,
        min_amount: 12.5,
        order: "label",
        descending: false,
        offset: 80,
    };
    const url = optionsToUrl(options);
    expect(url.filters).toBe("partner:3,4;user:5");
    expect(url.basis).toBe(undefined);
    // The router turns what looks like a number into one.
    expect(optionsFromUrl({ ...url, search: 123, min_amount: 12.5, offset: 80 })).toEqual(options);
});

test("an end of month stays one", () => {
    expect(monthsEarlier("2026-02-28", 12)).toBe("2025-02-28");
    expect(monthsEarlier("2026-02-28", 1)).toBe("2026-01-31");
    expect(monthsEarlier("2026-03-31", 1)).toBe("2026-02-28");
    expect(monthsEarlier("2026-03-15", 3)).toBe("2025-12-15");
    expect(monthsEarlier("2024-02-29", 12)).toBe("2023-02-28");
});

test("shortcuts move on in favourites, not in links", () => {
    const saved = { period: "last_month", as_of: "2026-01-31", compare: "month" };
    expect(resolveDates(saved, SCREEN, { moveOn: true })).toEqual({
        period: "last_month",
        as_of: "2026-02-28",
        compare: "month",
        compare_to: "2026-01-31",
    });
    expect(resolveDates(saved, SCREEN)).toEqual({
        as_of: "2026-01-31",
        compare: "month",
        compare_to: "2025-12-31",
    });
    expect(resolveDates({ period: "today", as_of: "2026-03-10" }, SCREEN)).toEqual({});
});

// === TABLE === //

test("lines, totals, percents and the tie", async () => {
    await open();
    expect(queryAllTexts(".o_credit_aged_name")).toEqual(["Alpha", "Beta"]);
    expect(rowTexts(".o_credit_aged_line:eq(1)")).toEqual(["", "", "50.00", "-5.00", "$ 45.00"]);
    expect(rowTexts(".o_credit_aged_total")).toEqual(["100.00", "20.00", "50.00", "-5.00", "$ 165.00"]);
    expect(rowTexts(".o_credit_aged_percents")).toEqual(["60.6%", "12.1%", "30.3%", "-3%", "100%"]);
    expect("th[data-code=total]").toHaveAttribute("aria-sort", "descending");
    expect("th[data-code=label]").toHaveAttribute("aria-sort", "none");
    expect(".o_credit_aged_tie").toHaveText("Ties to the ledger");
    expect(".o_credit_aged_tie").not.toHaveClass("o_credit_aged_differs");
    expect(".o_pager_counter").toHaveText("1-2 / 2");
});

test("sort by a heading, by mouse and keyboard", async () => {
    await open();
    await contains("th[data-code='1']").click();
    expect(lastAsked()).toMatchObject({ order: "1", descending: true });
    await contains("th[data-code='1']").click();
    expect(lastAsked()).toMatchObject({ order: "1", descending: false });
    expect("th[data-code='1']").toHaveAttribute("aria-sort", "ascending");
    await contains("th[data-code=label]").focus();
    await press("Enter");
    await animationFrame();
    expect(lastAsked()).toMatchObject({ order: "label", descending: false });
});

test("unfold a customer page by page, fold, and keep it unfolded when sorted", async () => {
    onRpc("credit.aged.balance", "get_items", ({ args }) => {
        const { offset, within } = args[0];
        expect.step(`items ${JSON.stringify(within)} ${offset}`);
        return offset
            ? { count: 3, items: [makeItem(13, "2", 5)] }
            : { count: 3, items: [makeItem(11, "0", 100), makeItem(12, "1", 15)] };
    });
    await open();
    await contains(".o_credit_aged_toggle:eq(0)").click();
    expect.verifySteps(['items [["partner",1]] 0']);
    expect(queryAllTexts(".o_credit_aged_entry")).toEqual(["INV/11", "INV/12"]);
    expect(rowTexts(".o_credit_aged_item:eq(1)")).toEqual(["", "15.00", "", "", "$ 15.00"]);
    expect(".o_credit_aged_line:eq(0)").toHaveAttribute("aria-expanded", "true");
    await contains(".o_credit_aged_load_more").click();
    expect.verifySteps(['items [["partner",1]] 2']);
    expect(".o_credit_aged_item").toHaveCount(3);
    expect(".o_credit_aged_load_more").toHaveCount(0);
    await contains("th[data-code=label]").click();
    expect.verifySteps(['items [["partner",1]] 0']);
    expect(".o_credit_aged_item").toHaveCount(2);
    await contains(".o_credit_aged_toggle:eq(0)").click();
    expect(".o_credit_aged_item").toHaveCount(0);
    expect(".o_credit_aged_line:eq(0)").toHaveAttribute("aria-expanded", "false");
});

test("a salesperson unfolds into customers, a customer into items", async () => {
    onRpc("credit.aged.balance", "get_items", ({ args }) => {
        expect(args[0].within).toEqual([
            ["user", 7],
            ["partner", 2],
        ]);
        return { count: 1, items: [makeItem(11, "2", 50)] };
    });
    await open();
    await contains(".o_searchview_dropdown_toggler").click();
    await contains(".o_group_by_menu [data-code=user]").click();
    expect("[data-facet=group_by]").toHaveText("Salesperson");
    expect(queryAllTexts(".o_credit_aged_name")).toEqual(["Sally"]);
    await contains(".o_credit_aged_toggle").click();
    expect(lastAsked()).toMatchObject({ group_by: "partner", within: [["user", 7]], min_amount: 0 });
    expect(queryAllTexts(".o_credit_aged_name")).toEqual(["Sally", "Alpha", "Beta"]);
    await contains(".o_credit_aged_toggle:eq(2)").click();
    expect(".o_credit_aged_item").toHaveCount(1);
    expect(".o_credit_aged_item").toHaveAttribute("aria-level", "3");
    await contains("[data-facet=group_by] .o_facet_remove").click();
    expect(queryAllTexts(".o_credit_aged_name")).toEqual(["Alpha", "Beta"]);
});

test("keyboard: move, unfold, go out, open", async () => {
    onRpc("credit.aged.balance", "get_items", () => ({
        count: 1,
        items: [makeItem(11, "0", 100)],
    }));
    onRpc("/web/dataset/call_button/credit.aged.item/action_open_entry", async (request) => {
        const { params } = await request.json();
        expect.step(`entry ${params.args[0]} on ${params.kwargs.context.aged_as_of}`);
        return false;
    });
    await open();
    expect(".o_searchview_input").toBeFocused();
    await press("ArrowDown");
    expect(".o_credit_aged_line:eq(0)").toBeFocused();
    await press("ArrowRight");
    await animationFrame();
    await animationFrame();
    expect(".o_credit_aged_item").toHaveCount(1);
    await press("ArrowRight");
    expect(".o_credit_aged_item").toBeFocused();
    await press("Enter");
    await animationFrame();
    expect.verifySteps(["entry 11 on 2026-03-10"]);
    await press("ArrowDown");
    expect(".o_credit_aged_line:eq(1)").toBeFocused();
    await press("ArrowUp");
    await press("ArrowLeft");
    expect(".o_credit_aged_line:eq(0)").toBeFocused();
    await press("ArrowLeft");
    await animationFrame();
    expect(".o_credit_aged_item").toHaveCount(0);
    await press(" ");
    await animationFrame();
    expect(".o_credit_aged_selection").toHaveText(/^1 selected/);
});

test("an amount opens the items that it counts", async () => {
    onRpc(
        "/web/dataset/call_button/credit.aged.balance/action_open_items",
        async (request) => {
            const [options] = (await request.json()).params.args;
            const { bucket, within, as_of = "", min_amount = "" } = options;
            expect.step([bucket, JSON.stringify(within), as_of, min_amount].join(" "));
            return false;
        }
    );
    await open({
        type: "ir.actions.client",
        tag: "credit_mgmt.aged_balance",
        params: { options: { compare_to: "2026-01-31", min_amount: 10 } },
    });
    await contains(".o_credit_aged_line:eq(1) td[data-code='2']").click();
    await contains(".o_credit_aged_line:eq(1) td[data-code='0']").click();
    await contains(".o_credit_aged_line:eq(1) td[data-code=previous]").click();
    await contains(".o_credit_aged_total td[data-code='1']").click();
    await contains(".o_credit_aged_total td[data-code=previous]").click();
    expect.verifySteps([
        '2 [["partner",2]]  0',
        'total [["partner",2]] 2026-01-31 0',
        "1 []  10",
        "total [] 2026-01-31 10",
    ]);
});

// === DATES AND COMPARISON === //

test("choose dates by shortcut; the comparison moves along and is coloured", async () => {
    await open();
    await contains(".o_credit_aged_compare_to").click();
    await contains(".o-dropdown--menu [data-code=month]").click();
    expect(lastAsked()).toMatchObject({ compare_to: "2026-02-10" });
    expect(rowTexts(".o_credit_aged_line:eq(0)").slice(-4)).toEqual([
        "$ 120.00",
        "240.00",
        "-120.00",
        "-50%",
    ]);
    expect(".o_credit_aged_line:eq(0) td[data-code=difference]").toHaveClass("text-success");
    expect(".o_credit_aged_changes").toHaveCount(0);
    await contains(".o_credit_aged_as_of").click();
    await contains(".o-dropdown--menu [data-code=last_month]").click();
    expect(lastAsked()).toMatchObject({ as_of: "2026-02-28", compare_to: "2026-01-31" });
    expect(".o_credit_aged_changes").toHaveCount(1);
    await contains(".o_credit_aged_compare_to").click();
    await contains(".o-dropdown-item:contains(Do not compare)").click();
    expect("compare_to" in lastAsked()).toBe(false);
    expect("th[data-code=previous]").toHaveCount(0);
});

test("the URL holds the options, back undoes the last choice", async () => {
    await open();
    await contains("th[data-code='1']").click();
    await runAllTimers();
    expect(browser.location.href).toMatch(/\/odoo\/aged-balance\?order=1&descending=1$/);
    await contains(".o_credit_aged_as_of").click();
    await contains(".o-dropdown--menu [data-code=last_month]").click();
    await runAllTimers();
    expect(router.current.as_of).toBe("2026-02-28");
    browser.history.back();
    await runAllTimers();
    await animationFrame();
    expect("as_of" in lastAsked()).toBe(false);
    expect(lastAsked()).toMatchObject({ order: "1" });
    expect("th[data-code='1']").toHaveAttribute("aria-sort", "descending");
});

test("a link opens what it was copied from", async () => {
    onRpc("res.partner", "web_search_read", () => ({ records: [{ id: 3, display_name: "Third" }] }));
    redirect("/odoo/aged-balance?as_of=2026-01-31&filters=partner%3A3&overdue_only=1&search=42");
    await mountWithCleanup(WebClient);
    await animationFrame();
    await animationFrame();
    expect(lastAsked()).toEqual({
        as_of: "2026-01-31",
        filters: { partner: [3] },
        overdue_only: true,
        search: "42",
    });
    expect(".o_searchview_input").toHaveValue("42");
    expect("[data-facet=overdue_only]").toHaveCount(1);
    expect("[data-facet=filter_partner] .o_facet_value").toHaveText("Third");
});

test("a page that is gone since leads to the first one", async () => {
    redirect("/odoo/aged-balance?offset=80&order=label");
    await mountWithCleanup(WebClient);
    await runAllTimers();
    await animationFrame();
    expect(asked.map(({ offset }) => offset)).toEqual([80, undefined]);
    expect(lastAsked()).toEqual({ order: "label" });
    expect(".o_credit_aged_line").toHaveCount(2);
    expect(browser.location.search).toBe("?order=label");
});

// === SEARCH, FILTERS, BUCKETS === //

test("search waits for the end of the word; nothing found can be undone", async () => {
    await open();
    const before = asked.length;
    await contains(".o_searchview_input").edit("nobody", { confirm: false });
    expect(asked).toHaveLength(before);
    await advanceTime(400);
    await animationFrame();
    expect(asked).toHaveLength(before + 1);
    expect(lastAsked().search).toBe("nobody");
    expect(".o_view_nocontent").toHaveText(/Nothing was open on 03\/10\/2026/);
    await contains(".o_view_nocontent button").click();
    expect("search" in lastAsked()).toBe(false);
    expect(".o_searchview_input").toHaveValue("");
    expect(".o_credit_aged_line").toHaveCount(2);
});

test("filters become facets that can be removed", async () => {
    await open();
    await contains(".o_searchview_dropdown_toggler").click();
    await contains(".o_filter_menu [data-code=overdue_only]").click();
    expect(lastAsked()).toMatchObject({ overdue_only: true });
    await contains(".o_credit_aged_min_amount").edit("1,000.50");
    expect(lastAsked()).toMatchObject({ overdue_only: true, min_amount: 1000.5 });
    await contains(".o_credit_aged_min_amount").edit("many");
    expect(".o_credit_aged_min_amount").toHaveClass("text-danger");
    expect(lastAsked().min_amount).toBe(1000.5);
    await contains("[data-facet=min_amount] .o_facet_remove").click();
    await contains("[data-facet=overdue_only] .o_facet_remove").click();
    expect(lastAsked()).toEqual({});
});

test("limits of the columns are checked before they are asked for", async () => {
    await open();
    await contains(".o_credit_aged_buckets").click();
    expect(".o_credit_aged_edge").toHaveCount(2);
    await contains(".o_credit_aged_edge:eq(1)").edit("0", { confirm: false });
    expect(".o_credit_aged_apply").not.toBeEnabled();
    expect(".o-dropdown--menu [role=alert]").toHaveText(/higher than the one before/);
    await contains(".o_credit_aged_edge:eq(1)").edit("45", { confirm: false });
    await contains(".o_credit_aged_apply").click();
    expect(lastAsked()).toEqual({ edges: [0, 45] });
    await contains(".o_credit_aged_buckets").click();
    await contains(".o-dropdown--menu [data-code=months]").click();
    await contains(".o_credit_aged_months").edit("3", { confirm: false });
    await contains(".o_credit_aged_apply").click();
    expect(lastAsked()).toMatchObject({ buckets: "months", months: 3 });
});

// === FAVOURITES === //

test("save, find and delete a favourite; the default one opens", async () => {
    const saved = [
        {
            id: 5,
            name: "Salespeople",
            is_default: true,
            user_ids: [serverState.userId],
            context: "{'credit_aged_balance': {'group_by': 'user', 'period': 'last_month'}}",
        },
    ];
    onRpc("ir.filters", "get_filters", () => saved);
    onRpc("ir.filters", "create_filter", ({ args }) => {
        const [values] = args;
        expect.step(`save ${values.name} ${values.user_ids.length} ${values.is_default}`);
        expect(values.context.credit_aged_balance).toEqual({
            group_by: "user",
            period: "last_month",
            overdue_only: true,
        });
        saved.push({ ...values, id: 6, context: "{'credit_aged_balance': {'order': 'label'}}" });
        return [6];
    });
    onRpc("ir.filters", "unlink", ({ args }) => {
        expect.step(`delete ${args[0]}`);
        saved.shift();
        return true;
    });
    await open();
    expect(asked).toHaveLength(1);
    expect(lastAsked()).toEqual({ group_by: "user", as_of: "2026-02-28" });
    await contains(".o_searchview_dropdown_toggler").click();
    expect(".o_favorite_item.selected").toHaveText("Salespeople");
    await contains(".o_filter_menu [data-code=overdue_only]").click();
    expect(".o_favorite_item.selected").toHaveCount(0);
    await contains(".o_add_favorite").click();
    await contains(".o_save_favorite").click();
    expect(".o_credit_aged_favorite_name").toHaveClass("border-danger");
    await contains(".o_credit_aged_favorite_name").edit("Late", { confirm: false });
    await contains(".o_favorite_menu .form-check-label:contains(Share)").click();
    await contains(".o_save_favorite").click();
    expect.verifySteps(["save Late 0 false"]);
    expect(queryAllTexts(".o_favorite_item")).toEqual(["Salespeople", "Late"]);
    expect(".o_favorite_item.selected").toHaveText("Late");
    await contains(".o_favorite_item:contains(Late)").click();
    expect(lastAsked()).toEqual({});
    await contains(".o_favorite_item:contains(Late)").click();
    expect(lastAsked()).toEqual({ order: "label" });
    await contains(".o_favorite_item:eq(0) .o_credit_aged_remove_favorite").click();
    await contains(".modal .btn-primary, .modal .btn-danger").click();
    expect.verifySteps(["delete 5"]);
});

// === STATES, RIGHTS === //

test("what the server refuses is said, and can be tried again", async () => {
    let refuse = true;
    onRpc("credit.aged.balance", "get_report", () => {
        if (refuse) {
            throw makeServerError({ message: "Choose between 1 and 12 months." });
        }
    });
    await open();
    expect(".o_credit_aged_error").toHaveText(/Choose between 1 and 12 months\./);
    expect(".modal").toHaveCount(0);
    refuse = false;
    await contains(".o_credit_aged_error .btn-primary").click();
    expect(".o_credit_aged_error").toHaveCount(0);
    expect(".o_credit_aged_line").toHaveCount(2);
});

test("a difference to the ledger is red and leads to its cause", async () => {
    ties[0] = { ...ties[0], ledger: 160, difference: 5 };
    onRpc("/web/dataset/call_button/credit.aged.balance/action_open_changes", () => {
        expect.step("changes");
        return false;
    });
    await open();
    expect(".o_credit_aged_tie").toHaveClass(["text-danger", "o_credit_aged_differs"]);
    await contains(".o_credit_aged_tie").click();
    expect(queryOne("tr[data-company='1']")).toHaveText(/165.00.*160.00.*5.00/);
    await contains(".o_credit_aged_tie_menu p button").click();
    expect.verifySteps(["changes"]);
});

test("customers that are ticked are reminded together", async () => {
    onRpc("/web/dataset/call_button/res.partner/action_send_reminders", async (request) => {
        expect.step(JSON.stringify((await request.json()).params.args));
        return false;
    });
    await open();
    await contains("thead .o_credit_aged_select input").click();
    expect(".o_credit_aged_selection").toHaveText(/^2 selected/);
    await contains(".o_credit_aged_remind").click();
    expect.verifySteps(["[[1,2]]"]);
    await contains("tbody .o_credit_aged_select input:eq(0)").click();
    expect(".o_credit_aged_selection").toHaveText(/^1 selected/);
});

test("who may not remind sees no such actions", async () => {
    ties = [];
    onRpc("has_group", () => false);
    onRpc("res.partner", "has_access", () => false);
    await open();
    expect(".o_credit_aged_line").toHaveCount(2);
    expect(".o_credit_aged_select").toHaveCount(0);
    expect(".o_credit_aged_tie").toHaveCount(0);
    await contains(".o_credit_aged_menu:eq(0)").click();
    expect(queryAllTexts(".o-dropdown--menu .o-dropdown-item")).toEqual([
        "Open the Customer",
        "Open the Items",
    ]);
});

test("documents are asked for with all pages of what is shown", async () => {
    for (const format of ["pdf", "xlsx"]) {
        onRpc(
            `/web/dataset/call_button/credit.aged.balance/action_export_${format}`,
            async (request) => {
                expect.step(`${format} ${JSON.stringify((await request.json()).params.args[0])}`);
                return false;
            }
        );
    }
    await open();
    await contains("th[data-code=label]").click();
    await contains(".o_credit_aged_xlsx").click();
    await contains(".o_credit_aged_pdf").click();
    await contains(".o-dropdown-item:contains(With the Items)").click();
    const common = `"order":"label","descending":false,"offset":0,"limit":0`;
    expect.verifySteps([`xlsx {${common}}`, `pdf {${common},"details":true}`]);
});
