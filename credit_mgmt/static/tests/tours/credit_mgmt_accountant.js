import { registry } from "@web/core/registry";

/**
 * An accountant selects overdue invoices, sees what will happen, reviews the reminders, sends them,
 * and finds them again on the customer and on the invoice.
 */
registry.category("web_tour.tours").add("credit_mgmt_accountant", {
    url: "/odoo/customer-invoices",
    steps: () => [
        {
            content: "Select the overdue invoices of one customer",
            trigger: ".o_data_row:contains(Tour Customer):eq(0) .o_list_record_selector input",
            run: "click",
        },
        {
            trigger: ".o_data_row:contains(Tour Customer):eq(1) .o_list_record_selector input",
            run: "click",
        },
        {
            content: "Open the actions of the list",
            trigger: ".o_cp_action_menus button:has(.fa-cog)",
            run: "click",
        },
        {
            trigger: ".o-dropdown-item:contains(Send reminders)",
            run: "click",
        },
        {
            content: "The wizard says what will happen before it does",
            trigger: ".modal .o_field_widget[name=send_count]:contains(1)",
        },
        {
            trigger: ".modal .o_data_row:contains(Tour Customer):contains(First reminder)",
        },
        {
            content: "Prepare and review",
            trigger: ".modal button[name=action_review]:not(.btn-primary)",
            run: "click",
        },
        {
            content: "The run is prepared, nothing has left",
            trigger: ".o_field_widget[name=state] .o_arrow_button_current[data-value=prepared]",
        },
        {
            trigger: ".nav-link[name=notices]",
            run: "click",
        },
        {
            content: "Read the message",
            trigger: ".o_data_row:contains(Tour Customer) button[name=action_preview]",
            run: "click",
        },
        {
            trigger: ".modal .o_credit_html_frame",
        },
        {
            trigger: ".modal .modal-footer button.btn-secondary",
            run: "click",
        },
        {
            content: "Send",
            trigger: "body:not(:has(.modal)) button[name=action_send_review]",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name=state] .o_arrow_button_current[data-value=done]",
        },
        {
            content: "Open the reminder that was sent",
            trigger: "button[name=action_review_notices]",
            run: "click",
        },
        {
            trigger: ".o_action.o_list_view .o_data_row:contains(Tour Customer):contains(Sent) .o_data_cell[name=partner_id]",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name=state] .o_arrow_button_current[data-value=sent]",
        },
        {
            content: "Go to the customer",
            trigger: ".o_form_view .o_field_widget[name=partner_id] a",
            run: "click",
        },
        {
            trigger: "button[name=action_open_dunning_notices] .o_stat_value:contains(1)",
        },
        {
            content: "The customer's credit page tells the level",
            trigger: ".nav-link[name=credit]",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name=dunning_level_id]:contains(First reminder)",
        },
        {
            content: "Open the customer's open items",
            trigger: ".o_form_view button.btn-secondary[name=action_open_receivables]",
            run: "click",
        },
        {
            trigger: ".o_action.o_list_view .o_data_row:contains(First reminder) .o_data_cell[name=date_maturity]",
            run: "click",
        },
        {
            content: "The invoice says that it was reminded",
            trigger: "div[name=credit_dunning_overdue]:contains(First reminder)",
        },
    ],
});
