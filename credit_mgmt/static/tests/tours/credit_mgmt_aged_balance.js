import { registry } from "@web/core/registry";

const first = ".o_credit_aged_line:contains(Tour Customer)";
const second = ".o_credit_aged_line:contains(Tour Second)";

/** A cell of a row, with what it must say. */
function cell(row, code, text) {
    return { trigger: `${row} td[data-code="${code}"]:text(${text})` };
}

/**
 * An accountant opens the aged balance, unfolds a customer, compares with the past, sorts, looks
 * into an amount and into an entry, comes back, ticks customers and exports.
 */
registry.category("web_tour.tours").add("credit_mgmt_aged_balance", {
    steps: () => [
        {
            content: "The figures of today",
            trigger: `.o_credit_aged_total td[data-code=total]:text($ 240.00)`,
        },
        cell(first, "1", "200.00"),
        cell(second, "0", "40.00"),
        {
            content: "They tie to the ledger",
            trigger: ".o_credit_aged_tie:not(.o_credit_aged_differs)",
        },
        {
            content: "Unfold a customer into the items",
            trigger: `${first} .o_credit_aged_toggle`,
            run: "click",
        },
        {
            trigger: ".o_credit_aged_item:eq(1)",
        },
        cell(".o_credit_aged_item:eq(0)", "1", "100.00"),
        {
            content: "Compare with a month earlier",
            trigger: ".o_credit_aged_compare_to",
            run: "click",
        },
        {
            trigger: ".o-dropdown--menu [data-code=month]",
            run: "click",
        },
        cell(first, "previous", "200.00"),
        cell(second, "previous", "300.00"),
        cell(second, "difference", "-260.00"),
        cell(second, "percent", "-86.7%"),
        {
            trigger: `${second} td[data-code=difference].text-success`,
        },
        {
            content: "The items are still unfolded",
            trigger: ".o_credit_aged_item",
        },
        {
            content: "Sort by the difference: what fell comes last, then first",
            trigger: "th[data-code=difference]",
            run: "click",
        },
        {
            trigger: `th[data-code=difference][aria-sort=descending]`,
        },
        {
            trigger: ".o_credit_aged_line:eq(0):contains(Tour Customer)",
        },
        {
            trigger: "th[data-code=difference]",
            run: "click",
        },
        {
            trigger: ".o_credit_aged_line:eq(0):contains(Tour Second)",
        },
        {
            content: "Look into an amount: its items at that date",
            trigger: `${first} td[data-code="1"]`,
            run: "click",
        },
        {
            trigger: ".o_list_view:has(.o_data_row:eq(1)):not(:has(.o_data_row:eq(2)))",
        },
        {
            trigger: ".o_list_footer .o_list_number:contains($ 200.00)",
        },
        {
            content: "Come back: everything is as it was",
            trigger: ".o_back_button, .breadcrumb-item a",
            run: "click",
        },
        {
            trigger: ".o_credit_aged_line:eq(0):contains(Tour Second)",
        },
        {
            trigger: `${second} td[data-code=previous]`,
            run: "click",
        },
        {
            content: "The invoice that was paid since was open a month earlier",
            trigger: ".o_list_view .o_data_row:contains(Tour Second):contains($ 300.00)",
        },
        {
            trigger: ".o_back_button, .breadcrumb-item a",
            run: "click",
        },
        {
            content: "Open the entry of an item",
            trigger: ".o_credit_aged_item:eq(0) .o_credit_aged_entry",
            run: "click",
        },
        {
            trigger: ".o_form_view .o_field_widget[name=partner_id]:contains(Tour Customer)",
        },
        {
            trigger: ".o_back_button, .breadcrumb-item a",
            run: "click",
        },
        {
            content: "Ask why it is there",
            trigger: ".o_credit_aged_item:eq(0) .o_credit_aged_reason",
            run: "click",
        },
        {
            trigger: ".o_form_view .o_field_widget[name=bucket]:contains(1-30 days)",
        },
        {
            trigger: ".o_back_button, .breadcrumb-item a",
            run: "click",
        },
        {
            content: "Search a customer",
            trigger: ".o_credit_aged_search .o_searchview_input",
            run: "edit second",
        },
        {
            trigger: ".o_credit_aged_total td[data-code=total]:text($ 40.00)",
        },
        {
            trigger: ".o_credit_aged_search .o_searchview_input",
            run: "clear",
        },
        {
            trigger: ".o_credit_aged_total td[data-code=total]:text($ 240.00)",
        },
        {
            content: "Save what is shown as a favourite",
            trigger: ".o_credit_aged_search .o_searchview_dropdown_toggler",
            run: "click",
        },
        {
            trigger: ".o_credit_aged_search_menu .o_add_favorite",
            run: "click",
        },
        {
            trigger: ".o_credit_aged_favorite_name",
            run: "edit Month by month",
        },
        {
            trigger: ".o_credit_aged_search_menu .o_save_favorite",
            run: "click",
        },
        {
            trigger: ".o_credit_aged_search_menu .o_favorite_item.selected:contains(Month by month)",
        },
        {
            trigger: ".o_credit_aged_search .o_searchview_dropdown_toggler",
            run: "click",
        },
        {
            content: "Export",
            trigger: ".o_credit_aged_xlsx",
            run: "click",
        },
        {
            trigger: ".o_notification:contains(Exported)",
        },
        {
            content: "Remind the customer who is late",
            trigger: `${first} .o_credit_aged_select input`,
            run: "click",
        },
        {
            trigger: ".o_credit_aged_selection .o_credit_aged_remind",
            run: "click",
        },
        {
            trigger: ".modal .o_data_row:contains(Tour Customer):contains(First reminder)",
        },
        {
            trigger: ".modal .modal-footer button[special=cancel], .modal .modal-footer .btn-secondary:last",
            run: "click",
        },
        {
            content: "Nothing is ticked any more",
            trigger: "body:not(:has(.modal)) .o_credit_aged_table:not(:has(.table-info))",
        },
    ],
});
