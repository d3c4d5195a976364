import { registry } from "@web/core/registry";

/**
 * A formal notice is released by a person, leaves through AR24, and its proofs are one click away:
 * on the letter, on the delivery and on the customer.
 */
registry.category("web_tour.tours").add("credit_mgmt_ar24", {
    url: "/odoo/reminders-to-release",
    steps: () => [
        {
            content: "Open the formal notice that waits",
            trigger: ".o_data_row:contains(Delorme) .o_data_cell[name=partner_id]",
            run: "click",
        },
        {
            trigger: "button[name=action_release]",
            run: "click",
        },
        {
            trigger: "button[name=action_send]",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name=state] .o_arrow_button_current[data-value=sent]",
        },
        {
            content: "Go to the registered letters",
            trigger: ".o_main_navbar button:contains(Reminders)",
            run: "click",
        },
        {
            trigger: ".o-dropdown-item:contains(Registered Letters)",
            run: "click",
        },
        {
            content: "It is under way; nothing is to be recorded by hand",
            trigger:
                ".o_data_row:contains(Delorme):not(:has(button[name=action_record])) .o_data_cell[name=partner_id]",
            run: "click",
        },
        {
            trigger: ".o_credit_step_awaited:contains(Acceptance by the addressee)",
        },
        {
            content: "AR24 has news",
            trigger: "button[name=action_refresh]",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name=state] .o_arrow_button_current[data-value=accepted]",
        },
        {
            content: "The proof is one click away",
            trigger:
                ".o_credit_step_accepted a.o_credit_proof[href*='/web/content/']:contains(Receipt by the addressee)",
        },
        {
            content: "On the delivery too",
            trigger: ".o_field_widget[name=delivery_id] a",
            run: "click",
        },
        {
            trigger:
                ".o_field_widget[name=registered_timeline_html] .o_credit_step_presented a.o_credit_proof",
        },
        {
            content: "And on the customer",
            trigger: ".o_field_widget[name=partner_id] a",
            run: "click",
        },
        {
            trigger: ".o_stat_text:contains(Registered)",
        },
        {
            trigger: ".nav-link[name=credit]",
            run: "click",
        },
        {
            trigger:
                ".o_field_widget[name=registered_timeline_html] .o_credit_step_accepted a.o_credit_proof",
        },
    ],
});
