import { inputFiles } from "@web/../tests/utils";
import { registry } from "@web/core/registry";

/**
 * A final level is released by a person, leaves as a registered letter by hand, and the scan of
 * its receipt is kept as a proof.
 */
registry.category("web_tour.tours").add("credit_mgmt_registered", {
    url: "/odoo/reminders-to-release",
    steps: () => [
        {
            content: "Open the formal notice that waits",
            trigger: ".o_data_row:contains(Tour Customer) .o_data_cell[name=partner_id]",
            run: "click",
        },
        {
            content: "Release it",
            trigger: "button[name=action_release]",
            run: "click",
        },
        {
            content: "Send it",
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
            content: "It waits to be posted",
            trigger: ".o_data_row:contains(Tour Customer):contains(To post) button[name=action_record]",
            run: "click",
        },
        {
            content: "Scan the number of the posting slip",
            trigger: ".modal .o_field_widget[name=tracking_number] input",
            run: "edit 1A 123 456 7890 1",
        },
        {
            trigger: ".modal button[name=action_record]",
            run: "click",
        },
        {
            content: "It is under way",
            trigger: "body:not(:has(.modal)) .o_data_row:contains(1A12345678901):contains(Sent)",
        },
        {
            content: "The receipt comes back: scan it",
            trigger: ".o_control_panel button:contains(Scan a Receipt)",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=tracking_number] input",
            run: "edit 1A12345678901",
        },
        {
            trigger: ".modal .o_field_widget[name=note] input",
            run: "click",
        },
        {
            content: "The number found the letter",
            trigger: ".modal .o_field_widget[name=partner_id]:contains(Tour Customer)",
        },
        {
            trigger: ".modal .o_field_widget[name=document] .o_input_file:not(:visible)",
            async run() {
                await inputFiles(".modal .o_field_widget[name=document] .o_input_file", [
                    new File(["scan"], "receipt.pdf", { type: "application/pdf" }),
                ]);
            },
        },
        {
            trigger: ".modal .o_field_widget[name=document] .o_clear_file_button",
        },
        {
            trigger: ".modal button[name=action_record]",
            run: "click",
        },
        {
            content: "Show what has arrived",
            trigger: "body:not(:has(.modal)) .o_searchview .o_facet_remove",
            run: "click",
        },
        {
            trigger: ".o_data_row:contains(1A12345678901):contains(Accepted) .o_data_cell[name=partner_id]",
            run: "click",
        },
        {
            content: "The proof is there",
            trigger: ".nav-link[name=proofs]",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name=proof_ids] .o_data_row:contains(Receipt by the addressee):contains(receipt.pdf)",
        },
    ],
});
