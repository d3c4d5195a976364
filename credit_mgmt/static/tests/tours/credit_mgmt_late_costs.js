import { registry } from "@web/core/registry";

const row = ".o_data_row:contains(Tour Customer)";
const select = {
    trigger: `body:not(:has(.modal)) ${row} .o_list_record_selector input`,
    run: "click",
};

/**
 * The life of a claim: its computation is looked at, it is booked, the booking is reversed by a
 * credit note, and what is claimed again by that is waived.
 */
registry.category("web_tour.tours").add("credit_mgmt_late_costs", {
    url: "/odoo/late-costs",
    steps: () => [
        {
            content: "Open the computation of the claim",
            trigger: `${row} .o_data_cell[name=name]`,
            run: "click",
        },
        {
            content: "Each half-year with its rate, and the indemnity",
            trigger: ".modal table:contains(Yearly rate):contains(%)",
        },
        {
            trigger: ".modal:contains(Fixed indemnity):contains(40.00)",
        },
        {
            trigger: ".modal .modal-footer button:contains(Close)",
            run: "click",
        },
        { content: "Book it", ...select },
        {
            trigger: ".o_control_panel button[name=action_book], .o_cp_action_menus button[name=action_book]",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=totals]:contains(40)",
        },
        {
            trigger: ".modal button[name=action_book]",
            run: "click",
        },
        {
            content: "A draft without tax: post it",
            trigger: ".o_form_view .o_data_row:contains(Fixed recovery indemnity)",
        },
        {
            trigger: "button[name=action_post]",
            run: "click",
        },
        {
            content: "Reverse it by a credit note",
            trigger: "button[name=action_reverse]",
            run: "click",
        },
        {
            trigger: ".modal button[name=refund_moves]",
            run: "click",
        },
        {
            content: "Post the credit note",
            trigger: ".o_form_view:contains(Customer Credit Note) button[name=action_post]",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name=state] .o_arrow_button_current[data-value=posted]",
        },
        {
            content: "Back to the claims",
            trigger: ".o_breadcrumb",
            run() {
                window.location.assign("/odoo/late-costs");
            },
            expectUnloadPage: true,
        },
        { content: "It is claimed again: waive it", ...select },
        {
            trigger: ".o_control_panel button[name=action_waive], .o_cp_action_menus button[name=action_waive]",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=reason] input, .modal .o_field_widget[name=reason] textarea",
            run: "edit Our delivery was late",
        },
        {
            trigger: ".modal button[name=action_waive]",
            run: "click",
        },
        {
            content: "Nothing is left to claim",
            trigger: "body:not(:has(.modal)) .o_list_view:not(:has(.o_data_row:contains(Tour Customer)))",
        },
    ],
});
